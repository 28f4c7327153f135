//! Webhooks: the vendor signs nothing, so each connection is made with a header that its webhooks carry: a secret of this connection alone.

use super::state::{Access, State};
use super::wire::StatusChange;
use crate::providers::{Held, Hook, HookRefused, News};
use gesher_contract::FailureCode;
use subtle::ConstantTimeEq as _;

/// The header that our webhooks carry.
pub const SECRET_HEADER: &str = "x-gesher-secret";
/// What the address has in its query to which the vendor tells that the person closed its pages.
pub const ABORT: &str = "abort=1";

/// See [`crate::providers::Provider::hear`].
pub fn hear(hook: &Hook, held: &Held<'_>) -> Result<News, HookRefused> {
    let secret = hook.headers.get(SECRET_HEADER).ok_or(HookRefused::NotSigned)?.as_bytes();
    let attempt = held.leg.and_then(|leg| match State::open(leg) {
        Ok(State::AtVendor(at)) => Some(at.access),
        _ => None,
    });
    let access = held.grant.and_then(|grant| Access::open(grant).ok());
    let knows = |access: &Access| bool::from(access.secret.as_bytes().ct_eq(secret));
    let (theirs, is_attempt) = match (attempt.filter(knows), access.filter(knows)) {
        (Some(attempt), _) => (attempt, true),
        (None, Some(access)) => (access, false),
        (None, None) => return Err(HookRefused::WrongSignature),
    };
    let change: StatusChange = serde_json::from_slice(&hook.body).map_err(|_| HookRefused::Unreadable)?;
    if change.connection_id != theirs.connection {
        return Err(HookRefused::OtherSubject);
    }
    let closed = hook.url.split_once('?').is_some_and(|(_, query)| query == ABORT);
    Ok(match (is_attempt, closed) {
        (true, true) => News::Ended(FailureCode::CancelledAtInstitution),
        (true, false) => change.connection_status.news_of_attempt(),
        (false, true) => News::Nothing,
        (false, false) => change.connection_status.news_of_access(),
    })
}
