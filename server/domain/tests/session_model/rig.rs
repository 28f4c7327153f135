//! Drives the machine, the model and the connection's machine side by side, and checks what holds for every sequence.

use super::{
    model::Model,
    table::{self, Event, Kind, Name, Pick, Why},
};
use gesher_contract::{
    ConnectionId, ConnectionStatus as Status, FailureCode, Field, FieldKind, Form, Language, LocalizedText, Reason, SessionId, TenantTag,
};
use gesher_domain::{
    BrowserHash, Hash32, InstanceHash, StateHash, Timestamp,
    connection::{self, Connection},
    session::{
        Again, AttemptId, Call, Completion, Effect, Exit, Granted, Invitation, Life, Locks, Moved, Offer, OfferedAccount, Purpose, Refusal,
        Refused, Returned, RouteRef, Session, State, Step,
    },
};
use proptest::{prelude::*, test_runner::TestCaseError};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

const T0: Timestamp = Timestamp(1_800_000_000_000_000);

/// Everything that runs side by side.
pub struct Rig {
    pub model: Model,
    session: Session,
    connection: Connection,
    /// The status of the connection that is being repaired, if one is.
    stood: Option<Status>,
    /// Attempts that brought a grant which somebody has to keep or give back.
    brought: BTreeSet<AttemptId>,
    sealed: BTreeSet<AttemptId>,
    revoked: BTreeSet<AttemptId>,
    /// Whether a repair waits for the other account holders.
    unsigned: bool,
    /// Versions on which a submit was sent.
    sent: BTreeSet<i64>,
}

impl Rig {
    pub fn new(automatic: bool, repair: bool, sends: u32) -> Self {
        let connection = if repair { cut() } else { Connection::new() };
        let tenant = TenantTag::from_random(1);
        let invitation = Invitation {
            id: SessionId::new(&tenant, 1),
            connection: ConnectionId::new(&tenant, 2),
            tenant,
            customer: Some("shopper-7".into()),
            locks: Locks {
                institution_ids: BTreeSet::from(["leumi".into()]),
                ..Locks::default()
            },
            completion: if automatic { Completion::Automatic } else { Completion::Exchange },
            purpose: if repair { Purpose::Repair } else { Purpose::Connect },
            life: Life::default(),
        };
        Self {
            model: Model::new(automatic, repair, sends),
            session: Session {
                submits_left: sends,
                ..Session::invite(invitation, T0)
            },
            stood: repair.then_some(connection.status),
            connection,
            brought: BTreeSet::new(),
            sealed: BTreeSet::new(),
            revoked: BTreeSet::new(),
            unsigned: false,
            sent: BTreeSet::new(),
        }
    }

    /// Takes an event everywhere and checks that all agree. Gives what the model said.
    pub fn take(&mut self, event: Event) -> Result<Result<Option<Kind>, Why>, TestCaseError> {
        let before = self.session.clone();
        let over_before = self.model.over();
        let under_way = matches!(
            self.model.at,
            Name::Calling | Name::Launched | Name::Waiting | Name::Picking | Name::Confirming
        );
        let said = self.model.take(event);
        if matches!(event, Event::Pass { .. } | Event::PassUntilDue) {
            return Ok(said);
        }
        let attempt = self.attempt_of(event);
        match self.act(event, attempt) {
            Ok(moved) => {
                prop_assert!(said.is_ok(), "the model refuses {event:?}: {said:?}");
                prop_assert!(!over_before, "a terminal state moved");
                prop_assert_eq!(moved.session.version, before.version + 1);
                let opened_by_another = matches!(event, Event::Open(_)) && moved.session.instance != before.instance;
                prop_assert!(!(under_way && opened_by_another), "a takeover after the launch");
                if let Some(instance) = &moved.session.instance {
                    prop_assert!(!moved.session.former.contains(instance), "two documents live");
                }
                self.session = moved.session;
                self.brings(event, attempt);
                let submits = moved.effects.iter().filter(|effect| is_submit(effect)).count();
                prop_assert_eq!(submits, usize::from(matches!(event, Event::Submit { .. })));
                if submits > 0 {
                    prop_assert!(self.sent.insert(before.version), "sent twice on version {}", before.version);
                }
                self.effects(&moved.effects)?;
            }
            Err(refused) => {
                prop_assert_eq!(said, Err(name_of(&refused.why)), "{:?} at {:?}", event, before.state);
                prop_assert_eq!(&*refused.session, &before);
                if matches!(refused.why, Refusal::Late | Refusal::Over)
                    && before.state.attempt().is_none_or(|current| current.id != attempt)
                {
                    self.brings(event, attempt);
                }
                let only_gives_back = |effect: &Effect| matches!(effect, Effect::RevokeGrant(_) | Effect::VoidAttempt(_));
                prop_assert!(refused.effects.iter().all(only_gives_back));
                self.effects(&refused.effects)?;
            }
        }
        self.agree()?;
        Ok(said)
    }

    /// Stores it and reads it, lets the time run out, and checks that every grant was kept or given back.
    pub fn end(&mut self) -> Result<(), TestCaseError> {
        let stored = serde_json::to_string(&self.session).expect("stored");
        prop_assert_eq!(&serde_json::from_str::<Session>(&stored).expect("read"), &self.session);
        let _ = self.take(Event::Pass { seconds: 10_000 })?;
        let _ = self.take(Event::Tick)?;
        prop_assert!(self.session.state.is_over());
        let kept = match &self.session.state {
            State::Done { attempt } => Some(attempt.id),
            _ => None,
        };
        for attempt in &self.brought {
            prop_assert_eq!(
                self.revoked.contains(attempt),
                Some(*attempt) != kept,
                "grant of attempt {}",
                attempt
            );
        }
        prop_assert!(kept.is_none_or(|kept| self.sealed.contains(&kept)));
        prop_assert!(self.sealed.is_subset(&self.brought));
        Ok(())
    }

    /// The attempt that a result names: the last one, or one that ended before it.
    fn attempt_of(&self, event: Event) -> AttemptId {
        match event {
            Event::Step { late: true, .. } | Event::Failure { late: true, .. } => AttemptId(self.session.attempts.wrapping_sub(1)),
            _ => AttemptId(self.session.attempts),
        }
    }

    fn brings(&mut self, event: Event, attempt: AttemptId) {
        use table::Step as S;
        if let Event::Step {
            step: S::Done { .. } | S::Offer { granted: true } | S::EmptyOffer { granted: true },
            ..
        } = event
        {
            self.brought.insert(attempt);
        }
    }

    fn effects(&mut self, effects: &[Effect]) -> Result<(), TestCaseError> {
        for effect in effects {
            match effect {
                Effect::SealGrant(attempt) => {
                    prop_assert!(["confirming", "done"].contains(&self.session.state.name()));
                    prop_assert!(self.sealed.insert(*attempt), "sealed twice");
                    prop_assert!(!self.revoked.contains(attempt), "sealed after it was given back");
                }
                Effect::RevokeGrant(attempt) => {
                    self.revoked.insert(*attempt);
                }
                Effect::UseGrant(attempt) | Effect::AwaitCosigners(attempt) => {
                    prop_assert!(self.sealed.contains(attempt), "used before it was sealed");
                    prop_assert!(self.stood.is_some() && self.session.state.is_over());
                    self.unsigned = matches!(effect, Effect::AwaitCosigners(_));
                }
                Effect::Connection(event) => {
                    let applied = self.connection.clone().apply(*event);
                    prop_assert!(applied.is_ok(), "the connection refuses {event:?}: {applied:?}");
                    self.connection = applied.map_or_else(|refused| refused.connection, |moved| moved.connection);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The model, the session as it is stored, and the connection agree.
    fn agree(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(name(&self.session), self.model.at);
        prop_assert_eq!(self.session.instance, self.model.live.map(document));
        prop_assert_eq!(self.session.attempts, self.model.attempts);
        prop_assert_eq!(self.session.wakes_at().is_none(), self.model.over());
        let fits = match self.model.at {
            // Until a repair is done, and signed, what stood stays as it was.
            at if self.stood.is_some() => {
                let done = at == Name::Done && !self.unsigned;
                self.connection.status == if done { Status::Connected } else { Status::ReconnectRequired }
            }
            Name::Invited | Name::Choosing | Name::Exited | Name::Retry => self.connection.status == Status::Pending,
            Name::Asking | Name::Calling | Name::Leaving | Name::Launched | Name::Waiting | Name::Picking => {
                self.connection.status == Status::Connecting
            }
            Name::Confirming => self.connection.status == Status::AwaitingConfirmation,
            Name::Done => matches!(self.connection.status, Status::Connected | Status::AwaitingCosigners),
            Name::Final => matches!(self.connection.status, Status::Rejected | Status::Failed),
            Name::Unlisted => self.connection.status == Status::Abandoned && self.connection.reasons == BTreeSet::from([Reason::NotListed]),
            Name::Expired => self.connection.status == Status::Abandoned && self.connection.reasons.is_empty(),
        };
        prop_assert!(fits, "connection {:?} at {:?}", self.connection.status, self.model.at);
        Ok(())
    }

    /// Takes an event on the machine.
    fn act(&self, event: Event, attempt: AttemptId) -> Result<Moved, Refused> {
        let session = self.session.clone();
        let now = T0.plus(Duration::from_secs(self.model.now.into()));
        let version = |stale: bool| session.version - i64::from(stale);
        match event {
            Event::Open(by) => session.open(document(by), now),
            Event::StartOver(by) => session.start_over(document(by), now),
            Event::Choose { by, stale, listed } => {
                let on = Some(version(stale));
                session.choose(&document(by), on, route(listed), now)
            }
            Event::Submit { by, stale, right } => {
                let on = version(stale);
                let typed = if right { "12345" } else { "" };
                let answers = BTreeMap::from([("code".to_owned(), typed.to_owned()), ("password".to_owned(), typed.to_owned())]);
                session.submit(&document(by), on, &answers, now).map(|(moved, _)| moved)
            }
            Event::Resend { by, stale } => {
                let on = Some(version(stale));
                session.resend(&document(by), on, now)
            }
            Event::Launch { by, browser, state } => session.launch(&document(by), browser_hash(browser), state_hash(state), now),
            Event::Pick { by, pick } => {
                let picked = match pick {
                    Pick::Nothing => BTreeSet::new(),
                    Pick::Offered => BTreeSet::from(["a".to_owned()]),
                    Pick::Unknown => BTreeSet::from(["z".to_owned()]),
                };
                session.accounts(&document(by), None, &picked, now)
            }
            Event::Cancel(by) => session.cancel(by.map(document).as_ref(), now),
            Event::NotListed { by, stale } => {
                let on = Some(version(stale));
                session.not_listed(&document(by), on, "Bank of Nowhere", now)
            }
            Event::Supersede => session.supersede(),
            Event::Speak(by) => session.speak(&document(by), Language::He, now),
            Event::Step { step, .. } => session.step(attempt, machine_step(step, now), now),
            Event::Failure { failure, .. } => {
                let none_left = failure == table::Failure::WrongAnswer { bank_says_none_left: true };
                session.failed(attempt, code(failure).failure(), Again::tries(none_left.then_some(0)), now)
            }
            Event::LeaseLost => session.lease_lost(now),
            Event::Return { browser, state, error } => {
                let what = error.map_or(Returned::Params, |failure| Returned::Error(code(failure).failure()));
                session.returned(&browser_hash(browser), &state_hash(state), what, now)
            }
            Event::TurnAway => session.turned_away(now),
            Event::PollDue => session.poll_due(now),
            Event::Exchange { same_customer } => session.exchange(if same_customer { "shopper-7" } else { "shopper-8" }, now),
            Event::Tick => session.tick(now),
            Event::Pass { .. } | Event::PassUntilDue => unreachable!("no event of the session"),
        }
    }
}

/// A connection whose person has to come back.
fn cut() -> Connection {
    let events = [
        connection::Event::Begun,
        connection::Event::Granted { cosigners: false },
        connection::Event::Confirmed,
        connection::Event::FetchFailed(connection::FetchProblem::LoginRequired),
    ];
    events.into_iter().fold(Connection::new(), |connection, event| {
        connection.apply(event).expect("accepted").connection
    })
}

fn is_submit(effect: &Effect) -> bool {
    matches!(effect, Effect::Call { call: Call::Submit, .. })
}

fn document(n: u8) -> InstanceHash {
    InstanceHash(Hash32([n; 32]))
}

fn browser_hash(n: u8) -> BrowserHash {
    BrowserHash(Hash32([n; 32]))
}

fn state_hash(n: u8) -> StateHash {
    StateHash(Hash32([n; 32]))
}

fn route(listed: bool) -> RouteRef {
    RouteRef {
        institution: if listed { "leumi" } else { "hapoalim" }.into(),
        provider: "sandbox".into(),
        provider_id: "first".into(),
        invented: false,
    }
}

fn form(name: &str, kind: FieldKind) -> Form {
    let challenge = kind == FieldKind::Code;
    Form {
        challenge,
        fields: vec![Field::new(name, kind, LocalizedText::default())],
        resend_after: challenge.then_some(20),
        ..Form::default()
    }
}

fn machine_step(step: table::Step, now: Timestamp) -> Step {
    let granted = |granted: bool| granted.then_some(Granted { cosigners: false });
    match step {
        table::Step::Login => Step::Form(form("password", FieldKind::Password)),
        table::Step::Code => Step::Form(form("code", FieldKind::Code)),
        table::Step::Redirect => Step::Redirect,
        table::Step::Wait { seconds } => Step::Wait {
            next_poll: now.plus(Duration::from_secs(5)),
            until: now.plus(Duration::from_secs(seconds.into())),
            message: LocalizedText::default(),
        },
        table::Step::Offer { granted: with } => Step::Accounts(Offer {
            accounts: vec![OfferedAccount {
                id: "a".into(),
                name: LocalizedText::default(),
                last_digits: "1234".into(),
            }],
            granted: granted(with),
        }),
        table::Step::EmptyOffer { granted: with } => Step::Accounts(Offer {
            accounts: Vec::new(),
            granted: granted(with),
        }),
        table::Step::Done { cosigners } => Step::Done(Granted { cosigners }),
    }
}

const fn code(failure: table::Failure) -> FailureCode {
    match failure {
        table::Failure::WrongAnswer { .. } => FailureCode::WrongCredentials,
        table::Failure::Retryable => FailureCode::InstitutionUnavailable,
        table::Failure::Rejected => FailureCode::ConsentRejected,
    }
}

fn name(session: &Session) -> Name {
    match &session.state {
        State::Invited => Name::Invited,
        State::Choosing => Name::Choosing,
        State::Asking(_) => Name::Asking,
        State::Calling(_) => Name::Calling,
        State::Leaving(leaving) if leaving.launch.is_some() => Name::Launched,
        State::Leaving(_) => Name::Leaving,
        State::Waiting(_) => Name::Waiting,
        State::PickingAccounts(_) => Name::Picking,
        State::Confirming(_) => Name::Confirming,
        State::Done { .. } => Name::Done,
        State::Exited { why: Exit::Closed, .. } => Name::Exited,
        State::Exited {
            why: Exit::NotListed { .. },
            ..
        } => Name::Unlisted,
        State::Failed(failed) if failed.failure.retryable => Name::Retry,
        State::Failed(_) => Name::Final,
        State::Expired { .. } => Name::Expired,
    }
}

const fn name_of(why: &Refusal) -> Why {
    match why {
        Refusal::NotAllowed => "not allowed",
        Refusal::StaleTicket => "made on another version",
        Refusal::Invalid(_) => "fields are wrong",
        Refusal::TooMany => "too many",
        Refusal::NotYours => "not yours",
        Refusal::BadReturn => "bad return",
        Refusal::EmptyChoice => "no account picked",
        Refusal::AlreadyUnderWay => "already under way",
        Refusal::Over => "over",
        Refusal::AlreadyLive => "live already",
        Refusal::NotDue => "not due",
        Refusal::Late => "late",
    }
}
