//! The directory that the binary carries: every rule, on every row.

use crate::data::Packed;
use crate::fold::fold;
use crate::table::{self, Edit, Format};
use crate::{Directory, Filter, Institution, iban};
use gesher_contract::{Language, TileKind};
use gesher_domain::checks;
use std::collections::{BTreeMap, HashMap, HashSet};

fn all() -> Vec<Institution> {
    crate::embedded()
}

fn of_source(institutions: &[Institution], beginning: &str) -> usize {
    let from = |one: &&Institution| one.sources.iter().any(|source| source.title.starts_with(beginning));
    institutions.iter().filter(from).count()
}

#[test]
fn the_lists_are_all_there() {
    let all = all();
    assert!(all.len() >= 15_000, "{}", all.len());
    assert!(of_source(&all, "schwifty") >= 13_500);
    assert!(of_source(&all, "ifsc") >= 1_400);
    assert!(of_source(&all, "Gesher, everyday names") >= 200);
    let banks = all
        .iter()
        .filter(|one| one.country == "IL" && one.kind == TileKind::Bank && !one.invented);
    let with_branches = banks.filter(|one| !one.branches.is_empty()).collect::<Vec<_>>();
    assert_eq!(with_branches.len(), 21);
    assert!(with_branches.iter().map(|one| one.branches.len()).sum::<usize>() >= 1_500);
    let countries: HashSet<&str> = all.iter().map(|one| one.country.as_str()).collect();
    assert!(countries.len() >= 48, "{}", countries.len());
    for (country, least) in [
        ("UA", 5_000),
        ("GB", 2_100),
        ("DE", 2_100),
        ("IN", 1_400),
        ("CH", 600),
        ("PL", 550),
        ("ES", 500),
        ("IT", 400),
        ("FR", 190),
    ] {
        let count = all.iter().filter(|one| one.country == country).count();
        assert!(count >= least, "{country}: {count}");
    }
}

#[test]
fn every_row_keeps_every_rule() {
    let all = all();
    let mut ids = HashSet::new();
    let mut aliases = HashMap::new();
    for one in &all {
        let id = &one.id;
        assert!(ids.insert(id), "{id} is there twice");
        let words = id.split('-').collect::<Vec<_>>();
        let plain = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        assert!(words.len() > 1 && words.iter().all(plain), "{id}");
        let begins = words[0] == one.country.to_lowercase() || (one.invented && words[0] == "sandbox");
        assert!(begins && id.len() <= 64, "{id}");
        assert!(checks::country(&one.country), "{id}");
        assert!(
            one.sources
                .iter()
                .all(|source| !source.title.is_empty() && !source.licence.is_empty())
                && !one.sources.is_empty()
        );
        let providers: HashSet<_> = one.routes.iter().map(|route| route.provider.as_str()).collect();
        assert!(!providers.is_empty() && providers.len() == one.routes.len(), "{id}");
        for name in one.names.all() {
            assert!(
                !fold(name).is_empty() && name.trim() == name && !name.contains("  "),
                "{id}: {name:?}"
            );
        }
        let distinct = |texts: &[String]| texts.iter().collect::<HashSet<_>>().len() == texts.len();
        assert!(
            distinct(&one.codes) && distinct(&one.bics) && distinct(&one.branches) && distinct(&one.names.nicknames),
            "{id}"
        );
        for alias in one.aliases.values().flatten() {
            let owner = aliases.insert(alias, id);
            assert!(owner.is_none_or(|owner| owner == id), "{alias}");
        }
        let tile = crate::tile(one, Language::En);
        assert!((1..=2).contains(&tile.monogram.chars().count()), "{id} has {}", tile.monogram);
    }
    assert!(aliases.keys().all(|alias| !ids.contains(alias)));
}

#[test]
fn each_name_is_there_once_in_a_country() {
    let mut seen = HashMap::new();
    for row in Packed::read(crate::WORLD).unwrap().rows {
        let name = row.names.own();
        let other = seen.insert((row.country.clone(), fold(name)), row.id.clone());
        assert!(other.is_none(), "{} and {}", row.id, other.unwrap_or_default());
    }
}

#[test]
fn names_are_written_readably() {
    let all = all();
    let shouts = |name: &str| name.chars().filter(|letter| letter.is_alphabetic()).count() > 12 && !name.chars().any(char::is_lowercase);
    let shouted = all
        .iter()
        .filter(|one| shouts(&one.names.en))
        .map(|one| &one.names.en)
        .collect::<Vec<_>>();
    assert!(shouted.len() < 20, "{shouted:?}");
    for (id, name, short) in [
        ("es-santander", "Banco Santander, S.A.", Some("Santander")),
        ("fr-bnp-paribas", "BNP Paribas", None),
        ("gb-hsbc", "HSBC UK Bank PLC", Some("HSBC")),
        ("de-dkb", "Deutsche Kreditbank Berlin", Some("DKB")),
        ("ua-privatbank", "PrivatBank", None),
    ] {
        let one = all.iter().find(|one| one.id == id).unwrap();
        assert_eq!((one.names.en.as_str(), one.names.short.as_deref()), (name, short));
    }
}

#[test]
fn most_codes_stand_in_account_numbers() {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let all = all();
    for one in all.iter().filter(|one| one.kind == TileKind::Bank && iban::known(&one.country)) {
        for code in &one.codes {
            let (fit, of) = counts.entry(&one.country).or_default();
            *fit += usize::from(iban::prefix(&one.country, code).is_some());
            *of += 1;
        }
    }
    let poor = counts.iter().filter(|(_, (fit, of))| fit * 100 < of * 95).collect::<Vec<_>>();
    assert!(poor.is_empty(), "{poor:?}");
}

#[test]
fn the_usual_order_begins_at_home_and_with_the_well_known() {
    let all = all();
    assert_eq!(all[0].id, "il-hapoalim");
    let abroad = all.iter().position(|one| one.country != "IL").unwrap();
    assert!(all[abroad..].iter().all(|one| one.country != "IL"));
    let of = |country: &str| {
        all.iter()
            .filter(|one| one.country == country)
            .take(40)
            .map(|one| one.id.clone())
            .collect::<Vec<_>>()
    };
    for (country, expected) in [
        ("DE", "de-deutsche-bank"),
        ("GB", "gb-barclays"),
        ("IN", "in-sbi"),
        ("UA", "ua-privatbank"),
        ("PL", "pl-pekao"),
    ] {
        assert!(of(country).contains(&expected.to_owned()), "{expected}");
    }
}

/// The company ids of israeli-bank-scrapers 6.12.0.
const SCRAPERS: &str = "hapoalim leumi mizrahi discount mercantile otsarHahayal max visaCal isracard amex union beinleumi massad yahav \
    beyahadBishvilha behatsdaa pagi oneZero";

#[test]
fn every_scraper_has_its_institution() {
    let institutions = crate::israel();
    let aliases = institutions
        .iter()
        .filter_map(|one| one.aliases.get("israeli_bank_scrapers"))
        .flatten();
    let aliases = aliases.map(String::as_str).collect::<HashSet<_>>();
    assert_eq!(aliases, SCRAPERS.split_whitespace().collect());
}

#[test]
fn the_whole_directory_goes_out_and_comes_in() {
    let all = all();
    let edits: Vec<Edit> = all.iter().map(Edit::of).collect();
    let text = table::write(Format::Csv, &edits);
    let table = table::read(Format::Csv, text.as_bytes(), &mut |_| {}).unwrap();
    assert!(table.apply(&all).unwrap() == all, "over itself it changes nothing");
    // What a form asks for stands in no table: by itself a route has only its name.
    let back = table.apply(&[]).unwrap();
    let bare = |institutions: &[Institution]| institutions.iter().map(Edit::of).collect::<Vec<_>>();
    assert!(bare(&back) == edits);
}

#[test]
fn an_account_number_finds_its_bank_anywhere() {
    let directory = Directory::embedded();
    let key = Filter {
        test_mode: true,
        ..Filter::default()
    };
    for (typed, id) in [
        ("IL62 0108 0000 0009 9999 999", "il-leumi"),
        ("de89 3704 0044", "de-commerzbank"),
        ("GB29 NWBK 6016 1331 9268 19", "gb-natwest"),
        ("UA21 305299 0000", "ua-privatbank"),
        ("PL61 1090 1014", "pl-erste-bank-polska"),
        ("SI56 02010", "si-nlb"),
    ] {
        let found = directory.search(typed, &key, None, 3).items;
        let ids = found.iter().map(|one| one.id.as_str()).collect::<Vec<_>>();
        assert_eq!(ids.first(), Some(&id), "{typed}: {ids:?}");
    }
}
