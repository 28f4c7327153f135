//! From rows to what this API answers.
//!
//! **Contract.** Keys are the vendor's ([V] in `docs/compatibility/meld.md`), and every one of them is there; what we do not have is `null`
//! or empty.

use super::paging::key;
use super::products::words;
use crate::connections::asked::Asked;
use crate::connections::surface::Vendor;
use crate::connections::{read, upkeep};
use crate::core::Core;
use crate::store::connections::ConnectionRow;
use gesher_contract::Reason;
use gesher_directory::ProviderName;
use gesher_domain::{Timestamp, new_uuid, surface};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The name of the connections' list in its keys.
pub(super) const CONNECTIONS: &str = "connection";

/// Id and name of the institution that we call so.
pub(super) fn institution(core: &Core, tenant: &str, mode: &str, id: Option<&str>) -> (Option<String>, Option<String>) {
    let Some(id) = id else { return (None, None) };
    match core.directory(tenant, mode).get(id) {
        Some(found) => (
            Some(found.called_in(Vendor::Meld.as_str()).to_owned()),
            Some(found.names.en.clone()),
        ),
        None => (Some(id.to_owned()), None),
    }
}

/// The service provider, as this API names it: ours in capitals.
pub(super) fn service_provider(provider: &str) -> String {
    provider.to_ascii_uppercase()
}

/// The provider that this API names so.
pub(super) fn provider(word: &str) -> Option<ProviderName> {
    ProviderName::ALL.into_iter().find(|known| service_provider(known.as_str()) == word)
}

/// The id of a request, as the vendor's examples look: 32 hexadecimal digits.
pub(super) fn request_id(core: &Core) -> String {
    format!("{:032x}", new_uuid(&*core.clock, &*core.rng))
}

/// A connection's status and its reason.
pub(super) fn status(row: &ConnectionRow) -> surface::Meld {
    let reasons = serde_json::from_str::<BTreeSet<Reason>>(&row.reasons).unwrap_or_default();
    surface::row(read::status(row), &reasons).meld
}

/// A connection.
pub(super) fn connection(core: &Core, row: &ConnectionRow, customer_id: Option<&str>) -> Value {
    let asked = Asked::of(row);
    let (institution_id, institution_name) = institution(core, &row.tenant_id, &row.mode, row.institution_id.as_deref());
    let surface::Meld { status, reason, .. } = status(row);
    let regions: BTreeSet<&String> = asked.narrowing.regions.iter().chain(&asked.narrowing.countries).collect();
    let provider = row.provider.as_deref();
    json!({
        "accountId": row.tenant_id,
        "activeDuplicateConnectionId": null,
        "createdAt": Timestamp(row.created_at).rfc3339(),
        "customerId": customer_id,
        "duplicateConnectionIds": [],
        "externalCustomerId": Some(&row.customer).filter(|customer| !customer.is_empty()),
        "id": row.id,
        "institutionId": institution_id,
        "institutionName": institution_name,
        "key": key(CONNECTIONS, &row.id),
        "optionalProducts": words(|product| asked.optional_products.contains(&product)),
        "products": words(|product| asked.narrowing.products.contains(&product)),
        "regions": regions,
        "serviceProviderDetails": provider.map(|provider| json!({ "serviceProvider": service_provider(provider) })),
        "status": status,
        "statusReason": reason,
        "successfullyAggregatedAt": upkeep::of(row).last_refreshed_at.map(Timestamp::rfc3339),
    })
}
