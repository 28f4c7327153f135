//! Logins that are under way: tries, locks and one-time codes. All of it is in memory and bounded.

use super::psu::{Outcome, PsuId};
use crate::bounded::Bounded;

/// The code that every fake bank sends.
pub(super) const CODE: &str = "12345";
/// Digits of the code.
pub(crate) const CODE_LENGTH: usize = CODE.len();
/// How long a code can be typed, in seconds.
pub(crate) const CODE_SECONDS: i64 = 300;
/// Tries of a login, and of a code.
pub(crate) const TRIES: u32 = 3;

const SECOND: i64 = 1_000_000;
const LOCK: i64 = 600 * SECOND;
/// An unfinished login is forgotten after this; until then a late code is told that it is late.
const FORGET: i64 = 3600 * SECOND;
const CAPACITY: usize = 4096;

type Person = (&'static str, PsuId);

/// Wrong logins of a person at a bank.
#[derive(Debug, Default)]
struct Wrong {
    tries: u32,
    locked_until: Option<i64>,
}

/// A login that waits for its code.
#[derive(Debug)]
struct Waiting {
    person: Person,
    begun_at: i64,
    wrong_codes: u32,
}

/// Why a login is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginRefused {
    /// User name or password is wrong.
    Wrong { tries_left: u32 },
    /// Too many were wrong.
    Locked,
}

/// Why a code is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeRefused {
    /// No such login at this bank, or it is over.
    Unknown,
    /// It is not the code that was sent.
    Wrong { tries_left: u32 },
    /// Too many were wrong.
    Locked,
    /// It came too late.
    Expired,
    /// It is right, but the consent is refused. The login is over.
    ConsentRejected,
}

/// All logins under way at all banks. Times are microseconds since the epoch.
#[derive(Debug)]
pub(crate) struct Logins {
    wrong: Bounded<Person, Wrong>,
    waiting: Bounded<String, Waiting>,
}

impl Logins {
    /// Nobody has tried anything yet.
    pub(crate) fn new() -> Self {
        Self {
            wrong: Bounded::new(CAPACITY),
            waiting: Bounded::new(CAPACITY),
        }
    }

    /// Counts a filled form. When it is right, the login `id` waits for its code.
    pub(crate) fn begin(&mut self, now: i64, id: String, bank: &'static str, psu: PsuId, right: bool) -> Result<(), LoginRefused> {
        let person = (bank, psu);
        if let Some(until) = self.wrong.get(&person).and_then(|wrong| wrong.locked_until) {
            if now < until {
                return Err(LoginRefused::Locked);
            }
            self.wrong.remove(&person);
        }
        if right {
            self.wrong.remove(&person);
            let waiting = Waiting {
                person,
                begun_at: now,
                wrong_codes: 0,
            };
            self.waiting.insert(id, waiting);
            return Ok(());
        }
        if self.wrong.get(&person).is_none() {
            self.wrong.insert(person.clone(), Wrong::default());
        }
        let Some(wrong) = self.wrong.get_mut(&person) else {
            return Err(LoginRefused::Locked);
        };
        wrong.tries += 1;
        if wrong.tries < TRIES {
            return Err(LoginRefused::Wrong {
                tries_left: TRIES - wrong.tries,
            });
        }
        wrong.locked_until = Some(now + LOCK);
        Err(LoginRefused::Locked)
    }

    /// Counts a code. When it is right, the login is over and its person comes out.
    pub(crate) fn finish(&mut self, now: i64, id: &str, bank: &str, code: &str) -> Result<PsuId, CodeRefused> {
        let id = id.to_owned();
        let waiting = self.waiting.get_mut(&id).filter(|waiting| waiting.person.0 == bank);
        let waiting = waiting.ok_or(CodeRefused::Unknown)?;
        let age = now - waiting.begun_at;
        if age > FORGET {
            self.waiting.remove(&id);
            return Err(CodeRefused::Unknown);
        }
        if waiting.wrong_codes >= TRIES {
            return Err(CodeRefused::Locked);
        }
        if age > CODE_SECONDS * SECOND {
            return Err(CodeRefused::Expired);
        }
        if code.trim() != CODE {
            waiting.wrong_codes += 1;
            return Err(match TRIES - waiting.wrong_codes {
                0 => CodeRefused::Locked,
                tries_left => CodeRefused::Wrong { tries_left },
            });
        }
        let (_, psu) = self.waiting.remove(&id).ok_or(CodeRefused::Unknown)?.person;
        if psu.outcome() == Outcome::Rejected {
            return Err(CodeRefused::ConsentRejected);
        }
        Ok(psu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BANK: &str = "sandbox-bank";

    fn psu(id: &str) -> PsuId {
        PsuId::parse(id).expect(id)
    }

    fn begin(logins: &mut Logins, now: i64, right: bool) -> Result<(), LoginRefused> {
        logins.begin(now, "l".into(), BANK, psu("43510023"), right)
    }

    #[test]
    fn the_third_wrong_login_locks_for_ten_minutes() {
        let mut logins = Logins::new();
        assert_eq!(begin(&mut logins, 0, false), Err(LoginRefused::Wrong { tries_left: 2 }));
        assert_eq!(begin(&mut logins, 0, false), Err(LoginRefused::Wrong { tries_left: 1 }));
        assert_eq!(begin(&mut logins, 0, false), Err(LoginRefused::Locked));
        assert_eq!(begin(&mut logins, LOCK - 1, true), Err(LoginRefused::Locked));
        assert_eq!(begin(&mut logins, LOCK, false), Err(LoginRefused::Wrong { tries_left: 2 }));
        assert_eq!(begin(&mut logins, LOCK, true), Ok(()));
    }

    #[test]
    fn a_right_login_forgives_and_another_bank_does_not_count() {
        let mut logins = Logins::new();
        assert!(begin(&mut logins, 0, false).is_err());
        assert_eq!(begin(&mut logins, 0, true), Ok(()));
        assert_eq!(begin(&mut logins, 0, false), Err(LoginRefused::Wrong { tries_left: 2 }));
        let elsewhere = logins.begin(0, "m".into(), "il-leumi", psu("43510023"), false);
        assert_eq!(elsewhere, Err(LoginRefused::Wrong { tries_left: 2 }));
    }

    #[test]
    fn a_code_is_tried_three_times_and_taken_once() {
        let mut logins = Logins::new();
        begin(&mut logins, 0, true).expect("a right login");
        assert_eq!(logins.finish(1, "l", "il-leumi", CODE), Err(CodeRefused::Unknown));
        assert_eq!(logins.finish(1, "l", BANK, "00000"), Err(CodeRefused::Wrong { tries_left: 2 }));
        assert_eq!(logins.finish(1, "l", BANK, " 12345 "), Ok(psu("043510023")));
        assert_eq!(logins.finish(1, "l", BANK, CODE), Err(CodeRefused::Unknown));

        begin(&mut logins, 0, true).expect("a right login");
        for tries_left in [2, 1] {
            assert_eq!(logins.finish(1, "l", BANK, "1"), Err(CodeRefused::Wrong { tries_left }));
        }
        assert_eq!(logins.finish(1, "l", BANK, "1"), Err(CodeRefused::Locked));
        assert_eq!(logins.finish(1, "l", BANK, CODE), Err(CodeRefused::Locked));
    }

    #[test]
    fn a_late_code_is_expired_and_later_forgotten() {
        let mut logins = Logins::new();
        begin(&mut logins, 0, true).expect("a right login");
        assert_eq!(logins.finish(300 * SECOND + 1, "l", BANK, CODE), Err(CodeRefused::Expired));
        assert_eq!(logins.finish(FORGET + 1, "l", BANK, CODE), Err(CodeRefused::Unknown));
    }

    #[test]
    fn the_person_who_refuses_is_asked_for_the_right_code_first() {
        let mut logins = Logins::new();
        logins.begin(0, "l".into(), BANK, psu("50299338"), true).expect("a right login");
        assert_eq!(logins.finish(1, "l", BANK, "1"), Err(CodeRefused::Wrong { tries_left: 2 }));
        assert_eq!(logins.finish(1, "l", BANK, CODE), Err(CodeRefused::ConsentRejected));
        assert_eq!(logins.finish(1, "l", BANK, CODE), Err(CodeRefused::Unknown));
    }
}
