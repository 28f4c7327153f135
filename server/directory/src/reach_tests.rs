//! What a filter leaves: how much it is, and what is said of those that it hides.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

fn test_key() -> Filter {
    Filter {
        test_mode: true,
        ..Filter::default()
    }
}

/// As somebody sees it who has set nothing at any provider.
fn without_credentials(directory: Directory) -> Directory {
    directory.through(Ways::new(|route| route.provider.test_only()))
}

fn search<'a>(directory: &'a Directory, query: &str, filter: &Filter) -> Found<'a> {
    directory.search(query, filter, None, 5)
}

#[test]
fn whoever_cannot_be_reached_is_named_and_three_of_them_at_most() {
    let directory = without_credentials(Directory::israel());
    let live = Filter::default();
    let found = search(&directory, "leumi", &live);
    assert!(found.items.is_empty());
    assert_eq!(found.hidden[0].id, "il-leumi");
    let many = search(&directory, "bank", &live);
    assert!(
        matches!(many.nothing, Some(Nothing::NotReachable(count)) if count > 3),
        "{:?}",
        many.nothing
    );
    assert_eq!(many.hidden.len(), 3);
    assert!(search(&directory, "leumi", &test_key()).hidden.is_empty());
}

#[test]
fn of_two_hidden_ones_with_one_name_one_is_named() {
    let mut twins = israel();
    twins.retain(|row| ["il-leumi", "il-max"].contains(&row.id.as_str()));
    let names = twins[0].names.clone();
    twins.iter_mut().for_each(|twin| twin.names = names.clone());
    let directory = without_credentials(Directory::of(twins));
    let found = search(&directory, &names.en, &Filter::default());
    assert_eq!((found.nothing, found.hidden.len()), (Some(Nothing::NotReachable(2)), 1));
}

#[test]
fn nobody_hears_of_what_the_sandbox_invented_or_of_another_tenants_own() {
    let own = |id: &str, name: &str| {
        let mut row = israel().into_iter().find(|row| row.id == "il-max").expect("there");
        row.id = id.to_owned();
        row.names = Names {
            en: name.to_owned(),
            ..Names::default()
        };
        row.routes.clear();
        row
    };
    let layer = Layer {
        rows: vec![own("xx-own", "Quixotic Credit Union")],
        ..Layer::default()
    };
    let directory = Directory::layered(israel(), BTreeMap::from([("a".to_owned(), layer)]));
    let live = Filter::default();
    let ids = |directory: &Directory, query: &str| -> Vec<String> {
        let found = search(directory, query, &live);
        found.hidden.iter().map(|institution| institution.id.clone()).collect()
    };
    assert_eq!(ids(&directory.seen_by("a"), "quixotic"), ["xx-own"]);
    assert!(ids(&directory.seen_by("b"), "quixotic").is_empty());
    let invented = directory.get("sandbox-bank").expect("there").names.en.clone();
    assert!(!ids(&directory, &invented).contains(&"sandbox-bank".to_owned()));
}

#[test]
fn an_extent_counts_what_is_listed_and_sees_whether_it_is_of_several_countries() {
    let directory = without_credentials(Directory::israel());
    let listed = directory.search("", &test_key(), None, usize::MAX - 1).items.len();
    let extent = directory.extent(&test_key());
    assert_eq!((extent.count, extent.several_countries), (listed, false));
    assert_eq!(directory.extent(&Filter::default()), Extent::default());
    let named = Filter {
        institution_ids: Some(BTreeSet::from(["il-leumi".to_owned(), "il-max".to_owned()])),
        ..test_key()
    };
    assert_eq!(directory.extent(&named).count, 2);

    let mut abroad = israel();
    abroad[0].country = "DE".into();
    let several = Directory::of(abroad);
    assert!(several.extent(&test_key()).several_countries);
    assert!(!several.extent(&named).several_countries);
}
