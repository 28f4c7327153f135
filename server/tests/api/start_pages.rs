//! Start pages: made by the API, looked at, pressed, and shut.

use crate::web::{Page, Person};
use crate::world::{REDIRECT, World};
use axum::http::StatusCode;
use gesher_domain::{Clock as _, Timestamp};
use gesher_server::store::tenants;
use serde_json::{Value, json};
use std::time::Duration;

/// Makes a start page; `more` is added to the usual body.
pub async fn start_page(world: &World, more: Value) -> Value {
    let mut body = json!({ "name": "Salary account", "connection": { "include_sandbox": true }, "language": "en" });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let answer = world.post("/v1/start_pages", &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.body
}

/// What a page's form sends, by the page's own fields.
pub fn fields(page: &Page) -> Vec<(String, String)> {
    let form = page.text.split("id=\"main\"").nth(1).expect("a form");
    let form = form.split("</form>").next().expect("its end");
    let value = |input: &str, name: &str| {
        let rest = input.split(&format!("{name}=\"")).nth(1)?;
        Some(rest.split('"').next()?.replace("&amp;", "&"))
    };
    form.split("<input")
        .skip(1)
        .filter_map(|input| Some((value(input, "name")?, value(input, "value")?)))
        .collect()
}

/// Looks at an entrance and presses; gives the page that comes then and the address that it came from.
pub async fn press(person: &Person<'_>, address: &str, act: &str) -> (Page, String) {
    let page = person.get(address, "cross-site").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let fields = fields(&page);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let pressed = person.post(act, "same-origin", &fields).await;
    let onward = pressed.header("location").to_owned();
    (person.follow(pressed).await, onward)
}

const ACT: &str = "/w/fn/create_connect_token";

async fn connections(world: &World) -> usize {
    world.get("/v1/connections").await.body["data"].as_array().map_or(0, Vec::len)
}

/// Logs in at the sandbox's bank on the hosted page, and gives the public token of the link back.
async fn connect(person: &Person<'_>, page: Page) -> (String, String) {
    let session = page.text.clone();
    assert!(session.contains("sandbox-bank"), "{session}");
    let chosen = person
        .post(
            "/w/do/choose",
            "same-origin",
            &[("ticket", &page.ticket()), ("institution", "sandbox-bank")],
        )
        .await;
    let mut at = chosen.header("location").to_owned();
    for answers in [
        vec![("f.psu_id", "043510023"), ("f.username", "user"), ("f.password", "pass")],
        vec![("f.code", "12345")],
    ] {
        let form = until(person, &at, "/w/do/submit").await;
        let ticket = form.ticket();
        let mut fields = vec![("ticket", ticket.as_str())];
        fields.extend(answers);
        let sent = person.post("/w/do/submit", "same-origin", &fields).await;
        at = sent.header("location").to_owned();
    }
    let done = until(person, &at, "public_token=").await;
    let mut links = done.text.split("href=\"").filter_map(|rest| rest.split('"').next());
    let link = links
        .find(|link| link.contains("public_token="))
        .expect("a link")
        .replace("&amp;", "&");
    let url = url::Url::parse(&link).expect("an address");
    let named = |name: &str| {
        url.query_pairs()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    };
    (named("public_token").expect("a token"), named("state").unwrap_or_default())
}

async fn until(person: &Person<'_>, address: &str, part: &str) -> Page {
    for _ in 0..200 {
        let page = person.get(address, "same-origin").await;
        if page.text.contains(part) {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{part} does not come");
}

#[tokio::test]
async fn looking_changes_nothing_and_tells_who_asks_for_what() {
    let world = World::new().await;
    let made = start_page(
        &world,
        json!({ "connection": { "institution_ids": ["sandbox-bank"], "recurring": false } }),
    )
    .await;
    let person = Person::new(&world);
    let page = person.get(made["url"].as_str().expect("an address"), "cross-site").await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "Shop",
        "Salary account",
        "Sandbox Bank",
        "sees them once",
        "lang=\"en\"",
        "dir=\"ltr\"",
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    assert!(!page.text.contains("<script"), "{}", page.text);
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"),
        "{policy}"
    );
    assert!(page.header("set-cookie").is_empty());
    assert_eq!(connections(&world).await, 0);
    assert_eq!(world.get(&path(&made)).await.body["used_today"], 0);
}

fn path(made: &Value) -> String {
    format!("/v1/start_pages/{}", made["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn a_press_makes_a_connection_and_the_exchange_names_its_customer() {
    let world = World::new().await;
    let made = start_page(&world, json!({})).await;
    let address = format!("{}?state=host-17", made["url"].as_str().expect("an address"));
    let person = Person::new(&world);
    let (page, onward) = press(&person, &address, ACT).await;
    assert!(onward.starts_with("/c/sess_"), "{onward}");
    assert!(person.cookie("gesher-sess_").is_some());
    let listed = world.get("/v1/connections").await.body["data"][0].clone();
    assert_eq!(listed["customer"], Value::Null);
    assert_eq!(listed["references"]["start_page_id"], made["id"]);
    let found = world
        .get(&format!(
            "/v1/connections?reference=start_page_id:{}",
            made["id"].as_str().expect("an id")
        ))
        .await;
    assert_eq!(found.body["data"][0]["id"], listed["id"]);

    let (token, state) = connect(&person, page).await;
    assert_eq!(state, "host-17");
    let nobody = world.exchange(&token, "").await;
    assert_eq!(
        (nobody.status, nobody.body["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("invalid_external_id"))
    );
    let answer = world.exchange(&token, "user-17").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.body["connection"]["customer"]["external_id"], "user-17");
    // Once named, it is for good.
    let again = world.exchange(&token, "user-18").await;
    assert_eq!(again.body["code"], "public_token_used");
    let own = world.get("/v1/connections?customer=user-17").await;
    assert_eq!(own.body["data"][0]["id"], listed["id"]);
    assert_eq!(world.get(&path(&made)).await.body["used_today"], 1);
}

#[tokio::test]
async fn a_double_press_makes_one_connection() {
    let world = World::new().await;
    let made = start_page(&world, json!({ "daily_limit": 1 })).await;
    let person = Person::new(&world);
    let page = person.get(made["url"].as_str().expect("an address"), "none").await;
    let fields = fields(&page);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (first, second) = tokio::join!(person.post(ACT, "same-origin", &fields), person.post(ACT, "same-origin", &fields));
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    assert_eq!(first.header("location"), second.header("location"));
    assert!(first.header("location").starts_with("/c/sess_"));
    assert_eq!(connections(&world).await, 1);
}

#[tokio::test]
async fn what_another_site_sends_or_an_old_form_makes_nothing() {
    let world = World::new().await;
    let made = start_page(&world, json!({})).await;
    let address = made["url"].as_str().expect("an address");
    let person = Person::new(&world);
    let page = person.get(address, "none").await;
    let sent = fields(&page);
    let sent: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for site in ["cross-site", "same-site", "none"] {
        assert_eq!(person.post(ACT, site, &sent).await.status, StatusCode::FORBIDDEN, "{site}");
    }
    // A ticket of another page, none, and one that is too old lead back to the page.
    let other = start_page(&world, json!({})).await;
    let foreign = fields(&person.get(other["url"].as_str().expect("an address"), "none").await);
    let ticket = &foreign.iter().find(|(name, _)| name == "ticket").expect("a ticket").1;
    let slug = address.rsplit('/').next().expect("a slug");
    for ticket in [ticket.as_str(), "", "x"] {
        let sent = person
            .post(ACT, "same-origin", &[("start_page", slug), ("ticket", ticket), ("language", "en")])
            .await;
        assert_eq!(sent.header("location"), format!("/start/{slug}?lang=en"));
    }
    world.clock.advance(Duration::from_secs(60 * 60));
    let late = person.post(ACT, "same-origin", &sent).await;
    assert_eq!(late.header("location"), format!("/start/{slug}?lang=en"));
    // A browser that says nothing of the site still names the origin.
    let silent = Person::silent(&world);
    let fresh = fields(&silent.get(address, "").await);
    let fresh: Vec<(&str, &str)> = fresh.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let foreign = silent.post_from(ACT, "https://evil.example", &fresh).await;
    assert_eq!(foreign.header("location"), format!("/start/{slug}?lang=en"));
    assert_eq!(connections(&world).await, 0);
    let own = silent.post_from(ACT, "https://gesher.example", &fresh).await;
    assert!(own.header("location").starts_with("/c/sess_"));
    assert_eq!(connections(&world).await, 1);
    // Somebody else who holds the ticket does not get into what it made, whatever their browser says.
    let other = Person::new(&world);
    for again in [
        other.post(ACT, "same-origin", &fresh).await,
        silent.post_from(ACT, "https://gesher.example", &fresh).await,
    ] {
        assert_eq!(again.header("location"), format!("/start/{slug}?lang=en"));
    }
    assert_eq!(connections(&world).await, 1);
}

#[tokio::test]
async fn each_reason_to_let_nobody_in_has_a_page_in_both_languages() {
    let world = World::new().await;
    let off = start_page(&world, json!({ "state": "disabled" })).await;
    let soon = Timestamp(world.clock.now().0).plus(Duration::from_secs(60)).rfc3339();
    let late = start_page(&world, json!({ "expires_at": soon })).await;
    let full = start_page(&world, json!({ "daily_limit": 1 })).await;
    let unready = start_page(&world, json!({ "redirect_url": REDIRECT })).await;
    press(&Person::new(&world), full["url"].as_str().expect("an address"), ACT).await;
    world.clock.advance(Duration::from_secs(60));
    let mut tenant = tenants::by_id(&world.core.store, world.tenant.as_str())
        .await
        .expect("a read")
        .expect("a tenant");
    tenant.redirect_urls = json!(["https://shop.example/other"]).to_string();
    world.core.store.write(tenants::update(&tenant)).await.expect("a change");
    world.clock.advance(Duration::from_secs(2));
    let cases = [
        (&off, StatusCode::FORBIDDEN, "This page is closed", "הדף הזה סגור"),
        (&late, StatusCode::GONE, "This page is no longer open", "הדף הזה כבר לא פתוח"),
        (&full, StatusCode::TOO_MANY_REQUESTS, "all for today", "זהו להיום"),
        (&unready, StatusCode::CONFLICT, "ready", "עוד לא מוכן"),
    ];
    let person = Person::new(&world);
    for (page, status, english, hebrew) in cases {
        let free = world
            .call("PATCH", &path(page), &world.key, &[], Some(r#"{"language":null}"#))
            .await;
        // A page that cannot be asked for is refused a change, too; its own language stays.
        let languages: &[(&str, &str)] = if free.status == StatusCode::OK {
            &[("en", english), ("he", hebrew)]
        } else {
            assert_eq!(free.body["code"], "redirect_url_not_registered", "{}", free.body);
            &[("en", english)]
        };
        for (code, words) in languages {
            let shown = person
                .get(&format!("{}?lang={code}", page["url"].as_str().expect("an address")), "none")
                .await;
            assert_eq!(shown.status, status, "{words}");
            assert!(shown.text.contains(words), "{words}: {}", shown.text);
        }
    }
    let disabled = Some(r#"{"state":"disabled"}"#);
    let shut = world.call("PATCH", &path(&unready), &world.key, &[], disabled).await;
    assert_eq!(
        (shut.status, shut.body["state"].as_str()),
        (StatusCode::OK, Some("disabled")),
        "also one that cannot be asked for is shut"
    );
    let open = world
        .call("PATCH", &path(&unready), &world.key, &[], Some(r#"{"state":"enabled"}"#))
        .await;
    assert_eq!(open.body["code"], "redirect_url_not_registered", "{}", open.body);
    for unknown in ["/start/zzzzzz000000000000", "/start/x", "/start/zzzzzz%00", "/l/ln_x", "/l/%00"] {
        assert_eq!(person.get(unknown, "none").await.status, StatusCode::NOT_FOUND, "{unknown}");
    }
    let framed = world
        .call(
            "GET",
            full["url"]
                .as_str()
                .expect("an address")
                .strip_prefix("https://gesher.example")
                .expect("ours"),
            "",
            &[("sec-fetch-dest", "iframe")],
            None,
        )
        .await;
    assert_eq!(framed.status, StatusCode::FORBIDDEN);
    assert_eq!(framed.headers.get("set-cookie"), None);
}

#[tokio::test]
async fn the_daily_limit_begins_anew_with_the_day_in_utc() {
    let world = World::new().await;
    let made = start_page(&world, json!({ "daily_limit": 2 })).await;
    let address = made["url"].as_str().expect("an address");
    for _ in 0..2 {
        let (_, onward) = press(&Person::new(&world), address, ACT).await;
        assert!(onward.starts_with("/c/"), "{onward}");
    }
    assert_eq!(Person::new(&world).get(address, "none").await.status, StatusCode::TOO_MANY_REQUESTS);
    // The world's clock stands at noon.
    world.clock.advance(Duration::from_secs(12 * 60 * 60 - 1));
    assert_eq!(Person::new(&world).get(address, "none").await.status, StatusCode::TOO_MANY_REQUESTS);
    world.clock.advance(Duration::from_secs(1));
    let (_, onward) = press(&Person::new(&world), address, ACT).await;
    assert!(onward.starts_with("/c/"), "{onward}");
    assert_eq!(world.get(&path(&made)).await.body["used_today"], 1);
}

/// Many visitors at once on two nodes that share nothing but the database.
async fn a_rush(world: &World) {
    let made = start_page(world, json!({ "daily_limit": 3 })).await;
    let address = made["url"].as_str().expect("an address");
    let visitors: Vec<Person> = (0..12).map(|_| Person::new(world)).collect();
    let mut forms = Vec::new();
    for visitor in &visitors {
        forms.push(fields(&visitor.get(address, "none").await));
    }
    let presses = visitors.iter().zip(&forms).map(|(visitor, form)| {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        async move { visitor.post(ACT, "same-origin", &form).await.header("location").starts_with("/c/") }
    });
    let let_in = futures::future::join_all(presses).await.into_iter().filter(|one| *one).count();
    assert_eq!(let_in, 3);
    assert_eq!(connections(world).await, 3);
}

#[tokio::test]
async fn a_rush_does_not_pass_the_limit() {
    a_rush(&World::new().await).await;
}

#[tokio::test]
async fn a_rush_does_not_pass_the_limit_on_postgresql() {
    a_rush(&World::on_postgres().await).await;
}

#[tokio::test]
async fn automatic_completion_is_for_tenants_that_accept_it() {
    let world = World::new().await;
    let body = json!({ "name": "Quick", "completion": "automatic", "connection": { "include_sandbox": true }, "language": "en" });
    let refused = world.post("/v1/start_pages", &body).await;
    assert_eq!(refused.body["code"], "completion_not_allowed");
    let mut tenant = tenants::by_id(&world.core.store, world.tenant.as_str())
        .await
        .expect("a read")
        .expect("a tenant");
    tenant.completion = "automatic".to_owned();
    world.core.store.write(tenants::update(&tenant)).await.expect("a change");
    world.clock.advance(Duration::from_secs(2));
    let made = world.post("/v1/start_pages", &body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let (_, onward) = press(&Person::new(&world), made.body["url"].as_str().expect("an address"), ACT).await;
    assert!(onward.starts_with("/c/"));
    let listed = world.get("/v1/connections").await.body["data"][0].clone();
    let customer = listed["customer"]["external_id"].as_str().expect("a name of ours");
    assert!(customer.starts_with("visitor_") && customer.len() == 40, "{customer}");
}

#[tokio::test]
async fn a_page_is_checked_whole_changed_and_deleted() {
    let world = World::new().await;
    let cases = [
        (json!({ "name": "" }), "invalid_name", Some("name")),
        (json!({ "name": "x", "nmae": 1 }), "unknown_field", Some("nmae")),
        (
            json!({ "name": "x", "connection": { "institution_ids": ["nowhere"] } }),
            "unknown_institution",
            Some("connection.institution_ids[0]"),
        ),
        (
            json!({ "name": "x", "connection": { "colour": 1 } }),
            "unknown_field",
            Some("connection.colour"),
        ),
        (
            json!({ "name": "x", "connection": { "psu_id": "043510023" } }),
            "unknown_field",
            Some("connection.psu_id"),
        ),
        (
            json!({ "name": "x", "connection": { "recurring": "yes" } }),
            "invalid_field",
            Some("connection.recurring"),
        ),
        (
            json!({ "name": "x", "redirect_url": "https://evil.example/" }),
            "redirect_url_not_registered",
            Some("redirect_url"),
        ),
        (
            json!({ "name": "x", "expires_at": "2020-01-01T00:00:00Z" }),
            "invalid_expires_at",
            Some("expires_at"),
        ),
        (json!({ "name": "x", "daily_limit": 0 }), "invalid_daily_limit", Some("daily_limit")),
    ];
    for (body, code, field) in cases {
        let answer = world.post("/v1/start_pages", &body).await;
        assert_eq!(
            (answer.status, answer.body["code"].as_str(), answer.body["field"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some(code), field),
            "{body}"
        );
    }
    let made = start_page(
        &world,
        json!({ "daily_limit": 5, "connection": { "institution_ids": ["sandbox-bank"], "start_date": "2026-01-01" } }),
    )
    .await;
    assert_eq!(
        made["connection"],
        json!({ "institution_ids": ["sandbox-bank"], "start_date": "2026-01-01" })
    );
    let change = r#"{"name":"Other","daily_limit":null,"state":"disabled"}"#;
    let changed = world.call("PATCH", &path(&made), &world.key, &[], Some(change)).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    assert_eq!(
        (&changed.body["name"], &changed.body["daily_limit"], &changed.body["state"]),
        (&json!("Other"), &Value::Null, &json!("disabled"))
    );
    assert_eq!(
        (&changed.body["connection"], &changed.body["url"]),
        (&made["connection"], &made["url"])
    );
    let listed = world.get("/v1/start_pages?limit=1").await;
    assert_eq!(
        (&listed.body["data"][0]["id"], &listed.body["next_cursor"]),
        (&made["id"], &Value::Null)
    );
    let deleted = world.call("DELETE", &path(&made), &world.key, &[], None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_eq!(world.get(&path(&made)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_request_sent_again_makes_one_page() {
    let world = World::new().await;
    let body = json!({ "name": "Salary" }).to_string();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer = world
            .call("POST", "/v1/start_pages", &world.key, &[("idempotency-key", "k-1")], Some(&body))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        ids.push(answer.body["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(world.get("/v1/start_pages").await.body["data"].as_array().map(Vec::len), Some(1));
}
