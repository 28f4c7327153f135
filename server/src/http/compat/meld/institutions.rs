//! `GET /institutions`, and reading one.

use super::key::Key;
use super::paging::{key, page, place};
use super::query::Query;
use super::refusal::Refusal;
use super::{products, view};
use crate::connect::invite::InviteError;
use crate::connections::surface::Vendor;
use crate::core::Core;
use crate::institutions::logos;
use crate::store::listings::Place;
use crate::tenants::{Caller, Mode};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use gesher_contract::TileKind;
use gesher_directory::{Directory, Filter, Institution, Narrowing, ProviderName, Route, Wanted};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows on a page when the caller doesn't say, and at most (docs.meld.io, "Search institutions").
const LIMITS: (i64, i64) = (10, 1_000);
/// More than there are.
const ALL: usize = 1_000_000;
/// The name of this list in its keys.
const INSTITUTIONS: &str = "institution";

/// The kinds, as this API says them.
const KINDS: [(&str, TileKind); 4] = [
    ("BANK", TileKind::Bank),
    ("CARD", TileKind::Card),
    ("INSURANCE", TileKind::Insurance),
    ("BUSINESS", TileKind::Business),
];

/// What this key reaches: a test key the invented ones too.
fn reached(caller: &Caller, narrowing: Narrowing) -> Filter {
    Filter {
        test_mode: caller.mode == Mode::Test,
        include_invented: caller.mode == Mode::Test,
        narrowing,
        ..Filter::default()
    }
}

/// Lists institutions, best match first, or in the picker's order.
pub(super) async fn list(State(core): State<Arc<Core>>, Key(caller): Key, uri: Uri) -> Result<Json<Value>, Refusal> {
    let mut query = Query::of(&uri);
    let name = query.text("name").unwrap_or_default();
    let kinds = query.words("type", |word| KINDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind));
    let regions = query.list("regions").filter(|regions| !regions.is_empty());
    let through = query.words("serviceProviders", view::provider);
    let at = query.place(|key| place(INSTITUTIONS, key));
    let limit = query.limit(LIMITS.0, 1..=LIMITS.1);
    query.finish()?;
    let narrowing = Narrowing::try_from(Wanted {
        regions,
        providers: through,
        ..Wanted::default()
    });
    let filter = reached(&caller, narrowing.map_err(InviteError::from)?);
    let directory = core.directory(caller.tenant.as_str(), caller.mode.as_str());
    let standing = core.institutions.standing(caller.tenant.as_str(), caller.mode.as_str());
    let mut all = standing.search(&directory, &name, &filter, ALL).items;
    all.retain(|institution| kinds.as_ref().is_none_or(|kinds| kinds.contains(&institution.kind)));
    let limit = usize::try_from(limit).unwrap_or_default();
    let of = |id: &String| {
        let at = all.iter().position(|institution| institution.id == *id);
        at.ok_or_else(|| Refusal::bad("The row of this key is not in this list"))
    };
    let behind = |from: usize| {
        let to = all.len().min(from + limit);
        (from, to, all.len() - to)
    };
    let (from, to, remaining) = match &at {
        Place::First => behind(0),
        Place::After(id) => behind(of(id)? + 1),
        Place::Before(id) => {
            let to = of(id)?;
            let from = to.saturating_sub(limit);
            (from, to, from)
        }
    };
    let rows = all.iter().enumerate().take(to).skip(from);
    let rows = rows.map(|(place, institution)| row(&core, &directory, &filter, institution, all.len() - place));
    Ok(Json(page(
        "institutions",
        rows.collect(),
        i64::try_from(remaining).unwrap_or(i64::MAX),
    )))
}

/// Reads an institution, by the id that this API gives it or by any other.
pub(super) async fn get(State(core): State<Arc<Core>>, Key(caller): Key, Path(id): Path<String>) -> Result<Json<Value>, Refusal> {
    let filter = reached(&caller, Narrowing::default());
    let directory = core.directory(caller.tenant.as_str(), caller.mode.as_str());
    let found = directory.called(&id).filter(|found| directory.route(&found.id, &filter).is_some());
    let found = found.ok_or(Refusal::NotFound("institution"))?;
    let standing = core.institutions.standing(caller.tenant.as_str(), caller.mode.as_str());
    let all = standing.search(&directory, "", &filter, ALL).items;
    let place = all.iter().position(|institution| institution.id == found.id);
    let rank = place.map_or(0, |place| all.len() - place);
    Ok(Json(row(&core, &directory, &filter, found, rank)))
}

/// An institution. `rank` is more for what stands further in front.
fn row(core: &Core, directory: &Directory, filter: &Filter, institution: &Institution, rank: usize) -> Value {
    let names = &institution.names;
    let id = institution.called_in(Vendor::Meld.as_str());
    let aliases: BTreeSet<&str> = names.all().filter(|name| *name != names.en).collect();
    let logo = institution
        .logo
        .as_ref()
        .map(|file| format!("{}{}{file}", core.url, logos::ADDRESS));
    json!({
        "aliases": aliases,
        "domain": institution.domains.first(),
        "id": id,
        "images": { "icon": logo, "tile": null, "wide": null },
        "isTest": institution.invented,
        "key": key(INSTITUTIONS, &institution.id),
        "name": names.en,
        "providers": through(directory, filter, &institution.id),
        "rank": rank,
        "subName": names.native.as_ref().or(names.he.as_ref()),
        "type": KINDS.iter().find(|(_, kind)| *kind == institution.kind).map(|(word, _)| *word),
    })
}

/// The providers through which it is reached, with what they offer there.
fn through(directory: &Directory, filter: &Filter, id: &str) -> Map<String, Value> {
    let route = |provider: ProviderName| {
        let mut filter = filter.clone();
        filter.narrowing.providers = [provider].into();
        let Route { offers, .. } = directory.route(id, &filter)?;
        let offered = products::words(|product| offers.products.contains(product));
        Some((view::service_provider(provider.as_str()), json!({ "products": offered })))
    };
    ProviderName::ALL.into_iter().filter_map(route).collect()
}
