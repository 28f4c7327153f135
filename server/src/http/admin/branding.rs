//! How a tenant looks: read, set as a whole.

use super::Office;
use super::body::Strict;
use crate::http::v1::problem::Problem;
use crate::store::brandings::BrandingRow;
use crate::store::tenants::TenantRow;
use crate::tenants::branding::{Change, Face, Unfit, palette};
use axum::Json;
use axum::extract::{Path, State};
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What was set, and what people see of it.
#[derive(Serialize)]
pub struct BrandingView {
    name: Option<String>,
    accent: Option<String>,
    accent_dark: Option<String>,
    radius: Option<i64>,
    mark: Option<String>,
    shown: Shown,
}

/// What people see: a colour that could not be read is made darker or lighter.
#[derive(Serialize)]
struct Shown {
    name: String,
    accent: Option<String>,
    accent_dark: Option<String>,
}

impl BrandingView {
    fn of(tenant: &TenantRow, row: Option<BrandingRow>) -> Self {
        let row = row.unwrap_or_default();
        let shades = palette(&row).shades;
        Self {
            shown: Shown {
                name: Face::of(tenant, Some(&row)).name,
                accent: shades.as_ref().map(|(day, _)| day.accent.to_string()),
                accent_dark: shades.as_ref().map(|(_, night)| night.accent.to_string()),
            },
            mark: row.mark.as_deref().map(|bytes| BASE64.encode(bytes)),
            name: row.name,
            accent: row.accent,
            accent_dark: row.accent_dark,
            radius: row.radius,
        }
    }
}

/// A branding; what is missing is the widget's own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Put {
    name: Option<String>,
    accent: Option<String>,
    accent_dark: Option<String>,
    radius: Option<u8>,
    /// A PNG or SVG file in base64.
    mark: Option<String>,
}

/// The field that does not fit.
pub(super) const fn field(unfit: Unfit) -> &'static str {
    match unfit {
        Unfit::Name(_) => "name",
        Unfit::Accent(_) => "accent",
        Unfit::AccentDark(_) => "accent_dark",
        Unfit::Radius(_) => "radius",
        Unfit::MarkTooLong | Unfit::MarkTooLarge | Unfit::MarkKind => "mark",
    }
}

pub async fn get(State(office): State<Arc<Office>>, Path(tag): Path<String>) -> Result<Json<BrandingView>, Problem> {
    let (tenant, row) = office.admin().branding(&tag).await?;
    Ok(Json(BrandingView::of(&tenant, row)))
}

pub async fn put(State(office): State<Arc<Office>>, Path(tag): Path<String>, body: Strict<Put>) -> Result<Json<BrandingView>, Problem> {
    let asked = body.value;
    let mark = asked.mark.map(|text| BASE64.decode(text.as_bytes())).transpose();
    let change = Change {
        mark: mark.map_err(|_| Problem::invalid("invalid_branding", "mark", "The mark is a file in base64."))?,
        name: asked.name,
        accent: asked.accent,
        accent_dark: asked.accent_dark,
        radius: asked.radius,
    };
    let (tenant, row) = office.admin().brand(&tag, change, true).await?;
    Ok(Json(BrandingView::of(&tenant, Some(row))))
}
