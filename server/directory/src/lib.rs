//! Institutions: what is known of them, how each is reached, and how a person finds theirs.
//!
//! **Goal.** People know their bank by a nickname, in two scripts, and type it in a hurry. Whatever they type, the
//! institution that they mean comes first, at once.
//!
//! **Contract.** A [`Directory`] is whole and never changes: a new one takes its place. It knows nothing of tenants; what
//! a session may see is said with each question by a [`Filter`], and search, look-up for choosing and the plain list
//! all go by that one filter. An import that breaks a rule ([`DirectoryError`]) is refused whole.
//!
//! The crate reads no file and opens no socket, and it is fast to build and to test by itself.
//!
//! - `israel.json`: the data, with source and licence for each row.
//! - `data`: reads and checks such a file.
//! - `route`: how an institution is reached, and what that way offers.
//! - `filter`: what a session or key may see.
//! - `fold`: what two spellings of one name have in common.
//! - `iban`: the bank in an account number.
//! - `index`: matching and ranking.
//! - `merge`: which institution a provider means by an entry of its own list.
//! - `tile`: an institution as the picker shows it.

mod data;
mod filter;
mod fold;
pub mod iban;
mod index;
pub mod merge;
mod route;
#[cfg(test)]
mod tests;
mod tile;

pub use data::DirectoryError;
pub use filter::{Filter, Narrowing, NarrowingError, Wanted};
pub use route::{Offers, Product, ProviderName, Route};
pub use tile::tile;

use gesher_contract::{IdType, Language, LocalizedText, Tile, TileKind};
use index::{Index, Query};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A bank, card issuer or insurer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Institution {
    /// Its id: lasting, lower case, `<country>-<name>`.
    pub id: String,
    /// What it is called.
    pub names: Names,
    /// What it is.
    pub kind: TileKind,
    /// What it is called in vendors' dialects: their ids for it, by dialect.
    pub aliases: BTreeMap<String, Vec<String>>,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: String,
    /// The parts of the country in which it is, ISO 3166-2; empty: all of it.
    pub regions: Vec<String>,
    /// Its codes in the country's payment system, as they are written there.
    pub codes: Vec<String>,
    /// The codes of its branches, without the bank's own.
    pub branches: Vec<String>,
    /// Its business identifier codes, eight characters.
    pub bics: Vec<String>,
    /// The domains of its sites, lower case, without `www.`.
    pub domains: Vec<String>,
    /// The name of the file with its logo; absent: a monogram is made of its name.
    pub logo: Option<String>,
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

/// What an institution is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// In English, or as it is written abroad.
    pub en: String,
    /// In Hebrew; few institutions have a name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub he: Option<String>,
    /// As the institution itself writes it, where that is neither of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<String>,
    /// The short form that it uses itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<String>,
    /// What else people call it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nicknames: Vec<String>,
}

impl Names {
    /// The name for who reads this language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::He => self.he.as_deref().unwrap_or(&self.en),
            Language::En => &self.en,
        }
    }

    /// The name in each language that it has one in.
    pub fn localized(&self) -> LocalizedText {
        let named = |language: &str, name: &str| (language.to_owned(), name.to_owned());
        let he = self.he.iter().map(|name| named("he", name));
        LocalizedText(he.chain([named("en", &self.en)]).collect())
    }

    /// Everything that it is called.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let others = [&self.he, &self.native, &self.short];
        let others = others.into_iter().filter_map(Option::as_deref);
        std::iter::once(self.en.as_str())
            .chain(others)
            .chain(self.nicknames.iter().map(String::as_str))
    }
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
    by_alias: HashMap<String, usize>,
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
        let aliases = |institution: &Institution| institution.aliases.values().flatten().cloned().collect::<Vec<_>>();
        let by_alias = institutions
            .iter()
            .enumerate()
            .flat_map(|(at, institution)| aliases(institution).into_iter().map(move |alias| (alias, at)))
            .collect();
        let index = Index::new(&institutions);
        Self {
            inner: Arc::new(Inner {
                institutions,
                by_id,
                by_alias,
                index,
            }),
        }
    }

    /// The directory with only the routes that there are, each with what it offers: whoever cannot be reached is not found.
    #[must_use]
    pub fn reached_through(&self, offers: impl Fn(&Route) -> Option<Offers>) -> Self {
        let mut institutions = self.inner.institutions.clone();
        for institution in &mut institutions {
            let routes = std::mem::take(&mut institution.routes).into_iter();
            institution.routes = routes
                .filter_map(|route| {
                    Some(Route {
                        offers: offers(&route)?,
                        ..route
                    })
                })
                .collect();
        }
        Self::of(institutions)
    }

    /// The institution with this id, whoever asks.
    pub fn get(&self, id: &str) -> Option<&Institution> {
        self.inner.by_id.get(id).map(|&at| &self.inner.institutions[at])
    }

    /// The institution with this id, or called so in a vendor's dialect, whoever asks.
    pub fn called(&self, id_or_alias: &str) -> Option<&Institution> {
        let by_alias = || self.inner.by_alias.get(id_or_alias).map(|&at| &self.inner.institutions[at]);
        self.get(id_or_alias).or_else(by_alias)
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
