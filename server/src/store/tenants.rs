//! Tenants, their API keys and their OAuth clients.

use super::{Conflict, Read, Statement, Store, Value, args, on};
use sqlx::FromRow;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct TenantRow {
    /// The tag.
    pub tenant_id: String,
    /// What end users read.
    pub name: String,
    /// JSON: list of origins.
    pub allowed_origins: String,
    /// JSON: list of addresses.
    pub redirect_urls: String,
    /// `exchange` or `automatic`.
    pub completion: String,
    /// Requests a second that each live key may make; 0: any number.
    pub live_rate: i64,
    /// The same of each test key.
    pub test_rate: i64,
    /// Made.
    pub created_at: i64,
    /// Last changed.
    pub updated_at: i64,
    /// Days without a refresh after which the host is reminded.
    pub refresh_reminder_days: i64,
    /// Closed: nobody of it gets in any more.
    pub closed_at: Option<i64>,
}

/// An API key. The key itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ApiKeyRow {
    /// The tag.
    pub tenant_id: String,
    /// SHA-256 of the key.
    pub hash: Vec<u8>,
    /// `test` or `live`.
    pub mode: String,
    /// What the operator calls it.
    pub label: String,
    /// Made.
    pub created_at: i64,
    /// Revoked.
    pub revoked_at: Option<i64>,
    /// Its first characters, too few to guess the rest by. Keys made before these were kept have none.
    pub prefix: Option<String>,
}

/// Who has a key, with what its tenant lets it do.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct HolderRow {
    /// `test` or `live`.
    pub mode: String,
    /// The key's tenant's [`TenantRow::live_rate`].
    pub live_rate: i64,
    /// The key's tenant's [`TenantRow::test_rate`].
    pub test_rate: i64,
}

/// An OAuth client.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OauthClientRow {
    /// The tag.
    pub tenant_id: String,
    /// The client's id.
    pub client_id: String,
    /// SHA-256 of the secret.
    pub secret_hash: Vec<u8>,
    /// `test` or `live`.
    pub mode: String,
    /// Scopes, apart by spaces.
    pub scopes: String,
    /// Made.
    pub created_at: i64,
    /// Revoked.
    pub revoked_at: Option<i64>,
}

macro_rules! tenant {
    () => {
        "tenant_id, name, allowed_origins, redirect_urls, completion, live_rate, test_rate, created_at, updated_at, refresh_reminder_days, \
         closed_at"
    };
}
macro_rules! api_key {
    () => {
        "tenant_id, hash, mode, label, created_at, revoked_at, prefix"
    };
}
macro_rules! oauth_client {
    () => {
        "tenant_id, client_id, secret_hash, mode, scopes, created_at, revoked_at"
    };
}

/// Makes a tenant. [`Conflict::Duplicate`] when the tag is taken.
pub fn insert(row: &TenantRow) -> Statement {
    Statement::one(
        concat!(
            "INSERT INTO tenants (",
            tenant!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        ),
        args![
            &row.tenant_id,
            &row.name,
            &row.allowed_origins,
            &row.redirect_urls,
            &row.completion,
            row.live_rate,
            row.test_rate,
            row.created_at,
            row.updated_at,
            row.refresh_reminder_days,
            row.closed_at
        ],
        Conflict::Duplicate,
    )
}

/// Changes a tenant, all but the tag, `created_at` and `closed_at`.
pub fn update(row: &TenantRow) -> Statement {
    Statement::one(
        "UPDATE tenants SET name = $2, allowed_origins = $3, redirect_urls = $4, completion = $5, updated_at = $6, live_rate = $7, \
         test_rate = $8, refresh_reminder_days = $9 WHERE tenant_id = $1",
        args![
            &row.tenant_id,
            &row.name,
            &row.allowed_origins,
            &row.redirect_urls,
            &row.completion,
            row.updated_at,
            row.live_rate,
            row.test_rate,
            row.refresh_reminder_days
        ],
        Conflict::NotFound,
    )
}

/// Changes a tenant that was last changed at `before`. [`Conflict::Stale`] when somebody else has changed it since.
pub fn change(row: &TenantRow, before: i64) -> Statement {
    Statement::one(
        "UPDATE tenants SET name = $2, allowed_origins = $3, redirect_urls = $4, completion = $5, updated_at = $6, live_rate = $8, \
         test_rate = $9, refresh_reminder_days = $10 WHERE tenant_id = $1 AND updated_at = $7",
        args![
            &row.tenant_id,
            &row.name,
            &row.allowed_origins,
            &row.redirect_urls,
            &row.completion,
            row.updated_at,
            before,
            row.live_rate,
            row.test_rate,
            row.refresh_reminder_days
        ],
        Conflict::Stale,
    )
}

/// Closes a tenant. [`Conflict::NotFound`] when it is closed, or not there.
pub fn close(tenant: &str, now: i64) -> Statement {
    Statement::one(
        "UPDATE tenants SET closed_at = $2 WHERE tenant_id = $1 AND closed_at IS NULL",
        args![tenant, now],
        Conflict::NotFound,
    )
}

/// Holds the row of a tenant that is not closed until the unit is committed, changing nothing: units that begin so run one after the
/// other.
pub fn hold(tenant: &str) -> Statement {
    Statement::one(
        "UPDATE tenants SET updated_at = updated_at WHERE tenant_id = $1 AND closed_at IS NULL",
        args![tenant],
        Conflict::NotFound,
    )
}

/// Makes an API key.
pub fn insert_api_key(row: &ApiKeyRow) -> Statement {
    Statement::one(
        concat!("INSERT INTO api_keys (", api_key!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7)"),
        api_key_args(row),
        Conflict::Duplicate,
    )
}

/// Makes an API key where fewer than two of its mode work. [`Conflict::AlreadyUsed`] when two do. Behind [`hold`] in one unit
/// nobody makes another one in between.
pub fn insert_api_key_of_two(row: &ApiKeyRow) -> Statement {
    Statement::one(
        concat!(
            "INSERT INTO api_keys (",
            api_key!(),
            ") SELECT $1, $2, $3, $4, $5, $6, $7 \
             WHERE (SELECT COUNT(*) FROM api_keys WHERE tenant_id = $1 AND mode = $3 AND revoked_at IS NULL) < 2"
        ),
        api_key_args(row),
        Conflict::AlreadyUsed,
    )
}

fn api_key_args(row: &ApiKeyRow) -> Vec<Value> {
    args![
        &row.tenant_id,
        &row.hash,
        &row.mode,
        &row.label,
        row.created_at,
        row.revoked_at,
        &row.prefix
    ]
}

/// Revokes an API key.
pub fn revoke_api_key(tenant: &str, hash: &[u8], now: i64) -> Statement {
    Statement::one(
        "UPDATE api_keys SET revoked_at = $3 WHERE tenant_id = $1 AND hash = $2 AND revoked_at IS NULL",
        args![tenant, hash, now],
        Conflict::NotFound,
    )
}

/// Makes an OAuth client.
pub fn insert_oauth_client(row: &OauthClientRow) -> Statement {
    Statement::one(
        concat!(
            "INSERT INTO oauth_clients (",
            oauth_client!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7)"
        ),
        args![
            &row.tenant_id,
            &row.client_id,
            &row.secret_hash,
            &row.mode,
            &row.scopes,
            row.created_at,
            row.revoked_at
        ],
        Conflict::Duplicate,
    )
}

/// Revokes an OAuth client.
pub fn revoke_oauth_client(tenant: &str, client_id: &str, now: i64) -> Statement {
    Statement::one(
        "UPDATE oauth_clients SET revoked_at = $3 WHERE tenant_id = $1 AND client_id = $2 AND revoked_at IS NULL",
        args![tenant, client_id, now],
        Conflict::NotFound,
    )
}

/// The tenant with this tag.
///
/// # Errors
/// The database failed.
pub async fn by_id(store: &Store, tenant: &str) -> Read<Option<TenantRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!("SELECT ", tenant!(), " FROM tenants WHERE tenant_id = $1"))
            .bind(tenant)
            .fetch_optional(pool)
            .await?
    }))
}

/// Every tenant, for the operator.
///
/// # Errors
/// The database failed.
pub async fn all(store: &Store) -> Read<Vec<TenantRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!("SELECT ", tenant!(), " FROM tenants ORDER BY tenant_id"))
            .fetch_all(pool)
            .await?
    }))
}

/// Who has the API key with this hash; nobody where it was revoked, or its tenant closed.
///
/// # Errors
/// The database failed.
pub async fn holder(store: &Store, tenant: &str, hash: &[u8]) -> Read<Option<HolderRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT k.mode, t.live_rate, t.test_rate FROM api_keys k JOIN tenants t ON t.tenant_id = k.tenant_id \
             WHERE k.tenant_id = $1 AND k.hash = $2 AND k.revoked_at IS NULL AND t.closed_at IS NULL",
        )
        .bind(tenant)
        .bind(hash)
        .fetch_optional(pool)
        .await?
    }))
}

/// A tenant's API keys, oldest first.
///
/// # Errors
/// The database failed.
pub async fn api_keys(store: &Store, tenant: &str) -> Read<Vec<ApiKeyRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            api_key!(),
            " FROM api_keys WHERE tenant_id = $1 ORDER BY created_at, hash"
        ))
        .bind(tenant)
        .fetch_all(pool)
        .await?
    }))
}

/// The OAuth client with this id, revoked or not.
///
/// # Errors
/// The database failed.
pub async fn oauth_client(store: &Store, tenant: &str, client_id: &str) -> Read<Option<OauthClientRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            oauth_client!(),
            " FROM oauth_clients WHERE tenant_id = $1 AND client_id = $2"
        ))
        .bind(tenant)
        .bind(client_id)
        .fetch_optional(pool)
        .await?
    }))
}

/// A tenant's OAuth clients, oldest first.
///
/// # Errors
/// The database failed.
pub async fn oauth_clients(store: &Store, tenant: &str) -> Read<Vec<OauthClientRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            oauth_client!(),
            " FROM oauth_clients WHERE tenant_id = $1 ORDER BY created_at, client_id"
        ))
        .bind(tenant)
        .fetch_all(pool)
        .await?
    }))
}
