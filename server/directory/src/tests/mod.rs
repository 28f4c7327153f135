//! The directory as a whole.
//!
//! - `typed`: what people type, and what they mean by it.
//! - `seen`: whom a session sees.
//! - `narrowed`: whom a host wants shown.

mod narrowed;
mod seen;
mod typed;

use super::*;
use std::collections::BTreeSet;

fn test_key() -> Filter {
    Filter {
        test_mode: true,
        ..Filter::default()
    }
}

/// The directory with only the routes that there are.
fn through(offers: impl Fn(&Route) -> Option<Offers>) -> Directory {
    let mut institutions = israel();
    reach(&mut institutions, offers);
    Directory::of(institutions)
}

fn ids(directory: &Directory, query: &str, filter: &Filter) -> Vec<String> {
    directory
        .search(query, filter, None, 100)
        .items
        .iter()
        .map(|institution| institution.id.clone())
        .collect()
}

#[test]
fn each_row_has_its_source_and_a_tile() {
    let directory = Directory::israel();
    for institution in directory.all() {
        assert!(
            institution.sources.iter().all(|source| !source.licence.is_empty()),
            "{}",
            institution.id
        );
        assert_eq!(institution.invented, institution.id.starts_with("sandbox-"));
        let (he, en) = (directory.tile(institution, Language::He), directory.tile(institution, Language::En));
        assert_eq!((he.colour, he.kind, &he.name), (en.colour, en.kind, &en.other_name));
        for tile in [he, en] {
            assert!(
                (1..=2).contains(&tile.monogram.chars().count()),
                "{} has {}",
                tile.id,
                tile.monogram
            );
        }
    }
    assert_eq!(directory.get("il-max").map(|institution| institution.kind), Some(TileKind::Card));
    assert!(directory.get("il-nobody").is_none());
}

/// Open Finance's ids of institutions, as its reference lists them.
const OPEN_FINANCE: &str = "yahav yahav-sandbox ubank ubank-sandbox pepper pagi pagi-sandbox otsarHahayal otsarHahayal-sandbox \
    open-finance-sandbox open-finance-card-sandbox mizrahi mizrahi-sandbox mercantile mercantile-sandbox menora-sandbox max \
    max-sandbox masad masad-sandbox leumi leumi-sandbox isracard isracard-sandbox hapoalim hapoalim-sandbox discount \
    discount-sandbox cal cal-sandbox beinleumi beinleumi-sandbox americanExpress digiBank jerusalem one-zero union \
    mizrahi-london-sandbox";

#[test]
fn an_institution_answers_to_what_vendors_call_it() {
    let directory = Directory::israel();
    let of = |alias: &str| directory.called(alias).map(|institution| institution.id.as_str());
    for alias in OPEN_FINANCE.split_whitespace() {
        let institution = directory.called(alias);
        let in_dialect = institution.is_some_and(|institution| institution.aliases["open_finance"].iter().any(|known| known == alias));
        assert!(in_dialect, "{alias}");
    }
    let count = OPEN_FINANCE.split_whitespace().count();
    let all = directory
        .search(
            "",
            &Filter {
                test_mode: true,
                include_invented: true,
                ..Filter::default()
            },
            None,
            500,
        )
        .items;
    assert_eq!(
        all.iter().filter_map(|one| one.aliases.get("open_finance")).flatten().count(),
        count
    );
    assert_eq!(
        (of("leumi-sandbox"), of("open-finance-sandbox")),
        (Some("il-leumi"), Some("sandbox-bank"))
    );
    assert_eq!(
        (of("visaCal"), of("cal"), of("il-cal")),
        (Some("il-cal"), Some("il-cal"), Some("il-cal"))
    );
    assert_eq!((of("Leumi"), of("")), (None, None));
}
