//! What happened in a session, for whoever a person quotes a support code to.
//!
//! **Contract.** Each write of a session leaves a step in its own transaction ([`step`]). A step names states, the
//! institution, the call and the failure, and nothing that a person typed, that a provider gave or that opens something;
//! neither does [`find`], which puts the connection's events, what came of their webhooks and the audit log between them.

use crate::store::sessions::SessionRow;
use crate::store::steps::{self, StepRow};
use crate::store::webhooks::attempts;
use crate::store::{Read, Statement, Store, audit, connections, events, sessions};
use gesher_contract::{Event, EventKind, SessionId};
use gesher_domain::Timestamp;
use gesher_domain::session::{Call, Effect, Exit, Session, State};
use serde::{Deserialize, Serialize};

/// Most events of a connection that are shown.
const EVENTS: i64 = 1000;
/// Characters of a support code, without its dash.
const CODE: usize = 8;

/// What a step holds beside the state's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(skip_serializing_if = "Option::is_none")]
    institution: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    launched: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    not_listed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<String>,
}

const fn call_name(call: Call) -> &'static str {
    match call {
        Call::Begin => "begin",
        Call::Submit => "submit",
        Call::Exchange => "exchange",
        Call::Poll => "poll",
        Call::Accounts => "accounts",
        Call::Resend => "resend",
    }
}

/// What else was done with a move; what the state says already is left out.
const fn aside(effect: &Effect) -> Option<&'static str> {
    match effect {
        Effect::Call { .. } | Effect::Connection(_) | Effect::Audit(_) => None,
        Effect::VoidAttempt(_) => Some("attempt given up"),
        Effect::SealGrant(_) => Some("access granted"),
        Effect::RevokeGrant(_) => Some("access given back"),
        Effect::IssuePublicToken => Some("public token made"),
        Effect::VoidPublicToken => Some("public token void"),
        Effect::UseGrant(_) => Some("access replaced"),
        Effect::AwaitCosigners(_) => Some("other account holders waited for"),
    }
}

/// The step that a write of this session leaves.
pub fn step(session: &Session, effects: &[Effect], now: Timestamp) -> Statement {
    let route = session.state.route();
    let detail = Detail {
        institution: route.map(|route| route.institution.clone()),
        provider: route.map(|route| route.provider.clone()),
        call: match &session.state {
            State::Calling(calling) => Some(call_name(calling.call).to_owned()),
            _ => None,
        },
        failure: match &session.state {
            State::Failed(failed) => Some(failed.failure.code.as_str().to_owned()),
            _ => None,
        },
        launched: matches!(&session.state, State::Leaving(leaving) if leaving.launch.is_some()),
        not_listed: matches!(
            &session.state,
            State::Exited {
                why: Exit::NotListed { .. },
                ..
            }
        ),
        also: effects.iter().filter_map(aside).map(str::to_owned).collect(),
    };
    steps::append(&StepRow {
        tenant_id: session.tenant.to_string(),
        session_id: session.id.to_string(),
        version: session.version,
        at: now.0,
        state: session.state.name().to_owned(),
        detail: serde_json::to_string(&detail).unwrap_or_default(),
    })
}

/// A line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Line {
    /// When, epoch microseconds.
    #[serde(skip)]
    pub at: i64,
    /// When, RFC 3339.
    #[serde(rename = "at")]
    pub time: String,
    /// `session`, `event`, `webhook` or `audit`.
    pub kind: &'static str,
    /// What happened, in words.
    pub what: String,
}

impl Line {
    fn new(at: i64, kind: &'static str, what: String) -> Self {
        let time = Timestamp(at).rfc3339();
        Self { at, time, kind, what }
    }
}

/// A session and what happened in it.
#[derive(Clone, Debug, Serialize)]
pub struct Timeline {
    /// The tenant's tag.
    pub tenant: String,
    /// The session.
    pub session: String,
    /// Its connection.
    pub connection: String,
    /// `test` or `live`.
    pub mode: String,
    /// The session's state.
    pub state: String,
    /// The connection's status.
    pub status: String,
    /// What happened, in its order.
    pub lines: Vec<Line>,
}

/// The timelines behind a support code, as screens and messages show it (`7Q2M-9K4T`), or behind a session's id. Several
/// sessions may share a code.
///
/// # Errors
/// The database failed.
pub async fn find(store: &Store, code: &str) -> Read<Vec<Timeline>> {
    let mut found = Vec::new();
    for row in rows(store, code.trim()).await? {
        found.push(of_session(store, row).await?);
    }
    Ok(found)
}

/// Whether this is written as a support code or a session's id is.
pub fn is_code(code: &str) -> bool {
    SessionId::parse(code.trim()).is_ok() || tail(code).is_some()
}

/// The end of a session's id that a support code is.
fn tail(code: &str) -> Option<String> {
    let letters = code
        .trim()
        .chars()
        .filter(|letter| !matches!(letter, '-' | ' '))
        .map(|letter| letter.to_ascii_lowercase());
    let tail: String = letters.collect();
    (tail.len() == CODE && tail.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(tail)
}

async fn rows(store: &Store, code: &str) -> Read<Vec<SessionRow>> {
    if let Ok(id) = SessionId::parse(code) {
        let found = sessions::by_id(store, id.tenant().as_str(), id.as_str()).await?;
        return Ok(found.into_iter().collect());
    }
    match tail(code) {
        Some(tail) => sessions::by_support_code(store, &tail).await,
        None => Ok(Vec::new()),
    }
}

async fn of_session(store: &Store, row: SessionRow) -> Read<Timeline> {
    let tenant = row.tenant_id.as_str();
    let connection = connections::by_id(store, tenant, &row.connection_id).await?;
    let mut lines: Vec<Line> = Vec::new();
    let mut before: Option<StepRow> = None;
    for step in steps::of_session(store, tenant, &row.id).await? {
        lines.push(Line::new(step.at, "session", told(before.as_ref(), &step)));
        before = Some(step);
    }
    for event in events::of_connection(store, tenant, &row.connection_id, 0, EVENTS).await? {
        let what = match serde_json::from_str::<Event>(&event.body).map(|event| event.kind) {
            Ok(EventKind::StatusChanged { from, to, failure, .. }) => {
                let why = failure.map_or_else(String::new, |failure| format!(": {}", failure.code.as_str()));
                format!("{}: connection {} → {}{why}", event.id, from.as_str(), to.as_str())
            }
            _ => format!("{}: {}", event.id, event.kind),
        };
        lines.push(Line::new(event.created_at, "event", what));
        for tried in attempts::of_event(store, tenant, &event.id).await? {
            let outcome = match (tried.status, &tried.error) {
                (Some(status), _) => status.to_string(),
                (None, Some(error)) => error.clone(),
                (None, None) => "no answer".to_owned(),
            };
            let part = if tried.part.is_empty() {
                String::new()
            } else {
                format!(" ({})", tried.part)
            };
            let what = format!("{}{part} to {}, try {}: {outcome}", event.id, tried.endpoint_id, tried.number);
            lines.push(Line::new(tried.at, "webhook", what));
        }
    }
    for entry in audit::of_subject(store, tenant, &row.connection_id).await? {
        let detail: serde_json::Value = serde_json::from_str(&entry.detail).unwrap_or_default();
        let why = detail["why"].as_str().map_or_else(String::new, |why| format!(": {why}"));
        lines.push(Line::new(entry.at, "audit", format!("{}{why}", entry.action)));
    }
    lines.sort_by_key(|line| line.at);
    Ok(Timeline {
        tenant: row.tenant_id,
        session: row.id,
        connection: row.connection_id,
        mode: connection.as_ref().map_or_else(String::new, |connection| connection.mode.clone()),
        state: row.state_name,
        status: connection.map_or_else(String::new, |connection| connection.status),
        lines,
    })
}

/// A step in words, from the state before it.
fn told(before: Option<&StepRow>, step: &StepRow) -> String {
    let detail: Detail = serde_json::from_str(&step.detail).unwrap_or_default();
    let from = before.map_or("", |before| before.state.as_str());
    let what = match (from, step.state.as_str()) {
        ("", _) => "created".to_owned(),
        ("invited", "choosing") => "opened".to_owned(),
        (_, "choosing") if from == "choosing" => "at the list of institutions".to_owned(),
        (_, "choosing") => "back to the list of institutions".to_owned(),
        ("leaving", "calling") if detail.call.as_deref() == Some("exchange") => "returned from the bank; call exchange".to_owned(),
        (_, "calling") => {
            let chosen = if detail.call.as_deref() == Some("begin") {
                "institution chosen; "
            } else {
                ""
            };
            format!("{chosen}call {}", detail.call.as_deref().unwrap_or("?"))
        }
        (_, "asking") => "the institution asks for a form".to_owned(),
        (_, "leaving") if detail.launched => "sent to the bank".to_owned(),
        (_, "leaving") => "to be sent to the bank".to_owned(),
        (_, "waiting") => "waits for the institution".to_owned(),
        (_, "picking_accounts") => "picks accounts".to_owned(),
        (_, "confirming") => "waits for the exchange".to_owned(),
        ("confirming", "done") => "exchanged".to_owned(),
        (_, "done") => "done".to_owned(),
        (_, "exited") if detail.not_listed => "the person did not find their institution in the list".to_owned(),
        (_, "exited") => "the person left".to_owned(),
        (_, "expired") => "the time was up".to_owned(),
        (_, "failed") => "failed".to_owned(),
        (_, other) => other.to_owned(),
    };
    let mut text = what;
    if let Some(failure) = detail.failure {
        text.push_str(&format!(": {failure}"));
    }
    if let (Some(institution), Some(provider)) = (detail.institution, detail.provider) {
        text.push_str(&format!(" [{institution} by {provider}]"));
    }
    if !detail.also.is_empty() {
        text.push_str(&format!(" ({})", detail.also.join(", ")));
    }
    text
}
