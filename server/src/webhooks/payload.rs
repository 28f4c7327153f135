//! What is sent, which is also what the API lists: an event, and nothing about a person.

use gesher_contract::{ConnectionStatus, DisabledWhy, Event, EventKind, Failure, Reason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An event, as webhooks send it and the API lists it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventView {
    /// What happened: `connection.status_changed`, `webhook_endpoint.disabled`, `ping`.
    #[serde(rename = "type")]
    #[schema(rename = "type")]
    pub kind: String,
    /// When it happened.
    pub timestamp: String,
    /// The rest.
    pub data: EventData,
}

/// What an event is about. Which fields are there depends on `type`.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct EventData {
    /// The event's id, which is also the `webhook-id`.
    pub id: String,
    /// The connection, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// Place in the connection's life, from 1 without gaps. Webhooks may arrive in another order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// `connection.status_changed`: the status before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub from: Option<ConnectionStatus>,
    /// `connection.status_changed`: the status now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub to: Option<ConnectionStatus>,
    /// `connection.status_changed`: why, most important first; empty when there is nothing to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub reasons: Option<Vec<Reason>>,
    /// `connection.status_changed`: the failure behind it, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub failure: Option<Failure>,
    /// `webhook_endpoint.disabled`, `ping`: the endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_id: Option<String>,
    /// `webhook_endpoint.disabled`: `gone` (it answered 410) or `failing` (for five days it took nothing).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub why: Option<DisabledWhy>,
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        let kind = event.kind.name().to_owned();
        let base = EventData {
            id: event.id.to_string(),
            connection_id: event.connection_id.map(Into::into),
            seq: event.seq,
            ..EventData::default()
        };
        let data = match event.kind {
            EventKind::StatusChanged {
                from,
                to,
                reasons,
                failure,
            } => EventData {
                from: Some(from),
                to: Some(to),
                reasons: Some(reasons),
                failure,
                ..base
            },
            EventKind::EndpointDisabled { endpoint_id, why } => EventData {
                endpoint_id: Some(endpoint_id.into()),
                why: Some(why),
                ..base
            },
            EventKind::Ping { endpoint_id } => EventData {
                endpoint_id: Some(endpoint_id.into()),
                ..base
            },
        };
        Self {
            kind,
            timestamp: event.created_at,
            data,
        }
    }
}

/// The event in a row's body, as it is shown. Nothing when this version does not know its kind.
pub fn view(body: &str) -> Option<EventView> {
    serde_json::from_str::<Event>(body).ok().map(Into::into)
}
