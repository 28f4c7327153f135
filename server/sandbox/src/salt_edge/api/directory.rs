//! Countries and providers.

use super::Answer;
use super::page::{Paging, page};
use crate::salt_edge::SaltEdge;
use crate::salt_edge::providers::{self, COUNTRIES, FAKE};
use crate::salt_edge::refusal::Refusal;
use axum::Json;
use axum::extract::{OriginalUri, Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Query of the lists.
#[derive(Deserialize)]
pub(super) struct Filter {
    country_code: Option<String>,
    mode: Option<String>,
    include_sandboxes: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

impl Filter {
    fn sandboxes(&self) -> bool {
        self.include_sandboxes.as_deref() == Some("true")
    }
}

/// `GET /countries`
pub(super) async fn countries(Query(filter): Query<Filter>) -> Json<Value> {
    let shown = COUNTRIES.iter().filter(|country| filter.sandboxes() || country.code != FAKE);
    let countries: Vec<_> = shown
        .map(|country| json!({ "code": country.code, "name": country.name, "refresh_start_time": 2 }))
        .collect();
    Json(json!({ "data": countries }))
}

/// `GET /providers?country_code&mode&include_sandboxes`
pub(super) async fn list(State(salt_edge): State<Arc<SaltEdge>>, OriginalUri(uri): OriginalUri, Query(filter): Query<Filter>) -> Answer {
    let country = filter.country_code.as_deref();
    if country.is_some_and(|code| COUNTRIES.iter().all(|country| country.code != code)) {
        return Err(Refusal::CountryNotFound);
    }
    let shown = providers::all().iter().filter(|provider| {
        (filter.sandboxes() || !provider.is_sandbox())
            && country.is_none_or(|code| provider.country == code)
            && filter.mode.as_deref().is_none_or(|mode| provider.mode == mode)
    });
    let records = shown.map(|provider| (provider.id, provider.json(salt_edge.began))).collect();
    page(records, &filter.paging, &uri, false)
}

/// `GET /providers/{code}`
pub(super) async fn show(State(salt_edge): State<Arc<SaltEdge>>, Path(code): Path<String>) -> Answer {
    let provider = providers::find(&code).ok_or(Refusal::ProviderNotFound)?;
    Ok(Json(json!({ "data": provider.json(salt_edge.began) })))
}
