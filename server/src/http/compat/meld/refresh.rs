//! `POST /bank-linking/connections/{id}/refresh` and `…/update`.

use super::key::{Body, Key, MaybeBody};
use super::refusal::{Refusal, no_refresh};
use super::{products, view};
use crate::connections::asked::Asked;
use crate::connections::{refresh as use_case, widen};
use crate::core::Core;
use crate::http::compat::fields::{Fields, Rule};
use axum::Json;
use axum::extract::{Path, State};
use gesher_contract::ConnectionId;
use serde_json::{Value, json};
use std::sync::Arc;

/// Fetches a connection anew: all that it was made for. A list of products has to be among those.
pub(super) async fn refresh(
    State(core): State<Arc<Core>>,
    Key(caller): Key,
    Path(id): Path<String>,
    MaybeBody(body): MaybeBody,
) -> Result<Json<Value>, Refusal> {
    let mut fields = Fields::of(&body);
    let products = products::list(&mut fields, "products");
    fields.finish().map_err(|wrong| Refusal::fields(&wrong))?;
    let id = ConnectionId::parse(&id).map_err(|_| Refusal::NotFound("connection"))?;
    let now = core.clock.now();
    let begun = use_case::prepare(&core, &caller, &id).await;
    let (row, unit) = begun.map_err(|error| no_refresh(error, now))?;
    let asked = Asked::of(&row);
    if !products.iter().all(|product| asked.wants(*product)) {
        return Err(Refusal::field("products", "Must be products of the connection"));
    }
    match core.store.write(unit).await.map_err(|error| (error.conflict(), error)) {
        Ok(()) => {}
        Err((Some(conflict), _)) => return Err(no_refresh(conflict.into(), now)),
        Err((None, error)) => return Err(error.into()),
    }
    core.work.notify_one();
    let provider = row.provider.as_deref();
    Ok(Json(json!({
        "requestId": view::request_id(&core),
        "serviceProviderDetails": provider.map(|provider| json!({ "serviceProvider": view::service_provider(provider) })),
    })))
}

/// Adds products to a connection; they are fetched where the institution offers them.
pub(super) async fn update(
    State(core): State<Arc<Core>>,
    Key(caller): Key,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<Value>, Refusal> {
    let mut fields = Fields::of(&body);
    let products = products::list(&mut fields, "products");
    if products::none(&body, "products") {
        fields.refuse("products", Rule::Required);
    }
    fields.finish().map_err(|wrong| Refusal::fields(&wrong))?;
    let id = ConnectionId::parse(&id).map_err(|_| Refusal::NotFound("connection"))?;
    widen::widen(&core, &caller, &id, &products).await?;
    Ok(Json(json!({ "requestId": view::request_id(&core) })))
}
