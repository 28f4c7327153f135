//! What operator, tenants and providers add to the directory, as it stands in the database.

use crate::store::directory::PartRow;
use gesher_directory::merge::Listed;
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

/// Everybody's institutions as the operator made them.
pub fn operators(base: &[Institution], own: Option<&PartRow>) -> Result<Vec<Institution>, Damaged> {
    let _ = own;
    Ok(base.to_vec())
}

/// Everybody's institutions with all routes, and what each tenant made of them.
pub fn layered(base: &[Institution], own: &[PartRow], reached: &[Reached]) -> Result<(Vec<Institution>, BTreeMap<String, Layer>), Damaged> {
    let operator = own.iter().find(|row| row.owner.is_empty());
    Ok((with_routes(operators(base, operator)?, reached), BTreeMap::new()))
}

fn read<T: serde::de::DeserializeOwned>(row: &PartRow) -> Result<T, Damaged> {
    serde_json::from_str(&row.body).map_err(|error| Damaged {
        owner: row.owner.clone(),
        why: error.to_string(),
    })
}
