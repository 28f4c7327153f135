//! What a tenant has in one mode, over all of its connections: pages that go both ways from a place in the order, with how much lies beyond
//! them.

use super::accounts::{AccountRow, TransactionRow};
use super::connections::ConnectionRow;
use super::{Read, Store, on};
use sqlx::FromRow;

/// Where a page lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place<K> {
    /// At the beginning.
    First,
    /// Right behind this one.
    After(K),
    /// Right before this one.
    Before(K),
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// Its rows, in the list's order.
    pub rows: Vec<T>,
    /// How many lie beyond it, in the direction in which it was asked for.
    pub remaining: i64,
}

/// Whose, and of which connections. What is absent does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// `test` or `live`.
    pub mode: &'a str,
    /// The customer's `external_id`.
    pub customer: Option<&'a str>,
    /// The institution's id.
    pub institution: Option<&'a str>,
    /// The connection's id.
    pub connection: Option<&'a str>,
    /// Of connections with one of these statuses: a [`one_of`].
    pub statuses: Option<&'a str>,
    /// Of connections through one of these providers: a [`one_of`].
    pub providers: Option<&'a str>,
    /// Of connections that were made then or later.
    pub made_from: Option<i64>,
    /// Of connections that were made before then.
    pub made_before: Option<i64>,
}

/// Words as [`Wanted`] takes them. They hold no comma.
pub fn one_of<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().fold(",".to_owned(), |all, word| all + word + ",")
}

/// A connection, with what we call its customer.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ListedConnection {
    /// The connection.
    #[sqlx(flatten)]
    pub row: ConnectionRow,
    /// `cust_…`; nothing while it has no customer.
    pub customer_id: Option<String>,
}

/// An account, with what is known of whose it is.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ListedAccount {
    /// The account.
    #[sqlx(flatten)]
    pub row: AccountRow,
    /// The customer's `external_id`.
    pub customer: String,
    /// `cust_…`.
    pub customer_id: Option<String>,
    /// The institution's id.
    pub institution_id: Option<String>,
    /// The provider.
    pub provider: Option<String>,
    /// JSON: what the host asked of its connection.
    pub ask: String,
}

/// A transaction, with what is known of whose it is.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ListedTransaction {
    /// The transaction.
    #[sqlx(flatten)]
    pub row: TransactionRow,
    /// The connection.
    pub connection_id: String,
    /// The customer's `external_id`.
    pub customer: String,
    /// `cust_…`.
    pub customer_id: Option<String>,
    /// The provider.
    pub provider: Option<String>,
    /// When its account was last fetched.
    pub updated_at: i64,
}

/// Which transactions, beside whose. What is absent does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Transactions<'a> {
    /// Of this account.
    pub account: Option<&'a str>,
    /// `booked` or `pending`.
    pub status: Option<&'a str>,
    /// Booked on this day or later.
    pub date_from: Option<&'a str>,
    /// Booked on this day or earlier.
    pub date_to: Option<&'a str>,
}

/// Of connections `c` that are wanted, $1 to $9.
macro_rules! wanted {
    () => {
        "c.tenant_id = $1 AND c.mode = $2 AND ($3 IS NULL OR c.customer = $3) AND ($4 IS NULL OR c.institution_id = $4) \
         AND ($5 IS NULL OR c.id = $5) AND ($6 IS NULL OR $6 LIKE '%,' || c.status || ',%') \
         AND ($7 IS NULL OR $7 LIKE '%,' || c.provider || ',%') AND c.created_at >= $8 AND c.created_at < $9"
    };
}
macro_rules! customer_id {
    () => {
        "(SELECT u.id FROM customers u WHERE u.tenant_id = c.tenant_id AND u.external_id = c.customer) AS customer_id"
    };
}
/// Runs a query with what is wanted bound.
macro_rules! bound {
    ($query:expr, $tenant:expr, $wanted:expr) => {
        $query
            .bind($tenant)
            .bind($wanted.mode)
            .bind($wanted.customer)
            .bind($wanted.institution)
            .bind($wanted.connection)
            .bind($wanted.statuses)
            .bind($wanted.providers)
            .bind($wanted.made_from.unwrap_or(i64::MIN))
            .bind($wanted.made_before.unwrap_or(i64::MAX))
    };
}

/// A page from what was read of a list from a place on, and how many there are from there on.
fn page<T>(mut rows: Vec<T>, all: i64, backwards: bool) -> Page<T> {
    if backwards {
        rows.reverse();
    }
    let remaining = all - i64::try_from(rows.len()).unwrap_or(i64::MAX);
    Page { rows, remaining }
}

/// Connections, newest first.
///
/// # Errors
/// The database failed.
pub async fn connections(
    store: &Store,
    tenant: &str,
    wanted: &Wanted<'_>,
    place: &Place<String>,
    limit: i64,
) -> Read<Page<ListedConnection>> {
    macro_rules! from {
        ($place:literal) => {
            concat!(" FROM connections c WHERE ", wanted!(), $place)
        };
    }
    macro_rules! read {
        ($pool:expr, $id:expr, $place:literal, $order:literal) => {{
            let select = concat!("SELECT c.*, ", customer_id!(), from!($place), $order, " LIMIT $11");
            let rows = bound!(sqlx::query_as(select), tenant, wanted)
                .bind($id)
                .bind(limit)
                .fetch_all($pool)
                .await?;
            let count = concat!("SELECT COUNT(*)", from!($place));
            (
                rows,
                bound!(sqlx::query_scalar(count), tenant, wanted).bind($id).fetch_one($pool).await?,
            )
        }};
    }
    Ok(on!(store, |pool| match place {
        Place::First | Place::After(_) => {
            let id = if let Place::After(id) = place { Some(id.as_str()) } else { None };
            let (rows, all) = read!(pool, id, " AND ($10 IS NULL OR c.id < $10)", " ORDER BY c.id DESC");
            page(rows, all, false)
        }
        Place::Before(id) => {
            let (rows, all) = read!(pool, id.as_str(), " AND c.id > $10", " ORDER BY c.id");
            page(rows, all, true)
        }
    }))
}

/// Accounts, by id.
///
/// # Errors
/// The database failed.
pub async fn accounts(store: &Store, tenant: &str, wanted: &Wanted<'_>, place: &Place<String>, limit: i64) -> Read<Page<ListedAccount>> {
    macro_rules! from {
        ($place:literal) => {
            concat!(
                " FROM accounts a JOIN connections c ON c.tenant_id = a.tenant_id AND c.id = a.connection_id WHERE ",
                wanted!(),
                $place
            )
        };
    }
    macro_rules! read {
        ($pool:expr, $id:expr, $place:literal, $order:literal) => {{
            let select = concat!(
                "SELECT a.*, c.customer, c.institution_id, c.provider, c.ask, ",
                customer_id!(),
                from!($place),
                $order,
                " LIMIT $11"
            );
            let rows = bound!(sqlx::query_as(select), tenant, wanted)
                .bind($id)
                .bind(limit)
                .fetch_all($pool)
                .await?;
            let count = concat!("SELECT COUNT(*)", from!($place));
            (
                rows,
                bound!(sqlx::query_scalar(count), tenant, wanted).bind($id).fetch_one($pool).await?,
            )
        }};
    }
    Ok(on!(store, |pool| match place {
        Place::First | Place::After(_) => {
            let id = if let Place::After(id) = place { Some(id.as_str()) } else { None };
            let (rows, all) = read!(pool, id, " AND ($10 IS NULL OR a.id > $10)", " ORDER BY a.id");
            page(rows, all, false)
        }
        Place::Before(id) => {
            let (rows, all) = read!(pool, id.as_str(), " AND a.id < $10", " ORDER BY a.id DESC");
            page(rows, all, true)
        }
    }))
}

/// The place of a transaction: account, booking date and id.
pub type TransactionPlace = (String, String, String);

/// Transactions, account by account, newest first.
///
/// # Errors
/// The database failed.
pub async fn transactions(
    store: &Store,
    tenant: &str,
    (wanted, which): (&Wanted<'_>, &Transactions<'_>),
    place: &Place<TransactionPlace>,
    limit: i64,
) -> Read<Page<ListedTransaction>> {
    macro_rules! from {
        ($place:literal) => {
            concat!(
                " FROM transactions t JOIN accounts a ON a.tenant_id = t.tenant_id AND a.id = t.account_id \
                 JOIN connections c ON c.tenant_id = a.tenant_id AND c.id = a.connection_id WHERE ",
                wanted!(),
                " AND ($10 IS NULL OR t.account_id = $10) AND ($11 IS NULL OR t.status = $11) \
                 AND t.booking_date >= $12 AND t.booking_date <= $13",
                $place
            )
        };
    }
    macro_rules! read {
        ($pool:expr, $at:expr, $place:literal, $order:literal) => {{
            let (account, date, id) = $at;
            let select = concat!(
                "SELECT t.*, a.connection_id, a.updated_at, c.customer, c.provider, ",
                customer_id!(),
                from!($place),
                $order,
                " LIMIT $17"
            );
            let rows = bound_which!(bound!(sqlx::query_as(select), tenant, wanted))
                .bind(account)
                .bind(date)
                .bind(id)
                .bind(limit)
                .fetch_all($pool)
                .await?;
            let count = concat!("SELECT COUNT(*)", from!($place));
            let all = bound_which!(bound!(sqlx::query_scalar(count), tenant, wanted))
                .bind(account)
                .bind(date)
                .bind(id)
                .fetch_one($pool)
                .await?;
            (rows, all)
        }};
    }
    macro_rules! bound_which {
        ($query:expr) => {
            $query
                .bind(which.account)
                .bind(which.status)
                .bind(which.date_from.unwrap_or(""))
                .bind(which.date_to.unwrap_or("9999-99-99"))
        };
    }
    Ok(on!(store, |pool| match place {
        Place::First | Place::After(_) => {
            // No account's id is less than this.
            let first = (String::new(), String::new(), String::new());
            let at = if let Place::After(at) = place { at } else { &first };
            let (rows, all) = read!(
                pool,
                at,
                " AND (t.account_id > $14 OR (t.account_id = $14 AND (t.booking_date, t.id) < ($15, $16)))",
                " ORDER BY t.account_id, t.booking_date DESC, t.id DESC"
            );
            page(rows, all, false)
        }
        Place::Before(at) => {
            let (rows, all) = read!(
                pool,
                at,
                " AND (t.account_id < $14 OR (t.account_id = $14 AND (t.booking_date, t.id) > ($15, $16)))",
                " ORDER BY t.account_id DESC, t.booking_date, t.id"
            );
            page(rows, all, true)
        }
    }))
}
