//! Start pages, and how often each was used on a day.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// A start page.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct StartPageRow {
    /// The tenant.
    pub tenant_id: String,
    /// `sp_…`.
    pub id: String,
    /// What stands in its address.
    pub slug: String,
    /// `test` or `live`.
    pub mode: String,
    /// What visitors read.
    pub name: String,
    /// JSON: what a visitor's connection is asked for.
    pub ask: String,
    /// Fixes the language.
    pub language: Option<String>,
    /// Where a visit ends.
    pub redirect_url: Option<String>,
    /// `exchange` or `automatic`.
    pub completion: String,
    /// Until when it is open.
    pub expires_at: Option<i64>,
    /// Connections that it may make in a day, UTC.
    pub daily_limit: Option<i64>,
    /// `enabled` or `disabled`.
    pub state: String,
    /// Counts the writes.
    pub version: i64,
    /// Made.
    pub created_at: i64,
    /// Last changed.
    pub updated_at: i64,
}

macro_rules! columns {
    () => {
        "tenant_id, id, slug, mode, name, ask, language, redirect_url, completion, expires_at, daily_limit, state, version, \
         created_at, updated_at"
    };
}

/// Makes a start page.
pub fn insert(row: &StartPageRow) -> Statement {
    Statement::one(
        concat!(
            "INSERT INTO start_pages (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        ),
        args![
            &row.tenant_id,
            &row.id,
            &row.slug,
            &row.mode,
            &row.name,
            &row.ask,
            &row.language,
            &row.redirect_url,
            &row.completion,
            row.expires_at,
            row.daily_limit,
            &row.state,
            row.version,
            row.created_at,
            row.updated_at
        ],
        Conflict::Duplicate,
    )
}

/// Writes what can be changed, if the page still has the version that was read. [`Conflict::Stale`] otherwise.
pub fn compare_and_set(row: &StartPageRow, expected_version: i64) -> Statement {
    Statement::one(
        "UPDATE start_pages SET version = $3 + 1, name = $4, ask = $5, language = $6, redirect_url = $7, completion = $8, \
         expires_at = $9, daily_limit = $10, state = $11, updated_at = $12 WHERE tenant_id = $1 AND id = $2 AND version = $3",
        args![
            &row.tenant_id,
            &row.id,
            expected_version,
            &row.name,
            &row.ask,
            &row.language,
            &row.redirect_url,
            &row.completion,
            row.expires_at,
            row.daily_limit,
            &row.state,
            row.updated_at
        ],
        Conflict::Stale,
    )
}

/// Deletes a page with its counts. [`Conflict::NotFound`] when there is none.
pub fn delete(tenant: &str, id: &str) -> [Statement; 2] {
    [
        Statement::one(
            "DELETE FROM start_pages WHERE tenant_id = $1 AND id = $2",
            args![tenant, id],
            Conflict::NotFound,
        ),
        Statement::any(
            "DELETE FROM start_page_days WHERE tenant_id = $1 AND start_page_id = $2",
            args![tenant, id],
        ),
    ]
}

/// Counts one use on a day, where the page is open at `now` and its limit leaves room. [`Conflict::AlreadyUsed`] otherwise. The
/// database decides, so that two nodes cannot both take the last place.
pub fn take(tenant: &str, id: &str, day: &str, now: i64) -> Statement {
    Statement::one(
        "INSERT INTO start_page_days (tenant_id, start_page_id, day, used) \
         SELECT p.tenant_id, p.id, $3, 1 FROM start_pages p WHERE p.tenant_id = $1 AND p.id = $2 AND p.state = 'enabled' \
         AND (p.expires_at IS NULL OR p.expires_at > $4) AND (p.daily_limit IS NULL OR p.daily_limit > 0) \
         ON CONFLICT (tenant_id, start_page_id, day) DO UPDATE SET used = start_page_days.used + 1 \
         WHERE start_page_days.used < (SELECT COALESCE(q.daily_limit, 9223372036854775807) FROM start_pages q \
         WHERE q.tenant_id = $1 AND q.id = $2)",
        args![tenant, id, day, now],
        Conflict::AlreadyUsed,
    )
}

/// Forgets up to `limit` counts of days before this one.
pub fn delete_old_days(before: &str, limit: i64) -> Statement {
    Statement::any(
        "DELETE FROM start_page_days WHERE (tenant_id, start_page_id, day) IN \
         (SELECT tenant_id, start_page_id, day FROM start_page_days WHERE day < $1 ORDER BY day LIMIT $2)",
        args![before, limit],
    )
}

/// Whether there are any.
///
/// # Errors
/// The database failed.
pub async fn any_old_days(store: &Store, before: &str) -> Read<bool> {
    Ok(on!(store, |pool| {
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM start_page_days WHERE day < $1)")
            .bind(before)
            .fetch_one(pool)
            .await?
    }))
}

/// How often a page was used on a day.
///
/// # Errors
/// The database failed.
pub async fn used(store: &Store, tenant: &str, id: &str, day: &str) -> Read<i64> {
    let used: Option<i64> = on!(store, |pool| {
        sqlx::query_scalar("SELECT used FROM start_page_days WHERE tenant_id = $1 AND start_page_id = $2 AND day = $3")
            .bind(tenant)
            .bind(id)
            .bind(day)
            .fetch_optional(pool)
            .await?
    });
    Ok(used.unwrap_or_default())
}

/// The page with this id.
///
/// # Errors
/// The database failed.
pub async fn by_id(store: &Store, tenant: &str, id: &str) -> Read<Option<StartPageRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!("SELECT ", columns!(), " FROM start_pages WHERE tenant_id = $1 AND id = $2"))
            .bind(tenant)
            .bind(id)
            .fetch_optional(pool)
            .await?
    }))
}

/// The page with this address.
///
/// # Errors
/// The database failed.
pub async fn by_slug(store: &Store, tenant: &str, slug: &str) -> Read<Option<StartPageRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM start_pages WHERE tenant_id = $1 AND slug = $2"
        ))
        .bind(tenant)
        .bind(slug)
        .fetch_optional(pool)
        .await?
    }))
}

/// A tenant's pages, in a mode or in both, newest first, from below an id.
///
/// # Errors
/// The database failed.
pub async fn of_tenant(store: &Store, tenant: &str, mode: Option<&str>, below: Option<&str>, limit: i64) -> Read<Vec<StartPageRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM start_pages WHERE tenant_id = $1 AND ($2 IS NULL OR mode = $2) AND ($3 IS NULL OR id < $3) ORDER BY id DESC LIMIT $4"
        ))
        .bind(tenant)
        .bind(mode)
        .bind(below)
        .bind(limit)
        .fetch_all(pool)
        .await?
    }))
}
