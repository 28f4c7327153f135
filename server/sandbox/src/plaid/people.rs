//! Who logs in, and what a tester chose with the username and the password.
//!
//! As in Plaid's own sandbox (<https://plaid.com/docs/sandbox/test-credentials/>): `user_good` with `pass_good`; the password
//! `mfa_device` asks for the code `1234`, `mfa_questions_1_2` asks in one round two questions whose answers are `answer_0_0` and
//! `answer_0_1`, `error_ITEM_LOCKED` answers with that error; `user_transactions_dynamic` takes any password.
//!
//! This sandbox's own, all with the same passwords: a test person's national id as the username ([`crate::banks::psu`],
//! [`crate::trouble`]); `user_data_CODE`, whose login is right and whose data calls answer with that error; `user_twice`, of whom
//! webhooks and lines of a page come twice; `user_stays`, whose item goes at the third try only; `user_pending_expiration`, whose
//! consent ends within a week.

use super::refusal::{self, Code};
use crate::banks::psu::{Outcome, PsuId};
use crate::trouble::{self, Trouble};

/// The code of a device.
pub(super) const DEVICE_CODE: &str = "1234";

/// What is particular about an item of this person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Plain,
    /// Every data call answers with this.
    Refused(&'static Code),
    /// Webhooks and lines of a page come twice.
    Twice,
    /// The item is removed at the third try.
    Stays,
    /// The consent ends within a week.
    EndsSoon,
    /// The consent ended before it began.
    Ended,
}

/// Somebody with a right username.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) username: String,
    /// Whose accounts they are.
    pub(super) psu: PsuId,
    pub(super) manner: Manner,
}

/// What is asked after the login form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mfa {
    /// A code from a device.
    Device,
    /// Questions, in rounds that are counted from nought.
    Questions { round: u8, rounds: u8, each: u8 },
}

/// A right login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LoggedIn {
    pub(super) person: Person,
    pub(super) mfa: Option<Mfa>,
}

/// Whose accounts `user_good` has, and the other names of the sandbox.
const GOOD: &str = "043510023";
/// Whose accounts `user_transactions_dynamic` has.
const DYNAMIC: &str = "321547416";

fn person(username: &str) -> Option<Person> {
    let (id, manner) = match username {
        "user_good" => (GOOD, Manner::Plain),
        "user_transactions_dynamic" => (DYNAMIC, Manner::Plain),
        "user_twice" => (GOOD, Manner::Twice),
        "user_stays" => (GOOD, Manner::Stays),
        "user_pending_expiration" => (GOOD, Manner::EndsSoon),
        other => match other.strip_prefix("user_data_") {
            Some(name) => (GOOD, Manner::Refused(refusal::find(name)?)),
            None => (other, Manner::Plain),
        },
    };
    let psu = PsuId::parse(id)?;
    let manner = if trouble::of(&psu) == Some(Trouble::PastExpiry) {
        Manner::Ended
    } else {
        manner
    };
    Some(Person {
        username: username.to_owned(),
        psu,
        manner,
    })
}

fn questions(password: &str) -> Option<Mfa> {
    let (rounds, each) = password.strip_prefix("mfa_questions_")?.split_once('_')?;
    let number = |text: &str| text.parse().ok().filter(|number| (1..=3).contains(number));
    Some(Mfa::Questions {
        round: 0,
        rounds: number(rounds)?,
        each: number(each)?,
    })
}

/// What the login form leads to.
pub(super) fn log_in(username: &str, password: &str) -> Result<LoggedIn, &'static Code> {
    let person = person(username.trim()).ok_or(&refusal::INVALID_CREDENTIALS)?;
    if trouble::of(&person.psu) == Some(Trouble::Down) {
        return Err(&refusal::INSTITUTION_DOWN);
    }
    let any = person.username == "user_transactions_dynamic" && !password.is_empty();
    let mfa = match password {
        "pass_good" => None,
        "mfa_device" => Some(Mfa::Device),
        other => match (questions(other), other.strip_prefix("error_").and_then(refusal::find)) {
            (Some(questions), _) => Some(questions),
            (None, Some(code)) => return Err(code),
            (None, None) if any => None,
            (None, None) => return Err(&refusal::INVALID_CREDENTIALS),
        },
    };
    Ok(LoggedIn { person, mfa })
}

impl Mfa {
    /// What is right, one answer for each field.
    pub(super) fn answers(self) -> Vec<String> {
        match self {
            Self::Device => vec![DEVICE_CODE.to_owned()],
            Self::Questions { round, each, .. } => (0..each).map(|place| format!("answer_{round}_{place}")).collect(),
        }
    }

    /// What is asked after right answers.
    pub(super) fn next(self) -> Option<Self> {
        match self {
            Self::Questions { round, rounds, each } if round + 1 < rounds => Some(Self::Questions {
                round: round + 1,
                rounds,
                each,
            }),
            _ => None,
        }
    }
}

impl Person {
    /// Whether the person gives the access in the end.
    pub(super) fn grants(&self) -> bool {
        self.psu.outcome() != Outcome::Rejected
    }

    /// Why a data call of this person's item is refused, whenever it is made.
    pub(super) fn refused(&self) -> Option<&'static Code> {
        if let Manner::Refused(code) = self.manner {
            return (code != &refusal::MUTATION).then_some(code);
        }
        if trouble::of(&self.psu) == Some(Trouble::Down) {
            return Some(&refusal::INSTITUTION_DOWN);
        }
        match self.psu.outcome() {
            Outcome::Broken => Some(&refusal::INTERNAL),
            Outcome::Unavailable => Some(&refusal::INSTITUTION_DOWN),
            Outcome::Suspended => Some(&refusal::ITEM_LOCKED),
            Outcome::Active | Outcome::Rejected | Outcome::AwaitingCosigners => None,
        }
    }

    /// Whether a page of changes goes wrong once.
    pub(super) fn mutates(&self) -> bool {
        self.manner == Manner::Refused(&refusal::MUTATION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_chooses_the_outcome_and_a_username_the_person() {
        assert_eq!(log_in("user_good", "pass_good").map(|login| login.mfa), Ok(None));
        assert_eq!(log_in("user_good", "mfa_device").map(|login| login.mfa), Ok(Some(Mfa::Device)));
        assert_eq!(log_in("user_good", "error_ITEM_LOCKED"), Err(&refusal::ITEM_LOCKED));
        for (username, password) in [
            ("user_good", "error_NOTHING"),
            ("user_good", ""),
            ("nobody", "pass_good"),
            ("user_data_X", "pass_good"),
        ] {
            assert_eq!(
                log_in(username, password),
                Err(&refusal::INVALID_CREDENTIALS),
                "{username} {password}"
            );
        }
        let troubled = log_in("user_data_ITEM_LOCKED", "pass_good").expect("right");
        assert_eq!(troubled.person.refused(), Some(&refusal::ITEM_LOCKED));
        assert!(log_in("user_transactions_dynamic", "anything").is_ok());
        assert!(log_in("user_transactions_dynamic", "").is_err());
    }

    #[test]
    fn questions_come_in_rounds() {
        let first = log_in("user_good", "mfa_questions_2_2").expect("right").mfa.expect("questions");
        assert_eq!(first.answers(), ["answer_0_0", "answer_0_1"]);
        let second = first.next().expect("a round");
        assert_eq!(
            (second.answers(), second.next()),
            (vec!["answer_1_0".to_owned(), "answer_1_1".to_owned()], None)
        );
        assert!(log_in("user_good", "mfa_questions_9_1").is_err());
    }
}
