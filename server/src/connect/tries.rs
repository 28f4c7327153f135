//! How often a login or a code is sent to an institution, over all sessions and nodes.
//!
//! **Goal.** No institution locks its customer out because of what was typed here. **Contract.** In an hour at most [`MOST`] logins and
//! [`MOST`] codes that the institution may have counted go to it for one customer of a tenant, and for one login name there. A place is
//! taken in the transaction that sends, so that neither many windows nor many nodes get past it; it is given back when the institution
//! has not counted the try. Each tenant counts for itself: what one does locks nobody out at another.
//!
//! What is right ends the count of its session, as it does at the institution. What nobody knows the outcome of counts.

use super::state::Loaded;
use crate::core::Core;
use crate::providers::Failed;
use crate::store::tries::{self as rows, TryRow};
use crate::store::{Statement, Unavailable};
use gesher_contract::{FailureCode, FieldKind, Form};
use gesher_domain::session::{Cleaned, State};
use std::time::Duration;

/// Most in [`WINDOW`].
pub const MOST: i64 = 5;
/// How long a try counts.
pub const WINDOW: Duration = Duration::from_secs(60 * 60);

/// What is not sent any more for now.
#[derive(Debug, thiserror::Error)]
pub enum NoTry {
    /// As many as may be were sent within the hour.
    #[error("as many as may be were sent within the hour")]
    OutOfTries,
    /// The database failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Takes a place for what is about to be sent, for each that it counts for. The statements go into the unit that sends it; they fail by
/// [`crate::store::Conflict::AlreadyUsed`] when somebody else took the place meanwhile.
///
/// # Errors
/// [`NoTry`]; nothing may be sent.
pub async fn take(core: &Core, loaded: &Loaded, answers: &Cleaned) -> Result<Vec<Statement>, NoTry> {
    let State::Asking(asking) = &loaded.session.state else {
        return Ok(Vec::new());
    };
    let now = core.clock.now().0;
    let since = now - i64::try_from(WINDOW.as_micros()).unwrap_or(i64::MAX);
    let tenant = &loaded.row.tenant_id;
    let mut statements = Vec::new();
    for key in keys(core, loaded, &asking.attempt.route.institution, &asking.form, answers) {
        let taken = rows::taken(&core.store, tenant, &key, since).await?;
        let place = (0..MOST).find(|place| !taken.contains(place)).ok_or(NoTry::OutOfTries)?;
        let row = TryRow {
            tenant_id: tenant.clone(),
            key,
            place,
            at: now,
            session_id: loaded.row.id.clone(),
            mark: loaded.row.version,
        };
        statements.push(rows::take(&row, since));
    }
    Ok(statements)
}

/// What a call that sent something came to: the institution counted it, or not. `before` is the session as it was when it was sent.
pub fn told(before: &Loaded, outcome: Result<(), &Failed>) -> Option<Statement> {
    let (tenant, session) = (&before.row.tenant_id, &before.row.id);
    match outcome {
        Ok(()) => Some(rows::forget(tenant, session)),
        Err(failed) if counts(failed.code) => None,
        // The call belongs to the version after the one that the person saw.
        Err(_) => Some(rows::give_back(tenant, session, before.row.version - 1)),
    }
}

/// Whether an institution may have counted what failed so.
const fn counts(code: FailureCode) -> bool {
    matches!(
        code,
        FailureCode::WrongCredentials
            | FailureCode::WrongCode
            | FailureCode::CodeExpired
            | FailureCode::LoginLocked
            | FailureCode::TooManyTries
            | FailureCode::OutcomeUnknown
            | FailureCode::TimedOut
            | FailureCode::BadInstitutionAnswer
    )
}

/// For whom it counts: the tenant's customer, where the host names one, and the login name at the institution.
fn keys(core: &Core, loaded: &Loaded, institution: &str, form: &Form, answers: &Cleaned) -> Vec<String> {
    let has = |kind| form.fields.iter().any(|field| field.kind == kind);
    let kind = if has(FieldKind::Password) { "login" } else { "code" };
    let (tenant, mode) = (loaded.row.tenant_id.as_str(), loaded.connection.mode.as_str());
    let key = |whose: &str, name: &str| {
        core.keyring
            .fingerprint(tenant, &format!("try\n{mode}\n{institution}\n{kind}\n{whose}\n{name}"))
    };
    let customer = Some(loaded.connection.customer.as_str()).filter(|customer| !customer.is_empty());
    let secret = |kind| matches!(kind, FieldKind::Password | FieldKind::Code | FieldKind::Note | FieldKind::Image);
    let named = form.fields.iter().filter(|field| !secret(field.kind));
    let login: Vec<String> = named
        .filter_map(|field| Some(format!("{}={}", field.name, answers.0.get(&field.name)?)))
        .collect();
    let login = Some(login.join("\n")).filter(|login| kind == "login" && !login.is_empty());
    let mut keys: Vec<String> = customer.map(|customer| key("customer", customer)).into_iter().collect();
    keys.extend(login.map(|login| key("login", &login)));
    // Nobody is known by name: then it is the invitation that counts.
    if keys.is_empty() {
        keys.push(key("connection", &loaded.connection.id));
    }
    keys
}
