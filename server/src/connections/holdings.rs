//! What a customer has, over all connections that may be read.
//!
//! **Contract.** As in [`super::read`]: another customer's, the other mode's and what nobody has confirmed is not there. Transactions of
//! many accounts come in one order, by booking date and id, page by page.

use super::read;
use crate::core::Core;
use crate::store::Unavailable;
use crate::store::accounts::{self, AccountRow, TransactionRow, Wanted};
use crate::store::connections::{self, ConnectionRow};
use crate::tenants::Caller;
use gesher_domain::connection::readable;

/// A connection with its accounts.
pub struct Holding {
    /// The connection.
    pub connection: ConnectionRow,
    /// Its accounts, by id.
    pub accounts: Vec<AccountRow>,
}

/// What the caller may read: all of it, or of one connection.
///
/// # Errors
/// The database failed.
pub async fn all(core: &Core, caller: &Caller, connection: Option<&str>) -> Result<Vec<Holding>, Unavailable> {
    let tenant = caller.tenant.as_str();
    let wanted = connections::Wanted {
        mode: Some(caller.mode.as_str()),
        customer: caller.customer.as_deref(),
        not_deleted: true,
        ..connections::Wanted::default()
    };
    let mut holdings = Vec::new();
    for row in connections::list(&core.store, tenant, &wanted, i64::MAX).await? {
        if readable(read::status(&row)).is_ok() && connection.is_none_or(|id| id == row.id) {
            holdings.push(Holding {
                accounts: accounts::of_connection(&core.store, tenant, &row.id).await?,
                connection: row,
            });
        }
    }
    Ok(holdings)
}

/// The first so many transactions of the accounts with these ids.
///
/// # Errors
/// The database failed.
pub async fn transactions(
    core: &Core,
    caller: &Caller,
    of: &[&str],
    wanted: &Wanted<'_>,
    limit: i64,
) -> Result<Vec<TransactionRow>, Unavailable> {
    let mut rows = Vec::new();
    for account in of {
        // None of an account's rows beyond these can be among the first.
        rows.extend(accounts::transactions(&core.store, caller.tenant.as_str(), account, wanted, limit).await?);
    }
    rows.sort_by(|one, two| (&one.booking_date, &one.id).cmp(&(&two.booking_date, &two.id)));
    if !wanted.ascending {
        rows.reverse();
    }
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(rows)
}
