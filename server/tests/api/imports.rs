//! What tenants and operators make of the directory.

use crate::admin::Ops;
use crate::world::{Answer, World, add_tenant};
use axum::http::StatusCode;
use gesher_contract::{TenantTag, View};
use gesher_server::tenants::Mode;
use serde_json::{Value, json};

const CSV: &[(&str, &str)] = &[("content-type", "text/csv")];
/// A pixel.
const LOGO: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";

async fn import(world: &World, key: &str, table: &str) -> Answer {
    world.call("PATCH", "/v1/institution_rows", key, CSV, Some(table)).await
}

fn ids(answer: &Answer) -> Vec<String> {
    let data = answer.body["data"].as_array().expect("a list").iter();
    data.map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

async fn listed(world: &World, key: &str, query: &str) -> Vec<String> {
    ids(&world
        .call("GET", &format!("/v1/institutions?limit=200&{query}"), key, &[], None)
        .await)
}

fn told(rows: u32, added: u32, changed: u32, hidden: u32) -> Value {
    json!({ "rows": rows, "added": added, "changed": changed, "hidden": hidden })
}

#[tokio::test]
async fn a_tenant_adds_changes_hides_and_orders() {
    let world = World::new().await;
    let other = add_tenant(&world.core, &TenantTag::from_random(9), &[], &[]).await;
    let live = world.add_key(&world.tenant, Mode::Live).await;
    let before = listed(&world, &other, "").await;
    let table = format!(
        "id,en,he,country,nicknames,hidden,order,logo\n\
         il-credit-union,Credit Union of the Galil,אשראי הגליל,IL,galil;גליל,,1,\"{LOGO}\"\n\
         il-leumi,,,,the green bank,,,\n\
         il-hapoalim,,,,,true,,\n\
         il-discount,,,,,,0,\n"
    );
    let answer = import(&world, &world.key, &table).await;
    assert_eq!((answer.status, &answer.body), (StatusCode::OK, &told(4, 1, 1, 1)));
    let again = import(&world, &world.key, &table).await;
    assert_eq!(
        (again.status, &again.body),
        (StatusCode::OK, &told(4, 0, 0, 0)),
        "the same again changes nothing"
    );

    let after = listed(&world, &world.key, "").await;
    assert_eq!(after[..2], ["il-discount", "il-credit-union"]);
    assert!(!after.contains(&"il-hapoalim".to_owned()));
    assert_eq!(listed(&world, &world.key, "q=green%20bank").await, ["il-leumi"]);
    assert_eq!(
        listed(&world, &world.key, "q=%D7%92%D7%9C%D7%99%D7%9C")
            .await
            .first()
            .map(String::as_str),
        Some("il-credit-union")
    );
    // What a row leaves out stays.
    let leumi = world.get("/v1/institutions/il-leumi").await.body;
    assert_eq!((&leumi["name"]["en"], &leumi["codes"]), (&json!("Bank Leumi"), &json!(["10"])));
    assert_eq!(leumi["iban_prefixes"], json!(["IL??010"]));

    // Nobody else sees any of it: no other tenant, and not the other mode.
    assert_eq!(listed(&world, &other, "").await, before);
    for key in [&other, &live] {
        for path in ["/v1/institutions/il-credit-union", "/v1/institution_rows/il-credit-union"] {
            let method = if path.contains("rows") { "DELETE" } else { "GET" };
            assert_eq!(
                world.call(method, path, key, &[], None).await.status,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        assert_eq!(
            world.call("GET", "/v1/institutions/il-hapoalim", key, &[], None).await.status,
            StatusCode::OK
        );
        assert_eq!(world.call("GET", "/v1/institution_rows", key, &[], None).await.body, json!([]));
    }

    // Its logo is a file on our origin that can do nothing.
    let own = world.get("/v1/institutions/il-credit-union").await.body;
    assert_eq!(own["sources"][0]["title"], "tenant's own");
    let logo = url::Url::parse(own["logo"].as_str().expect("a logo")).expect("an address");
    let file = world.get(logo.path()).await;
    assert_eq!(
        (file.status, &file.headers["content-type"]),
        (StatusCode::OK, &"image/png".parse().expect("a value"))
    );
    assert!(
        file.headers["content-security-policy"]
            .to_str()
            .expect("text")
            .starts_with("default-src 'none'")
    );
    assert_eq!(world.get("/w/logo/none.png").await.status, StatusCode::NOT_FOUND);

    // To take a row back is to be where one was.
    for id in ["il-credit-union", "il-leumi", "il-hapoalim", "il-discount"] {
        let path = format!("/v1/institution_rows/{id}");
        assert_eq!(
            world.call("DELETE", &path, &world.key, &[], None).await.status,
            StatusCode::NO_CONTENT
        );
        assert_eq!(
            world.call("DELETE", &path, &world.key, &[], None).await.status,
            StatusCode::NOT_FOUND
        );
    }
    assert_eq!(listed(&world, &world.key, "").await, before);
}

#[tokio::test]
async fn a_malformed_table_is_refused_whole_with_its_line() {
    let world = World::new().await;
    let before = listed(&world, &world.key, "").await;
    for (table, field) in [
        ("id,en,country\nil-new,New,IL\nil-newer,Newer,Atlantis\n", "line 3, country"),
        ("id,en,country\nil-new,New,IL\nIL New,Newer,IL\n", "line 3, id"),
        ("id,colour\nil-leumi,green\n", "line 1, colour"),
        ("id,en,country,bics\nil-new,New,IL,LUMI\n", "line 2, bics"),
        ("id,en,country\nil-new,New,IL\nil-new,Twice,IL\n", "line 3, id"),
        ("id,en,country,aliases\nil-new,New,IL,open_finance:leumi\n", "line 2, aliases"),
    ] {
        let answer = import(&world, &world.key, table).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_row")),
            "{table}"
        );
        assert_eq!(answer.body["field"], field, "{}", answer.body);
    }
    let wrong = r#"[{ "id": "il-new", "names": { "en": 7 } }]"#;
    let json = world.call("PATCH", "/v1/institution_rows", &world.key, &[], Some(wrong)).await;
    assert_eq!(
        (json.status, &json.body["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("line 1, names.en")),
        "{}",
        json.body
    );
    let neither = world
        .call(
            "PATCH",
            "/v1/institution_rows",
            &world.key,
            &[("content-type", "text/plain")],
            Some("id\n"),
        )
        .await;
    assert_eq!(neither.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(listed(&world, &world.key, "").await, before);
    assert_eq!(world.get("/v1/institution_rows").await.body, json!([]));
}

#[tokio::test]
async fn what_was_exported_can_be_imported() {
    let world = World::new().await;
    let table = "id,en,country,nicknames,bics\nil-own,\"Own, Inc.\",IL,a;b,OWNBILIT\nil-max,,,maxim,\n";
    assert_eq!(import(&world, &world.key, table).await.status, StatusCode::OK);
    let rows = world.get("/v1/institution_rows").await.body;
    assert_eq!(rows[0]["names"], json!({ "en": "Own, Inc.", "nicknames": ["a", "b"] }));
    let other = add_tenant(&world.core, &TenantTag::from_random(9), &[], &[]).await;
    let answer = world
        .call("PATCH", "/v1/institution_rows", &other, &[], Some(&rows.to_string()))
        .await;
    assert_eq!((answer.status, &answer.body), (StatusCode::OK, &told(2, 1, 1, 0)));
    assert_eq!(world.call("GET", "/v1/institution_rows", &other, &[], None).await.body, rows);
}

#[tokio::test]
async fn a_person_connects_the_tenants_own_institution() {
    let world = World::new().await;
    let table = "id,en,country\nil-own,Own Savings,IL\n";
    assert_eq!(import(&world, &world.key, table).await.status, StatusCode::OK);
    let invited = world.invite(json!({ "institution_ids": ["il-own"] })).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.choose("il-own").await;
    assert_eq!(
        visit.screen.institution.as_ref().map(|tile| tile.name.as_str()),
        Some("Own Savings")
    );
    visit
        .submit(&[("psu_id", "043510023"), ("username", "user"), ("password", "pass")])
        .await;
    visit.submit(&[("code", "12345")]).await;
    let View::Success(success) = &visit.screen.view else {
        panic!("no success: {:?}", visit.screen.view)
    };
    let answer = world.exchange(success.public_token.as_deref().expect("a token"), "user-1").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let path = format!("/v1/connections/{}", invited["id"].as_str().expect("an id"));
    let connection = world.get(&path).await.body;
    assert_eq!(connection["institution"]["name"]["en"], "Own Savings", "{connection}");
}

#[tokio::test]
async fn the_operators_rows_are_for_all_and_under_the_tenants_own() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let other = add_tenant(&world.core, &TenantTag::from_random(9), &[], &[]).await;
    let everybody = json!([
        { "id": "il-regional", "names": { "en": "Regional Bank" }, "country": "IL" },
        { "id": "il-cal", "hidden": true },
    ]);
    let answer = ops.call("PATCH", "/admin/institution_rows", Some(everybody.clone())).await;
    assert_eq!((answer.status, &answer.body), (StatusCode::OK, &told(2, 1, 0, 1)));
    for key in [&world.key, &other] {
        let seen = listed(&world, key, "").await;
        assert!(seen.contains(&"il-regional".to_owned()) && !seen.contains(&"il-cal".to_owned()));
    }
    let path = format!("/admin/tenants/{}/institution_rows?mode=test", world.tenant);
    let own = json!([{ "id": "il-regional", "names": { "en": "Our Regional Bank" } }]);
    assert_eq!(ops.call("PATCH", &path, Some(own.clone())).await.body, told(1, 0, 1, 0));
    let name = async |key: &str| world.call("GET", "/v1/institutions/il-regional", key, &[], None).await.body["name"]["en"].clone();
    assert_eq!(
        (name(&world.key).await, name(&other).await),
        (json!("Our Regional Bank"), json!("Regional Bank"))
    );
    assert_eq!(ops.call("GET", &path, None).await.body, own);
    assert_eq!(ops.call("GET", "/admin/institution_rows", None).await.body, everybody);
    let nobodys = ops
        .call("PATCH", "/admin/tenants/zzz999/institution_rows?mode=test", Some(own))
        .await;
    assert_eq!(nobodys.status, StatusCode::NOT_FOUND);
    assert_eq!(
        ops.call("DELETE", "/admin/institution_rows/il-cal", None).await.status,
        StatusCode::NO_CONTENT
    );
    assert!(listed(&world, &other, "").await.contains(&"il-cal".to_owned()));
}

#[tokio::test]
async fn who_cannot_be_reached_is_shown_to_who_asks() {
    let world = World::new().await;
    let live = world.add_key(&world.tenant, Mode::Live).await;
    assert_eq!(listed(&world, &live, "q=leumi").await, Vec::<String>::new());
    let all = listed(&world, &live, "q=leumi&include_unreachable=true").await;
    assert_eq!(all.first().map(String::as_str), Some("il-leumi"));
    let found = world.call("GET", "/v1/institutions/il-leumi", &live, &[], None).await.body;
    assert_eq!(found["health"], "ok");
    let body = json!({ "customer": { "external_id": "u" }, "parent_origin": crate::world::ORIGIN, "institution_ids": ["il-leumi"] });
    let refused = world.call("POST", "/v1/connections", &live, &[], Some(&body.to_string())).await;
    assert_eq!(refused.body["code"], "unknown_institution", "to be listed is not to be chosen");
    let form = &world.get("/v1/institutions/leumi").await.body["routes"][0]["login_fields"];
    assert_eq!(form[0]["name"], "psu_id", "by its alias: {form}");
}

#[tokio::test]
async fn what_does_not_fit_any_more_is_left_out_by_itself_and_nothing_comes_out_of_hiding() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let table = "id,en,country,nicknames,hidden\nil-yahav,,,the savers,\nil-hapoalim,,,,true\nil-own,Own Savings,IL,,\n";
    assert_eq!(import(&world, &world.key, table).await.status, StatusCode::OK);
    let gone = json!([{ "id": "il-yahav", "hidden": true }]);
    assert_eq!(
        ops.call("PATCH", "/admin/institution_rows", Some(gone)).await.status,
        StatusCode::OK
    );
    let seen = listed(&world, &world.key, "").await;
    assert!(seen.contains(&"il-own".to_owned()) && !seen.contains(&"il-hapoalim".to_owned()) && !seen.contains(&"il-yahav".to_owned()));
    // What does not fit is not in the way of what does.
    let more = import(&world, &world.key, "id,nicknames\nil-max,maxim\n").await;
    assert_eq!((more.status, &more.body), (StatusCode::OK, &told(1, 0, 1, 0)));
    assert_eq!(
        ops.call("DELETE", "/admin/institution_rows/il-yahav", None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        listed(&world, &world.key, "q=the%20savers").await.first().map(String::as_str),
        Some("il-yahav")
    );
}

#[tokio::test]
async fn what_is_hidden_can_be_shown_again_and_what_would_not_fit_is_refused() {
    let world = World::new().await;
    for (table, status) in [
        ("id,en,country\nil-own,Own Savings,IL\n", 200),
        ("id,hidden\nil-own,true\n", 200),
        ("id,hidden\nil-own,false\n", 200),
        ("id,aliases\nil-max,-\nil-cal,israeli_bank_scrapers:max\n", 200),
    ] {
        let answer = import(&world, &world.key, table).await;
        assert_eq!(answer.status, status, "{table}{}", answer.body);
    }
    assert!(listed(&world, &world.key, "").await.contains(&"il-own".to_owned()));
    // With its row gone il-max would have the alias back that il-cal has now.
    let refused = world.call("DELETE", "/v1/institution_rows/il-max", &world.key, &[], None).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("invalid_row")),
        "{}",
        refused.body
    );
    let many = (0..21).map(|number| format!("sandbox:x{number}")).collect::<Vec<_>>().join(";");
    let refused = import(&world, &world.key, &format!("id,routes\nil-max,{many}\n")).await;
    assert_eq!(refused.body["field"], "line 2, routes", "{}", refused.body);
}

#[tokio::test]
async fn what_was_just_asked_is_answered_anew_after_a_change() {
    let world = World::new().await;
    for _ in 0..2 {
        assert!(!listed(&world, &world.key, "q=quirky").await.contains(&"il-max".to_owned()));
    }
    assert_eq!(
        import(&world, &world.key, "id,nicknames\nil-max,quirky\n").await.status,
        StatusCode::OK
    );
    assert_eq!(listed(&world, &world.key, "q=quirky").await, ["il-max"]);
    let live = world.add_key(&world.tenant, Mode::Live).await;
    assert_eq!(listed(&world, &live, "q=quirky").await, Vec::<String>::new());
}
