//! What a host asks of the institutions that can be chosen: seen in the picker, in the choice itself, and in the list.

use crate::web::Person;
use crate::world::{ORIGIN, REDIRECT, World};
use axum::http::StatusCode;
use gesher_app::backend::{Backend as _, Entrance, Shut};
use gesher_contract::{More, Nothing, PickerView, View};
use gesher_server::tenants::Mode;
use serde_json::{Value, json};

/// What the picker shows of a connection that is asked for with this.
async fn picker(world: &World, asked: Value) -> PickerView {
    let invited = world.invite(asked).await;
    match world.enter(&invited).await.screen.view {
        View::Picker(picker) => picker,
        other => panic!("no picker: {other:?}"),
    }
}

/// The ids of the list with this query.
async fn listed(world: &World, query: &str) -> Vec<String> {
    let answer = world.get(&format!("/v1/institutions?include_sandbox=true&limit=200&{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
    let data = answer.body["data"].as_array().expect("a list");
    data.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

/// Whether the institution can be chosen in a session that is asked for with this.
async fn can_be_chosen(world: &World, asked: Value, institution: &str) -> bool {
    let invited = world.invite(asked).await;
    let mut visit = world.enter(&invited).await;
    !matches!(visit.choose(institution).await, View::Picker(_))
}

#[tokio::test]
async fn institutions_are_named_by_what_a_vendor_calls_them() {
    let world = World::new().await;
    let both = picker(&world, json!({ "institution_ids": ["leumi-sandbox", "visaCal"] })).await;
    let tiles: Vec<_> = both.tiles.iter().map(|tile| tile.id.as_str()).collect();
    assert_eq!(tiles, ["il-leumi", "il-cal"]);
    // A single one skips the picker, whatever it was called.
    let invited = world.invite(json!({ "institution_ids": ["open-finance-sandbox"] })).await;
    let mut visit = world.enter(&invited).await;
    assert!(matches!(visit.open().await, View::Form(_)), "{:?}", visit.screen.view);

    assert_eq!(listed(&world, "institution_ids=leumi,il-max,nobody").await, ["il-leumi", "il-max"]);
    let answer = world.get("/v1/institutions?q=leumi&limit=1").await;
    let aliases = json!({ "open_finance": ["leumi", "leumi-sandbox"], "israeli_bank_scrapers": ["leumi"] });
    assert_eq!(answer.body["data"][0]["aliases"], aliases);
    let route = &answer.body["data"][0]["routes"][0];
    let products = json!(["accounts", "balances", "transactions", "owners"]);
    assert_eq!(
        (&route["provider"], &route["products"], &route["redirect"]),
        (&json!("sandbox"), &products, &json!(false))
    );
}

#[tokio::test]
async fn the_picker_begins_with_what_the_host_put_into_its_search_box() {
    let world = World::new().await;
    let invited = world.invite(json!({ "institution_search": "discount" })).await;
    let mut visit = world.enter(&invited).await;
    let View::Picker(picker) = &visit.screen.view else {
        panic!("no picker")
    };
    assert_eq!(picker.query, "discount");
    let tiles: Vec<_> = picker.tiles.iter().map(|tile| tile.id.as_str()).collect();
    assert_eq!(tiles, ["il-discount", "il-mercantile"]);
    // Without scripts it is the same page.
    let hosted = invited["hosted_url"].as_str().expect("an address");
    let page = Person::new(&world).get(hosted, "cross-site").await.text;
    assert!(
        page.contains("value=\"discount\"") && page.contains("value=\"il-mercantile\""),
        "{page}"
    );
    assert!(!page.contains("value=\"il-yahav\""), "{page}");
    // Who empties the box sees all.
    let screen = gesher_app::backend::Backend::search_screen(&world.backend, &visit.at, "")
        .await
        .expect("searches");
    let View::Picker(picker) = screen.view else { panic!("no picker") };
    assert!(picker.query.is_empty() && picker.tiles.len() > 2);
    visit.look().await;
}

#[tokio::test]
async fn each_wish_holds_in_the_picker_in_the_choice_and_in_the_list() {
    let world = World::new().await;
    // The wish; as a query; who stays; who goes.
    let cases = [
        (json!({ "countries": ["IL", "FR"] }), "countries=IL,FR", "sandbox-bank", None),
        (
            json!({ "regions": ["IL-TA"] }),
            "regions=IL-TA",
            "sandbox-bank",
            Some("sandbox-question"),
        ),
        (json!({ "regions": ["IL-JM"] }), "regions=IL-JM", "sandbox-question", None),
        (
            json!({ "products": ["owners"] }),
            "products=owners",
            "sandbox-redirect",
            Some("sandbox-two-step"),
        ),
        (
            json!({ "providers": ["berlin_group"] }),
            "providers=berlin_group",
            "sandbox-app",
            Some("sandbox-bank"),
        ),
        (
            json!({ "allow_redirect": false }),
            "allow_redirect=false",
            "sandbox-app",
            Some("sandbox-redirect"),
        ),
        (
            json!({ "allow_business": false }),
            "allow_business=false",
            "sandbox-bank",
            Some("sandbox-business"),
        ),
        (
            json!({ "allow_insurance": false }),
            "allow_insurance=false",
            "sandbox-bank",
            Some("sandbox-insurance"),
        ),
    ];
    for (asked, query, stays, goes) in cases {
        let mut asked = asked;
        let with_list = listed(&world, query).await;
        assert!(with_list.contains(&stays.to_owned()), "{query}: {with_list:?}");
        assert!(can_be_chosen(&world, asked.clone(), stays).await, "{query}: {stays}");
        asked["institution_search"] = json!("sandbox");
        let tiles: Vec<_> = picker(&world, asked.clone()).await.tiles.into_iter().map(|tile| tile.id).collect();
        assert!(tiles.contains(&stays.to_owned()), "{query}: {tiles:?}");
        if let Some(goes) = goes {
            assert!(!with_list.contains(&goes.to_owned()), "{query}");
            assert!(!tiles.contains(&goes.to_owned()), "{query}");
            assert!(!can_be_chosen(&world, asked.clone(), goes).await, "{query}: {goes}");
            assert!(can_be_chosen(&world, json!({}), goes).await, "{goes}");
        }
    }
    assert_eq!(listed(&world, "psu_corporate_id=true").await, ["sandbox-business"]);
    assert_eq!(listed(&world, "psu_id_type=passport").await, ["sandbox-business", "sandbox-forms"]);
}

#[tokio::test]
async fn a_wish_that_is_none_or_leaves_nobody_is_refused_by_name() {
    let world = World::new().await;
    let cases = [
        (json!({ "countries": [] }), "invalid_countries", "countries"),
        (json!({ "countries": ["IL", "Israel"] }), "invalid_countries", "countries[1]"),
        (json!({ "countries": ["FR"] }), "no_institution_left", "countries"),
        (json!({ "regions": ["IL-"] }), "invalid_regions", "regions[0]"),
        (json!({ "regions": ["US-CA"] }), "no_institution_left", "regions"),
        (json!({ "products": ["salaries"] }), "invalid_field", "products[0]"),
        (json!({ "products": [] }), "invalid_products", "products"),
        (json!({ "optional_products": [] }), "invalid_products", "optional_products"),
        (
            json!({ "products": ["balances"], "optional_products": ["owners", "balances"] }),
            "product_in_both",
            "optional_products[1]",
        ),
        (
            json!({ "products": ["owners"], "institution_ids": ["sandbox-two-step"] }),
            "no_institution_left",
            "products",
        ),
        (json!({ "providers": ["teller"] }), "invalid_field", "providers[0]"),
        (json!({ "providers": ["plaid"] }), "no_institution_left", "providers"),
        (
            json!({ "providers": ["berlin_group"], "institution_ids": ["leumi"] }),
            "no_institution_left",
            "providers",
        ),
        (
            json!({ "allow_redirect": false, "institution_ids": ["sandbox-redirect"] }),
            "no_institution_left",
            "allow_redirect",
        ),
        (
            json!({ "allow_business": false, "institution_ids": ["sandbox-business"] }),
            "no_institution_left",
            "allow_business",
        ),
        (
            json!({ "allow_insurance": false, "institution_ids": ["menora-sandbox"] }),
            "no_institution_left",
            "allow_insurance",
        ),
        (json!({ "plaid_sandbox": true }), "plaid_not_available", "plaid_sandbox"),
        (
            json!({ "institution_search": " " }),
            "invalid_institution_search",
            "institution_search",
        ),
        (
            json!({ "institution_search": "x".repeat(101) }),
            "invalid_institution_search",
            "institution_search",
        ),
    ];
    for (asked, code, field) in cases {
        let mut body = json!({ "customer": { "external_id": "user-1" }, "parent_origin": ORIGIN, "include_sandbox": true });
        for (name, value) in asked.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let answer = world.post("/v1/connections", &body).await;
        let refusal = (answer.status, answer.body["code"].as_str(), answer.body["field"].as_str());
        assert_eq!(
            refusal,
            (StatusCode::UNPROCESSABLE_ENTITY, Some(code), Some(field)),
            "{asked}: {}",
            answer.body
        );
    }
    world.invite(json!({ "plaid_sandbox": false })).await;
    for (query, field) in [
        ("countries=il", "countries[0]"),
        ("products=balances,salaries", "products[1]"),
        ("providers=", "providers"),
        ("psu_id_type=licence", "psu_id_type"),
        ("colour=red", "colour"),
    ] {
        let answer = world.get(&format!("/v1/institutions?{query}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert_eq!(answer.body["field"].as_str().unwrap_or_default(), field, "{query}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_key_that_reaches_nobody_at_all_is_told_so() {
    let world = World::new().await;
    // Everything here is reached by providers for tests alone.
    let live = world.add_key(&world.tenant, Mode::Live).await;
    for more in [json!({}), json!({ "include_sandbox": true, "countries": ["FR"] })] {
        let mut body = json!({ "customer": { "external_id": "user-1" }, "parent_origin": ORIGIN });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let answer = world.call("POST", "/v1/connections", &live, &[], Some(&body.to_string())).await;
        let refusal = (answer.status, &answer.body["code"], &answer.body["field"]);
        assert_eq!(refusal, (StatusCode::UNPROCESSABLE_ENTITY, &json!("no_institution"), &Value::Null));
    }
    // A page can be prepared before; until there is somebody to choose, its visitors are turned away.
    let body = json!({ "name": "Soon", "redirect_url": REDIRECT }).to_string();
    let page = world.call("POST", "/v1/start_pages", &live, &[], Some(&body)).await;
    assert_eq!(page.status, StatusCode::CREATED, "{}", page.body);
    let slug = page.body["url"].as_str().expect("an address").rsplit('/').next().expect("a slug");
    let knock = world.backend.doorway(&Entrance::StartPage(slug.to_owned()), None).await;
    assert_eq!(knock.err().map(|closed| closed.why), Some(Shut::Unready));
}

#[tokio::test]
async fn a_search_that_finds_nothing_says_whether_the_bank_is_known_and_names_no_invented_one() {
    let world = World::new().await;
    let invited = world
        .invite(json!({ "institution_ids": ["il-max", "il-cal"], "language": "en" }))
        .await;
    let visit = world.enter(&invited).await;
    let search = async |query: &str| world.backend.search(&visit.at, query).await.expect("finds");
    let all = search("").await;
    assert_eq!((all.tiles.len(), all.more, all.nothing), (2, More::None, None));
    let hapoalim = search("Hapoalim").await;
    assert!(hapoalim.tiles.is_empty());
    assert!(
        matches!(&hapoalim.nothing, Some(Nothing::NotHere(names)) if names[0].contains("Hapoalim") && names.len() <= 3),
        "{:?}",
        hapoalim.nothing
    );
    assert_eq!(search("zzzzzz").await.nothing, Some(Nothing::Unknown));
    let invented = search("Sandbox Bank").await.nothing.expect("nothing");
    assert!(!format!("{invented:?}").contains("Sandbox"), "{invented:?}");
}

#[tokio::test]
async fn where_all_are_of_one_country_no_tile_says_which() {
    let world = World::new().await;
    let shown = picker(&world, json!({})).await;
    assert!(shown.tiles.iter().all(|tile| tile.country.is_none() && tile.other_name.is_empty()));
    assert!(shown.may_be_not_listed && shown.tiles.iter().all(|tile| !tile.troubled && tile.logo.is_none()));
}
