//! What people type, and what they mean by it.

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
        .search(query, filter, &|_| 0, 100)
        .items
        .iter()
        .map(|institution| institution.id.clone())
        .collect()
}

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
    let found = directory.search("", &test_key(), &|_| 0, 3);
    assert_eq!((found.items.len(), found.more), (3, true));
    let found = directory.search("", &test_key(), &|_| 0, 27);
    assert_eq!((found.items.len(), found.more), (27, false));
}

#[test]
fn a_live_key_sees_no_sandbox() {
    let directory = Directory::israel();
    let live = Filter {
        include_invented: true,
        ..Filter::default()
    };
    assert!(ids(&directory, "", &live).is_empty());
    assert!(ids(&directory, "לאומי", &live).is_empty());
    assert_eq!(directory.route("il-leumi", &live), None);
    assert_eq!(directory.route("sandbox-oauth", &live), None);
    let key = test_key();
    let route = directory
        .route("il-leumi", &key)
        .map(|route| (route.provider, route.provider_id.as_str()));
    assert_eq!(route, Some((ProviderName::Sandbox, "il-leumi")));
}

#[test]
fn invented_institutions_are_for_who_asks_for_them() {
    let directory = Directory::israel();
    assert!(ids(&directory, "sandbox", &test_key()).is_empty());
    assert_eq!(directory.route("sandbox-bank", &test_key()), None);
    let all = Filter {
        include_invented: true,
        ..test_key()
    };
    assert_eq!(
        ids(&directory, "sandbox", &all),
        [
            "sandbox-bank",
            "sandbox-card",
            "sandbox-insurance",
            "sandbox-business",
            "sandbox-methods",
            "sandbox-question",
            "sandbox-picture",
            "sandbox-accounts",
            "sandbox-forms",
            "sandbox-redirect",
            "sandbox-two-step",
            "sandbox-oauth",
            "sandbox-oauth-two-step",
            "sandbox-app"
        ]
    );
    assert_eq!(ids(&directory, "ארגז החול", &all).len(), 4);
    assert!(directory.route("sandbox-bank", &all).is_some());
    let by_id = Filter {
        institution_ids: Some(BTreeSet::from(["sandbox-bank".to_owned()])),
        ..test_key()
    };
    assert_eq!(ids(&directory, "", &by_id), ["sandbox-bank"]);
}

#[test]
fn a_list_of_ids_is_a_fence() {
    let directory = Directory::israel();
    let fenced = Filter {
        institution_ids: Some(["il-max", "il-leumi", "il-bank-of-israel"].map(str::to_owned).into_iter().collect()),
        ..test_key()
    };
    assert_eq!(ids(&directory, "", &fenced), ["il-leumi", "il-max", "il-bank-of-israel"]);
    assert!(ids(&directory, "פועלים", &fenced).is_empty());
    assert_eq!(directory.route("il-hapoalim", &fenced), None);
    let nobody = Filter {
        institution_ids: Some(BTreeSet::new()),
        ..test_key()
    };
    assert!(ids(&directory, "", &nobody).is_empty());
}

#[test]
fn what_a_host_fixed_leaves_those_that_take_it() {
    let directory = Directory::israel();
    let all = Filter {
        include_invented: true,
        ..test_key()
    };
    let passport = Filter {
        psu_id_type: Some(IdType::Passport),
        ..all.clone()
    };
    let company = Filter {
        psu_corporate_id: true,
        ..all.clone()
    };
    let national = Filter {
        psu_id_type: Some(IdType::NationalId),
        ..all.clone()
    };
    assert_eq!(ids(&directory, "", &passport), ["sandbox-business", "sandbox-forms"]);
    assert_eq!(ids(&directory, "", &company), ["sandbox-business"]);
    assert_eq!(ids(&directory, "", &national), ids(&directory, "", &all));
    assert_eq!(directory.route("sandbox-bank", &company), None, "and they alone can be chosen");
}

#[test]
fn the_central_bank_is_listed_only_by_its_whole_name() {
    let directory = Directory::israel();
    assert!(!ids(&directory, "ישראל", &test_key()).contains(&"il-bank-of-israel".to_owned()));
    assert!(!ids(&directory, "bank of isra", &test_key()).contains(&"il-bank-of-israel".to_owned()));
    assert_eq!(
        ids(&directory, "בנק ישראל", &test_key()).first().map(String::as_str),
        Some("il-bank-of-israel")
    );
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
            &|_| 0,
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

fn narrowed(wanted: Wanted) -> Vec<String> {
    let offers = |route: &Route| {
        let leaves = route.provider == ProviderName::BerlinGroup;
        let products = Product::ALL.into_iter().filter(|product| !(leaves && *product == Product::Owners));
        Some(Offers {
            products: products.collect(),
            leaves,
        })
    };
    let filter = Filter {
        test_mode: true,
        include_invented: true,
        narrowing: wanted.try_into().expect("a narrowing"),
        ..Filter::default()
    };
    let directory = through(offers);
    let listed = ids(&directory, "", &filter);
    // Whoever may be found may be chosen, and nobody else.
    let all = ids(
        &directory,
        "",
        &Filter {
            narrowing: Narrowing::default(),
            ..filter.clone()
        },
    );
    for id in all {
        assert_eq!(directory.route(&id, &filter).is_some(), listed.contains(&id), "{id}");
    }
    assert!(ids(&directory, "sandbox", &filter).iter().all(|id| listed.contains(id)));
    listed
}

#[test]
fn a_narrowing_leaves_those_that_fit_all_of_it() {
    let texts = |entries: &[&str]| Some(entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>());
    let has = |listed: &[String], id: &str| listed.iter().any(|known| known == id);
    let all = narrowed(Wanted::default());
    assert!(
        has(&all, "sandbox-question") && has(&all, "sandbox-redirect") && has(&all, "sandbox-business") && has(&all, "sandbox-insurance")
    );

    assert_eq!(
        narrowed(Wanted {
            countries: texts(&["FR", "IL"]),
            ..Wanted::default()
        }),
        all
    );
    assert!(
        narrowed(Wanted {
            countries: texts(&["FR"]),
            ..Wanted::default()
        })
        .is_empty()
    );
    let jerusalem = narrowed(Wanted {
        regions: texts(&["IL-JM"]),
        ..Wanted::default()
    });
    assert_eq!(jerusalem, all, "national institutions stay");
    let tel_aviv = narrowed(Wanted {
        regions: texts(&["IL-TA", "FR-75C"]),
        ..Wanted::default()
    });
    assert!(!has(&tel_aviv, "sandbox-question") && has(&tel_aviv, "il-leumi"));
    assert!(
        narrowed(Wanted {
            regions: texts(&["FR-75C"]),
            ..Wanted::default()
        })
        .is_empty()
    );

    let owners = narrowed(Wanted {
        products: Some(vec![Product::Owners, Product::Balances]),
        ..Wanted::default()
    });
    assert!(has(&owners, "il-leumi") && !has(&owners, "sandbox-redirect"));
    let through = narrowed(Wanted {
        providers: Some(vec![ProviderName::BerlinGroup]),
        ..Wanted::default()
    });
    assert!(has(&through, "sandbox-redirect") && !has(&through, "il-leumi"));
    let stays = narrowed(Wanted {
        allow_redirect: Some(false),
        ..Wanted::default()
    });
    assert!(has(&stays, "il-leumi") && !has(&stays, "sandbox-redirect"));
    let people = narrowed(Wanted {
        allow_business: Some(false),
        allow_insurance: Some(false),
        ..Wanted::default()
    });
    assert_eq!(people.len(), all.len() - 2);
    assert!(!has(&people, "sandbox-business") && !has(&people, "sandbox-insurance"));
}

#[test]
fn a_narrowing_that_is_none_is_refused_at_its_place() {
    let list = |entries: &[&str]| Some(entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>());
    let refusal = |wanted: Wanted| {
        let error = Narrowing::try_from(wanted).expect_err("refused");
        (error.field, error.place)
    };
    assert_eq!(
        refusal(Wanted {
            countries: list(&["IL", "il"]),
            ..Wanted::default()
        }),
        ("countries", Some(1))
    );
    assert_eq!(
        refusal(Wanted {
            regions: list(&["IL"]),
            ..Wanted::default()
        }),
        ("regions", Some(0))
    );
    assert_eq!(
        refusal(Wanted {
            products: Some(Vec::new()),
            ..Wanted::default()
        }),
        ("products", None)
    );
    assert_eq!(
        refusal(Wanted {
            providers: Some(Vec::new()),
            ..Wanted::default()
        }),
        ("providers", None)
    );
}

#[test]
fn who_cannot_be_reached_is_not_found() {
    let filter = Filter {
        test_mode: true,
        include_invented: true,
        ..Filter::default()
    };
    let all = Directory::israel();
    let some = through(|route| (route.provider == ProviderName::Sandbox).then(Offers::default));
    let ids = |directory: &Directory| {
        let found = directory.search("", &filter, &|_| 0, 500);
        found.items.iter().map(|institution| institution.id.clone()).collect::<Vec<_>>()
    };
    assert!(ids(&all).contains(&"sandbox-oauth".to_owned()));
    assert!(!ids(&some).contains(&"sandbox-oauth".to_owned()) && ids(&some).contains(&"il-leumi".to_owned()));
    assert!(ids(&through(|_| None)).is_empty());
}
