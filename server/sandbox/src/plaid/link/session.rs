//! A session: somebody in Link, from the first page to the last.

use crate::plaid::Moment;
use crate::plaid::ident;
use crate::plaid::institutions::Institution;
use crate::plaid::people::{Mfa, Person};
use crate::plaid::refusal::Code;
use serde_json::{Value, json};

/// Where the person is.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Chooses an institution.
    Picker,
    /// Types username and password.
    Login(&'static Institution),
    /// Answers what is asked besides.
    Mfa(&'static Institution, Person, Mfa),
    /// Chooses accounts.
    Accounts(&'static Institution, Person),
    /// Is asked whether these accounts may be given.
    Consent(&'static Institution, Person, Vec<String>),
    /// Is done.
    Over(End),
}

/// How a session ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// An item was made.
    Linked {
        public_token: String,
        institution: &'static Institution,
        accounts: Vec<Value>,
    },
    /// An item was repaired. There is nothing to exchange.
    Repaired { institution: &'static Institution },
    /// The person left.
    Exited {
        institution: Option<&'static Institution>,
        status: &'static str,
        error: Option<&'static Code>,
    },
}

/// What a page says before all else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alert {
    /// This error of the institution's.
    Error(&'static Code),
    /// At least one account has to be chosen.
    NoAccount,
}

/// An event of Link's.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    name: &'static str,
    at: Moment,
    id: String,
    metadata: Value,
}

/// A session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) link_token: String,
    pub(crate) step: Step,
    pub(crate) alert: Option<Alert>,
    /// What the institution last refused with.
    pub(crate) error: Option<&'static Code>,
    /// The page around the frame, where there is one; else the session is Hosted Link's.
    pub(crate) origin: Option<String>,
    pub(crate) started: Moment,
    pub(crate) finished: Option<Moment>,
    events: Vec<Event>,
    /// How many events the page around the frame has heard of.
    told: usize,
    /// Another secret, for the way back from a bank's own page.
    pub(crate) oauth_state: String,
}

impl End {
    /// `status` of `SESSION_FINISHED`
    pub(crate) fn status(&self) -> &'static str {
        match self {
            Self::Linked { .. } | Self::Repaired { .. } => "SUCCESS",
            Self::Exited { .. } => "EXITED",
        }
    }
}

/// How Link's results name an institution.
pub(crate) fn named(institution: &Institution) -> Value {
    json!({ "name": institution.name, "institution_id": institution.id })
}

impl Session {
    /// A session that begins now.
    pub(crate) fn new(id: String, link_token: String, first: Step, origin: Option<String>, oauth_state: String, now: Moment) -> Self {
        let mut session = Self {
            id,
            link_token,
            step: first,
            alert: None,
            error: None,
            origin,
            started: now,
            finished: None,
            events: Vec::new(),
            told: 0,
            oauth_state,
        };
        session.note("OPEN", now, json!({}));
        session
    }

    /// Notes an event.
    pub(crate) fn note(&mut self, name: &'static str, at: Moment, metadata: Value) {
        let place = self.events.len().to_be_bytes();
        let id = ident::of(&[b"event", self.id.as_bytes(), &place], 32);
        self.events.push(Event { name, at, id, metadata });
    }

    /// The institution that was chosen.
    pub(crate) fn institution(&self) -> Option<&'static Institution> {
        match &self.step {
            Step::Picker => None,
            Step::Login(institution) | Step::Mfa(institution, ..) | Step::Accounts(institution, _) | Step::Consent(institution, ..) => {
                Some(institution)
            }
            Step::Over(End::Linked { institution, .. } | End::Repaired { institution }) => Some(institution),
            Step::Over(End::Exited { institution, .. }) => *institution,
        }
    }

    /// Where somebody leaves who leaves now: `status` of an exit.
    pub(crate) fn exit_status(&self) -> &'static str {
        match &self.step {
            Step::Login(institution) if institution.oauth => "requires_oauth",
            Step::Login(_) => "requires_credentials",
            Step::Mfa(_, _, Mfa::Device) => "requires_code",
            Step::Mfa(..) => "requires_questions",
            Step::Accounts(..) => "requires_account_selection",
            Step::Picker | Step::Consent(..) | Step::Over(_) => "institution_not_found",
        }
    }

    /// The events, as `/link/token/get` and `EVENTS` tell them.
    pub(crate) fn events(&self) -> Vec<Value> {
        let told = self.events.iter().map(|event| {
            json!({
                "event_name": event.name,
                "event_id": event.id,
                "timestamp": event.at.stamp(),
                "event_metadata": event.metadata,
            })
        });
        told.collect()
    }

    /// Events that the page around the frame has not heard of, as `onEvent` tells them.
    pub(crate) fn news(&mut self) -> Vec<Value> {
        let fresh = self.events.iter().skip(self.told).map(|event| {
            let mut metadata = event.metadata.clone();
            metadata["link_session_id"] = json!(self.id);
            metadata["timestamp"] = json!(event.at.stamp());
            json!({ "name": event.name, "metadata": metadata })
        });
        let fresh = fresh.collect();
        self.told = self.events.len();
        fresh
    }

    /// As `/link/token/get` tells it.
    pub(crate) fn told(&self) -> Value {
        let mut told = json!({
            "link_session_id": self.id,
            "started_at": self.started.stamp(),
            "finished_at": self.finished.map(Moment::stamp),
            "events": self.events(),
        });
        match &self.step {
            Step::Over(End::Linked {
                public_token,
                institution,
                accounts,
            }) => {
                told["results"] = json!({
                    "item_add_results": [{
                        "public_token": public_token,
                        "accounts": accounts,
                        "institution": named(institution),
                    }],
                });
            }
            Step::Over(End::Repaired { .. }) => told["results"] = json!({ "item_add_results": [] }),
            Step::Over(End::Exited {
                institution,
                status,
                error,
            }) => told["exit"] = self.exit(*institution, status, *error),
            _ => {}
        }
        told
    }

    fn exit(&self, institution: Option<&Institution>, status: &str, error: Option<&Code>) -> Value {
        json!({
            "error": error.map(|code| code.told(None)),
            "metadata": {
                "institution": institution.map(named),
                "status": status,
                "link_session_id": self.id,
                "request_id": ident::of(&[b"request", self.id.as_bytes()], 15),
            },
        })
    }
}
