//! What happened to a connection, as statements: the row's compare-and-set, the events, and what puts those on their way to the
//! tenant's webhook endpoints and the connection's callbacks, in one unit with their cause.

use super::asked::Asked;
use super::read;
use crate::callbacks::{self, Outcome, open_finance};
use crate::core::Core;
use crate::jobs;
use crate::store::Statement;
use crate::store::connections::{self, ConnectionRow};
use crate::webhooks::outbox::{self, About};
use gesher_contract::{EventKind, Reason};
use gesher_domain::Timestamp;
use gesher_domain::connection::{self, Connection, stands};

/// The row after what happened, and the statements that write it.
pub struct Recorded {
    /// The row as it will be.
    pub row: ConnectionRow,
    /// What to write.
    pub statements: Vec<Statement>,
}

/// Takes events into a connection, and has it looked after where something changed that matters to that.
pub fn record(core: &Core, row: &ConnectionRow, happened: &[connection::Event], change: impl FnOnce(&mut ConnectionRow)) -> Recorded {
    record_with(core, row, happened, Vec::new(), change)
}

/// The same, and tells the host something else with it.
pub fn record_with(
    core: &Core,
    row: &ConnectionRow,
    happened: &[connection::Event],
    told: Vec<EventKind>,
    change: impl FnOnce(&mut ConnectionRow),
) -> Recorded {
    let mut recorded = record_and_tell(core, row, happened, told, change);
    let after = &recorded.row;
    let changed = after.status != row.status || after.upkeep != row.upkeep || after.expires_at != row.expires_at;
    if changed && stands(read::status(after)) {
        recorded.statements.push(jobs::tend(core, &after.tenant_id, &after.id));
    }
    recorded
}

/// Takes events into a connection. An event that the connection refuses (it is over, or it means nothing now) is left out:
/// whoever reports what happened need not know what it means. `change` sets what a row holds beside its machine.
/// `told` are events for the host that go with them.
pub fn record_and_tell(
    core: &Core,
    row: &ConnectionRow,
    happened: &[connection::Event],
    told: Vec<EventKind>,
    change: impl FnOnce(&mut ConnectionRow),
) -> Recorded {
    let now = core.clock.now();
    let mut after = row.clone();
    change(&mut after);
    let mut machine: Connection = serde_json::from_str(&row.machine).unwrap_or_default();
    let mut statements = Vec::new();
    let mut came_out = None;
    let mut reasons = why(&machine);
    for event in happened {
        machine = match machine.apply(*event) {
            Ok(moved) => {
                if let Some(changed) = moved.changed {
                    came_out = came_out.or_else(|| Some((Outcome::of(changed.to)?, changed.to)));
                    let kind = EventKind::StatusChanged {
                        from: changed.from,
                        to: changed.to,
                        reasons: why(&moved.connection),
                        from_reasons: std::mem::replace(&mut reasons, why(&moved.connection)),
                        failure: moved.connection.failure,
                    };
                    statements.extend(append(core, &mut after, kind, now));
                }
                moved.connection
            }
            Err(refused) => {
                tracing::debug!(connection = row.id, why = %refused.why, "a connection did not take an event");
                refused.connection
            }
        };
    }
    if why(&machine) != reasons {
        let kind = EventKind::ReasonsChanged {
            status: machine.status,
            from: reasons,
            to: why(&machine),
        };
        statements.extend(append(core, &mut after, kind, now));
    }
    for kind in told {
        statements.extend(append(core, &mut after, kind, now));
    }
    after.status = machine.status.as_str().to_owned();
    after.reasons = serde_json::to_string(&machine.reasons).unwrap_or_default();
    after.machine = serde_json::to_string(&machine).unwrap_or_default();
    after.updated_at = now.0;
    after.version = row.version + 1;
    let asked = Asked::of(row);
    if asked.callbacks && open_finance::speaks(&asked) {
        statements.extend(open_finance::changed(core, row, &after));
    } else if let Some((outcome, status)) = came_out.filter(|_| asked.callbacks) {
        statements.push(callbacks::told(&row.tenant_id, &row.id, outcome, status, now));
    }
    statements.insert(0, connections::compare_and_set(&after, row.version));
    Recorded { row: after, statements }
}

fn why(machine: &Connection) -> Vec<Reason> {
    machine.reasons.iter().copied().collect()
}

fn append(core: &Core, row: &mut ConnectionRow, kind: EventKind, now: Timestamp) -> Vec<Statement> {
    row.last_event_seq += 1;
    let about = About {
        tenant: &row.tenant_id,
        mode: &row.mode,
        connection: Some((&row.id, row.last_event_seq)),
    };
    let event = outbox::event(core, &about, kind, now);
    event.iter().flat_map(outbox::tell).collect()
}
