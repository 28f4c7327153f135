//! What operator, tenants and providers add to the directory, as it stands in the database.

use crate::store::directory::PartRow;
use gesher_directory::merge::Listed;
use gesher_directory::table::{Edit, Import};
use gesher_directory::{Institution, Layer, Offers, ProviderName, Route};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// A part in the database that cannot be read: a newer Gesher wrote it, or somebody's hand.
#[derive(Debug, thiserror::Error)]
#[error("what {owner} adds to the directory cannot be read: {why}")]
pub struct Damaged {
    owner: String,
    why: String,
}

/// An entry of a provider's list, and the institution that it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// As the provider lists it.
    pub listed: Listed,
    /// The institution's id.
    pub institution: String,
}

/// What a provider reaches.
pub struct Reached {
    provider: ProviderName,
    entries: Vec<Entry>,
}

/// What a provider reaches, as it is stored.
pub fn written(entries: &[Entry]) -> String {
    serde_json::to_string(entries).unwrap_or_default()
}

/// The entries of a provider's part.
pub fn entries(row: &PartRow) -> Result<Vec<Entry>, Damaged> {
    read(row)
}

/// The parts of all providers. One that this Gesher does not know reaches nobody.
pub fn routes(rows: &[PartRow]) -> Result<Vec<Reached>, Damaged> {
    let known = |row: &PartRow| ProviderName::from_name(&row.owner);
    let reached = rows.iter().filter_map(|row| Some((known(row)?, row)));
    reached
        .map(|(provider, row)| {
            Ok(Reached {
                provider,
                entries: entries(row)?,
            })
        })
        .collect()
}

/// What each route offers, by provider and the provider's own id.
pub fn offers(reached: &[Reached]) -> HashMap<(String, String), Offers> {
    let of = |reached: &Reached, entry: &Entry| {
        let key = (reached.provider.as_str().to_owned(), entry.listed.provider_id.clone());
        (key, entry.listed.offers.clone())
    };
    reached
        .iter()
        .flat_map(|reached| reached.entries.iter().map(move |entry| of(reached, entry)))
        .collect()
}

/// Gives the institutions the routes by which providers say that they reach them, before the ones that they have; whom only a provider
/// knows comes after all others.
fn with_routes(mut institutions: Vec<Institution>, reached: &[Reached]) -> Vec<Institution> {
    let mut places: HashMap<String, usize> = institutions.iter().zip(0..).map(|(row, at)| (row.id.clone(), at)).collect();
    for Reached { provider, entries } in reached {
        for Entry { listed, institution } in entries {
            let at = *places.entry(institution.clone()).or_insert_with(|| {
                let mut own = listed.clone().into_institution(provider.as_str(), |_| false);
                own.id.clone_from(institution);
                institutions.push(own);
                institutions.len() - 1
            });
            let routes = &mut institutions[at].routes;
            if routes.iter().all(|route| route.provider != *provider) {
                let route = Route::new(*provider, &*listed.provider_id);
                routes.insert(0, route);
            }
        }
    }
    institutions
}

/// By whose eyes the directory is seen: a tenant's in a mode.
pub fn viewer(tenant: &str, mode: &str) -> String {
    format!("{tenant}:{mode}")
}

/// An owner's rows.
pub fn edits(row: &PartRow) -> Result<Vec<Edit>, Damaged> {
    read(row)
}

/// Everybody's institutions as the operator made them, with all routes. Rows that do not fit the institutions that this Gesher carries
/// are left out, and said.
pub fn operators(carried: &[Institution], own: Option<&PartRow>, reached: &[Reached]) -> Vec<Institution> {
    let routed = with_routes(carried.to_vec(), reached);
    match own.map(|row| Ok::<_, String>(import(row)?.apply(&routed).map_err(|error| error.to_string())?)) {
        None => routed,
        Some(Ok(institutions)) => institutions,
        Some(Err(why)) => {
            tracing::error!(%why, "the operator's rows do not fit the institutions: none of them is used");
            routed
        }
    }
}

/// Everybody's institutions with all routes, and what each tenant made of them. A tenant's rows that do not fit are left out, and said.
pub fn layered(carried: &[Institution], own: &[PartRow], reached: &[Reached]) -> (Vec<Institution>, BTreeMap<String, Layer>) {
    let operator = own.iter().find(|row| row.owner.is_empty());
    let base = operators(carried, operator, reached);
    let mut layers = BTreeMap::new();
    for row in own.iter().filter(|row| !row.owner.is_empty()) {
        match import(row).and_then(|import| import.layer(&base).map_err(|error| error.to_string())) {
            Ok(layer) => {
                layers.insert(viewer(&row.owner, &row.mode), layer);
            }
            Err(why) => {
                tracing::error!(tenant = row.owner, mode = row.mode, %why, "a tenant's rows do not fit the institutions: none of them is used")
            }
        }
    }
    (base, layers)
}

fn import(row: &PartRow) -> Result<Import, String> {
    Ok(edits(row).map_err(|error| error.to_string())?.into_iter().collect())
}

fn read<T: serde::de::DeserializeOwned>(row: &PartRow) -> Result<T, Damaged> {
    serde_json::from_str(&row.body).map_err(|error| Damaged {
        owner: row.owner.clone(),
        why: error.to_string(),
    })
}
