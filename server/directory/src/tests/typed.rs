//! What people type, and what they mean by it.

use super::*;

/// Each is (typed, what must come first).
const FIRST: &[(&str, &str)] = &[
    // whole names
    ("בנק לאומי לישראל", "il-leumi"),
    ("Bank Leumi", "il-leumi"),
    ("הבנק הבינלאומי הראשון לישראל", "il-fibi"),
    ("American Express", "il-amex"),
    ("בנק ישראל", "il-bank-of-israel"),
    ("bank of israel", "il-bank-of-israel"),
    // nicknames
    ("לאומי", "il-leumi"),
    ("בל\"ל", "il-leumi"),
    ("בל״ל", "il-leumi"),
    ("פועלים", "il-hapoalim"),
    ("הפועלים", "il-hapoalim"),
    ("poalim", "il-hapoalim"),
    ("דיסקונט", "il-discount"),
    ("טפחות", "il-mizrahi"),
    ("מזרחי", "il-mizrahi"),
    ("mizrachi", "il-mizrahi"),
    ("הבינלאומי", "il-fibi"),
    ("FIBI", "il-fibi"),
    ("מרכנתיל", "il-mercantile"),
    ("ישראכרט", "il-isracard"),
    ("כאל", "il-cal"),
    ("ויזה", "il-cal"),
    ("visa", "il-cal"),
    ("מקס", "il-max"),
    ("max", "il-max"),
    ("אמקס", "il-amex"),
    ("amex", "il-amex"),
    ("דיינרס", "il-diners"),
    ("פפר", "il-pepper"),
    ("וואן זירו", "il-onezero"),
    ("ואן זירו", "il-onezero"),
    ("יהב", "il-yahav"),
    ("פאג״י", "il-pagi"),
    ("איגוד", "il-union"),
    ("אש", "il-esh"),
    ("hsbc", "il-hsbc"),
    // case, marks, punctuation, spaces
    ("  LEUMI ", "il-leumi"),
    ("לְאוּמִי", "il-leumi"),
    ("onezero", "il-onezero"),
    ("one-zero", "il-onezero"),
    ("ha hayal", "il-otsar-hahayal"),
    ("u bank", "il-ubank"),
    ("ירושלימ", "il-jerusalem"),
    // beginnings
    ("לא", "il-leumi"),
    ("leu", "il-leumi"),
    ("דיס", "il-discount"),
    ("ישראכ", "il-isracard"),
    ("merc", "il-mercantile"),
    ("otsar", "il-otsar-hahayal"),
    // order of words, and words in two languages
    ("tefahot mizrahi", "il-mizrahi"),
    ("טפחות מזרחי", "il-mizrahi"),
    ("leumi bank", "il-leumi"),
    ("zero one", "il-onezero"),
    ("discount mercantile", "il-mercantile"),
    ("לאומי bank", "il-leumi"),
    // pieces
    ("hayal", "il-otsar-hahayal"),
    ("שראכר", "il-isracard"),
    ("count", "il-discount"),
    // Hebrew prefixes
    ("בלאומי", "il-leumi"),
    ("לדיסקונט", "il-discount"),
    ("בדואר", "il-postal"),
    ("בירושלים", "il-jerusalem"),
    ("בנק המזרחי", "il-mizrahi"),
    // slips
    ("leumo", "il-leumi"),
    ("luemi bank", "il-leumi"),
    ("hapolaim", "il-hapoalim"),
    ("discuont", "il-discount"),
    ("discunt", "il-discount"),
    ("diskount", "il-discount"),
    ("mercentil", "il-mercantile"),
    ("yahv", "il-yahav"),
    ("isracrad", "il-isracard"),
    ("פועילם", "il-hapoalim"),
    ("דיסקונת", "il-discount"),
    ("ישרכארט", "il-isracard"),
    ("לואמי", "il-leumi"),
    ("jeruslem", "il-jerusalem"),
    ("peper", "il-pepper"),
    // codes and BICs
    ("10", "il-leumi"),
    ("010", "il-leumi"),
    ("12", "il-hapoalim"),
    ("4", "il-yahav"),
    ("04", "il-yahav"),
    ("99", "il-bank-of-israel"),
    ("LUMIILIT", "il-leumi"),
    ("poalilitxxx", "il-hapoalim"),
    ("idbl", "il-discount"),
];

#[test]
fn what_people_type_finds_what_they_mean() {
    let directory = Directory::israel();
    let wrong: Vec<_> = FIRST
        .iter()
        .filter_map(|(typed, meant)| {
            let found = ids(&directory, typed, &test_key());
            (found.first().map(String::as_str) != Some(*meant)).then(|| format!("{typed}: {found:?}, not {meant}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_name_nickname_code_and_bic_finds_its_own() {
    let directory = Directory::israel();
    let all = Filter {
        include_invented: true,
        ..test_key()
    };
    for institution in directory.all() {
        let codes = institution.codes.iter().chain(&institution.bics).map(String::as_str);
        let names = institution.names.all().chain(codes);
        for name in names {
            assert!(
                ids(&directory, name, &all).contains(&institution.id),
                "{name} does not find {}",
                institution.id
            );
        }
        for name in institution.names.localized().0.values() {
            assert_eq!(ids(&directory, name, &all).first(), Some(&institution.id), "{name}");
        }
    }
}

#[test]
fn the_better_match_comes_first() {
    let directory = Directory::israel();
    // exact before a piece of another name (בינלאומי)
    let found = ids(&directory, "לאומי", &test_key());
    assert!(
        found.iter().position(|id| id == "il-leumi") < found.iter().position(|id| id == "il-fibi"),
        "{found:?}"
    );
    // exact before beginning: Leumi before the former Leumi Card
    assert_eq!(ids(&directory, "leumi", &test_key())[..2], ["il-leumi", "il-max"]);
    // what is spelt right brings no likes of it
    assert_eq!(ids(&directory, "massad", &test_key()), ["il-massad"]);
}

#[test]
fn nonsense_finds_nothing() {
    let directory = Directory::israel();
    for typed in ["qqqq", "זזזז", "777", "leumixyz", "xxleumixx", "bank qqqq"] {
        assert_eq!(ids(&directory, typed, &test_key()), Vec::<String>::new(), "{typed}");
    }
}

#[test]
fn of_a_long_query_the_beginning_counts() {
    let directory = Directory::israel();
    assert_eq!(
        ids(&directory, &format!("{:80}qqqq", "leumi bank"), &test_key()),
        ids(&directory, "leumi bank", &test_key())
    );
}

#[test]
fn without_a_query_the_usual_order() {
    let directory = Directory::israel();
    let usual = ids(&directory, "", &test_key());
    assert_eq!(
        usual[..6],
        ["il-hapoalim", "il-leumi", "il-mizrahi", "il-discount", "il-fibi", "il-isracard"]
    );
    assert_eq!(usual.len(), 27);
    assert_eq!(ids(&directory, " \u{200f}\" ", &test_key()), usual);
    assert!(!usual.iter().any(|id| id.starts_with("sandbox-") || id == "il-bank-of-israel"));
}

#[test]
fn a_limit_says_whether_there_is_more() {
    let directory = Directory::israel();
    let found = directory.search("", &test_key(), None, 3);
    assert_eq!((found.items.len(), found.more), (3, true));
    let found = directory.search("", &test_key(), None, 27);
    assert_eq!((found.items.len(), found.more), (27, false));
}

#[test]
fn a_search_that_finds_nothing_says_why() {
    let directory = Directory::embedded();
    let nothing = |typed: &str, filter: &Filter| directory.search(typed, filter, None, 10).nothing;
    let abroad = Filter {
        narrowing: Narrowing {
            countries: BTreeSet::from(["LU".to_owned()]),
            ..Narrowing::default()
        },
        ..test_key()
    };
    assert_eq!(nothing("leumi", &test_key()), None);
    assert_eq!(nothing("בנק מסד", &abroad), Some(Nothing::NotReachable(1)));
    assert_eq!(nothing("qqqq", &abroad), Some(Nothing::NoSuch));
    // what is invented is nobody whom a person could miss
    assert_eq!(nothing("sandbox question bank", &Filter::default()), Some(Nothing::NoSuch));
}
