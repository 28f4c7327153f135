//! Institutions: what is known of them, how each is reached, and how a person finds theirs.
//!
//! **Goal.** People know their bank by a nickname, in two scripts, and type it in a hurry. Whatever they type, the
//! institution that they mean comes first, at once.
//!
//! **Contract.** A [`Directory`] is whole and never changes: a new one takes its place. It knows nothing of tenants; what
//! a session may see is said with each question by a [`Filter`], and search, look-up for choosing and the plain list
//! all go by that one filter. An import that breaks a rule ([`DirectoryError`]) is refused whole.
//!
//! - `israel.json`: the data, with source and licence for each row.
//! - `data`: reads and checks such a file.
//! - `fold`: what two spellings of one name have in common.
//! - `index`: matching and ranking.
//! - `tile`: an institution as the picker shows it.

mod data;
mod fold;
mod index;
#[cfg(test)]
mod tests;
mod tile;

pub use data::DirectoryError;
pub use tile::tile;

use gesher_contract::{IdType, Language, LocalizedText, Tile, TileKind};
use index::{Index, Query};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// A system through which institutions are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderName {
    /// The banks that come with Gesher.
    Sandbox,
    /// Banks that speak Berlin Group NextGenPSD2.
    BerlinGroup,
}

impl ProviderName {
    /// The name on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::BerlinGroup => "berlin_group",
        }
    }

    /// Whether only a test key may use its routes.
    pub const fn test_only(self) -> bool {
        match self {
            Self::Sandbox => true,
            Self::BerlinGroup => false,
        }
    }
}

/// How one institution is reached through one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The provider.
    pub provider: ProviderName,
    /// The provider's own id for the institution.
    pub provider_id: String,
}

/// A bank, card issuer or insurer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Institution {
    /// Its id: lasting, lower case, `<country>-<name>`.
    pub id: String,
    /// Its name in each language.
    pub name: LocalizedText,
    /// What it is.
    pub kind: TileKind,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: String,
    /// Its codes in the country's payment system, as they are written there.
    pub codes: Vec<String>,
    /// Its business identifier codes, eight characters.
    pub bics: Vec<String>,
    /// What else people call it.
    pub nicknames: Vec<String>,
    /// Where the row comes from, and under which licence.
    pub sources: Vec<Arc<Source>>,
    /// What should be known about the row.
    pub note: Option<String>,
    /// It exists in the sandbox alone.
    pub invented: bool,
    /// It is listed only for who asks for it by its whole name or code.
    pub unlisted: bool,
    /// How it is reached, best first.
    pub routes: Vec<Route>,
    /// What it knows a person by.
    pub psu_id_types: Vec<IdType>,
    /// Whether it asks for the company that a person comes for.
    pub psu_corporate_id: bool,
}

/// Where a row comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The publication or package.
    pub title: String,
    /// The terms it comes under.
    pub licence: String,
}

/// What a session or key may see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// A test key's: routes through the sandbox, and to what is invented, count.
    pub test_mode: bool,
    /// The sandbox's invented institutions too.
    pub include_invented: bool,
    /// These alone; all when absent.
    pub institution_ids: Option<BTreeSet<String>>,
    /// Those alone that take an id of this type: the host fixed one.
    pub psu_id_type: Option<IdType>,
    /// Those alone that ask for a company: the host fixed one.
    pub psu_corporate_id: bool,
}

impl Filter {
    /// The best route to the institution that this filter lets through.
    fn route<'a>(&self, institution: &'a Institution) -> Option<&'a Route> {
        if institution.invented && !self.include_invented && !self.names(institution) {
            return None;
        }
        if self.institution_ids.as_ref().is_some_and(|ids| !ids.contains(&institution.id)) {
            return None;
        }
        if !self.is_taken_by(institution) {
            return None;
        }
        institution
            .routes
            .iter()
            .find(|route| self.test_mode || !(institution.invented || route.provider.test_only()))
    }

    /// Whether the institution takes what the host fixed.
    fn is_taken_by(&self, institution: &Institution) -> bool {
        let id = self.psu_id_type.is_none_or(|fixed| institution.psu_id_types.contains(&fixed));
        id && (institution.psu_corporate_id || !self.psu_corporate_id)
    }

    /// Whether the institution is asked for by its id.
    fn names(&self, institution: &Institution) -> bool {
        self.institution_ids.as_ref().is_some_and(|ids| ids.contains(&institution.id))
    }
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<'a> {
    /// The matches, best first.
    pub items: Vec<&'a Institution>,
    /// Whether there are more than were asked for.
    pub more: bool,
}

/// All institutions, with the index over them. A clone shares both.
#[derive(Clone, Debug)]
pub struct Directory {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// In the usual order.
    institutions: Vec<Institution>,
    by_id: HashMap<String, usize>,
    index: Index,
}

impl Directory {
    /// The directory that the binary carries. It is part of the program, and a test reads it: it cannot fail to load.
    pub fn embedded() -> Self {
        Self::from_json(include_str!("israel.json")).expect("the embedded directory holds to its own rules")
    }

    /// Reads a directory, whole or not at all.
    ///
    /// # Errors
    /// [`DirectoryError`] says which rule is broken, and where.
    pub fn from_json(json: &str) -> Result<Self, DirectoryError> {
        Ok(Self::of(data::read(json)?))
    }

    fn of(institutions: Vec<Institution>) -> Self {
        let by_id = institutions
            .iter()
            .enumerate()
            .map(|(at, institution)| (institution.id.clone(), at))
            .collect();
        let index = Index::new(&institutions);
        Self {
            inner: Arc::new(Inner {
                institutions,
                by_id,
                index,
            }),
        }
    }

    /// The directory with only the routes through these providers: whoever cannot be reached is not found.
    #[must_use]
    pub fn reached_through(&self, is_there: impl Fn(ProviderName) -> bool) -> Self {
        let mut institutions = self.inner.institutions.clone();
        for institution in &mut institutions {
            institution.routes.retain(|route| is_there(route.provider));
        }
        Self::of(institutions)
    }

    /// The institution with this id, whoever asks.
    pub fn get(&self, id: &str) -> Option<&Institution> {
        self.inner.by_id.get(id).map(|&at| &self.inner.institutions[at])
    }

    /// The way to the institution with this id: nothing when there is no such institution, or none that the filter
    /// lets through. Whoever may find an institution may choose it, and nobody else.
    pub fn route(&self, id: &str, filter: &Filter) -> Option<&Route> {
        filter.route(self.get(id)?)
    }

    /// What matches the query, best first; without a query, the usual order.
    pub fn search(&self, query: &str, filter: &Filter, limit: usize) -> Found<'_> {
        let query = Query::new(query);
        let institutions = &self.inner.institutions;
        let seen = |at: usize| filter.route(&institutions[at]).is_some();
        let listed = |at: usize| !institutions[at].unlisted || filter.names(&institutions[at]);
        let order = if query.is_empty() {
            (0..institutions.len()).filter(|&at| seen(at) && listed(at)).collect()
        } else {
            self.inner.index.search(&query, seen, listed)
        };
        Found {
            more: order.len() > limit,
            items: order.into_iter().take(limit).map(|at| &institutions[at]).collect(),
        }
    }

    /// The institution as the picker shows it.
    pub fn tile(&self, institution: &Institution, language: Language) -> Tile {
        tile(institution, language)
    }
}
