//! Writing an event: the row, and what puts it on its way, for the unit of the change that it reports.

use super::dialect::Dialect;
use crate::core::Core;
use crate::store::Statement;
use crate::store::events::{self, EventRow};
use crate::store::webhooks::deliveries;
use gesher_contract::{ConnectionId, Event, EventId, EventKind, TenantTag};
use gesher_domain::{Timestamp, new_uuid};

/// What an event is about.
pub struct About<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// `test` or `live`.
    pub mode: &'a str,
    /// The connection and the event's place in its life, if it is about one.
    pub connection: Option<(&'a str, i64)>,
}

/// An event's row. Nothing when an id is none of ours, which only a damaged row has.
pub fn event(core: &Core, about: &About<'_>, kind: EventKind, now: Timestamp) -> Option<EventRow> {
    let tenant = TenantTag::parse(about.tenant).ok()?;
    let connection = about.connection.map(|(id, seq)| ConnectionId::parse(id).map(|id| (id, seq)));
    let (connection_id, seq) = connection.transpose().ok()?.unzip();
    let id = EventId::new(&tenant, new_uuid(&*core.clock, &*core.rng));
    let event = Event {
        id,
        connection_id,
        seq,
        created_at: now.rfc3339(),
        kind,
    };
    Some(EventRow {
        tenant_id: tenant.to_string(),
        id: event.id.to_string(),
        mode: about.mode.to_owned(),
        connection_id: event.connection_id.as_ref().map(ToString::to_string),
        seq,
        kind: event.kind.name().to_owned(),
        body: serde_json::to_string(&event).ok()?,
        created_at: now.0,
    })
}

/// Writes an event and puts it on its way to all who want it, in each dialect as the messages that it becomes there.
pub fn tell(row: &EventRow) -> Vec<Statement> {
    let mut statements = vec![events::append(row)];
    let Ok(event) = serde_json::from_str::<Event>(&row.body) else {
        return statements;
    };
    for dialect in Dialect::ALL {
        statements.extend(dialect.parts(&event.kind).into_iter().map(|part| {
            let to = (dialect.as_str(), part);
            deliveries::queue(&row.tenant_id, &row.mode, &row.id, &row.kind, to, row.created_at)
        }));
    }
    statements
}
