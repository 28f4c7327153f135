//! The tenants' users.

use super::{Read, Statement, Store, args, on};
use sqlx::FromRow;

/// A customer, as it is seen in one mode.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CustomerRow {
    /// The tenant.
    pub tenant_id: String,
    /// The tenant's own id for the customer.
    pub external_id: String,
    /// Ours: `cust_…`.
    pub id: String,
    /// First seen.
    pub created_at: i64,
    /// Its connections in the mode that are not deleted.
    pub connections: i64,
}

/// Makes the customer, unless it is there: then it keeps its id.
pub fn ensure(tenant: &str, external_id: &str, id: &str, now: i64) -> Statement {
    Statement::any(
        "INSERT INTO customers (tenant_id, external_id, id, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        args![tenant, external_id, id, now],
    )
}

/// Our id for the customer that the tenant calls so.
///
/// # Errors
/// The database failed.
pub async fn id_of(store: &Store, tenant: &str, external_id: &str) -> Read<Option<String>> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar("SELECT id FROM customers WHERE tenant_id = $1 AND external_id = $2")
            .bind(tenant)
            .bind(external_id)
            .fetch_optional(pool)
            .await?
    }))
}

/// What the tenant calls the customer with this id of ours.
///
/// # Errors
/// The database failed.
pub async fn external_id_of(store: &Store, tenant: &str, id: &str) -> Read<Option<String>> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar("SELECT external_id FROM customers WHERE tenant_id = $1 AND id = $2")
            .bind(tenant)
            .bind(id)
            .fetch_optional(pool)
            .await?
    }))
}

macro_rules! seen {
    () => {
        "SELECT u.tenant_id, u.external_id, u.id, u.created_at, \
         (SELECT COUNT(*) FROM connections c WHERE c.tenant_id = $1 AND c.customer = u.external_id AND c.mode = $2 \
          AND c.status <> 'deleted') AS connections \
         FROM customers u WHERE u.tenant_id = $1 \
         AND (EXISTS (SELECT 1 FROM connections c WHERE c.tenant_id = $1 AND c.customer = u.external_id AND c.mode = $2) \
         OR EXISTS (SELECT 1 FROM hosted_links l WHERE l.tenant_id = $1 AND l.customer = u.external_id AND l.mode = $2))"
    };
}

/// The customer with this id, if it has or had a connection in this mode.
///
/// # Errors
/// The database failed.
pub async fn of_mode(store: &Store, tenant: &str, mode: &str, external_id: &str) -> Read<Option<CustomerRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(seen!(), " AND u.external_id = $3"))
            .bind(tenant)
            .bind(mode)
            .bind(external_id)
            .fetch_optional(pool)
            .await?
    }))
}

/// Those that have or had a connection, or have a hosted link, in this mode, by id, from behind one on.
///
/// # Errors
/// The database failed.
pub async fn list(store: &Store, tenant: &str, mode: &str, after: Option<&str>, limit: i64) -> Read<Vec<CustomerRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            seen!(),
            " AND ($3 IS NULL OR u.external_id > $3) ORDER BY u.external_id LIMIT $4"
        ))
        .bind(tenant)
        .bind(mode)
        .bind(after)
        .bind(limit)
        .fetch_all(pool)
        .await?
    }))
}
