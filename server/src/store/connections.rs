//! Connections.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// A connection.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ConnectionRow {
    /// The tenant.
    pub tenant_id: String,
    /// `conn_…`.
    pub id: String,
    /// The customer's `external_id`; empty until the exchange names one, where nobody has before.
    pub customer: String,
    /// `test` or `live`.
    pub mode: String,
    /// The status, as the native API says it.
    pub status: String,
    /// JSON: the reasons.
    pub reasons: String,
    /// JSON: the machine.
    pub machine: String,
    /// Counts the writes.
    pub version: i64,
    /// The institution, once chosen.
    pub institution_id: Option<String>,
    /// The provider, once chosen.
    pub provider: Option<String>,
    /// JSON: what the host asked for.
    pub ask: String,
    /// Sealed: the PSU's id, where the host gave it.
    pub psu_id: Option<Vec<u8>>,
    /// The host's own `state`.
    pub host_state: Option<String>,
    /// Made.
    pub created_at: i64,
    /// Last changed.
    pub updated_at: i64,
    /// When it expires.
    pub expires_at: Option<i64>,
    /// `seq` of the last event, 0 before the first.
    pub last_event_seq: i64,
    /// JSON: what is remembered of its refreshes and notices.
    pub upkeep: String,
    /// Keyed fingerprint of the person's id at the institution, where it is known.
    pub person: Option<String>,
}

macro_rules! columns {
    () => {
        "tenant_id, id, customer, mode, status, reasons, machine, version, institution_id, provider, ask, psu_id, host_state, \
         created_at, updated_at, expires_at, last_event_seq, upkeep, person"
    };
}

/// Makes a connection.
pub fn insert(row: &ConnectionRow) -> Statement {
    Statement::one(
        concat!(
            "INSERT INTO connections (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
        ),
        args![
            &row.tenant_id,
            &row.id,
            &row.customer,
            &row.mode,
            &row.status,
            &row.reasons,
            &row.machine,
            row.version,
            &row.institution_id,
            &row.provider,
            &row.ask,
            &row.psu_id,
            &row.host_state,
            row.created_at,
            row.updated_at,
            row.expires_at,
            row.last_event_seq,
            &row.upkeep,
            &row.person
        ],
        Conflict::Duplicate,
    )
}

/// Writes the connection if it still has the expected version, and makes its version the next one, whatever the row says.
/// Tenant, id, customer, mode, ask ([`set_ask`]), host_state and created_at stay. [`Conflict::Stale`] otherwise.
pub fn compare_and_set(row: &ConnectionRow, expected_version: i64) -> Statement {
    Statement::one(
        "UPDATE connections SET version = $3 + 1, status = $4, reasons = $5, machine = $6, institution_id = $7, provider = $8, \
         psu_id = $9, updated_at = $10, expires_at = $11, last_event_seq = $12, upkeep = $13, person = $14 WHERE tenant_id = $1 AND id = $2 AND version = $3",
        args![
            &row.tenant_id,
            &row.id,
            expected_version,
            &row.status,
            &row.reasons,
            &row.machine,
            &row.institution_id,
            &row.provider,
            &row.psu_id,
            row.updated_at,
            row.expires_at,
            row.last_event_seq,
            &row.upkeep,
            &row.person
        ],
        Conflict::Stale,
    )
}

/// Writes what is asked of a connection and what is remembered of its refreshes, if it still has the expected version, and makes its
/// version the next one. [`Conflict::Stale`] otherwise.
pub fn set_ask(row: &ConnectionRow, expected_version: i64) -> Statement {
    Statement::one(
        "UPDATE connections SET version = $3 + 1, ask = $4, upkeep = $5, updated_at = $6 WHERE tenant_id = $1 AND id = $2 AND version = $3",
        args![&row.tenant_id, &row.id, expected_version, &row.ask, &row.upkeep, row.updated_at],
        Conflict::Stale,
    )
}

/// Names the customer of a connection that has none. [`Conflict::Stale`] when it has one.
pub fn name_customer(tenant: &str, id: &str, customer: &str) -> Statement {
    Statement::one(
        "UPDATE connections SET customer = $3 WHERE tenant_id = $1 AND id = $2 AND customer = ''",
        args![tenant, id, customer],
        Conflict::Stale,
    )
}

/// The connection with this id.
///
/// # Errors
/// The database failed.
pub async fn by_id(store: &Store, tenant: &str, id: &str) -> Read<Option<ConnectionRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!("SELECT ", columns!(), " FROM connections WHERE tenant_id = $1 AND id = $2"))
            .bind(tenant)
            .bind(id)
            .fetch_optional(pool)
            .await?
    }))
}

/// Ids of a customer's connections that are not deleted, oldest first.
///
/// # Errors
/// The database failed.
pub async fn not_deleted(store: &Store, tenant: &str, mode: &str, customer: &str, limit: i64) -> Read<Vec<String>> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar(
            "SELECT id FROM connections WHERE tenant_id = $1 AND mode = $2 AND customer = $3 AND status <> 'deleted' ORDER BY id LIMIT $4",
        )
        .bind(tenant)
        .bind(mode)
        .bind(customer)
        .bind(limit)
        .fetch_all(pool)
        .await?
    }))
}

/// Ids of a tenant's connections that are not deleted, with their modes, oldest first.
///
/// # Errors
/// The database failed.
pub async fn left(store: &Store, tenant: &str, limit: i64) -> Read<Vec<(String, String)>> {
    Ok(on!(store, |pool| {
        sqlx::query_as("SELECT id, mode FROM connections WHERE tenant_id = $1 AND status <> 'deleted' ORDER BY id LIMIT $2")
            .bind(tenant)
            .bind(limit)
            .fetch_all(pool)
            .await?
    }))
}

/// Which connections of a tenant are wanted. What is absent does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// `test` or `live`.
    pub mode: Option<&'a str>,
    /// The customer's `external_id`.
    pub customer: Option<&'a str>,
    /// The status, as the native API says it.
    pub status: Option<&'a str>,
    /// The institution's id.
    pub institution: Option<&'a str>,
    /// Name and value of one of the host's references.
    pub reference: Option<(&'a str, &'a str)>,
    /// Only those that come after the one with this id.
    pub below: Option<&'a str>,
    /// The oldest first; otherwise the newest.
    pub ascending: bool,
    /// None that are deleted.
    pub not_deleted: bool,
}

macro_rules! listed {
    ($after:literal, $order:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM connections WHERE tenant_id = $1 AND ($2 IS NULL OR mode = $2) AND ($3 IS NULL OR customer = $3) \
             AND ($4 IS NULL OR status = $4) AND ($5 IS NULL OR institution_id = $5) AND ($6 IS NULL OR id ",
            $after,
            " $6) \
             AND ($7 IS NULL OR id IN (SELECT connection_id FROM connection_references WHERE tenant_id = $1 AND name = $7 AND value = $8)) \
             AND ($10 = 0 OR status <> 'deleted') ORDER BY id ",
            $order,
            " LIMIT $9"
        )
    };
}

/// A tenant's connections.
///
/// # Errors
/// The database failed.
pub async fn list(store: &Store, tenant: &str, wanted: &Wanted<'_>, limit: i64) -> Read<Vec<ConnectionRow>> {
    let text = if wanted.ascending {
        listed!(">", "ASC")
    } else {
        listed!("<", "DESC")
    };
    Ok(on!(store, |pool| {
        sqlx::query_as(text)
            .bind(tenant)
            .bind(wanted.mode)
            .bind(wanted.customer)
            .bind(wanted.status)
            .bind(wanted.institution)
            .bind(wanted.below)
            .bind(wanted.reference.map(|(name, _)| name))
            .bind(wanted.reference.map(|(_, value)| value))
            .bind(limit)
            .bind(i64::from(wanted.not_deleted))
            .fetch_all(pool)
            .await?
    }))
}
