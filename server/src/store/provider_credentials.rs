//! Tenants' credentials at providers, sealed.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// What is set of a tenant at a provider in a mode.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct CredentialsRow {
    /// The tenant.
    pub tenant_id: String,
    /// The provider's name.
    pub provider: String,
    /// `test` or `live`.
    pub mode: String,
    /// Names of what is set, apart by spaces.
    pub fields: String,
    /// Sealed: names and values.
    pub sealed: Vec<u8>,
    /// Last set.
    pub updated_at: i64,
}

macro_rules! columns {
    () => {
        "tenant_id, provider, mode, fields, sealed, updated_at"
    };
}

/// Sets them, whole.
pub fn put(row: &CredentialsRow) -> Statement {
    Statement::one(
        concat!(
            "INSERT INTO provider_credentials (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant_id, provider, mode) DO UPDATE SET fields = excluded.fields, \
             sealed = excluded.sealed, updated_at = excluded.updated_at"
        ),
        args![&row.tenant_id, &row.provider, &row.mode, &row.fields, &row.sealed, row.updated_at],
        Conflict::NotFound,
    )
}

/// Forgets them. [`Conflict::NotFound`] when nothing is set.
pub fn delete(tenant: &str, provider: &str, mode: &str) -> Statement {
    Statement::one(
        "DELETE FROM provider_credentials WHERE tenant_id = $1 AND provider = $2 AND mode = $3",
        args![tenant, provider, mode],
        Conflict::NotFound,
    )
}

/// What is set in a mode.
///
/// # Errors
/// The database failed.
pub async fn of_mode(store: &Store, tenant: &str, provider: &str, mode: &str) -> Read<Option<CredentialsRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM provider_credentials WHERE tenant_id = $1 AND provider = $2 AND mode = $3"
        ))
        .bind(tenant)
        .bind(provider)
        .bind(mode)
        .fetch_optional(pool)
        .await?
    }))
}

/// What is set in a mode of a tenant at a provider, by name alone.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct SetRow {
    /// The tenant.
    pub tenant_id: String,
    /// The provider's name.
    pub provider: String,
    /// `test` or `live`.
    pub mode: String,
    /// Names of what is set, apart by spaces.
    pub fields: String,
}

/// What is set of all tenants, by name alone: whom they reach depends on it.
///
/// # Errors
/// The database failed.
pub async fn all(store: &Store) -> Read<Vec<SetRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as("SELECT tenant_id, provider, mode, fields FROM provider_credentials")
            .fetch_all(pool)
            .await?
    }))
}
