//! Callbacks: what Salt Edge tells by itself, signed over the address that it calls and the body.
//!
//! One address takes all kinds: a success ends with the stage `finish`, a failure has an error class, a notice has another stage, and what
//! has none of them tells that the connection is gone.

use super::client::Client;
use super::codes;
use super::keys::Verifier;
use super::state::{Access, State, Visit};
use super::visit::moment;
use super::wire::{Callback, Told};
use crate::providers::{Held, Hook, HookRefused, News};
use gesher_domain::connection::FetchProblem;
use std::time::Duration;

/// The name of the setting.
pub const CALLBACK_KEY: &str = "callback_key";
/// How old a callback may be. Salt Edge tries again for a while.
const OLDEST: Duration = Duration::from_secs(24 * 60 * 60);
/// How far ahead its clock may be.
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// Which of our connections a callback says that it is about.
pub fn subject(hook: &Hook) -> Option<String> {
    let told: Callback = serde_json::from_slice(&hook.body).ok()?;
    told.data.custom_fields?.gesher_connection
}

/// What a callback says.
pub fn hear(client: &Client<'_>, hook: &Hook, held: &Held<'_>) -> Result<News, HookRefused> {
    let key = client.cx.settings.text(CALLBACK_KEY).ok_or(HookRefused::NoHooks)?;
    let key = Verifier::from_pem(key).ok_or(HookRefused::NoHooks)?;
    let signature = hook.headers.get("Signature").ok_or(HookRefused::NotSigned)?;
    let signature = signature.to_str().map_err(|_| HookRefused::WrongSignature)?;
    if !key.verifies(&hook.url, &hook.body, signature) {
        return Err(HookRefused::WrongSignature);
    }
    let told: Callback = serde_json::from_slice(&hook.body).map_err(|_| HookRefused::Unreadable)?;
    if let Some(time) = &told.meta.time {
        let at = moment(time).ok_or(HookRefused::Unreadable)?;
        if at.plus(OLDEST) < client.cx.now || at > client.cx.now.plus(AHEAD) {
            return Err(HookRefused::TooOld);
        }
    }
    news(&told.data, held).ok_or(HookRefused::OtherSubject)
}

/// Nothing when it is about something else than what is held.
fn news(told: &Told, held: &Held<'_>) -> Option<News> {
    let visit = held.leg.and_then(|leg| State::open(leg).ok());
    if let Some(State::Away(visit)) = visit
        && is_of(told, &visit)
    {
        // The person may still be at the page, after a wrong password: only whoever waits is answered.
        return Some(News::Moved);
    }
    let access = held.grant.and_then(|grant| Access::open(grant).ok())?;
    if access.connection_id != told.connection_id || access.customer_id != told.customer_id {
        return None;
    }
    Some(match (&told.error_class, told.stage.as_deref()) {
        (Some(class), _) => News::Trouble(codes::problem(class)),
        (None, Some("finish")) => News::Data,
        (None, Some(_)) => News::Nothing,
        (None, None) => News::Trouble(FetchProblem::Revoked),
    })
}

fn is_of(told: &Told, visit: &Visit) -> bool {
    let mark = told.custom_fields.as_ref().and_then(|fields| fields.gesher_visit.as_deref());
    told.customer_id == visit.customer_id && mark.is_some_and(|mark| visit.marks.iter().any(|own| own == mark))
}
