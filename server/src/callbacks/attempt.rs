//! One try to tell a callback, and what comes of it, in one statement.

use super::{Auth, context, open_finance};
use crate::core::Core;
use crate::secrets::ExposeSecret as _;
use crate::store::Conflict;
use crate::store::callbacks::{self, CallbackRow};
use crate::webhooks::attempt::Outcome;
use crate::webhooks::dialect::Dialect;
use bytes::Bytes;
use gesher_domain::Timestamp;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use serde::Serialize;

/// What is sent.
#[derive(Serialize)]
struct Body<'a> {
    /// The same in every try.
    id: &'a str,
    outcome: &'a str,
    connection_id: &'a str,
    status: &'a str,
    /// When it came out.
    timestamp: String,
}

/// Makes the try.
pub(crate) async fn attempt(core: &Core, row: &CallbackRow) {
    let outcome = send(core, row).await;
    metrics::counter!("gesher_callback_attempts_total", "outcome" => outcome.error().unwrap_or("delivered")).increment(1);
    tracing::info!(
        connection = row.connection_id,
        callback = row.id,
        outcome = outcome.error().unwrap_or("delivered"),
        status = outcome.status().map(|status| status.as_u16()),
        "a callback was tried"
    );
    let (tenant, id) = (row.tenant_id.as_str(), row.id.as_str());
    let token = row.lease_token.as_deref().unwrap_or_default();
    let result = match outcome {
        Outcome::Taken(_) => callbacks::end(tenant, id, token, "delivered"),
        Outcome::Gone => callbacks::end(tenant, id, token, "given_up"),
        Outcome::Failed { asked, .. } => match core
            .webhooks
            .schedules
            .of(Dialect::Native)
            .pause(row.attempts + 1, asked, &*core.rng)
        {
            Some(pause) => callbacks::put_back(tenant, id, token, core.clock.now().plus(pause).0),
            None => callbacks::end(tenant, id, token, "given_up"),
        },
    };
    match core.store.write(result).await {
        Ok(()) => {}
        Err(error) if error.conflict() == Some(Conflict::LeaseLost) => {
            tracing::debug!(callback = row.id, "a callback was sent by somebody else too");
        }
        Err(error) => tracing::error!(%error, callback = row.id, "what came of a callback could not be written: it will be sent again"),
    }
}

async fn send(core: &Core, row: &CallbackRow) -> Outcome {
    let failed = |error| Outcome::Failed {
        status: None,
        error,
        asked: None,
    };
    let Some(auth) = open(core, row) else {
        tracing::error!(callback = row.id, "what opens a callback's address cannot be opened");
        return failed("auth_unusable");
    };
    let body = if row.dialect == open_finance::NAME {
        match open_finance::body(core, row).await {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, callback = row.id, "what a callback is about could not be read");
                return failed("unreadable");
            }
        }
    } else {
        own(row)
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("Gesher/", env!("CARGO_PKG_VERSION"))));
    let guard = &core.webhooks.guard;
    match auth.put(guard, &mut headers).await {
        Ok(()) => Outcome::of(
            Dialect::Native,
            guard.post(&row.url, headers, Bytes::from(body)).await,
            core.clock.now(),
        ),
        Err(why) => failed(why.as_str()),
    }
}

fn own(row: &CallbackRow) -> Vec<u8> {
    let body = Body {
        id: &row.id,
        outcome: row.outcome.as_deref().unwrap_or_default(),
        connection_id: &row.connection_id,
        status: row.status.as_deref().unwrap_or_default(),
        timestamp: Timestamp(row.happened_at.unwrap_or_default()).rfc3339(),
    };
    serde_json::to_vec(&body).unwrap_or_default()
}

fn open(core: &Core, row: &CallbackRow) -> Option<Auth> {
    let Some(sealed) = &row.auth else { return Some(Auth::None) };
    let plain = core
        .keyring
        .open(&context(&row.tenant_id, row.wish.as_ref().unwrap_or(&row.id)), sealed)
        .ok()?;
    serde_json::from_slice(plain.expose_secret()).ok()
}
