//! What each tenant is set to, and whether its webhooks arrive.

use super::{Finding, Patient};
use crate::institutions::parts;
use crate::outbound::guard::Failed;
use crate::store::directory::{self, Part};
use crate::store::tenants::{self, TenantRow};
use crate::store::webhooks::endpoints::{self, EndpointRow};
use crate::store::{Read, Store, callbacks as rows, provider_credentials, start_pages};
use crate::tenants::Mode;
use crate::tenants::admin::{list, unfit};
use gesher_contract::DisabledWhy;
use gesher_directory::ProviderName;
use gesher_domain::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A webhook endpoint that fails for so long is a problem.
const LASTING: Duration = Duration::from_secs(60 * 60);
/// How long the look-up of a name may take.
const LOOKUP: Duration = Duration::from_secs(2);
/// Addresses of a tenant's callbacks that are looked at.
const CALLBACKS: i64 = 100;
/// What to do about a name.
const NAMES: &str = "See that the name is right and that this machine's resolver answers; what is sent is tried again until then.";
/// Start pages of a tenant that are looked at.
const PAGES: i64 = 1000;

pub(super) async fn all(patient: &Patient<'_>) -> Read<Vec<Finding>> {
    let mut found = Vec::new();
    let open = tenants::all(patient.store)
        .await?
        .into_iter()
        .filter(|tenant| tenant.closed_at.is_none());
    for tenant in open {
        let mut own = lists(&tenant, patient.demo);
        own.extend(ways(patient, &tenant).await?);
        own.extend(pages(patient, &tenant).await?);
        for mode in [Mode::Test, Mode::Live] {
            for endpoint in endpoints::of_tenant(patient.store, &tenant.tenant_id, mode.as_str()).await? {
                own.extend(webhook(patient, &endpoint).await);
            }
        }
        own.extend(callbacks(patient, &tenant).await?);
        found.extend(own.into_iter().map(|finding| finding.of(&tenant.tenant_id)));
    }
    Ok(found)
}

/// Whether any tenant has set something at a provider that reaches institutions of the directory.
pub(super) async fn reach_any(store: &Store) -> Read<bool> {
    let listed = parts::routes(&directory::all(store, Part::Routes).await?);
    let reached: BTreeSet<_> = parts::offers(&listed).into_keys().map(|(provider, _)| provider).collect();
    let set = provider_credentials::all(store).await?;
    // A PSD2 bank's way stands in the directory itself.
    let known = |provider: &str| reached.contains(provider) || provider == ProviderName::BerlinGroup.as_str();
    Ok(set.iter().any(|row| known(&row.provider)))
}

/// Origins and redirect URLs that no browser would ever match, or that are open to whoever listens on the way.
fn lists(tenant: &TenantRow, demo: bool) -> Vec<Finding> {
    unfit(tenant, demo)
        .into_iter()
        .map(|(field, text, detail)| {
            let code = match field {
                "allowed_origins" => "origin_unfit",
                _ => "redirect_url_unfit",
            };
            let remedy = format!("`gesher tenant set {}` with the whole list set right. {detail}", tenant.tenant_id);
            Finding::problem(code, format!("{text} cannot be one of {field}."), remedy)
        })
        .collect()
}

/// Whether anybody can call for it, and whether a connection can ever stand.
async fn ways(patient: &Patient<'_>, tenant: &TenantRow) -> Read<Vec<Finding>> {
    let mut found = Vec::new();
    let keys = tenants::api_keys(patient.store, &tenant.tenant_id).await?;
    if keys.iter().all(|key| key.revoked_at.is_some()) {
        found.push(Finding::problem(
            "tenant_without_key",
            "No API key of this tenant works: its backend can call nothing.",
            format!("`gesher key create {} --mode test --label …`", tenant.tenant_id),
        ));
    }
    let nowhere = list(&tenant.allowed_origins).is_empty() && list(&tenant.redirect_urls).is_empty();
    if nowhere && tenant.completion != "automatic" {
        found.push(Finding::problem(
            "tenant_without_way_to_confirm",
            "It has neither an origin nor a redirect URL: the public token has nowhere to go, and no connection can be made.",
            format!("`gesher tenant set {} --origin … --redirect-url …`", tenant.tenant_id),
        ));
    }
    Ok(found)
}

/// Start pages that end where nobody is let go any more.
async fn pages(patient: &Patient<'_>, tenant: &TenantRow) -> Read<Vec<Finding>> {
    let registered = list(&tenant.redirect_urls);
    let pages = start_pages::of_tenant(patient.store, &tenant.tenant_id, None, None, PAGES).await?;
    let tag = &tenant.tenant_id;
    let lost = pages.into_iter().filter(|page| {
        let url_gone = page.redirect_url.as_ref().is_some_and(|url| !registered.contains(url));
        let no_end = page.completion == "exchange" && registered.is_empty();
        let not_accepted = page.completion == "automatic" && tenant.completion != "automatic";
        page.state == "enabled" && (url_gone || no_end || not_accepted)
    });
    Ok(lost
        .map(|page| {
            Finding::problem(
                "start_page_unready",
                format!(
                    "Visitors of the start page {} ({}) are sent away: its redirect URL or its completion is not the tenant's any more.",
                    page.id, page.name
                ),
                format!(
                    "`gesher tenant set {tag} --redirect-url …` with the whole list, the page's among it; or `gesher start-page set {} --redirect-url … \
                     --completion …`, or `--disable` it.",
                    page.id
                ),
            )
        })
        .collect())
}

/// Whether an endpoint gets what is sent to it.
async fn webhook(patient: &Patient<'_>, endpoint: &EndpointRow) -> Vec<Finding> {
    let mut found = Vec::new();
    let id = &endpoint.id;
    if endpoint.state != "enabled" {
        let why = endpoint.why.as_deref().unwrap_or_default();
        if ![DisabledWhy::Host, DisabledWhy::Operator].iter().any(|own| own.as_str() == why) {
            found.push(Finding::problem(
                "webhook_disabled",
                format!(
                    "The webhook endpoint {id} was disabled at {}: {why}.",
                    Timestamp(endpoint.since).rfc3339()
                ),
                "Have the tenant set its receiver right, enable the endpoint and replay what it missed.",
            ));
        }
        return found;
    }
    if let Some(since) = endpoint.failing_since {
        // A receiver that is away for a moment is nobody's problem yet: it is tried again.
        let lasts = Timestamp(since).plus(LASTING) < patient.now;
        let finding = if lasts { Finding::problem } else { Finding::note };
        found.push(finding(
            "webhook_failing",
            format!(
                "Nothing has arrived at the webhook endpoint {id} since {}.",
                Timestamp(since).rfc3339()
            ),
            "Its tries say why (GET /v1/webhook_endpoints/{id}/attempts). After five days it is disabled.",
        ));
    }
    let reached = if patient.reach {
        patient.guard.reach(&endpoint.url).await
    } else {
        named(patient, &endpoint.url).await
    };
    found.extend(reached.err().map(|failed| match failed {
        Failed::NameNotFound | Failed::TimedOut if !patient.reach => Finding::note(
            "webhook_name_unresolved",
            format!("The host name of the webhook endpoint {id} does not resolve from here: {failed}."),
            NAMES,
        ),
        failed => Finding::problem(
            "webhook_unreachable",
            format!("The webhook endpoint {id} cannot be reached from here: {failed}."),
            "See the name, the certificate and what stands between; addresses inside your network are refused on purpose.",
        ),
    }));
    found
}

/// Callbacks that are still to come, to hosts whose name leads nowhere.
async fn callbacks(patient: &Patient<'_>, tenant: &TenantRow) -> Read<Vec<Finding>> {
    let addresses = rows::addresses(patient.store, &tenant.tenant_id, CALLBACKS).await?;
    let mut hosts = BTreeMap::new();
    for url in addresses {
        let host = url::Url::parse(&url).ok().and_then(|url| url.host_str().map(str::to_owned));
        hosts.extend(host.map(|host| (host, url)));
    }
    let looked = hosts.iter().map(async |(host, url)| (host, named(patient, url).await));
    let found = futures::future::join_all(looked).await;
    Ok(found
        .into_iter()
        .filter_map(|(host, looked)| match looked {
            Err(failed @ (Failed::NameNotFound | Failed::TimedOut)) => Some(Finding::note(
                "callback_name_unresolved",
                format!("Callbacks go to {host}, a name that does not resolve from here: {failed}."),
                NAMES,
            )),
            _ => None,
        })
        .collect())
}

/// Whether the host of an address has a name that leads somewhere.
async fn named(patient: &Patient<'_>, url: &str) -> Result<(), Failed> {
    tokio::time::timeout(LOOKUP, patient.guard.resolve(url))
        .await
        .unwrap_or(Err(Failed::TimedOut))
}
