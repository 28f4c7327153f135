//! Institutions: what is known of them, how each is reached, and how a person finds theirs.
//!
//! **Goal.** People know their bank by a nickname, in two scripts, and type it in a hurry. Whatever they type, the
//! institution that they mean comes first, at once.
//!
//! **Contract.** A [`Directory`] is whole and never changes: a new one takes its place. A tenant's own rows stand in it beside
//! all others and are seen by that tenant alone; what a session may see is said with each question by a [`Filter`], and search,
//! look-up for choosing and the plain list all go by that one filter. An import that breaks a rule ([`DirectoryError`]) is refused whole.
//!
//! The crate reads no file and opens no socket, and it is fast to build and to test by itself.
//!
//! - `israel.json`: the institutions of Israel and the sandbox's, kept by hand; `data/world.jsonl.gz`: all others, packed;
//!   both with source and licence for each row.
//! - `data`: reads and checks such files.
//! - `build`: makes the packed file of published lists.
//! - `directory`: all of them, as each tenant sees them.
//! - `route`: how an institution is reached, and what that way offers; `login_fields.json`: what login forms are made of.
//! - `filter`: what a session or key may see.
//! - `fold`: what two spellings of one name have in common.
//! - `iban`: the bank in an account number.
//! - `scripts`: one name in several scripts, and on several keyboards.
//! - `index`: matching and ranking.
//! - `merge`: which institution a provider means by an entry of its own list.
//! - `table`: institutions that a tenant or operator brings, and takes away, as CSV or JSON.
//! - `slim`: values that take little room.
//! - `tile`: an institution as the picker shows it.

pub mod build;
mod data;
mod directory;
#[cfg(test)]
mod embedded_tests;
mod filter;
mod fold;
pub mod iban;
mod index;
pub mod merge;
#[cfg(test)]
mod reach_tests;
mod route;
mod scripts;
mod slim;
pub mod table;
#[cfg(test)]
mod tests;
mod tile;

pub use data::DirectoryError;
pub use directory::{Directory, Layer, reach};
pub use filter::{Filter, Narrowing, NarrowingError, Wanted, Ways};
pub use route::{LoginField, Offers, Product, ProviderName, Route};
pub use slim::{Country, Empty, Products, Seldom};
pub use tile::tile;

use gesher_contract::{IdType, Language, LocalizedText, TileKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use utoipa::ToSchema;

/// The hand-kept institutions: those of Israel and the sandbox's.
const ISRAEL: &str = include_str!("israel.json");
/// All others, as [`build`] has made them of published lists.
const WORLD: &[u8] = include_bytes!("../data/world.jsonl.gz");

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
    pub aliases: Seldom<BTreeMap<String, Vec<String>>>,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: Country,
    /// The parts of the country in which it is, ISO 3166-2; empty: all of it.
    pub regions: Seldom<Vec<String>>,
    /// Its codes in the country's payment system, as they are written there.
    pub codes: Vec<String>,
    /// The codes of its branches, without the bank's own.
    pub branches: Seldom<Vec<String>>,
    /// Its business identifier codes, eight characters.
    pub bics: Vec<String>,
    /// The domains of its sites, lower case, without `www.`.
    pub domains: Vec<String>,
    /// Its logo, as a data URL; absent: a monogram is made of its name.
    pub logo: Option<Box<str>>,
    /// Where the row comes from, and under which licence.
    pub sources: Arc<[Arc<Source>]>,
    /// What should be known about the row.
    pub note: Option<Box<str>>,
    /// It exists in the sandbox alone.
    pub invented: bool,
    /// It is listed only for who asks for it by its whole name or code.
    pub unlisted: bool,
    /// Whoever made the row works with it.
    pub partner: bool,
    /// How it is reached, best first.
    pub routes: Vec<Route>,
    /// What it knows a person by.
    pub psu_id_types: Arc<[IdType]>,
    /// Whether it asks for the company that a person comes for.
    pub psu_corporate_id: bool,
}

impl Institution {
    /// What it is called in a vendor's dialect: the first of that vendor's ids for it, or else its own.
    pub fn called_in(&self, dialect: &str) -> &str {
        let ids = self.aliases.get(dialect);
        ids.and_then(|ids| ids.first()).map_or(&self.id, String::as_str)
    }

    /// Whether it keeps the rules of every institution.
    pub fn is_fit(&self) -> bool {
        data::check(self).is_ok()
    }

    /// A bank with this id, of which nothing else is known.
    pub(crate) fn unknown(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            names: Names::default(),
            kind: TileKind::Bank,
            aliases: Seldom::default(),
            country: Country::default(),
            regions: Seldom::default(),
            codes: Vec::new(),
            branches: Seldom::default(),
            bics: Vec::new(),
            domains: Vec::new(),
            logo: None,
            sources: Arc::default(),
            note: None,
            invented: false,
            unlisted: false,
            partner: false,
            routes: Vec::new(),
            psu_id_types: NATIONAL_ID.clone(),
            psu_corporate_id: false,
        }
    }

    /// Gives back the room that its lists grew into and do not need.
    fn shrink(&mut self) {
        let lists = [&mut self.codes, &mut self.bics, &mut self.domains, &mut self.names.nicknames];
        for list in lists {
            list.iter_mut().for_each(String::shrink_to_fit);
            list.shrink_to_fit();
        }
        self.id.shrink_to_fit();
        self.names.en.shrink_to_fit();
        self.routes.shrink_to_fit();
        for route in &mut self.routes {
            route.provider_id.shrink_to_fit();
        }
    }
}

/// What most know a person by; one list for all of them.
static NATIONAL_ID: LazyLock<Arc<[IdType]>> = LazyLock::new(|| [IdType::NationalId].into());

/// What an institution is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// In English, or as it is written abroad.
    pub en: String,
    /// In Hebrew; few institutions have a name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub he: Option<Box<str>>,
    /// As the institution itself writes it, where that is neither of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<Box<str>>,
    /// The short form that it uses itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short: Option<Box<str>>,
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

    /// As the institution itself writes it.
    pub(crate) fn own(&self) -> &str {
        self.native.as_deref().unwrap_or(&self.en)
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = InstitutionSource)]
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
    /// Why there are none.
    pub nothing: Option<Nothing>,
    /// Of those that are not reachable the first, at most three, each of another name.
    pub hidden: Vec<&'a Institution>,
}

/// How far what a filter lets through reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// How many institutions are listed without a query.
    pub count: usize,
    /// Whether they are of more than one country.
    pub several_countries: bool,
}

/// Why a search found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// Nobody is called so.
    NoSuch,
    /// So many match, but the filter lets none of them through; of more than a hundred, a hundred.
    NotReachable(usize),
}

/// The institutions that the binary carries, in the usual order. They are part of the program, and a test reads them: this cannot fail.
pub fn embedded() -> Vec<Institution> {
    data::read_both(ISRAEL, WORLD).expect("the directory's own files hold to their own rules")
}

/// Israel's institutions and the invented ones.
pub fn israel() -> Vec<Institution> {
    data::read(ISRAEL).expect("the directory's own file holds to its own rules")
}
