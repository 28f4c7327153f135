//! `Idempotency-Key`: a request that is sent again acts once and gets the first answer.
//!
//! **Contract.** The answer is stored, sealed, for 24 hours in the transaction of what it answers, so there is no moment in
//! which the one exists without the other. The same key with another body, or at another address, is a 422. Answers that
//! changed nothing (a 4xx) are not stored: the request may be mended and sent again.

use super::problem::Problem;
use crate::core::Core;
use crate::secrets::{Context, ExposeSecret as _, same_fingerprint};
use crate::store::idempotency::{self, IdempotencyRow};
use crate::store::{Conflict, Statement, Unit};
use crate::tenants::Caller;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest key, as at Stripe.
const LONGEST: usize = 255;
const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// A key that is not used yet.
pub struct Key {
    tenant: String,
    key: String,
    route: &'static str,
    fingerprint: String,
}

/// What a request with a key, or without one, comes to.
pub enum Found {
    /// No key.
    Without,
    /// A key that is not used yet.
    Fresh(Key),
    /// A key that was used for the same request: its answer.
    Answered(Response),
}

impl Found {
    /// Looks the request's key up.
    ///
    /// # Errors
    /// When the key is malformed or was used for another request, or the database fails.
    pub async fn look(core: &Core, caller: &Caller, headers: &HeaderMap, route: &'static str, body: &[u8]) -> Result<Self, Problem> {
        let Some(value) = headers.get(HEADER) else {
            return Ok(Self::Without);
        };
        let key = value
            .to_str()
            .ok()
            .filter(|key| !key.is_empty() && key.len() <= LONGEST && key.bytes().all(|byte| byte.is_ascii_graphic()))
            .ok_or_else(|| {
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    "bad_idempotency_key",
                    "Idempotency-Key takes 1 to 255 visible ASCII characters.",
                )
            })?;
        let fingerprint = Sha256::new()
            .chain_update(caller.mode.as_str())
            .chain_update([0])
            .chain_update(body)
            .finalize();
        // With a key: what a body holds of a person could be guessed from a plain hash.
        let fingerprint = core.keyring.fingerprint(caller.tenant.as_str(), &HEXLOWER.encode(&fingerprint));
        let key = Key {
            tenant: caller.tenant.to_string(),
            key: key.to_owned(),
            route,
            fingerprint,
        };
        Ok(match key.answer(core).await? {
            Some(answer) => Self::Answered(answer),
            None => Self::Fresh(key),
        })
    }
}

impl Key {
    /// The statement that stores an answer; it goes into the unit of what the answer is about.
    pub fn keep(&self, core: &Core, status: StatusCode, body: &[u8]) -> Statement {
        let now = core.clock.now();
        idempotency::insert(&IdempotencyRow {
            tenant_id: self.tenant.clone(),
            key: self.key.clone(),
            route: self.route.to_owned(),
            fingerprint: self.fingerprint.clone().into_bytes(),
            status: i64::from(status.as_u16()),
            body: core.seal(&self.context(), body),
            created_at: now.0,
            expires_at: now.plus(KEPT).0,
        })
    }

    /// The answer that the key's first request got, if there was one.
    ///
    /// # Errors
    /// When that was another request, or the database fails.
    pub async fn answer(&self, core: &Core) -> Result<Option<Response>, Problem> {
        let row = idempotency::get(&core.store, &self.tenant, &self.key, core.clock.now().0)
            .await
            .map_err(|error| {
                tracing::error!(%error, "an idempotency key could not be looked up");
                Problem::unavailable()
            })?;
        let Some(row) = row else { return Ok(None) };
        // One that was made with a master key that seals no longer cannot be compared.
        let other = same_fingerprint(std::str::from_utf8(&row.fingerprint).ok(), Some(&self.fingerprint)) == Some(false);
        if row.route != self.route || other {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "This Idempotency-Key was used for another request.",
            ));
        }
        let body = core.keyring.open(&self.context(), &row.body).map_err(|error| {
            tracing::error!(%error, "a kept answer could not be opened");
            Problem::unavailable()
        })?;
        let status = u16::try_from(row.status)
            .ok()
            .and_then(|status| StatusCode::from_u16(status).ok())
            .unwrap_or(StatusCode::OK);
        Ok(Some(json(status, body.expose_secret().clone())))
    }

    fn context(&self) -> Context<'_> {
        Context {
            tenant: &self.tenant,
            table: "idempotency",
            row: &self.key,
            column: "body",
        }
    }
}

/// What a request comes to: its answer, and what makes it true.
pub struct Prepared {
    /// The answer's status.
    pub status: StatusCode,
    /// The answer.
    pub body: Vec<u8>,
    /// What is written with it.
    pub unit: Unit,
}

impl Prepared {
    /// This answer for this unit.
    ///
    /// # Errors
    /// Only if the answer cannot be written as JSON.
    pub fn new(status: StatusCode, answer: &impl serde::Serialize, unit: Unit) -> Result<Self, Problem> {
        let body = serde_json::to_vec(answer).map_err(|_| Problem::unavailable())?;
        Ok(Self { status, body, unit })
    }
}

/// Acts once for a key: gives the kept answer, or prepares one, writes it with its unit and gives it. `conflict` says what it means
/// that something of the unit is not as it was read.
///
/// # Errors
/// When the key was used for another request, nothing could be prepared, or the unit was not written.
pub async fn once(
    core: &Core,
    request: (&Caller, &HeaderMap, &'static str, &[u8]),
    prepare: impl Future<Output = Result<Prepared, Problem>>,
    conflict: impl FnOnce(Conflict) -> Problem,
) -> Result<Response, Problem> {
    let (caller, headers, route, raw) = request;
    let key = match Found::look(core, caller, headers, route, raw).await? {
        Found::Answered(answer) => return Ok(answer),
        Found::Fresh(key) => Some(key),
        Found::Without => None,
    };
    let Prepared { status, body, mut unit } = match prepare.await {
        Ok(prepared) => prepared,
        Err(refused) => {
            // What refuses it may be what the same request, a moment earlier, has made true.
            let earlier = match &key {
                Some(key) => key.answer(core).await?,
                None => None,
            };
            return earlier.ok_or(refused);
        }
    };
    unit.extend(key.iter().map(|key| key.keep(core, status, &body)));
    let Err(error) = core.store.write(unit).await else {
        return Ok(json(status, body));
    };
    let Some(found) = error.conflict() else {
        tracing::error!(%error, route, "an answer could not be written");
        return Err(Problem::unavailable());
    };
    // Two requests with one key at once: the other one was faster, and its answer stands.
    if let Some(key) = &key
        && let Some(answer) = key.answer(core).await?
    {
        return Ok(answer);
    }
    Err(conflict(found))
}

/// An answer of JSON bytes.
pub fn json(status: StatusCode, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
