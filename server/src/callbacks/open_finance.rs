//! Callbacks in Open Finance's words.
//!
//! **Contract.** The vendor's webhook is fired when a connection's status changes (docs.open-finance.ai, "Event Types"), so each change of
//! the vendor's status is told, not only how the connection came out. Which of the three addresses hears of which status is not
//! documented: [`address`] is ours. The status is the one that it changed to; what else is in a body is as it is when it is sent,
//! since the accounts come after the connection. It names the customer and the accounts' numbers, as the vendor's does.

use super::Outcome;
use crate::connections::asked::Asked;
use crate::connections::read;
use crate::connections::surface::{Vendor, institution, last_day};
use crate::core::Core;
use crate::store::callbacks::{self, CallbackRow};
use crate::store::connections::{self, ConnectionRow};
use crate::store::{Statement, Unavailable, accounts};
use gesher_contract::{ConnectionStatus, Reason};
use gesher_domain::connection::{Connection, is_terminal, readable};
use gesher_domain::{new_uuid, surface};
use serde_json::json;
use std::collections::BTreeSet;

/// The name in the database.
pub const NAME: &str = Vendor::OpenFinance.as_str();

/// Whether a connection's host is told in these words.
pub fn speaks(asked: &Asked) -> bool {
    asked.surface.as_ref().is_some_and(|surface| surface.vendor == Vendor::OpenFinance)
}

/// Which address hears that a connection has this status now; none while nothing has come of it.
const fn address(status: ConnectionStatus) -> Option<Outcome> {
    use ConnectionStatus as S;
    match status {
        S::Pending | S::Connecting | S::AwaitingConfirmation | S::Deleted => None,
        S::AwaitingCosigners | S::Connected | S::Active | S::Completed | S::Partial => Some(Outcome::Success),
        S::Degraded | S::ReconnectRequired | S::Suspended | S::Revoked | S::Unknown => Some(Outcome::Fail),
        S::Failed | S::Rejected => Some(Outcome::Fail),
        S::Abandoned | S::Terminated | S::Replaced => Some(Outcome::Abort),
    }
}

fn said(row: &ConnectionRow) -> Option<&'static str> {
    let reasons: BTreeSet<Reason> = serde_json::from_str(&row.reasons).unwrap_or_default();
    surface::row(read::status(row), &reasons).open_finance
}

/// What a change puts on its way. Goes into its unit.
pub fn changed(core: &Core, before: &ConnectionRow, after: &ConnectionRow) -> Vec<Statement> {
    let status = read::status(after);
    let mut statements = Vec::new();
    if let (Some(word), Some(outcome)) = (said(after).filter(|word| said(before) != Some(word)), address(status)) {
        statements.push(tell(core, after, outcome, word));
    }
    if is_terminal(status) {
        statements.push(callbacks::close(&after.tenant_id, &after.id, core.clock.now().0));
    }
    statements
}

/// The person has left, and the vendor's status is as before.
pub fn left(core: &Core, row: &ConnectionRow) -> Option<Statement> {
    said(row).map(|word| tell(core, row, Outcome::Abort, word))
}

fn tell(core: &Core, row: &ConnectionRow, outcome: Outcome, word: &str) -> Statement {
    let told = callbacks::Told {
        tenant: &row.tenant_id,
        connection: &row.id,
        outcome: outcome.as_str(),
        status: word,
        error: error(row, word),
    };
    let name = format!("_{:032x}", new_uuid(&*core.clock, &*core.rng));
    callbacks::say(NAME, &told, &name, core.clock.now().0)
}

/// What is wrong, by our name for it, where the vendor's status is one of error.
fn error(row: &ConnectionRow, word: &str) -> Option<String> {
    let machine: Connection = serde_json::from_str(&row.machine).unwrap_or_default();
    let named = match (machine.failure, machine.reasons.first()) {
        _ if !word.ends_with("ERROR") => None,
        (Some(failure), _) => serde_json::to_value(failure.code).ok(),
        (None, reason) => serde_json::to_value(reason?).ok(),
    };
    Some(named?.as_str()?.to_owned())
}

/// The body of a callback: the vendor's keys.
///
/// # Errors
/// The database failed.
pub async fn body(core: &Core, row: &CallbackRow) -> Result<Vec<u8>, Unavailable> {
    let tenant = row.tenant_id.as_str();
    let connection = connections::by_id(&core.store, tenant, &row.connection_id).await?;
    let mut numbers = Vec::new();
    if connection
        .as_ref()
        .is_some_and(|connection| readable(read::status(connection)).is_ok())
    {
        let accounts = accounts::of_connection(&core.store, tenant, &row.connection_id).await?;
        numbers.extend(accounts.into_iter().filter_map(|account| account.iban.or(account.number)));
    }
    let whole = json!({
        "expiryDate": connection.as_ref().and_then(last_day),
        "bankName": connection.as_ref().and_then(|connection| institution(core, connection, Vendor::OpenFinance)),
        "connectionId": row.connection_id,
        "connectionStatus": row.status,
        "userId": connection.as_ref().map(|connection| &connection.customer),
        "orgId": tenant,
        "connectionError": row.error.as_deref().map(|name| json!({ "message": name.replace('_', " "), "type": name.to_uppercase() })),
        "accountNumbers": numbers,
    });
    Ok(serde_json::to_vec(&whole).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each status of the vendor's, where one is shown, and the address that hears of it: ours, where the vendor is silent.
    const HEARD: &str = "
pending INACTIVE -
connecting FETCHING -
awaiting_cosigners PARTIALLY_AUTHORIZED success
awaiting_confirmation INACTIVE -
connected CONNECTED success
active ACTIVE success
completed COMPLETED success
partial ACTIVE success
degraded FETCHING_ERROR fail
reconnect_required CREDENTIALS_ERROR fail
suspended SUSPENDED_BY_PROVIDER fail
rejected REJECTED fail
revoked REVOKED fail
terminated TERMINATED_BY_USER abort
abandoned EXPIRED abort
replaced REPLACED abort
failed ERROR fail
unknown UNKNOWN fail
deleted - -
";

    #[test]
    fn an_address_hears_of_these_statuses() {
        let rows = ConnectionStatus::ALL.map(|status| {
            let word = surface::row(status, &BTreeSet::new()).open_finance.unwrap_or("-");
            let address = address(status).map_or("-", Outcome::as_str);
            format!("{} {word} {address}", status.as_str())
        });
        assert_eq!(rows.join("\n"), HEARD.trim());
    }
}
