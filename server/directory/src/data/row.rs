//! One institution as a directory file holds it.

use super::DirectoryError;
use super::rules::check;
use crate::route::login_fields;
use crate::{Institution, Names, Offers, ProviderName, Route, Source};
use gesher_contract::{IdType, TileKind};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// One institution in a file. What is absent has its usual value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) id: String,
    /// Absent: the file's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) country: Option<String>,
    pub(crate) names: Names,
    #[serde(default = "bank", skip_serializing_if = "is_bank")]
    pub(crate) kind: TileKind,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) codes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) bics: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) branches: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) domains: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) aliases: BTreeMap<String, Vec<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) regions: Vec<String>,
    /// Keys of the file's list of sources.
    pub(crate) sources: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) invented: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) unlisted: bool,
    /// None: the sandbox's stand-in for an institution of this kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) routes: Vec<RouteRow>,
    #[serde(default = "national_id", skip_serializing_if = "is_national_id")]
    pub(crate) psu_id_types: Vec<IdType>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) psu_corporate_id: bool,
}

/// A route in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteRow {
    pub(crate) provider: ProviderName,
    pub(crate) provider_id: String,
    /// Words for the fields of its login form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields: Vec<String>,
}

impl RouteRow {
    fn route(self) -> Option<Route> {
        Some(Route {
            fields: login_fields(&self.fields)?,
            provider: self.provider,
            provider_id: self.provider_id,
            offers: Offers::default(),
        })
    }
}

fn bank() -> TileKind {
    TileKind::Bank
}

// Their signatures are serde's.
fn is_bank(kind: &TileKind) -> bool {
    *kind == TileKind::Bank
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn national_id() -> Vec<IdType> {
    vec![IdType::NationalId]
}

fn is_national_id(types: &[IdType]) -> bool {
    types == [IdType::NationalId]
}

/// Reads rows one by one, and knows of all of them what no two may share.
pub(super) struct Checker {
    all_ids: HashSet<String>,
    ids: HashSet<String>,
    aliases: HashSet<String>,
    /// The lists of sources so far, by their keys: many rows have the same.
    sources: HashMap<Vec<String>, Arc<[Arc<Source>]>>,
}

impl Checker {
    /// For these rows and no others.
    pub(super) fn new<'a>(rows: impl Iterator<Item = &'a Row>) -> Self {
        Self {
            all_ids: rows.map(|row| row.id.clone()).collect(),
            ids: HashSet::new(),
            aliases: HashSet::new(),
            sources: HashMap::new(),
        }
    }

    /// The institution that a row is of.
    pub(super) fn institution(
        &mut self,
        row: Row,
        default_country: Option<&str>,
        sources: &BTreeMap<String, Arc<Source>>,
    ) -> Result<Institution, DirectoryError> {
        let refuse = |rule| DirectoryError::Row { id: row.id.clone(), rule };
        let country = row.country.as_deref().or(default_country).unwrap_or_default().into();
        if !self.ids.insert(row.id.clone()) {
            return Err(refuse("its id is taken by an earlier row"));
        }
        // Two dialects may have one word for an institution, but no word may mean two.
        let own: HashSet<&String> = row.aliases.values().flatten().collect();
        if own
            .iter()
            .any(|alias| self.all_ids.contains(*alias) || self.aliases.contains(*alias))
        {
            return Err(refuse("an alias of it means another institution"));
        }
        self.aliases.extend(own.into_iter().cloned());
        let sources = match self.sources.get(&row.sources) {
            Some(known) => known.clone(),
            None => {
                let named = row
                    .sources
                    .iter()
                    .map(|key| sources.get(key).cloned())
                    .collect::<Option<Arc<[_]>>>();
                let named = named.ok_or_else(|| refuse("it names a source that is not in the list of sources"))?;
                self.sources.entry(row.sources).or_insert(named).clone()
            }
        };
        let refused = refuse("a route of it asks for a field that is not in the list of fields");
        let mut routes = row
            .routes
            .into_iter()
            .map(RouteRow::route)
            .collect::<Option<Vec<_>>>()
            .ok_or(refused)?;
        if routes.is_empty() {
            routes.push(Route::stand_in(row.kind));
        }
        let psu_id_types = if is_national_id(&row.psu_id_types) {
            crate::NATIONAL_ID.clone()
        } else {
            row.psu_id_types.into()
        };
        let institution = Institution {
            names: row.names,
            kind: row.kind,
            aliases: row.aliases.into(),
            country,
            regions: row.regions.into(),
            codes: row.codes,
            bics: row.bics,
            branches: row.branches.into(),
            domains: row.domains,
            sources,
            note: row.note.map(String::into_boxed_str),
            invented: row.invented,
            unlisted: row.unlisted,
            routes,
            psu_id_types,
            psu_corporate_id: row.psu_corporate_id,
            ..Institution::unknown(&row.id)
        };
        check(&institution).map_err(|broken| DirectoryError::Row {
            id: row.id,
            rule: broken.rule,
        })?;
        Ok(institution)
    }
}
