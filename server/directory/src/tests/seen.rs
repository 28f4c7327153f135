//! Whom a session sees.

use super::*;

#[test]
fn a_live_key_sees_no_sandbox() {
    let directory = Directory::israel();
    let live = Filter {
        include_invented: true,
        ..Filter::default()
    };
    let provider = |id| directory.route(id, &live).map(|route| route.provider);
    let seen = ids(&directory, "", &live);
    assert!(!seen.is_empty() && seen.iter().all(|id| provider(id).is_some_and(|provider| !provider.test_only())));
    assert_eq!(
        (provider("il-leumi"), provider("il-jerusalem")),
        (Some(ProviderName::BerlinGroup), None)
    );
    assert_eq!(provider("sandbox-oauth"), None);
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
            "sandbox-broker",
            "sandbox-redirect",
            "sandbox-two-step",
            "sandbox-oauth",
            "sandbox-oauth-two-step",
            "sandbox-app",
            "sandbox-password",
            "sandbox-confirmation",
            "sandbox-signature",
            "sandbox-certificate",
            "sandbox-north",
            "sandbox-south"
        ]
    );
    assert_eq!(ids(&directory, "ארגז החול", &all).len(), 5);
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
