//! What the server tells a host's backend: written in the transaction of the change that it reports.

use crate::{ConnectionId, ConnectionStatus, EventId, Failure, Reason};
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventKind {
    /// The connection has another status.
    #[serde(rename = "connection.status_changed")]
    StatusChanged {
        /// The status before.
        from: ConnectionStatus,
        /// The status now.
        to: ConnectionStatus,
        /// Why.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reasons: Vec<Reason>,
        /// The failure behind it, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        failure: Option<Failure>,
    },
}

/// An event in a connection's life. `seq` counts from 1 without gaps within the connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The event's id.
    pub id: EventId,
    /// The connection.
    pub connection_id: ConnectionId,
    /// Place in the connection's life, from 1.
    pub seq: i64,
    /// When, RFC 3339 UTC.
    pub created_at: String,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}
