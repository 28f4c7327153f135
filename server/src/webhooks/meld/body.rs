//! The body of a message.

use super::{Message, said};
use crate::connections::surface::{Vendor, institution};
use crate::core::Core;
use crate::store::{Unavailable, connections, customers};
use data_encoding::HEXLOWER;
use gesher_contract::{AccountId, Event, EventKind};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// The version of the payloads: that of the documents that they follow.
const VERSION: &str = "2022-11-10";

/// What every message about a connection says of it.
#[derive(Clone, Debug, Default)]
pub struct About {
    customer_id: Option<String>,
    external_customer_id: Option<String>,
    connection_id: String,
    institution_id: Option<String>,
    institution_name: Option<String>,
    provider: Option<String>,
}

impl About {
    /// The connection that an event is about, as it is now; nothing where it is about none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(core: &Core, tenant: &str, event: &Event) -> Result<Option<Self>, Unavailable> {
        let Some(id) = &event.connection_id else { return Ok(None) };
        let Some(row) = connections::by_id(&core.store, tenant, id.as_str()).await? else {
            return Ok(None);
        };
        let external = Some(row.customer.clone()).filter(|customer| !customer.is_empty());
        let customer_id = match &external {
            Some(external) => customers::id_of(&core.store, tenant, external).await?,
            None => None,
        };
        let directory = core.directory(tenant, &row.mode);
        let known = row.institution_id.as_deref().and_then(|id| directory.get(id));
        Ok(Some(Self {
            institution_id: institution(core, &row, Vendor::Meld),
            institution_name: known.map(|known| known.names.en.clone()),
            customer_id,
            external_customer_id: external,
            connection_id: row.id,
            provider: row.provider,
        }))
    }
}

/// The body: compact JSON, the same in every try as long as nothing in it is renamed.
pub fn body(tenant: &str, endpoint: &str, event: &Event, about: Option<&About>, message: Message) -> Vec<u8> {
    let event_id = format!("{}-{}", event.id, message.number());
    let whole = json!({
        "eventType": message.as_str(),
        "eventId": event_id,
        "timestamp": event.created_at,
        "accountId": tenant,
        "profileId": endpoint,
        "version": VERSION,
        "payload": payload(&event_id, &event.kind, about, message),
    });
    serde_json::to_vec(&whole).unwrap_or_default()
}

fn payload(event_id: &str, kind: &EventKind, about: Option<&About>, message: Message) -> Value {
    // 32 hexadecimal digits, as in the vendor's examples, and the same in every try.
    let request_id = HEXLOWER.encode(&Sha256::digest(event_id)[..16]);
    let mut payload = json!({ "requestId": request_id });
    let mut add = |name: &str, value: Value| payload[name] = value;
    if let Some(about) = about {
        add("customerId", json!(about.customer_id));
        add("externalCustomerId", json!(about.external_customer_id));
        add("connectionId", json!(about.connection_id));
        add("institutionId", json!(about.institution_id));
        add("institutionName", json!(about.institution_name));
        let provider = about.provider.as_ref().map(|provider| provider.to_ascii_uppercase());
        // The provider's own id of the connection opens data there, and stays here.
        add(
            "serviceProviderDetails",
            json!({ "serviceProvider": provider, "serviceProviderConnectionId": null }),
        );
    }
    let moved = match kind {
        EventKind::StatusChanged {
            from,
            to,
            reasons,
            from_reasons,
            ..
        } => Some((said(*from, from_reasons), said(*to, reasons))),
        EventKind::ReasonsChanged { status, from, to } => Some((said(*status, from), said(*status, to))),
        _ => None,
    };
    match (message, moved, kind) {
        (Message::ConnectionStatusChange, Some((before, after)), _) => {
            add("oldStatus", json!(before.status));
            add("oldStatusReason", json!(before.reason));
            add("newStatus", json!(after.status));
            add("newStatusReason", json!(after.reason));
        }
        (Message::CustomerActionRequired, Some((_, after)), _) => add("reason", json!(after.reason)),
        (_, _, EventKind::DataUpdated { accounts, .. }) => {
            let read = accounts.added.iter().chain(&accounts.refreshed);
            let ids: Vec<&AccountId> = match message {
                Message::AccountsRemoved => accounts.removed.iter().collect(),
                _ => read.collect(),
            };
            add("financialAccountIds", json!(ids));
        }
        _ => {}
    }
    payload
}
