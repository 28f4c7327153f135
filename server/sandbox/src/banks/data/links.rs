//! Which of a person's accounts pays which: the current account the savings beside it, and the cards of one issuer. What leaves it is
//! what comes in there, so both sides of a transfer can be seen.

use super::card::{self, Card};
use super::ledger::{self, Diary, Entry, Month};
use super::savings::{self, Savings};
use super::{PlanKind, branch_and_count, kept, key, number};
use crate::banks::institutions::{self, Institution, Keeps};
use crate::banks::psu::PsuId;
use crate::random::Dice;
use jiff::civil::{Date, date};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Issuers, and the bank that their bills go to. At any other bank a card's bill is of an issuer that is not here.
const PAYERS: [(&str, &str); 6] = [
    ("sandbox-card", "sandbox-bank"),
    ("any-card", "any-bank"),
    ("il-isracard", "il-hapoalim"),
    ("il-max", "il-leumi"),
    ("il-cal", "il-discount"),
    ("il-amex", "il-mizrahi"),
];
/// The months that say what is paid on average.
const USUAL: [Date; 4] = [date(2025, 1, 1), date(2025, 4, 1), date(2025, 7, 1), date(2025, 10, 1)];

/// What [`Paid::lines`] has found, by account and month.
static KEPT: Mutex<Kept> = Mutex::new(Kept::new());
type Kept = BTreeMap<([u8; 32], i64), Vec<Entry>>;
const MOST_KEPT: usize = 5_000;

/// An account that another one pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paid {
    key: [u8; 32],
    plan: PlanKind,
    number: u32,
}

/// What a person's first account at an institution pays.
pub(super) fn of(institution: &Institution, psu: &PsuId) -> Vec<Paid> {
    if !matches!(institution.keeps, Keeps::Household | Keeps::Business) {
        return Vec::new();
    }
    let issuers = PAYERS.iter().filter(|(_, bank)| *bank == institution.id);
    let issuers = issuers.filter_map(|(issuer, _)| institutions::find(issuer));
    [institution]
        .into_iter()
        .chain(issuers)
        .flat_map(|keeper| {
            let (_, count) = branch_and_count(keeper, psu);
            let all = kept(keeper.keeps).into_iter().take(count).enumerate();
            let paid = all.filter(|(_, (_, _, plan))| matches!(plan, PlanKind::Savings | PlanKind::Card));
            paid.map(move |(place, (_, _, plan))| {
                let key = key(keeper, psu, place);
                let number = number(&key);
                Paid { key, plan, number }
            })
        })
        .collect()
}

impl Paid {
    /// Whether it is a card.
    pub(super) fn is_card(&self) -> bool {
        self.plan == PlanKind::Card
    }

    /// Its lines of a month that the paying account has too. They are kept: each page of a year needs all of them.
    fn lines(&self, month: Month) -> Vec<Entry> {
        let name = (self.key, month.number());
        if let Some(lines) = KEPT.lock().unwrap_or_else(PoisonError::into_inner).get(&name) {
            return lines.clone();
        }
        let mut lines = if self.is_card() {
            ledger::lines(&self.key, &Card::of(self.key), month)
        } else {
            ledger::lines(&self.key, &Savings::of(self.key), month)
        };
        lines.retain(|line| {
            let description = line.description.as_str();
            description == card::BILL || description == savings::PAID_IN || savings::DRAWN.contains(&description)
        });
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(name, lines.clone());
        lines
    }

    /// What it takes in a usual month, in agorot.
    pub(super) fn usual(&self) -> i64 {
        let lines = USUAL.into_iter().flat_map(|day| self.lines(Month::of(day)));
        lines.map(|line| line.agorot).sum::<i64>() / USUAL.len() as i64
    }

    /// Writes the paying account's side of a month.
    pub(super) fn write(&self, diary: &mut Diary) {
        for line in self.lines(diary.month) {
            if self.is_card() {
                // The bank takes it on the day, or on the next one.
                let later = Dice::of(&[&self.key, b"later", &diary.month.number().to_be_bytes()]).percent(30);
                let description = format!("חיוב כרטיס אשראי {:04}", self.number % 10_000);
                diary.mirror(&line, i32::from(later), description, Some("חברת כרטיסי האשראי"));
            } else if line.agorot > 0 {
                diary.mirror(&line, 0, format!("הוראת קבע לחיסכון {}", self.number), None);
            } else {
                diary.mirror(&line, 0, format!("העברה מחיסכון {}", self.number), None);
            }
        }
    }
}
