//! What holds whatever is typed, over the directory that the binary carries.

use super::{Asked, Effort, Index, Key, Outcome};
use crate::fold::{fold, fold_digraphs, join};
use crate::scripts::romanized;
use crate::{Filter, Institution, Narrowing, embedded};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::LazyLock;

struct World {
    institutions: Vec<Institution>,
    index: Index,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let institutions = embedded();
    let index = Index::of(&institutions);
    World { institutions, index }
});

fn all() -> Filter {
    Filter {
        test_mode: true,
        include_invented: true,
        ..Filter::default()
    }
}

fn search(typed: &str, filter: &Filter, limit: usize) -> Outcome {
    search_in(WORLD.institutions.len(), typed, filter, limit)
}

/// With so many said to be in order; they all are.
fn search_in(in_order: usize, typed: &str, filter: &Filter, limit: usize) -> Outcome {
    let place_of = |id: &str| WORLD.institutions.iter().position(|one| *one.id == *id);
    let key = |usual| Key {
        wanted: u32::MAX,
        standing: 0,
        usual,
    };
    let asked = Asked {
        typed,
        filter,
        theirs: &|_| true,
        place_of: &place_of,
        key: &key,
        in_order,
        limit,
    };
    WORLD.index.search(&WORLD.institutions, &asked)
}

fn one_of_them() -> impl Strategy<Value = (usize, String)> {
    // of what is longer the beginning counts
    let short = |name: &&str| name.chars().count() <= 80;
    let names = move |at: usize| {
        WORLD.institutions[at]
            .names
            .all()
            .filter(short)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let places =
        (0..WORLD.institutions.len()).prop_filter("a short name", move |&at| !names(at).is_empty() && !WORLD.institutions[at].unlisted);
    places.prop_flat_map(move |at| (Just(at), prop::sample::select(names(at))))
}

/// What people type, and what nobody does.
fn typed() -> impl Strategy<Value = String> {
    let cut = (one_of_them(), 1_usize..12).prop_map(|((_, name), letters)| name.chars().take(letters).collect());
    prop_oneof!["\\PC{0,200}", ".{0,200}", "[a-zא-ת ]{1,12}", "[0-9 -]{1,12}", cut]
}

/// The name with the second and third letter of its last long word swapped.
fn swapped(name: &str) -> Option<String> {
    let mut words: Vec<String> = name.split(' ').map(str::to_owned).collect();
    let plain = |word: &&mut String| word.chars().count() >= 5 && word.chars().all(char::is_alphabetic);
    let word = words.iter_mut().rev().find(plain)?;
    let mut letters: Vec<char> = word.chars().collect();
    if letters[1] == letters[2] {
        return None;
    }
    letters.swap(1, 2);
    *word = letters.into_iter().collect();
    Some(words.join(" "))
}

/// The name as it is compared: spaces and how a mark is written do not matter.
fn spelt(name: &str) -> BTreeSet<String> {
    let ways = std::iter::once(fold(name)).chain(fold_digraphs(name)).chain(romanized(&fold(name)));
    ways.map(|way| join(&way)).collect()
}

#[test]
fn a_search_looks_at_little_whatever_is_typed() {
    let filter = |country: &str| Filter {
        narrowing: Narrowing {
            countries: BTreeSet::from([country.to_owned()]),
            ..Narrowing::default()
        },
        ..all()
    };
    for filter in [all(), filter("DE"), filter("LU"), filter("IL")] {
        for typed in [
            "",
            "b",
            "ba",
            "bank",
            "s",
            "volksbank",
            "sparkasse",
            "sparkasee",
            "raifeisenbnak",
            "bank of",
            "לאומי",
            "ktunh",
            "1",
            "סנטנדר",
            "akasse",
            "dxyzq",
        ] {
            let effort = search(typed, &filter, 30).effort;
            let most = Effort {
                entries: 60_000,
                compared: 40_000,
                nodes: 60_000,
            };
            assert!(
                effort.entries <= most.entries && effort.compared <= most.compared && effort.nodes <= most.nodes,
                "{typed}: {effort:?}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_whole_name_finds_its_own_first((at, name) in one_of_them()) {
        let first = search(&name, &all(), 50);
        let names = |place: &u32| {
            let one = &WORLD.institutions[*place as usize];
            let codes = one.codes.iter().chain(&one.bics).map(AsRef::as_ref);
            one.names.all().chain(codes).any(|known| spelt(known).iter().any(|spelling| spelt(&name).contains(spelling)))
        };
        // of several that are called so, any
        let place = u32::try_from(at).unwrap();
        let before = first.places.iter().take_while(|&&known| known != place);
        prop_assert!(before.clone().all(names), "{} {:?}", name, first.places);
        prop_assert!(first.places.contains(&place) || first.places.len() > 50, "{}", name);
    }

    #[test]
    fn a_name_with_two_letters_swapped_still_finds_its_own((at, name) in one_of_them()) {
        let Some(slipped) = swapped(&name) else { return Ok(()) };
        let found = search(&slipped, &all(), 200);
        let place = u32::try_from(at).unwrap();
        prop_assert!(found.places.contains(&place) || found.places.len() > 200, "{} {} finds {:?}", slipped, WORLD.institutions[at].id, found);
    }

    #[test]
    fn to_stop_early_changes_nothing(typed in typed(), country in prop::sample::select(vec![None, Some("DE"), Some("XK")]), half in any::<bool>()) {
        let countries = country.into_iter().map(str::to_owned).collect();
        let filter = Filter { narrowing: Narrowing { countries, ..Narrowing::default() }, ..all() };
        let some = WORLD.institutions.len() / if half { 2 } else { 1 };
        let (early, late) = (search_in(some, &typed, &filter, 20), search_in(0, &typed, &filter, 20));
        prop_assert_eq!((early.places, early.hidden), (late.places, late.hidden), "{}", typed);
    }

    #[test]
    fn what_is_hidden_is_never_found(typed in typed(), country in prop::sample::select(vec!["DE", "IL", "UA", "GB"])) {
        let filter = Filter {
            narrowing: Narrowing { countries: BTreeSet::from([country.to_owned()]), ..Narrowing::default() },
            include_invented: false,
            ..all()
        };
        let found = search(&typed, &filter, 100);
        let seen = |place: &u32| filter.route(&WORLD.institutions[*place as usize]).is_some();
        prop_assert!(found.places.iter().all(seen));
        prop_assert!(found.places.is_empty() || found.hidden.is_empty());
    }

    #[test]
    fn asking_for_more_only_adds_at_the_end(typed in typed(), few in 0_usize..20, more in 1_usize..60) {
        let (short, long) = (search(&typed, &all(), few), search(&typed, &all(), few + more));
        prop_assert!(long.places.starts_with(&short.places), "{} {:?} {:?}", typed, short.places, long.places);
        let distinct: BTreeSet<_> = long.places.iter().collect();
        prop_assert_eq!(distinct.len(), long.places.len());
    }
}
