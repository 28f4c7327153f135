//! `GET /consents.json`: every consent at a bank, for tests and for who wants to see what became of one. No real bank has this.

use super::Psd2;
use super::bank;
use super::moment::Moment;
use crate::banks::psu::PsuId;
use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;

/// Digits of a person's id that are shown.
const SHOWN: usize = 3;

/// All but the last digits of an id are hidden.
fn masked(psu: &PsuId) -> String {
    let (hidden, shown) = psu.as_str().split_at(psu.as_str().len() - SHOWN);
    format!("{}{shown}", "•".repeat(hidden.len()))
}

fn stamp(at: Moment) -> Value {
    jiff::Timestamp::from_microsecond(at.0).map_or(Value::Null, |at| json!(at))
}

/// All consents of a bank as they stand, the newest first.
pub(super) async fn list(State(psd2): State<Arc<Psd2>>, Path(bank_id): Path<String>) -> Response {
    let Some(bank) = bank::find(&bank_id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let now = psd2.now();
    let mut desk = psd2.desk();
    let mut consents = Vec::new();
    for id in desk.consent_ids(bank).into_iter().rev() {
        let Some(consent) = desk.consent(bank, &id, now) else { continue };
        let last = consent.authorisations.last();
        let psu = consent.owner.as_ref().or_else(|| last.and_then(|last| last.psu.as_ref()));
        let mut line = json!({
            "consent_id": id,
            "status": consent.status.as_str(),
            "sca_status": last.map(|last| last.status.as_str()),
            "psu": psu.map(masked),
            "tpp": consent.wanted.brand,
            "created": stamp(consent.since),
            "last_status_change": stamp(consent.changed),
        });
        if let Some(brand) = consent.bank.brand {
            line["brand"] = json!(brand);
        }
        consents.push(line);
    }
    Json(json!({ "bank": bank.host(), "consents": consents })).into_response()
}
