//! What operator, tenants and providers add to the directory, as it stands in the database.

use crate::store::directory::PartRow;
use gesher_directory::merge::Listed;
use gesher_directory::table::{Edit, Import, ImportError};
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

/// The parts of all providers. One that this Gesher does not know, or whose part it cannot read, reaches nobody.
pub fn routes(rows: &[PartRow]) -> Vec<Reached> {
    let known = |row: &PartRow| {
        let provider = ProviderName::from_name(&row.owner)?;
        match entries(row) {
            Ok(entries) => Some(Reached { provider, entries }),
            Err(error) => {
                tracing::error!(%error, "a provider's routes cannot be read: none of them is used until its list is synced again");
                None
            }
        }
    };
    rows.iter().filter_map(known).collect()
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

/// Everybody's institutions as the operator made them, with all routes. Rows that do not fit the institutions any more
/// are left out, each by itself, and said.
pub fn operators(carried: &[Institution], own: Option<&PartRow>, reached: &[Reached]) -> Vec<Institution> {
    let routed = with_routes(carried.to_vec(), reached);
    let Some(row) = own else { return routed };
    match import(row) {
        Ok(import) => {
            let (institutions, misfits) = import.apply_fitting(&routed);
            tell(row, &misfits);
            institutions
        }
        Err(error) => {
            tracing::error!(%error, "the operator's rows cannot be read: none of them is used");
            routed
        }
    }
}

/// Says which rows do not fit the institutions any more.
fn tell(row: &PartRow, misfits: &[(String, ImportError)]) {
    if let Some((institution, why)) = misfits.first() {
        let rows = misfits.len();
        tracing::warn!(tenant = row.owner, mode = row.mode, rows, institution, %why, "imported rows do not fit the institutions any more: these are left out");
    }
}

/// Everybody's institutions with all routes, and what each tenant made of them. Rows that do not fit are left out, each by
/// itself, and said; who is hidden stays hidden.
pub fn layered(carried: &[Institution], own: &[PartRow], reached: &[Reached]) -> (Vec<Institution>, BTreeMap<String, Layer>) {
    let operator = own.iter().find(|row| row.owner.is_empty());
    let base = operators(carried, operator, reached);
    let mut layers = BTreeMap::new();
    for row in own.iter().filter(|row| !row.owner.is_empty()) {
        match import(row) {
            Ok(import) => {
                let (layer, misfits) = import.layer_fitting(&base);
                tell(row, &misfits);
                layers.insert(viewer(&row.owner, &row.mode), layer);
            }
            Err(error) => {
                tracing::error!(tenant = row.owner, mode = row.mode, %error, "a tenant's rows cannot be read: none of them is used")
            }
        }
    }
    (base, layers)
}

fn import(row: &PartRow) -> Result<Import, Damaged> {
    Ok(edits(row)?.into_iter().collect())
}

fn read<T: serde::de::DeserializeOwned>(row: &PartRow) -> Result<T, Damaged> {
    serde_json::from_str(&row.body).map_err(|error| Damaged {
        owner: row.owner.clone(),
        why: error.to_string(),
    })
}
