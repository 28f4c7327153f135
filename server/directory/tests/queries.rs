//! What people type finds whom they mean: 97 in 100 of `queries.tsv` among the first three.

use gesher_directory::{Directory, Filter, Institution, Narrowing};
use std::collections::BTreeMap;

/// How many of the first results count.
const FIRST: usize = 3;

/// In a thousand.
const ASKED: usize = 970;

fn is_meant(institution: &Institution, expected: &str) -> bool {
    expected.split('|').any(|one| match one.split_once(':') {
        Some(("bic", bic)) => institution.bics.iter().any(|known| **known == *bic),
        Some(("code", place)) => place
            .split_once('/')
            .is_some_and(|(country, code)| *institution.country == *country && institution.codes.iter().any(|known| **known == *code)),
        _ => *institution.id == *one,
    })
}

#[test]
fn what_people_type_finds_whom_they_mean() {
    let directory = Directory::embedded();
    let (mut all, mut missed) = (0, Vec::new());
    let mut groups: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut group = "";
    for line in include_str!("queries.tsv").lines().filter(|line| !line.is_empty()) {
        if let Some(rule) = line.strip_prefix("# ") {
            group = rule;
            continue;
        }
        let columns: Vec<&str> = line.split('\t').collect();
        let [typed, expected, countries] = columns[..] else {
            panic!("three columns: {line}")
        };
        let filter = Filter {
            test_mode: true,
            include_invented: group.starts_with("the sandbox"),
            narrowing: Narrowing {
                countries: countries
                    .split(',')
                    .filter(|country| !country.is_empty())
                    .map(str::to_owned)
                    .collect(),
                ..Narrowing::default()
            },
            ..Filter::default()
        };
        let found = directory.search(typed, &filter, None, FIRST).items;
        let counts = groups.entry(group).or_default();
        all += 1;
        counts.0 += 1;
        if found.iter().any(|institution| is_meant(institution, expected)) {
            counts.1 += 1;
        } else {
            let ids: Vec<&str> = found.iter().map(|institution| &*institution.id).collect();
            missed.push(format!("{group}: {typed} ({countries}) finds {ids:?}, not {expected}"));
        }
    }
    let right = all - missed.len();
    let short: Vec<_> = groups.into_iter().filter(|(_, (all, right))| right < all).collect();
    assert!(right * 1000 >= all * ASKED, "{right} of {all}: {short:#?} {missed:#?}");
}
