//! How tenants look to the people whose accounts they connect.

use super::{Conflict, Read, Statement, Store, args, on};
use sqlx::FromRow;

/// A tenant's branding. What is missing is the widget's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromRow)]
pub struct BrandingRow {
    /// The tag.
    pub tenant_id: String,
    /// What people read instead of the tenant's name.
    pub name: Option<String>,
    /// `#rrggbb`, as the tenant wants it.
    pub accent: Option<String>,
    /// The same for the dark, where it is another.
    pub accent_dark: Option<String>,
    /// Roundness of corners in CSS pixels.
    pub radius: Option<i64>,
    /// The file of the tenant's mark.
    pub mark: Option<Vec<u8>>,
    /// `png` or `svg`.
    pub mark_kind: Option<String>,
    /// Last changed.
    pub updated_at: i64,
}

/// Sets a tenant's branding, whole. [`Conflict::NotFound`] when there is no such tenant.
pub fn put(row: &BrandingRow) -> Statement {
    Statement::one(
        "INSERT INTO brandings (tenant_id, name, accent, accent_dark, radius, mark, mark_kind, updated_at) \
         SELECT tenant_id, $2, $3, $4, $5, $6, $7, $8 FROM tenants WHERE tenant_id = $1 \
         ON CONFLICT (tenant_id) DO UPDATE SET name = excluded.name, accent = excluded.accent, accent_dark = excluded.accent_dark, \
         radius = excluded.radius, mark = excluded.mark, mark_kind = excluded.mark_kind, updated_at = excluded.updated_at",
        args![
            &row.tenant_id,
            &row.name,
            &row.accent,
            &row.accent_dark,
            row.radius,
            &row.mark,
            &row.mark_kind,
            row.updated_at
        ],
        Conflict::NotFound,
    )
}

/// A tenant's branding, if it has one.
///
/// # Errors
/// The database failed.
pub async fn of_tenant(store: &Store, tenant: &str) -> Read<Option<BrandingRow>> {
    Ok(on!(store, |pool| {
        sqlx::query_as(
            "SELECT tenant_id, name, accent, accent_dark, radius, mark, mark_kind, updated_at FROM brandings WHERE tenant_id = $1",
        )
        .bind(tenant)
        .fetch_optional(pool)
        .await?
    }))
}
