//! `GET /v2/providers`: the institutions that can be connected.

use super::client::Client;
use super::page::Query;
use super::refusal::Refusal;
use super::wish::id_type;
use crate::connections::surface::Vendor;
use crate::core::Core;
use crate::institutions::logos;
use crate::tenants::Mode;
use crate::tenants::admin::Scope;
use axum::Json;
use axum::extract::State;
use gesher_contract::{IdType, TileKind};
use gesher_directory::{Filter, Institution, Narrowing, ProviderName};
use serde_json::{Value, json};
use std::sync::Arc;

/// The country whose institutions the vendor reaches.
const COUNTRY: &str = "IL";
/// What the vendor says where there is none.
const NONE: &str = "No providers were found";

/// The vendor's form of an id's type.
fn psu_id_type(of: IdType) -> Value {
    let (name, native) = match of {
        IdType::NationalId => ("National ID", "תעודת זהות"),
        IdType::Passport => ("Passport", "דרכון"),
    };
    json!({ "name": name, "nameNativeLanguage": native, "id": id_type(of) })
}

fn provider(core: &Core, institution: &Institution, place: usize, troubled: bool) -> Value {
    let names = &institution.names;
    let native = names.he.as_deref().or(names.native.as_deref()).unwrap_or(&names.en);
    let route = institution.routes.first();
    let corporate = institution.psu_corporate_id;
    let company = json!({ "name": "Company number", "nameNativeLanguage": "ח.פ.", "id": "corporate-id" });
    json!({
        "providerFriendlyId": institution.called_in(Vendor::OpenFinance.as_str()),
        "name": names.en,
        "nameNativeLanguage": native,
        "mode": if route.is_some_and(|route| route.provider == ProviderName::Plaid) { "PLAID" } else { "PSD2" },
        "site": institution.domains.first().map(|domain| format!("https://{domain}")),
        "bankCode": institution.codes.first().and_then(|code| code.parse::<u32>().ok()),
        "image": institution.logo.as_ref().map(|file| format!("{}{}{file}", core.url, logos::ADDRESS)),
        "loginFields": route.map(|route| route.fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>()).unwrap_or_default(),
        "isFake": institution.invented,
        "psd2Uris": {},
        "psuIdTypes": institution.psu_id_types.iter().copied().map(psu_id_type).collect::<Vec<_>>(),
        "psuIdDefaultType": institution.psu_id_types.first().copied().map(id_type),
        "psuCorporateIdDefaultType": corporate.then_some("corporate-id"),
        "psuCorporateIdTypes": corporate.then_some(company).into_iter().collect::<Vec<_>>(),
        "allowPsuCorporateIdTypeChoice": false,
        "type": match institution.kind {
            TileKind::Bank | TileKind::Business => "BANK",
            TileKind::Card => "CARD",
            TileKind::Insurance => "INSURANCE",
        },
        "status": { "consents": { "enabled": !troubled }, "payments": { "enabled": false } },
        "successRate": { "consents": null, "payments": null },
        "providerForcePaymentService": null,
        "sortIndex": place,
    })
}

/// Lists them, in the order of the picker.
pub(super) async fn list(State(core): State<Arc<Core>>, client: Client, mut query: Query) -> Result<Json<Vec<Value>>, Refusal> {
    let caller = client.may(Scope::ReadProviders)?;
    let fakes = query.one_of("includeFakeProviders", &["true", "false"]) == Some("true");
    query.finish()?;
    let directory = core.directory(caller.tenant.as_str(), caller.mode.as_str());
    let standing = core.institutions.standing(caller.tenant.as_str(), caller.mode.as_str());
    let filter = Filter {
        test_mode: caller.mode == Mode::Test,
        include_invented: fakes,
        narrowing: Narrowing {
            countries: [COUNTRY.to_owned()].into(),
            ..Narrowing::default()
        },
        ..Filter::default()
    };
    let found = standing.search(&directory, "", &filter, usize::MAX).items;
    if found.is_empty() {
        return Err(Refusal::NotFound(NONE));
    }
    let all = found.into_iter().enumerate();
    let told = all.map(|(place, institution)| provider(&core, institution, place, standing.is_troubled(&institution.id)));
    Ok(Json(told.collect()))
}
