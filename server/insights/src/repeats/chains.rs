//! What comes again among other lines that say the same: found by its amounts.

use super::Line;
use super::period::{Period, alike};
use crate::category::Comes;

/// The fewest members: chance makes shorter ones.
const FEWEST: usize = 4;
/// The fewest where what is bought hardly comes again.
const FEWEST_RARE: usize = 6;
/// One in so many lines has to be a member; fewer are enough where the amounts are equal.
const SHARE: usize = 8;
const SHARE_OF_EQUAL: usize = 25;
/// How many are looked for in one family.
const MOST: usize = 6;

/// How far an amount may be from the one before, in hundredths.
fn tolerance(line: &Line) -> i64 {
    match line.comes {
        Comes::Bill => 12,
        Comes::Even => 5,
        Comes::Rare => 0,
    }
}

/// The longest first, each line in one at most. The lines are in the order of their days.
pub(super) fn of(mut rest: Vec<Line>) -> Vec<(Period, Vec<Line>)> {
    let mut found = Vec::new();
    while found.len() < MOST && rest.len() >= FEWEST {
        let Some((period, chain)) = longest(&rest) else { break };
        let mut place = 0;
        rest.retain(|_| {
            place += 1;
            !chain.contains(&(place - 1))
        });
        found.push((period, chain.1));
    }
    found
}

struct Chain(Vec<usize>, Vec<Line>);

impl Chain {
    fn contains(&self, place: &usize) -> bool {
        self.0.binary_search(place).is_ok()
    }
}

fn longest(lines: &[Line]) -> Option<(Period, Chain)> {
    let mut best: Option<(Period, Vec<usize>)> = None;
    for period in Period::ALL.into_iter().filter(|period| *period != Period::Yearly) {
        for start in 0..lines.len() {
            let chain = from(lines, start, period);
            if best.as_ref().is_none_or(|(_, longest)| chain.len() > longest.len()) && stands_out(lines, &chain) {
                best = Some((period, chain));
            }
        }
    }
    best.map(|(period, places)| {
        let chain = places.iter().map(|&place| lines[place]).collect();
        (period, Chain(places, chain))
    })
}

/// The chain that begins with a line: each next one is a period later, of an amount as near to the one before as there is.
fn from(lines: &[Line], start: usize, period: Period) -> Vec<usize> {
    let mut chain = vec![start];
    let mut missed = 0;
    let mut at = start;
    loop {
        let after = |times: i32| {
            let gap = period.days(times);
            let early = |line: &Line| line.date.since(lines[at].date) - gap;
            let first = lines.partition_point(|line| early(line) < -period.slack());
            let near = lines[first..].iter().take_while(|line| early(line) <= period.slack());
            (first..)
                .zip(near)
                .filter(|(_, line)| alike(line.amount, lines[at].amount, tolerance(line)))
                .min_by_key(|(_, line)| {
                    let apart = line.amount.checked_sub(lines[at].amount).map(|apart| apart.abs());
                    (apart.unwrap_or_default(), early(line).abs())
                })
                .map(|(place, _)| place)
        };
        let next = after(1).map(|place| (place, 0)).or_else(|| {
            let may_miss = (missed + 1) * 4 <= chain.len();
            after(2).filter(|_| may_miss).map(|place| (place, 1))
        });
        let Some((place, left_out)) = next else { return chain };
        missed += left_out;
        chain.push(place);
        at = place;
    }
}

/// Whether it is long enough, no small part of what says the same, and few others have such amounts while it lasts: else it is what chance
/// makes of many.
fn stands_out(lines: &[Line], chain: &[usize]) -> bool {
    let (Some(&first), Some(&last)) = (chain.first(), chain.last()) else {
        return false;
    };
    let fewest = if lines[first].comes == Comes::Rare { FEWEST_RARE } else { FEWEST };
    if chain.len() < fewest {
        return false;
    }
    let amounts = || chain.iter().map(|&place| lines[place].amount);
    let (Some(least), Some(most)) = (amounts().min(), amounts().max()) else {
        return false;
    };
    let share = if least == most && chain.len() > FEWEST {
        SHARE_OF_EQUAL
    } else {
        SHARE
    };
    if chain.len() * share < lines.len() {
        return false;
    }
    let others = (first..=last).filter(|place| (least..=most).contains(&lines[*place].amount) && chain.binary_search(place).is_err());
    others.count() * 3 <= chain.len()
}
