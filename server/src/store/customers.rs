//! The tenants' users.

use super::{Read, Statement, Store, args, on};
use sqlx::FromRow;

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CustomerRow {
    /// The tenant.
    pub tenant_id: String,
    /// The tenant's own id for the customer.
    pub external_id: String,
    /// First seen.
    pub created_at: i64,
}

/// Makes the customer, unless it is there.
pub fn ensure(tenant: &str, external_id: &str, now: i64) -> Statement {
    Statement::any(
        "INSERT INTO customers (tenant_id, external_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        args![tenant, external_id, now],
    )
}

/// The customer with this id.
///
/// # Errors
/// The database failed.
pub async fn by_external_id(store: &Store, tenant: &str, external_id: &str) -> Read<Option<CustomerRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as("SELECT tenant_id, external_id, created_at FROM customers WHERE tenant_id = $1 AND external_id = $2")
            .bind(tenant)
            .bind(external_id)
            .fetch_optional(pool)
            .await?
    }))
}
