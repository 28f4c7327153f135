//! Making the packed file of the directory out of published lists.
//!
//! **Goal.** One row for an institution, however many lists and lines it stands in, under an id that lasts.
//!
//! **Contract.** [`build`] is a pure function of the lists' bytes, the hand-kept files of this crate and the previous packed
//! file: the same input makes the same bytes. It reads what `scripts/institution-sources` unpacks. A row whose country and
//! name, code or BIC the previous file knows keeps its id, and an id that was ever in that file never comes to mean
//! another institution. What `israel.json` has wins over what the lists say of it.
//!
//! - `schwifty`, `ifsc`, `branches`: one list each.
//! - `readable`, `latin`, `slug`: names.
//! - `brands.json`, `brands`: what people call the largest banks.
//! - `keep`: lasting ids.

mod branches;
mod brands;
mod ifsc;
mod keep;
mod latin;
mod readable;
mod schwifty;
mod slug;
#[cfg(test)]
mod tests;

use crate::data::{File, Packed, Row};
use crate::fold::fold;
use crate::{DirectoryError, Names, Source};
use gesher_contract::{IdType, TileKind};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// The lists' files: their contents by their paths under `target/institution-sources`, with `/` between folders.
pub type Sources = BTreeMap<String, Vec<u8>>;

/// A list cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// No file of a list is there.
    #[error("{0} is missing: run scripts/institution-sources")]
    Missing(&'static str),
    /// A file is not what it should be.
    #[error("{file}: {source}")]
    List {
        /// The file's path.
        file: String,
        /// Where it goes wrong.
        source: serde_json::Error,
    },
    /// The previous file, or a file of this crate.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// A new packed file, and what is new about it.
#[derive(Debug)]
pub struct Built {
    /// The file's bytes.
    pub file: Vec<u8>,
    /// How many institutions are in it.
    pub institutions: usize,
    /// How many branches of Israeli banks are in it.
    pub branches: usize,
    /// The ids that the previous file did not have.
    pub added: Vec<String>,
    /// The ids of the previous file that are in no list any more.
    pub gone: Vec<String>,
    /// Well-known banks that were looked for and are in no list: their entries of `brands.json` are to be mended.
    pub unknown_brands: Vec<String>,
}

/// An institution on its way into the file.
struct Draft {
    row: Row,
    /// The folded names under which the lists have it.
    keys: HashSet<String>,
    /// The lists say that it is a bank's main entry.
    primary: bool,
    /// How large it seems: the number of its codes and branches.
    weight: usize,
    /// Its place among the well-known; nothing for all others.
    brand: Option<usize>,
}

impl Draft {
    fn new(country: &str, name: &str, source: &str) -> Self {
        Self {
            row: Row {
                id: String::new(),
                country: Some(country.to_owned()),
                names: Names {
                    en: name.to_owned(),
                    ..Names::default()
                },
                kind: kind(name),
                codes: Vec::new(),
                bics: Vec::new(),
                branches: Vec::new(),
                domains: Vec::new(),
                aliases: BTreeMap::new(),
                regions: Vec::new(),
                sources: vec![source.to_owned()],
                note: None,
                invented: false,
                unlisted: false,
                routes: Vec::new(),
                psu_id_types: vec![IdType::NationalId],
                psu_corporate_id: false,
            },
            keys: HashSet::from([fold(name)]),
            primary: false,
            weight: 0,
            brand: None,
        }
    }

    fn country(&self) -> &str {
        self.row.country.as_deref().unwrap_or_default()
    }
}

/// Words of insurers' names, folded.
const INSURERS: [&str; 8] = [
    "insurance",
    "assurance",
    "assurances",
    "reinsurance",
    "versicherung",
    "versicherungen",
    "assicurazioni",
    "seguros",
];

/// What an institution is, by its name: lists of banks have a few insurers too.
fn kind(name: &str) -> TileKind {
    let folded = fold(name);
    let insures = folded.split(' ').any(|word| INSURERS.contains(&word));
    let banks = ["bank", "banc", "banq", "kasse", "caisse", "broker"]
        .iter()
        .any(|piece| folded.contains(piece));
    if insures && !banks { TileKind::Insurance } else { TileKind::Bank }
}

/// Makes the packed file.
///
/// # Errors
/// [`BuildError`] when a list is missing or is not of its usual shape, or the previous file is none.
pub fn build(sources: &Sources, previous: Option<&[u8]>) -> Result<Built, BuildError> {
    let previous = previous.map(Packed::read).transpose()?.unwrap_or_default();
    let by_hand: File = serde_json::from_str(crate::ISRAEL).map_err(DirectoryError::Shape)?;
    let mut drafts = schwifty::read(sources)?;
    drafts.extend(ifsc::read(sources)?);
    drafts.retain(|draft| !is_by_hand(draft, &by_hand));
    let unknown_brands = brands::apply(&mut drafts)?;
    shorten(&mut drafts);
    sort(&mut drafts);

    let mut taken: HashSet<String> = by_hand.institutions.iter().map(|row| row.id.clone()).collect();
    let known: HashSet<String> = previous.rows.iter().map(|row| row.id.clone()).collect();
    keep::ids(&mut drafts, &previous.rows, &taken);
    taken.extend(known.iter().cloned());
    let mut rows: Vec<Row> = drafts.into_iter().map(|draft| draft.row).collect();
    slug::name_all(&mut rows, &mut taken);
    // What is written in other letters has its short form for its name.
    for names in rows.iter_mut().map(|row| &mut row.names) {
        names.short = names.short.take().filter(|short| **short != *names.en);
    }

    let ids: HashSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let added = rows
        .iter()
        .filter(|row| !known.contains(&row.id))
        .map(|row| row.id.clone())
        .collect();
    let gone = previous
        .rows
        .iter()
        .filter(|row| !ids.contains(row.id.as_str()))
        .map(|row| row.id.clone())
        .collect();
    let institutions = rows.len();
    let israeli = branches::read(sources)?;
    let branches = israeli.0.values().flat_map(BTreeMap::values).map(Vec::len).sum();
    let packed = Packed {
        sources: titles(),
        branches: israeli,
        rows,
    };
    Ok(Built {
        file: packed.write()?,
        institutions,
        branches,
        added,
        gone,
        unknown_brands,
    })
}

/// Where rows come from, by the keys that they name.
fn titles() -> BTreeMap<String, Arc<Source>> {
    let source = |title: &str, licence: &str| {
        Arc::new(Source {
            title: title.to_owned(),
            licence: licence.to_owned(),
        })
    };
    [
        (
            schwifty::KEY,
            source("schwifty 2026.10.1, bank registry", "MIT, © 2021 Martin Domke"),
        ),
        (ifsc::KEY, source("ifsc 2.0.50, names of banks", "MIT, © 2020 Razorpay")),
        (brands::KEY, source("Gesher, everyday names of well-known banks", "as Gesher")),
    ]
    .map(|(key, source)| (key.to_owned(), source))
    .into()
}

/// Whether the hand-kept file has the institution: the same country, and a BIC or a code in common.
fn is_by_hand(draft: &Draft, file: &File) -> bool {
    let bare = |code: &String| code.trim_start_matches('0').to_owned();
    let codes: HashSet<String> = draft.row.codes.iter().map(bare).collect();
    draft.country() == file.country()
        && file.institutions.iter().any(|row| {
            let same_bic = row.bics.iter().any(|bic| draft.row.bics.contains(bic));
            same_bic || (row.kind == TileKind::Bank && row.codes.iter().any(|code| codes.contains(&bare(code))))
        })
}

/// Takes the short form from all who share it in their country but the one that it is most likely the name of: what lists
/// call short is often the name of a bank whose branch the row is of.
fn shorten(drafts: &mut [Draft]) {
    let mut sharers: HashMap<(String, String), Vec<usize>> = HashMap::new();
    for (at, draft) in drafts.iter().enumerate() {
        let key = draft.row.names.short.as_deref().map(fold);
        if let Some(key) = key {
            sharers.entry((draft.country().to_owned(), key)).or_default().push(at);
        }
        // Somebody else's whole name is no short form either.
        if draft.row.names.short.is_none() {
            let whole = fold(&draft.row.names.en);
            sharers.entry((draft.country().to_owned(), whole)).or_default().push(at);
        }
    }
    for ((_, key), sharers) in sharers {
        let rank = |at: &usize| {
            let draft = &drafts[*at];
            let own_name = draft.keys.contains(&key);
            let original = draft.row.names.own();
            (
                draft.brand.is_none(),
                !own_name,
                Reverse(draft.row.codes.len()),
                original.chars().count(),
                original.to_owned(),
            )
        };
        let main = sharers.iter().min_by_key(|at| rank(at)).copied();
        for at in sharers.into_iter().filter(|at| Some(*at) != main) {
            let names = &mut drafts[at].row.names;
            names.short = None;
            if let Some(native) = names.native.clone() {
                names.en = latin::latin(&native, drafts[at].row.country.as_deref().unwrap_or_default());
            }
        }
    }
}

/// The usual order: by country, the well-known first, then the large, then by name.
fn sort(drafts: &mut [Draft]) {
    drafts.sort_by_cached_key(|draft| {
        let brand = draft.brand.unwrap_or(usize::MAX);
        let names = &draft.row.names;
        let name = fold(&names.en);
        let has_short = names.native.is_none() || names.short.is_some();
        (
            draft.country().to_owned(),
            brand,
            !has_short,
            Reverse(draft.weight),
            !draft.primary,
            name,
            draft.row.codes.clone(),
        )
    });
}
