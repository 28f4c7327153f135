//! What the server tells a host's backend: written in the transaction of the change that it reports.

use crate::{AccountId, ConnectionId, ConnectionStatus, EventId, Failure, Reason, WebhookEndpointId};
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
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
        #[serde(default)]
        #[cfg_attr(feature = "schema", schema(required = true))]
        reasons: Vec<Reason>,
        /// Why it had the status before.
        #[serde(default)]
        #[cfg_attr(feature = "schema", schema(required = true))]
        from_reasons: Vec<Reason>,
        /// The failure behind it, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schema(nullable = false))]
        failure: Option<Failure>,
    },
    /// The connection has other reasons, and its status as before.
    #[serde(rename = "connection.reasons_changed")]
    ReasonsChanged {
        /// The status.
        status: ConnectionStatus,
        /// The reasons before.
        from: Vec<Reason>,
        /// The reasons now.
        to: Vec<Reason>,
    },
    /// The person has been back, and the connection has a new access.
    #[serde(rename = "connection.repaired")]
    Repaired,
    /// A fetch has brought data, whether they are new or not. They can be read from the exchange on.
    #[serde(rename = "connection.data_updated")]
    DataUpdated {
        /// Whether these are the connection's first data: all that the institution gives of the time that was asked for.
        first: bool,
        /// The accounts.
        accounts: UpdatedAccounts,
        /// Their transactions; absent where none were asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "schema", schema(nullable = false))]
        transactions: Option<UpdatedTransactions>,
    },
    /// The consent ends soon: said 14, 7 and 1 days before.
    #[serde(rename = "connection.consent_ending")]
    ConsentEnding {
        /// Days until then, begun ones included.
        days_left: u32,
    },
    /// Nobody refreshes the connection: its data are older than the tenant wants.
    #[serde(rename = "connection.refresh_reminder")]
    RefreshReminder {
        /// When data came last, RFC 3339 UTC; absent if never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        last_refreshed_at: Option<String>,
    },
    /// A webhook endpoint was disabled, and not by the host.
    #[serde(rename = "webhook_endpoint.disabled")]
    EndpointDisabled {
        /// The endpoint.
        #[cfg_attr(feature = "schema", schema(value_type = String))]
        endpoint_id: WebhookEndpointId,
        /// Why.
        why: DisabledWhy,
    },
    /// The host asked for it, to see whether an endpoint hears us.
    #[serde(rename = "ping")]
    Ping {
        /// The endpoint.
        #[cfg_attr(feature = "schema", schema(value_type = String))]
        endpoint_id: WebhookEndpointId,
    },
}

impl EventKind {
    /// What `type` says of a change of status.
    pub const STATUS_CHANGED: &'static str = "connection.status_changed";
    /// What `type` says of other reasons.
    pub const REASONS_CHANGED: &'static str = "connection.reasons_changed";
    /// What `type` says of a person who has been back.
    pub const REPAIRED: &'static str = "connection.repaired";
    /// What `type` says of fetched data.
    pub const DATA_UPDATED: &'static str = "connection.data_updated";
    /// What `type` says of a consent that ends soon.
    pub const CONSENT_ENDING: &'static str = "connection.consent_ending";
    /// What `type` says of data that nobody refreshes.
    pub const REFRESH_REMINDER: &'static str = "connection.refresh_reminder";
    /// What `type` says of a disabled endpoint.
    pub const ENDPOINT_DISABLED: &'static str = "webhook_endpoint.disabled";
    /// What `type` says of a ping.
    pub const PING: &'static str = "ping";
    /// All of them.
    pub const NAMES: [&'static str; 8] = [
        Self::STATUS_CHANGED,
        Self::REASONS_CHANGED,
        Self::REPAIRED,
        Self::DATA_UPDATED,
        Self::CONSENT_ENDING,
        Self::REFRESH_REMINDER,
        Self::ENDPOINT_DISABLED,
        Self::PING,
    ];

    /// The `type`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::StatusChanged { .. } => Self::STATUS_CHANGED,
            Self::ReasonsChanged { .. } => Self::REASONS_CHANGED,
            Self::Repaired => Self::REPAIRED,
            Self::DataUpdated { .. } => Self::DATA_UPDATED,
            Self::ConsentEnding { .. } => Self::CONSENT_ENDING,
            Self::RefreshReminder { .. } => Self::REFRESH_REMINDER,
            Self::EndpointDisabled { .. } => Self::ENDPOINT_DISABLED,
            Self::Ping { .. } => Self::PING,
        }
    }
}

/// The ids of a connection's accounts, by what a fetch did to them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UpdatedAccounts {
    /// They were not there before.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub added: Vec<AccountId>,
    /// They were there, and were read again.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub refreshed: Vec<AccountId>,
    /// They are gone, with their transactions.
    #[cfg_attr(feature = "schema", schema(value_type = Vec<String>))]
    pub removed: Vec<AccountId>,
}

/// How many transactions a fetch moved. Those that went with their account are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct UpdatedTransactions {
    /// They were not there before.
    pub added: u32,
    /// They were there, and something of them is another.
    pub updated: u32,
    /// The institution lists them no longer, or took them back.
    pub removed: u32,
}

/// Why nothing is sent to a webhook endpoint any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DisabledWhy {
    /// The host said so.
    Host,
    /// Gesher's operator said so.
    Operator,
    /// It answered 410.
    Gone,
    /// For five days it took nothing.
    Failing,
}

impl DisabledWhy {
    /// The reason on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Operator => "operator",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

/// Something that happened: in a connection's life, or to what the tenant set up. `seq` counts from 1 without gaps within a
/// connection; what belongs to no connection has neither.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The event's id.
    pub id: EventId,
    /// The connection, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<ConnectionId>,
    /// Place in the connection's life, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// When, RFC 3339 UTC.
    pub created_at: String,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TenantTag;

    #[test]
    fn the_name_of_a_kind_is_the_type_that_serde_writes() {
        let endpoint_id = WebhookEndpointId::new(&TenantTag::from_random(1), 1);
        for kind in [
            EventKind::StatusChanged {
                from: ConnectionStatus::Pending,
                to: ConnectionStatus::Connecting,
                reasons: Vec::new(),
                from_reasons: Vec::new(),
                failure: None,
            },
            EventKind::ReasonsChanged {
                status: ConnectionStatus::Active,
                from: Vec::new(),
                to: vec![Reason::AccessExpiringSoon],
            },
            EventKind::Repaired,
            EventKind::DataUpdated {
                first: true,
                accounts: UpdatedAccounts::default(),
                transactions: None,
            },
            EventKind::ConsentEnding { days_left: 14 },
            EventKind::RefreshReminder { last_refreshed_at: None },
            EventKind::EndpointDisabled {
                endpoint_id: endpoint_id.clone(),
                why: DisabledWhy::Gone,
            },
            EventKind::Ping { endpoint_id },
        ] {
            let json = serde_json::to_value(&kind).unwrap_or_default();
            assert_eq!(json["type"], kind.name());
            assert!(EventKind::NAMES.contains(&kind.name()));
        }
        for why in [DisabledWhy::Host, DisabledWhy::Operator, DisabledWhy::Gone, DisabledWhy::Failing] {
            assert_eq!(serde_json::to_value(why).ok(), Some(why.as_str().into()));
        }
    }
}
