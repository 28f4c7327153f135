//! One try to deliver an event to an endpoint, and what comes of it, in one unit.

use super::dialect::Dialect;
use super::outbox::{self, About};
use super::payload::EventView;
use super::sign::SignError;
use super::{meld, schedule, sign};
use crate::core::Core;
use crate::outbound::guard::{Answer, Failed};
use crate::store::webhooks::attempts::{self, AttemptRow};
use crate::store::webhooks::deliveries::{self, DeliveryRow, Held};
use crate::store::webhooks::endpoints::{self, EndpointRow};
use crate::store::{Conflict, Statement, Unit, events};
use bytes::Bytes;
use gesher_contract::{DisabledWhy, Event, EventKind, WebhookEndpointId};
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
    pub(crate) fn of(dialect: Dialect, answer: Result<Answer, Failed>, now: Timestamp) -> Self {
        let failed = |status, error, asked| Self::Failed { status, error, asked };
        match answer {
            Ok(answer) if dialect.takes(answer.status) => Self::Taken(answer.status),
            Ok(answer) if !dialect.heeds_answers() => failed(Some(answer.status), refusal(answer.status), None),
            Ok(answer) if answer.status == StatusCode::GONE => Self::Gone,
            Ok(answer) => failed(
                Some(answer.status),
                refusal(answer.status),
                schedule::retry_after(&answer.headers, now),
            ),
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

fn refusal(status: StatusCode) -> &'static str {
    if status.is_redirection() { "redirected" } else { "refused" }
}

/// Makes the try.
pub(super) async fn attempt(core: &Core, endpoint: &EndpointRow, delivery: &DeliveryRow) {
    let began = core.clock.now();
    let clock = Instant::now();
    let dialect = Dialect::of(&endpoint.dialect);
    let outcome = match request(core, endpoint, delivery, began).await {
        Ok((headers, body)) => {
            let answer = core.webhooks.guard.post_within(dialect.time_limit(), &endpoint.url, headers, body);
            Outcome::of(dialect, answer.await, core.clock.now())
        }
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
        part = delivery.part,
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
    let event = event.and_then(|row| serde_json::from_str::<Event>(&row.body).ok()).ok_or_else(|| {
        tracing::error!(event = delivery.event_id, "an event to be sent is not there, or not to be read");
        NotSent::Unsigned
    })?;
    let mut headers = Vec::new();
    let body = match Dialect::of(&endpoint.dialect) {
        Dialect::Native => {
            let body = serde_json::to_vec(&EventView::from(event)).unwrap_or_default();
            let signature = sign::signature(core, endpoint, &delivery.event_id, now, &body).map_err(|error| unsigned(endpoint, error))?;
            headers.push(("webhook-id", delivery.event_id.clone()));
            headers.push(("webhook-timestamp", sign::seconds(now).to_string()));
            headers.push(("webhook-signature", signature));
            body
        }
        Dialect::Meld => {
            let body = melds(core, endpoint, delivery, &event).await?;
            let timestamp = now.rfc3339();
            let signature = sign::melds(core, endpoint, &timestamp, &body).map_err(|error| unsigned(endpoint, error))?;
            headers.push(("meld-signature", signature));
            headers.push(("meld-signature-timestamp", timestamp));
            if delivery.attempts > 0 {
                headers.push(("meld-retry-count", delivery.attempts.to_string()));
                let reason = meld::reason(delivery.last_status, delivery.last_error.as_deref());
                headers.push(("meld-retry-reason", reason));
            }
            body
        }
    };
    let mut map = HeaderMap::new();
    map.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    map.insert(USER_AGENT, HeaderValue::from_static(concat!("Gesher/", env!("CARGO_PKG_VERSION"))));
    for (name, value) in headers {
        let value = HeaderValue::from_str(&value).map_err(|_| NotSent::Unsigned)?;
        map.insert(HeaderName::from_static(name), value);
    }
    Ok((map, body.into()))
}

fn unsigned(endpoint: &EndpointRow, error: SignError) -> NotSent {
    tracing::error!(%error, endpoint = endpoint.id, "a webhook could not be signed");
    NotSent::Unsigned
}

/// The body of the message that the delivery is for.
async fn melds(core: &Core, endpoint: &EndpointRow, delivery: &DeliveryRow, event: &Event) -> Result<Vec<u8>, NotSent> {
    let message = meld::Message::named(&delivery.part).ok_or_else(|| {
        tracing::error!(event = delivery.event_id, part = delivery.part, "there is no such message");
        NotSent::Unsigned
    })?;
    let about = meld::About::of(core, &delivery.tenant_id, event).await.map_err(|error| {
        tracing::error!(%error, event = delivery.event_id, "what an event is about could not be read");
        NotSent::Unavailable
    })?;
    Ok(meld::body(&delivery.tenant_id, &endpoint.id, event, about.as_ref(), message))
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
        part: &delivery.part,
        token: delivery.lease_token.as_deref().unwrap_or_default(),
    };
    let number = delivery.attempts + 1;
    let status = outcome.status().map(|status| i64::from(status.as_u16()));
    let (delivery_now, endpoint_now) = match outcome {
        Outcome::Taken(_) => (deliveries::end(held, "delivered"), endpoints::succeeded(tenant, id)),
        Outcome::Gone => (deliveries::end(held, "given_up"), endpoints::failed(tenant, id, now.0)),
        Outcome::Failed { asked, .. } => {
            let schedule = core.webhooks.schedules.of(Dialect::of(&endpoint.dialect));
            let next = match schedule.pause(number, asked, &*core.rng) {
                Some(pause) => deliveries::put_back(held, now.plus(pause).0, outcome.error(), status),
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
        part: delivery.part.clone(),
        number,
        at: began.0,
        status,
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
            let answer = || {
                Ok(Answer {
                    status,
                    headers: HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from_static("7"))]),
                })
            };
            let melds = Outcome::of(Dialect::Meld, answer(), now);
            match melds {
                Outcome::Taken(taken) => assert_eq!(taken, StatusCode::OK),
                Outcome::Failed { status: with, asked, .. } => {
                    assert_eq!((with, asked), (Some(status), None), "200 alone, and no other pause")
                }
                Outcome::Gone => panic!("{status} ends nothing there"),
            }
            assert_eq!(melds.error().is_none(), status == StatusCode::OK);
            let outcome = Outcome::of(Dialect::Native, answer(), now);
            match status.as_u16() {
                200..300 => assert_eq!(outcome, Outcome::Taken(status)),
                410 => assert_eq!(outcome, Outcome::Gone),
                300..400 => assert_eq!(outcome.error(), Some("redirected")),
                _ => assert_eq!(outcome.error(), Some("refused")),
            }
            assert_eq!(outcome.status(), Some(status));
        }
        assert_eq!(Outcome::of(Dialect::Native, Err(Failed::TimedOut), now).error(), Some("timed_out"));
    }
}
