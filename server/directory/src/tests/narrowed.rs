//! Whom a host wants shown.

use super::*;

fn narrowed(wanted: Wanted) -> Vec<String> {
    let offers = |route: &Route| {
        let leaves = route.provider == ProviderName::BerlinGroup;
        let products = Product::FETCHED
            .into_iter()
            .filter(|product| !(leaves && *product == Product::Owners));
        Some(Offers {
            products: products.collect(),
            leaves,
            tier: 0,
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
    assert!(has(&through, "sandbox-redirect") && has(&through, "il-leumi") && !has(&through, "il-jerusalem"));
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
            regions: list(&["il"]),
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
        let found = directory.search("", &filter, None, 500);
        found.items.iter().map(|institution| institution.id.clone()).collect::<Vec<_>>()
    };
    assert!(ids(&all).contains(&"sandbox-oauth".to_owned()));
    assert!(!ids(&some).contains(&"sandbox-oauth".to_owned()) && ids(&some).contains(&"il-leumi".to_owned()));
    assert!(ids(&through(|_| None)).is_empty());
}
