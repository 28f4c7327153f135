//! Tenants: make, list, read, change, close.

use super::body::Strict;
use super::{List, Office};
use crate::http::v1::problem::Problem;
use crate::store::tenants::TenantRow;
use crate::tenants::admin::{self, Change, NewTenant, Rates};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use gesher_domain::Timestamp;
use gesher_domain::session::Completion;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A tenant.
#[derive(Serialize)]
pub struct TenantView {
    tag: String,
    name: String,
    allowed_origins: Vec<String>,
    redirect_urls: Vec<String>,
    completion: String,
    refresh_reminder_days: i64,
    rate_limits: RatesView,
    created_at: String,
    updated_at: String,
    closed_at: Option<String>,
}

/// Requests a second that each key of a mode may make; 0: any number.
#[derive(Serialize)]
struct RatesView {
    live: i64,
    test: i64,
}

/// The same, as it is set.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    live: Option<u32>,
    test: Option<u32>,
}

impl From<Limits> for Rates {
    fn from(limits: Limits) -> Self {
        Self {
            live: limits.live,
            test: limits.test,
        }
    }
}

impl From<TenantRow> for TenantView {
    fn from(row: TenantRow) -> Self {
        Self {
            allowed_origins: admin::list(&row.allowed_origins),
            redirect_urls: admin::list(&row.redirect_urls),
            rate_limits: RatesView {
                live: row.live_rate,
                test: row.test_rate,
            },
            tag: row.tenant_id,
            name: row.name,
            completion: row.completion,
            refresh_reminder_days: row.refresh_reminder_days,
            created_at: Timestamp(row.created_at).rfc3339(),
            updated_at: Timestamp(row.updated_at).rfc3339(),
            closed_at: row.closed_at.map(|at| Timestamp(at).rfc3339()),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Create {
    name: String,
    #[serde(default)]
    allowed_origins: Vec<String>,
    #[serde(default)]
    redirect_urls: Vec<String>,
    #[serde(default)]
    completion: Completion,
    refresh_reminder_days: Option<i64>,
    #[serde(default)]
    rate_limits: Limits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    name: Option<String>,
    allowed_origins: Option<Vec<String>>,
    redirect_urls: Option<Vec<String>>,
    completion: Option<Completion>,
    refresh_reminder_days: Option<i64>,
    #[serde(default)]
    rate_limits: Limits,
}

pub async fn create(State(office): State<Arc<Office>>, body: Strict<Create>) -> Result<(StatusCode, Json<TenantView>), Problem> {
    let Create {
        name,
        allowed_origins,
        redirect_urls,
        completion,
        refresh_reminder_days,
        rate_limits,
    } = body.value;
    let wish = NewTenant {
        name,
        allowed_origins,
        redirect_urls,
        completion,
        refresh_reminder_days,
        rates: rate_limits.into(),
    };
    let row = office.admin().create(wish).await?;
    Ok((StatusCode::CREATED, Json(row.into())))
}

pub async fn list(State(office): State<Arc<Office>>) -> Result<Json<List<TenantView>>, Problem> {
    let rows = office.admin().tenants().await?;
    Ok(Json(List {
        data: rows.into_iter().map(TenantView::from).collect(),
    }))
}

pub async fn get(State(office): State<Arc<Office>>, Path(tag): Path<String>) -> Result<Json<TenantView>, Problem> {
    Ok(Json(office.admin().tenant(&tag).await?.into()))
}

pub async fn close(State(office): State<Arc<Office>>, Path(tag): Path<String>) -> Result<Json<TenantView>, Problem> {
    Ok(Json(office.admin().close(&office.core, &tag).await?.into()))
}

pub async fn change(State(office): State<Arc<Office>>, Path(tag): Path<String>, body: Strict<Patch>) -> Result<Json<TenantView>, Problem> {
    let Patch {
        name,
        allowed_origins,
        redirect_urls,
        completion,
        refresh_reminder_days,
        rate_limits,
    } = body.value;
    let change = Change {
        name,
        allowed_origins,
        redirect_urls,
        completion,
        refresh_reminder_days,
        rates: rate_limits.into(),
    };
    Ok(Json(office.admin().change(&tag, change).await?.into()))
}
