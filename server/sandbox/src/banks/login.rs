//! Logins that are under way: tries, locks, and the questions that come after the form. All of it is in memory and bounded.

mod steps;
#[cfg(test)]
mod tests;

pub(crate) use steps::{Awaits, By, LoginRefused, Method, Next, StepRefused};

use super::challenge::answer_to;
use super::institutions::Challenge;
use super::picture;
use super::psu::{Outcome, PsuId};
use crate::bounded::Bounded;
use std::collections::HashMap;

/// The code that every fake bank sends.
pub(crate) const CODE: &str = "12345";
/// Digits of the code.
pub(crate) const CODE_LENGTH: usize = CODE.len();
/// After how many seconds the code can be sent again.
const RESEND_AFTER: u32 = 30;
/// The same where the method can be chosen: short, to be tried.
const RESEND_SOON: u32 = 5;
/// The right answers to the security question, in lower case.
const ANSWERS: [&str; 2] = ["blue", "כחול"];
/// Seconds between two looks at the app's answer.
pub(super) const POLL_AFTER: i64 = 2;

const SECOND: i64 = 1_000_000;
/// How long a code or a picture can be answered.
const CODE_LIFE: i64 = 300 * SECOND;
/// When the app's owner answers.
const APP_ANSWERS: i64 = 6 * SECOND;
/// How long the app's answer is waited for.
const APP_LIFE: i64 = 300 * SECOND;
/// The same for the person who never answers: short, to be seen.
const APP_LIFE_SILENT: i64 = 60 * SECOND;
/// Tries of a login, and of a question.
const TRIES: u32 = 3;
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

/// A login that is under way.
#[derive(Debug)]
struct UnderWay {
    person: Person,
    challenge: Challenge,
    begun_at: i64,
    /// When the question was asked, or the code sent.
    asked_at: i64,
    wrong: u32,
    awaits: Awaits,
}

/// All logins under way at all banks. Times are microseconds since the epoch.
#[derive(Debug)]
pub(crate) struct Logins {
    wrong: Bounded<Person, Wrong>,
    under_way: Bounded<String, UnderWay>,
    /// The bank and the consent that a finished login brought.
    through: Bounded<String, (&'static str, String)>,
}

/// The first question of a login, or the picture after so many wrong answers.
fn picture_of(id: &str, wrong: u32) -> Awaits {
    Awaits::Picture {
        digits: picture::digits(&[b"picture", id.as_bytes(), &wrong.to_be_bytes()]),
    }
}

fn first(challenge: Challenge, id: &str) -> Awaits {
    match challenge {
        Challenge::Code | Challenge::CodeThenAccounts => Awaits::Code {
            by: By::Sms,
            resend_after: RESEND_AFTER,
        },
        Challenge::Methods => Awaits::Method,
        Challenge::Question => Awaits::Question,
        Challenge::Picture => picture_of(id, 0),
    }
}

impl Logins {
    /// Nobody has tried anything yet.
    pub(crate) fn new() -> Self {
        Self {
            wrong: Bounded::new(CAPACITY),
            under_way: Bounded::new(CAPACITY),
            through: Bounded::new(CAPACITY),
        }
    }

    /// Counts a filled form. When it is right, the login `id` waits for what its bank asks for next.
    pub(crate) fn begin(
        &mut self,
        now: i64,
        id: String,
        (bank, challenge): (&'static str, Challenge),
        psu: PsuId,
        right: bool,
    ) -> Result<Next, LoginRefused> {
        let person = (bank, psu);
        if let Some(until) = self.wrong.get(&person).and_then(|wrong| wrong.locked_until) {
            if now < until {
                return Err(LoginRefused::Locked);
            }
            self.wrong.remove(&person);
        }
        if right {
            self.wrong.remove(&person);
            let next = Next::Awaits(person.1.clone(), first(challenge, &id));
            let under_way = UnderWay {
                person,
                challenge,
                begun_at: now,
                asked_at: now,
                wrong: 0,
                awaits: first(challenge, &id),
            };
            self.under_way.insert(id, under_way);
            return Ok(next);
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

    /// Takes the answer to the question that the login waits for.
    pub(crate) fn answer(&mut self, now: i64, id: &str, bank: &str, fields: &HashMap<String, String>) -> Result<Next, StepRefused> {
        let login = self.find(now, id, bank)?;
        let said = |name: &str| fields.get(name).map_or("", |value| value.trim());
        let right = match &login.awaits {
            Awaits::Method => {
                let name = said(answer_to::METHOD);
                let chosen = Method::ALL.into_iter().find(|method| method.as_str() == name);
                return Ok(login.confirm_by(now, chosen.ok_or(StepRefused::Unfit(answer_to::METHOD))?));
            }
            Awaits::App { .. } | Awaits::Accounts => return Err(StepRefused::OutOfTurn),
            Awaits::Code { .. } => said(answer_to::CODE) == CODE,
            Awaits::Picture { digits } => said(answer_to::PICTURE) == digits,
            Awaits::Question => ANSWERS.contains(&said(answer_to::QUESTION).to_lowercase().as_str()),
        };
        if login.wrong >= TRIES {
            return Err(StepRefused::Locked);
        }
        if login.awaits != Awaits::Question && now - login.asked_at > CODE_LIFE {
            return Err(StepRefused::Expired);
        }
        if right {
            self.passed(id)
        } else {
            Err(login.answered_wrong(now, id))
        }
    }

    /// Takes the code of a login that nothing comes after.
    pub(crate) fn finish(&mut self, now: i64, id: &str, bank: &str, code: &str) -> Result<PsuId, StepRefused> {
        let fields = HashMap::from([(answer_to::CODE.to_owned(), code.to_owned())]);
        match self.answer(now, id, bank, &fields)? {
            Next::Through(psu) => Ok(psu),
            Next::Awaits(..) => Err(StepRefused::OutOfTurn),
        }
    }

    /// Sends the code again.
    pub(crate) fn resend(&mut self, now: i64, id: &str, bank: &str) -> Result<Next, StepRefused> {
        let login = self.find(now, id, bank)?;
        let Awaits::Code { resend_after, .. } = login.awaits else {
            return Err(StepRefused::OutOfTurn);
        };
        if login.wrong >= TRIES {
            return Err(StepRefused::Locked);
        }
        if now - login.asked_at < i64::from(resend_after) * SECOND {
            return Err(StepRefused::NotDue);
        }
        login.asked_at = now;
        Ok(login.next())
    }

    /// Takes the choice of accounts, when it fits what this person has.
    pub(crate) fn pick(&mut self, now: i64, id: &str, bank: &str, fits: impl FnOnce(&PsuId) -> bool) -> Result<PsuId, StepRefused> {
        let login = self.find(now, id, bank)?;
        if login.awaits != Awaits::Accounts {
            return Err(StepRefused::OutOfTurn);
        }
        if !fits(&login.person.1) {
            return Err(StepRefused::Unfit("accounts"));
        }
        self.let_in(id)
    }

    /// How the login stands.
    pub(crate) fn look(&mut self, now: i64, id: &str, bank: &str) -> Result<Next, StepRefused> {
        let login = self.find(now, id, bank)?;
        let Awaits::App { until } = login.awaits else {
            return Ok(login.next());
        };
        if now >= until {
            self.under_way.remove(&id.to_owned());
            Err(StepRefused::TimedOut)
        } else if login.person.1.is_silent() || now - login.asked_at < APP_ANSWERS {
            Ok(login.next())
        } else {
            self.passed(id)
        }
    }

    /// Remembers what a finished login brought.
    pub(crate) fn brought(&mut self, id: String, bank: &'static str, consent_id: String) {
        self.through.insert(id, (bank, consent_id));
    }

    /// Ends a login, under way or finished. Gives the consent that it brought, to be ended too.
    pub(crate) fn give_up(&mut self, id: &str, bank: &str) -> Option<String> {
        let id = id.to_owned();
        if self.under_way.get(&id).is_some_and(|login| login.person.0 == bank) {
            self.under_way.remove(&id);
        }
        self.through.get(&id).filter(|(at, _)| *at == bank)?;
        self.through.remove(&id).map(|(_, consent_id)| consent_id)
    }

    fn find(&mut self, now: i64, id: &str, bank: &str) -> Result<&mut UnderWay, StepRefused> {
        let id = id.to_owned();
        if self.under_way.get(&id).is_some_and(|login| now - login.begun_at > FORGET) {
            self.under_way.remove(&id);
        }
        let login = self.under_way.get_mut(&id).filter(|login| login.person.0 == bank);
        login.ok_or(StepRefused::Unknown)
    }

    /// The person is who they say.
    fn passed(&mut self, id: &str) -> Result<Next, StepRefused> {
        let login = self.under_way.get_mut(&id.to_owned()).ok_or(StepRefused::Unknown)?;
        if login.challenge == Challenge::CodeThenAccounts && login.person.1.outcome() != Outcome::Rejected {
            login.awaits = Awaits::Accounts;
            return Ok(login.next());
        }
        self.let_in(id).map(Next::Through)
    }

    /// The login is over.
    fn let_in(&mut self, id: &str) -> Result<PsuId, StepRefused> {
        let (_, psu) = self.under_way.remove(&id.to_owned()).ok_or(StepRefused::Unknown)?.person;
        match psu.outcome() {
            Outcome::Rejected => Err(StepRefused::ConsentRejected),
            _ => Ok(psu),
        }
    }
}

impl UnderWay {
    fn next(&self) -> Next {
        Next::Awaits(self.person.1.clone(), self.awaits.clone())
    }

    fn confirm_by(&mut self, now: i64, method: Method) -> Next {
        self.asked_at = now;
        let resend_after = RESEND_SOON;
        self.awaits = match method {
            Method::Sms => Awaits::Code { by: By::Sms, resend_after },
            Method::Call => Awaits::Code {
                by: By::Call,
                resend_after,
            },
            Method::App => {
                let life = if self.person.1.is_silent() { APP_LIFE_SILENT } else { APP_LIFE };
                Awaits::App { until: now + life }
            }
        };
        self.next()
    }

    fn answered_wrong(&mut self, now: i64, id: &str) -> StepRefused {
        self.wrong += 1;
        if self.wrong == TRIES {
            return StepRefused::Locked;
        }
        let mut again = None;
        if matches!(self.awaits, Awaits::Picture { .. }) {
            self.asked_at = now;
            self.awaits = picture_of(id, self.wrong);
            again = Some((self.person.1.clone(), self.awaits.clone()));
        }
        StepRefused::Wrong {
            tries_left: TRIES - self.wrong,
            again,
        }
    }
}
