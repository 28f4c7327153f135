//! Transactions that are there already, found by the provider's own ids.

use super::accounts::TransactionRow;
use super::{Read, Store, on};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// Ids in one query. A last query that has fewer repeats one of them.
const AT_ONCE: usize = 64;

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut text = "SELECT tenant_id, account_id, id, provider_ref, booking_date, value_date, amount, currency, status, description, \
                    counterparty FROM transactions WHERE tenant_id = $1 AND account_id = $2 AND provider_ref IN ("
        .to_owned();
    for place in 0..AT_ONCE {
        let comma = if place == 0 { "" } else { ", " };
        let _ = write!(text, "{comma}${}", place + 3);
    }
    text.push(')');
    text
});

/// Those of an account that have one of these ids, in no order.
///
/// # Errors
/// The database failed.
pub async fn transactions(store: &Store, tenant: &str, account: &str, refs: &[&str]) -> Read<Vec<TransactionRow>> {
    let mut found = Vec::new();
    for some in refs.chunks(AT_ONCE) {
        let padded = some.iter().chain(std::iter::repeat_n(&some[0], AT_ONCE - some.len()));
        let rows: Vec<TransactionRow> = on!(store, |pool| {
            let mut query = sqlx::query_as(TEXT.as_str()).bind(tenant).bind(account);
            for one in padded {
                query = query.bind(*one);
            }
            query.fetch_all(pool).await?
        });
        found.extend(rows);
    }
    Ok(found)
}
