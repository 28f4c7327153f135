//! Long forms and what hosts fix in them.

use crate::challenges::{LOGIN, field, form, success, wrong};
use crate::world::World;
use gesher_contract::{FieldKind, IdType, Language, View};
use gesher_server::providers::{Ask, Progress, Reach, Step};
use serde_json::json;

const EVERYTHING: [(&str, &str); 6] = [
    ("psu_id", "043510023"),
    ("account.branch", "123"),
    ("account.account", "456-789"),
    ("account_kind", "joint"),
    ("device", "own"),
    ("password", "pass"),
];

#[tokio::test]
async fn every_wrong_field_is_named_and_the_right_form_goes_through() {
    let world = World::new().await;
    let invited = world.invite(json!({ "institution_ids": ["sandbox-forms"] })).await;
    let mut visit = world.enter(&invited).await;
    let asked = form(visit.open().await);
    let kinds: Vec<_> = asked.fields.iter().map(|field| field.kind).collect();
    assert_eq!(
        kinds,
        [
            FieldKind::Note,
            FieldKind::NationalId,
            FieldKind::BranchAccount,
            FieldKind::Select,
            FieldKind::Radio,
            FieldKind::Number,
            FieldKind::Password
        ]
    );
    let mended = form(
        visit
            .submit(&[
                ("psu_id", "043510024"),
                ("account.branch", "12"),
                ("account.account", "45x"),
                ("account_kind", "secret"),
                ("device", "stolen"),
                ("card4Digits", "12"),
            ])
            .await,
    );
    assert_eq!(
        wrong(&mended),
        ["psu_id", "account", "account_kind", "device", "card4Digits", "password"]
    );
    let account = field(&mended, "account");
    assert_eq!(
        (account.branch.as_str(), account.account.as_str()),
        ("12", "45x"),
        "what was typed stays"
    );
    let by_passport = form(visit.submit(&[&[("psu_id.type", "passport")], &EVERYTHING[1..]].concat()).await);
    assert_eq!(wrong(&by_passport), ["psu_id"]);
    assert_eq!(field(&by_passport, "psu_id").id_type, IdType::Passport);

    assert!(form(visit.submit(&EVERYTHING).await).challenge);
    success(visit.submit(&[("code", "12345")]).await);
}

#[tokio::test]
async fn a_passport_is_as_good_as_a_national_id() {
    let world = World::new().await;
    let mut seen = Vec::new();
    for who in [("043510023", "national_id"), ("p1234567", "passport")] {
        let invited = world.invite(json!({ "institution_ids": ["sandbox-forms"] })).await;
        let mut visit = world.enter(&invited).await;
        visit.open().await;
        visit
            .submit(&[&[("psu_id", who.0), ("psu_id.type", who.1)], &EVERYTHING[1..]].concat())
            .await;
        let mut accounts = success(visit.submit(&[("code", "12345")]).await).accounts;
        accounts.sort_by(|one, other| one.last_digits.cmp(&other.last_digits));
        seen.push(accounts);
    }
    assert_eq!(seen[0], seen[1], "they are the same person's");
}

#[tokio::test]
async fn a_passport_that_the_host_fixed_cannot_be_changed() {
    let world = World::new().await;
    let invited = world
        .invite(json!({ "psu_id": "p1234567", "psu_id_type": "passport", "institution_ids": ["sandbox-forms"] }))
        .await;
    let mut visit = world.enter(&invited).await;
    let asked = form(visit.open().await);
    let locked = field(&asked, "psu_id");
    assert_eq!(
        (locked.value.as_str(), locked.locked, locked.id_type),
        ("P1234567", true, IdType::Passport)
    );
    for other in ["P7654321", "043510023"] {
        let changed = [&[("psu_id", other), ("psu_id.type", "national_id")], &EVERYTHING[1..]].concat();
        assert_eq!(wrong(&form(visit.submit(&changed).await)), ["psu_id"], "{other}");
    }
    assert!(form(visit.submit(&EVERYTHING[1..]).await).challenge);
    success(visit.submit(&[("code", "12345")]).await);
}

#[tokio::test]
async fn a_company_that_the_host_fixed_cannot_be_changed() {
    let world = World::new().await;
    let invited = world
        .invite(json!({ "psu_corporate_id": "510000003", "institution_ids": ["sandbox-business"] }))
        .await;
    let mut visit = world.enter(&invited).await;
    let asked = form(visit.open().await);
    let locked = field(&asked, "psu_corporate_id");
    assert_eq!((locked.value.as_str(), locked.locked), ("510000003", true));
    let changed = [&LOGIN[..], &[("psu_corporate_id", "520000001")]].concat();
    assert_eq!(wrong(&form(visit.submit(&changed).await)), ["psu_corporate_id"]);
    assert!(form(visit.submit(&LOGIN).await).challenge);
    success(visit.submit(&[("code", "12345")]).await);
}

#[tokio::test]
async fn what_a_host_fixed_hides_the_institutions_that_do_not_take_it() {
    let world = World::new().await;
    let passport = json!({ "psu_id": "P1234567", "psu_id_type": "passport" });
    let company = json!({ "psu_corporate_id": "510000003" });
    for (fixed, takers) in [
        (passport, &["sandbox-business", "sandbox-forms"][..]),
        (company, &["sandbox-business"]),
    ] {
        let invited = world.invite(fixed).await;
        let mut visit = world.enter(&invited).await;
        let View::Picker(picker) = visit.open().await.clone() else {
            panic!("no picker")
        };
        let listed: Vec<_> = picker.tiles.iter().map(|tile| tile.id.as_str()).collect();
        assert_eq!(listed, takers);
        assert!(
            matches!(visit.choose("sandbox-bank").await, View::Picker(_)),
            "nor can it be chosen"
        );
        assert!(form(visit.choose(takers[0]).await).fields.iter().any(|field| field.locked));
    }
}

#[tokio::test]
async fn the_directory_knows_what_each_form_takes() {
    let world = World::new().await;
    let bank = world.core.providers.get("sandbox").expect("a provider");
    let listed = world.get("/v1/institutions?limit=200&include_sandbox=true").await.body;
    let mut seen = 0;
    for institution in listed["data"].as_array().expect("institutions") {
        let ask = Ask {
            reach: Reach::everything(),
            provider_id: institution["id"].as_str().expect("an id").to_owned(),
            language: Language::En,
            psu_id: None,
            recurring: true,
            valid_until: "2027-01-01".to_owned(),
            brand: None,
            ..Ask::default()
        };
        let cx = world.core.cx("abc123", "test", "sandbox", None).await.expect("settings");
        let Ok(Progress {
            step: Step::Form(form), ..
        }) = bank.begin(&cx, &ask).await
        else {
            continue;
        };
        let asked = |name: &str| form.fields.iter().find(|field| field.name == name);
        let passport = asked("psu_id").is_some_and(|field| field.passport);
        let types = if passport {
            json!(["national_id", "passport"])
        } else {
            json!(["national_id"])
        };
        assert_eq!(institution["psu_id_types"], types, "{institution}");
        assert_eq!(
            institution["psu_corporate_id"],
            json!(asked("psu_corporate_id").is_some()),
            "{institution}"
        );
        seen += 1;
    }
    assert!(seen > 30, "{seen}");
}
