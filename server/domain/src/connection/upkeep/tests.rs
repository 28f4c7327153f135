//! The rules by the clock.

use super::*;

const NOON: Timestamp = Timestamp(20_000 * DAY + DAY / 2);
const TEN: u32 = 600;

fn terms() -> Terms {
    Terms {
        minute: TEN,
        limit: Some(4),
        cut: false,
        consent_ends: None,
        remind_after: Duration::from_secs(7 * 86_400),
    }
}

fn hours(hours: i64) -> Timestamp {
    Timestamp(NOON.0 + hours * 60 * MINUTE)
}

fn days(days: i64) -> Timestamp {
    hours(24 * days)
}

fn standing(ends: Option<Timestamp>) -> Upkeep {
    Upkeep::granted(true, ends, NOON).fetching(NOON).refreshed(&terms(), NOON)
}

#[test]
fn refreshes_are_spread_over_the_whole_day() {
    let mut hours = [0_u32; 24];
    for n in 0..24_000 {
        hours[minute_of_day(&format!("conn_0test0{n:026}")) as usize / 60] += 1;
    }
    assert!(hours.iter().all(|count| (700..1_300).contains(count)), "{hours:?}");
}

#[test]
fn a_connection_is_refreshed_daily_on_its_minute() {
    let upkeep = standing(None);
    assert_eq!(upkeep.next_refresh_at, Some(hours(22)));
    assert_eq!(upkeep.due(&terms(), hours(21)).0, Due::default());
    let (due, begun) = upkeep.due(&terms(), hours(22));
    assert!(due.refresh);
    assert_eq!(begun.due(&terms(), hours(22)).0, Due::default(), "once");
    let again = begun.fetching(hours(22)).refreshed(&terms(), hours(22));
    assert_eq!(again.next_refresh_at, Some(hours(46)));
    assert_eq!(again.wakes_at(&terms(), hours(22)), Some(hours(46)));
}

#[test]
fn a_failed_one_comes_back_after_ever_longer_waits_and_within_the_limit() {
    let mut upkeep = standing(None);
    let mut now = hours(22);
    let mut waits = Vec::new();
    for _ in 0..6 {
        assert!(upkeep.due(&terms(), now).0.refresh);
        upkeep = upkeep.fetching(now).failed(&terms(), false, now);
        let next = upkeep.next_refresh_at.expect("a next one");
        waits.push((next.0 - now.0) / MINUTE);
        now = next;
    }
    assert_eq!(waits, [15, 60, 240, 24 * 60 - 315, 24 * 60, 24 * 60]);
    let tight = Terms { limit: Some(1), ..terms() };
    let failed = standing(None).fetching(hours(22)).failed(&tight, false, hours(22));
    assert_eq!(failed.next_refresh_at, Some(hours(46)), "the limit leaves none before");
    assert_eq!(
        upkeep.failed(&terms(), true, now).next_refresh_at,
        None,
        "only the person can mend it"
    );
}

#[test]
fn the_limit_is_of_a_day() {
    let mut upkeep = standing(None);
    for _ in 0..3 {
        assert_eq!(upkeep.allowance(Some(4), hours(1)), Ok(()));
        upkeep = upkeep.fetching(hours(1));
    }
    assert_eq!(upkeep.allowance(Some(4), hours(1)), Err(hours(12)));
    assert_eq!(upkeep.allowance(Some(4), hours(12)), Ok(()));
    assert_eq!(upkeep.allowance(None, hours(1)), Ok(()));
    assert_eq!(upkeep.fetching(hours(12)).fetches, 1);
}

#[test]
fn a_consents_end_is_told_at_fourteen_seven_and_one_days_once_each() {
    let ends = days(20);
    let terms = Terms {
        consent_ends: Some(ends),
        ..terms()
    };
    let mut upkeep = Upkeep {
        next_refresh_at: None,
        ..standing(Some(ends))
    };
    let mut told = Vec::new();
    let mut now = NOON;
    while let Some(next) = upkeep.wakes_at(&terms, now) {
        now = next;
        let (due, after) = upkeep.due(&terms, now);
        assert_eq!(due.soon, now >= days(6) && now < ends);
        if due.expired {
            break;
        }
        told.extend(due.ending);
        assert_eq!(after.due(&terms, now).0.ending, None);
        upkeep = after;
    }
    assert_eq!((told, now), (vec![14, 7, 1], ends));
}

#[test]
fn milestones_that_were_slept_through_are_one_word() {
    let terms = Terms {
        consent_ends: Some(days(20)),
        ..terms()
    };
    let (due, after) = standing(Some(days(20))).due(&terms, days(15));
    assert_eq!(due.ending, Some(5));
    assert_eq!(after.due(&terms, days(19)).0.ending, Some(1));
    // A short consent begins behind some of them.
    let short = Upkeep::granted(true, Some(days(10)), NOON);
    let terms = Terms {
        consent_ends: Some(days(10)),
        ..terms
    };
    assert_eq!(short.due(&terms, NOON).0.ending, None);
    assert_eq!(short.due(&terms, days(3)).0.ending, Some(7));
}

#[test]
fn a_reminder_comes_once_until_a_refresh_and_never_to_what_refreshes_itself() {
    let terms = terms();
    let by_hand = Upkeep {
        unattended: false,
        ..standing(None)
    }
    .refreshed(&terms, NOON);
    assert_eq!(by_hand.next_refresh_at, None);
    assert_eq!(by_hand.wakes_at(&terms, NOON), Some(days(7)));
    assert!(!by_hand.due(&terms, hours(167)).0.remind);
    let (due, reminded) = by_hand.due(&terms, days(7));
    assert!(due.remind);
    assert_eq!(reminded.wakes_at(&terms, days(7)), None);
    assert!(!reminded.due(&terms, days(30)).0.remind);
    let again = reminded.refreshed(&terms, days(30));
    assert!(again.due(&terms, days(37)).0.remind);
    assert!(!standing(None).due(&terms, days(9)).0.remind);
    let failing = standing(None).failed(&terms, false, days(1));
    assert!(failing.due(&terms, days(7)).0.remind);
    let cut = Terms { cut: true, ..terms };
    assert!(standing(None).due(&cut, days(7)).0.remind);
}

#[test]
fn a_new_grant_keeps_the_age_of_the_data_and_forgets_the_rest() {
    let old = standing(Some(days(3))).failed(&terms(), true, days(2));
    let new = old.regranted(true, Some(days(180)), days(2));
    assert_eq!(
        (new.last_refreshed_at, new.failures, new.fetches, new.told),
        (Some(NOON), 0, 0, None)
    );
}

#[test]
fn the_first_data_of_a_grant_are_asked_for_again_though_nothing_is_refreshed_by_itself() {
    let terms = terms();
    let mut upkeep = Upkeep::granted(false, None, NOON);
    let mut now = NOON;
    let mut waits = Vec::new();
    for _ in 0..5 {
        upkeep = upkeep.fetching(now).failed(&terms, false, now);
        assert_eq!(upkeep.next_refresh_at, None);
        let next = upkeep.first_again(&terms, now).expect("again");
        waits.push((next.0 - now.0) / MINUTE);
        now = next;
    }
    assert_eq!(waits, [15, 60, 240, 22 * 60 - 315, 24 * 60]);
    // Once there are data, it takes a new grant that has brought none.
    let there = upkeep.fetching(now).refreshed(&terms, now).failed(&terms, false, hours(90));
    assert_eq!(there.first_again(&terms, hours(90)), None);
    let regranted = there.regranted(false, None, hours(99)).failed(&terms, false, hours(99));
    assert_eq!(regranted.first_again(&terms, hours(99)), Some(Timestamp(hours(99).0 + 15 * MINUTE)));
}
