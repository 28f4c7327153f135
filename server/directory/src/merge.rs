//! Which institution of the directory a provider means by an entry of its own list.
//!
//! **Goal.** Every provider has its own list of the same banks. Each entry becomes a route to the one institution that it is, a new
//! institution, or a question to a person: a wrong guess would send somebody's login to another bank. **Contract.** Two are the same
//! only in the same country, and by more than a likeness: by a BIC or domain with names that agree, or by one whole name that nobody
//! else has. All that looks alike without that is doubtful, and nothing is done about it until somebody has decided.

mod review;
#[cfg(test)]
mod tests;

pub use review::{Decision, Decisions, ReviewError, decisions, doubts};

use crate::fold::{fold, join};
use crate::{Institution, Names, Offers, Source};
use gesher_contract::TileKind;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use strsim::damerau_levenshtein;

/// An entry of a provider's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The provider's own id.
    pub provider_id: String,
    /// As the provider writes it.
    pub name: String,
    /// In Hebrew, where the provider says it.
    pub he: Option<String>,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: String,
    /// What it is.
    pub kind: TileKind,
    /// Domains of its sites, lower case, without `www.`.
    pub domains: Vec<String>,
    /// BICs, eight characters.
    pub bics: Vec<String>,
    /// What this route offers.
    pub offers: Offers,
    /// Whether it is made up, for trying.
    #[serde(default)]
    pub invented: bool,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// This institution, by its id.
    Same(String),
    /// One that the directory does not have.
    New,
    /// Perhaps one of these, by their ids.
    Doubtful {
        /// Whom it may be.
        candidates: Vec<String>,
        /// Why that is not certain.
        why: Why,
    },
}

/// Why nobody can say without looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// BIC or domain are the same, and the names have nothing in common.
    NamesDiffer,
    /// Several have that BIC, domain or name.
    Several,
    /// The names are alike, and there is no BIC or domain to go by.
    NamesAlike,
}

impl Why {
    /// The reason in a word of the review file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NamesDiffer => "names_differ",
            Self::Several => "several",
            Self::NamesAlike => "names_alike",
        }
    }
}

impl Listed {
    /// An institution that nobody else knows, under an id that is not taken.
    pub fn into_institution(self, provider: &str, is_taken: impl Fn(&str) -> bool) -> Institution {
        let id = self.new_id(is_taken);
        Institution {
            names: Names {
                en: self.name,
                he: self.he.map(String::into_boxed_str),
                ..Names::default()
            },
            kind: self.kind,
            country: self.country.into(),
            bics: self.bics,
            domains: self.domains,
            invented: self.invented,
            sources: Arc::new([Arc::new(Source {
                title: format!("List of institutions of {provider}"),
                licence: "the provider's terms".to_owned(),
            })]),
            ..Institution::unknown(&id)
        }
    }

    /// Country and name, and a number where others are called so.
    fn new_id(&self, is_taken: impl Fn(&str) -> bool) -> String {
        let plain = |text: &str| {
            let folded = fold(text);
            let letters = |word: &str| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
            let words: Vec<String> = folded.split(' ').map(letters).filter(|word| !word.is_empty()).collect();
            words.join("-").chars().take(LONGEST_ID).collect::<String>()
        };
        let named = Some(plain(&self.name)).filter(|name| !name.is_empty());
        let name = named.unwrap_or_else(|| plain(&self.provider_id));
        let id = format!("{}-{}", self.country.to_lowercase(), name.trim_end_matches('-'));
        if !is_taken(&id) {
            return id;
        }
        let numbered = (2_u32..).map(|number| format!("{id}-{number}"));
        numbered.into_iter().find(|id| !is_taken(id)).unwrap_or(id)
    }
}

/// Most letters that an id takes from a name.
const LONGEST_ID: usize = 48;

/// Words that many banks of a country share, and legal forms, folded.
const GENERIC: [&str; 38] = [
    "bank", "banka", "banca", "banco", "banque", "banky", "pank", "bankas", "בנק", "of", "the", "de", "di", "da", "ag", "sa", "spa", "se",
    "nv", "bv", "as", "ab", "oy", "oyj", "asa", "aps", "gmbh", "ltd", "limited", "plc", "inc", "llc", "eg", "kg", "scpa", "co", "na",
    "jsc",
];

/// The words of a name that tell it from others, folded.
fn telling(name: &str) -> BTreeSet<String> {
    let folded = fold(name);
    let words = || folded.split(' ').filter(|word| !word.is_empty());
    let telling: BTreeSet<String> = words().filter(|word| !GENERIC.contains(word)).map(str::to_owned).collect();
    if telling.is_empty() {
        words().map(str::to_owned).collect()
    } else {
        telling
    }
}

/// A name as it is compared whole: its telling words in any order.
fn core(name: &str) -> String {
    join(&telling(name).into_iter().collect::<Vec<_>>().join(" "))
}

/// Finds institutions for entries.
#[derive(Debug)]
pub struct Matcher<'a> {
    institutions: &'a [Institution],
    by_key: HashMap<(&'a str, String), Vec<usize>>,
    by_core: HashMap<(&'a str, String), Vec<usize>>,
    by_country: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Matcher<'a> {
    /// Over these institutions. The invented ones are no bank of anybody's list but the sandbox's own.
    pub fn new(institutions: &'a [Institution]) -> Self {
        let mut matcher = Self {
            institutions,
            by_key: HashMap::new(),
            by_core: HashMap::new(),
            by_country: HashMap::new(),
        };
        for (at, institution) in institutions.iter().enumerate() {
            let country = institution.country.as_str();
            for key in institution.bics.iter().chain(&institution.domains) {
                push(&mut matcher.by_key, (country, key.to_lowercase()), at);
            }
            for name in institution.names.all() {
                push(&mut matcher.by_core, (country, core(name)), at);
            }
            push(&mut matcher.by_country, country, at);
        }
        matcher
    }

    /// What this entry is.
    pub fn place(&self, listed: &Listed) -> Place {
        let country = listed.country.as_str();
        let names = || std::iter::once(&listed.name).chain(&listed.he);
        let keys = listed.bics.iter().chain(&listed.domains).map(|key| key.to_lowercase());
        let strong: BTreeSet<usize> = keys.filter_map(|key| self.by_key.get(&(country, key))).flatten().copied().collect();
        let named: BTreeSet<usize> = names()
            .filter_map(|name| self.by_core.get(&(country, core(name))))
            .flatten()
            .copied()
            .collect();
        if strong.is_empty() {
            return match named.len() {
                0 => self.alike(listed),
                1 => self.same(&named),
                _ => self.doubt(&named, Why::Several),
            };
        }
        let agreeing: BTreeSet<usize> = strong.iter().copied().filter(|&at| self.agrees(at, listed)).collect();
        let both: BTreeSet<usize> = strong.intersection(&named).copied().collect();
        match (agreeing.len(), both.len()) {
            (0, _) => self.doubt(&strong, Why::NamesDiffer),
            (_, 1) => self.same(&both),
            (1, _) => self.same(&agreeing),
            _ => self.doubt(&agreeing, Why::Several),
        }
    }

    /// Whether one of its names and one of the entry's have all telling words of the shorter one in common.
    fn agrees(&self, at: usize, listed: &Listed) -> bool {
        let theirs: Vec<_> = std::iter::once(&listed.name).chain(&listed.he).map(|name| telling(name)).collect();
        let ours = self.institutions[at].names.all().map(telling);
        ours.into_iter()
            .any(|ours| theirs.iter().any(|theirs| ours.is_subset(theirs) || theirs.is_subset(&ours)))
    }

    /// Those of the country whose names are nearly the same.
    fn alike(&self, listed: &Listed) -> Place {
        let wanted = core(&listed.name);
        let most = wanted.chars().count() / 5;
        let in_country = self.by_country.get(listed.country.as_str()).into_iter().flatten().copied();
        let near = |name: &str| {
            let name = core(name);
            name.chars().count().abs_diff(wanted.chars().count()) <= most && damerau_levenshtein(&name, &wanted) <= most
        };
        let alike: BTreeSet<usize> = in_country
            .filter(|&at| most > 0 && self.institutions[at].names.all().any(near))
            .collect();
        if alike.is_empty() {
            Place::New
        } else {
            self.doubt(&alike, Why::NamesAlike)
        }
    }

    fn same(&self, found: &BTreeSet<usize>) -> Place {
        found
            .first()
            .map_or(Place::New, |&at| Place::Same(self.institutions[at].id.clone()))
    }

    fn doubt(&self, found: &BTreeSet<usize>, why: Why) -> Place {
        Place::Doubtful {
            candidates: found.iter().map(|&at| self.institutions[at].id.clone()).collect(),
            why,
        }
    }
}

fn push<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Vec<usize>>, key: K, at: usize) {
    let places = map.entry(key).or_default();
    if places.last() != Some(&at) {
        places.push(at);
    }
}
