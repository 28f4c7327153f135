//! One try to deliver an event to an endpoint, and what comes of it, in one unit.

use super::outbox::{self, About};
use super::{payload, schedule, sign};
use crate::core::Core;
use crate::outbound::guard::{Answer, Failed};
use crate::store::webhooks::attempts::{self, AttemptRow};
use crate::store::webhooks::deliveries::{self, DeliveryRow, Held};
use crate::store::webhooks::endpoints::{self, EndpointRow};
use crate::store::{Conflict, Statement, Unit, events};
use bytes::Bytes;
use gesher_contract::{DisabledWhy, EventKind, WebhookEndpointId};
use gesher_domain::{Timestamp, new_uuid};
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::time::{Duration, Instant};

/// After so long without a success an endpoint is disabled.
const FAILING: Duration = Duration::from_secs(5 * 24 * 60 * 60);

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was taken.
    Taken(StatusCode),
    /// The endpoint wants nothing any more.
    Gone,
    /// It was not taken. What stands there asked for so long a pause.
    Failed {
        status: Option<StatusCode>,
        error: &'static str,
        asked: Option<Duration>,
    },
}

impl Outcome {
    pub(crate) fn of(answer: Result<Answer, Failed>, now: Timestamp) -> Self {
        let failed = |status, error, asked| Self::Failed { status, error, asked };
        match answer {
            Ok(answer) if answer.status.is_success() => Self::Taken(answer.status),
            Ok(answer) if answer.status == StatusCode::GONE => Self::Gone,
            Ok(answer) => {
                let error = if answer.status.is_redirection() { "redirected" } else { "refused" };
                failed(Some(answer.status), error, schedule::retry_after(&answer.headers, now))
            }
            Err(error) => failed(None, error.as_str(), None),
        }
    }

    pub(crate) const fn status(self) -> Option<StatusCode> {
        match self {
            Self::Taken(status) => Some(status),
            Self::Gone => Some(StatusCode::GONE),
            Self::Failed { status, .. } => status,
        }
    }

    pub(crate) const fn error(self) -> Option<&'static str> {
        match self {
            Self::Taken(_) => None,
            Self::Gone => Some("gone"),
            Self::Failed { error, .. } => Some(error),
        }
    }
}

/// Makes the try.
pub(super) async fn attempt(core: &Core, endpoint: &EndpointRow, delivery: &DeliveryRow) {
    let began = core.clock.now();
    let clock = Instant::now();
    let outcome = match request(core, endpoint, delivery, began).await {
        Ok((headers, body)) => Outcome::of(core.webhooks.guard.post(&endpoint.url, headers, body).await, core.clock.now()),
        Err(NotSent::Unavailable) => return,
        Err(NotSent::Unsigned) => Outcome::Failed {
            status: None,
            error: "not_signed",
            asked: None,
        },
    };
    let took = clock.elapsed();
    metrics::counter!("gesher_webhook_attempts_total", "outcome" => outcome.error().unwrap_or("delivered")).increment(1);
    tracing::debug!(
        endpoint = endpoint.id,
        event = delivery.event_id,
        outcome = outcome.error().unwrap_or("delivered"),
        took_ms = took.as_millis(),
        "a webhook was sent"
    );
    settle(core, endpoint, delivery, outcome, began, took).await;
}

/// Nothing was sent.
enum NotSent {
    /// The event cannot be read now: the lease runs out, and it is taken again.
    Unavailable,
    /// There is no signature for it.
    Unsigned,
}

async fn request(core: &Core, endpoint: &EndpointRow, delivery: &DeliveryRow, now: Timestamp) -> Result<(HeaderMap, Bytes), NotSent> {
    let event = events::by_id(&core.store, &delivery.tenant_id, &delivery.event_id).await;
    let event = event.map_err(|error| {
        tracing::error!(%error, event = delivery.event_id, "an event could not be read");
        NotSent::Unavailable
    })?;
    let view = event.and_then(|event| payload::view(&event.body)).ok_or_else(|| {
        tracing::error!(event = delivery.event_id, "an event to be sent is not there, or not to be read");
        NotSent::Unsigned
    })?;
    let body = serde_json::to_vec(&view).unwrap_or_default();
    let signature = sign::signature(core, endpoint, &delivery.event_id, now, &body).map_err(|error| {
        tracing::error!(%error, endpoint = endpoint.id, "a webhook could not be signed");
        NotSent::Unsigned
    })?;
    let mut headers = HeaderMap::new();
    let mut put = |name: HeaderName, value: &str| HeaderValue::from_str(value).map(|value| headers.insert(name, value));
    put(CONTENT_TYPE, "application/json")
        .and_then(|_| put(USER_AGENT, concat!("Gesher/", env!("CARGO_PKG_VERSION"))))
        .and_then(|_| put(HeaderName::from_static("webhook-id"), &delivery.event_id))
        .and_then(|_| put(HeaderName::from_static("webhook-timestamp"), &sign::seconds(now).to_string()))
        .and_then(|_| put(HeaderName::from_static("webhook-signature"), &signature))
        .map_err(|_| NotSent::Unsigned)?;
    Ok((headers, body.into()))
}

/// Writes what came of it, fenced by the lease: whoever lost that writes nothing.
async fn settle(core: &Core, endpoint: &EndpointRow, delivery: &DeliveryRow, outcome: Outcome, began: Timestamp, took: Duration) {
    let now = core.clock.now();
    let result = result(core, endpoint, delivery, outcome, began, took, now);
    let disabled = disabling(core, endpoint, outcome, now);
    let outcome = match &disabled {
        None => core.store.write(result).await,
        Some((why, statements)) => {
            let mut whole = result.clone();
            whole.extend(statements.iter().cloned());
            match core.store.write(whole).await {
                // Somebody else disabled it, or it took something in the meantime.
                Err(error) if error.conflict() == Some(Conflict::Stale) => core.store.write(result).await,
                Ok(()) => {
                    tracing::warn!(endpoint = endpoint.id, why = why.as_str(), "a webhook endpoint was disabled");
                    Ok(())
                }
                other => other,
            }
        }
    };
    match outcome {
        Ok(()) => {}
        Err(error) if error.conflict() == Some(Conflict::LeaseLost) => {
            tracing::debug!(
                endpoint = endpoint.id,
                event = delivery.event_id,
                "a webhook was sent by somebody else too, or is not wanted any more"
            );
        }
        Err(error) => {
            tracing::error!(%error, event = delivery.event_id, "what came of a webhook could not be written: it will be sent again")
        }
    }
}

fn result(
    core: &Core,
    endpoint: &EndpointRow,
    delivery: &DeliveryRow,
    outcome: Outcome,
    began: Timestamp,
    took: Duration,
    now: Timestamp,
) -> Unit {
    let (tenant, id) = (delivery.tenant_id.as_str(), delivery.endpoint_id.as_str());
    let held = Held {
        tenant,
        endpoint: id,
        event: &delivery.event_id,
        token: delivery.lease_token.as_deref().unwrap_or_default(),
    };
    let number = delivery.attempts + 1;
    let (delivery_now, endpoint_now) = match outcome {
        Outcome::Taken(_) => (deliveries::end(held, "delivered"), endpoints::succeeded(tenant, id)),
        Outcome::Gone => (deliveries::end(held, "given_up"), endpoints::failed(tenant, id, now.0)),
        Outcome::Failed { asked, .. } => {
            let next = match core.webhooks.schedule.pause(number, asked, &*core.rng) {
                Some(pause) => deliveries::put_back(held, now.plus(pause).0),
                None => {
                    tracing::info!(endpoint = id, event = delivery.event_id, "a webhook was given up");
                    deliveries::end(held, "given_up")
                }
            };
            (next, endpoints::failed(tenant, id, now.0))
        }
    };
    let attempt = attempts::insert(&AttemptRow {
        tenant_id: tenant.to_owned(),
        endpoint_id: endpoint.id.clone(),
        id: format!("{:032x}", new_uuid(&*core.clock, &*core.rng)),
        event_id: delivery.event_id.clone(),
        number,
        at: began.0,
        status: outcome.status().map(|status| i64::from(status.as_u16())),
        error: outcome.error().map(str::to_owned),
        took_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
    });
    Unit::new().with(delivery_now).with(attempt).with(endpoint_now)
}

/// What disables the endpoint, if it is to be disabled after this, and tells the tenant's others.
fn disabling(core: &Core, endpoint: &EndpointRow, outcome: Outcome, now: Timestamp) -> Option<(DisabledWhy, Vec<Statement>)> {
    let limit = now.0 - i64::try_from(FAILING.as_micros()).unwrap_or(i64::MAX);
    let (why, failing_since) = match outcome {
        Outcome::Gone => (DisabledWhy::Gone, None),
        Outcome::Failed { .. } if endpoint.failing_since.is_some_and(|since| since <= limit) => (DisabledWhy::Failing, Some(limit)),
        _ => return None,
    };
    let (tenant, id) = (endpoint.tenant_id.as_str(), endpoint.id.as_str());
    let mut statements = vec![
        endpoints::disable(tenant, id, why.as_str(), failing_since, now.0),
        deliveries::give_up(tenant, id),
    ];
    let endpoint_id = WebhookEndpointId::parse(id).ok()?;
    let about = About {
        tenant,
        mode: &endpoint.mode,
        connection: None,
    };
    let event = outbox::event(core, &about, EventKind::EndpointDisabled { endpoint_id, why }, now);
    statements.extend(event.iter().flat_map(outbox::tell));
    Some((why, statements))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_2xx_takes_an_event_and_only_410_ends_an_endpoint() {
        let now = Timestamp(0);
        for status in 200..600 {
            let status = StatusCode::from_u16(status).unwrap();
            let outcome = Outcome::of(
                Ok(Answer {
                    status,
                    headers: HeaderMap::new(),
                }),
                now,
            );
            match status.as_u16() {
                200..300 => assert_eq!(outcome, Outcome::Taken(status)),
                410 => assert_eq!(outcome, Outcome::Gone),
                300..400 => assert_eq!(outcome.error(), Some("redirected")),
                _ => assert_eq!(outcome.error(), Some("refused")),
            }
            assert_eq!(outcome.status(), Some(status));
        }
        assert_eq!(Outcome::of(Err(Failed::TimedOut), now).error(), Some("timed_out"));
    }
}
