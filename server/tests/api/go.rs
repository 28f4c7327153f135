//! `/go` and the way back, over HTTP: who is let through to a bank, with what, and where they come out.

use crate::banks::Browser;
use crate::web::Person;
use crate::world::World;
use axum::http::StatusCode;
use gesher_server::store::audit;
use serde_json::{Value, json};
use std::time::Duration;

const PSU: &str = "321547416";
const BANK: &str = "sandbox-redirect";

/// What the log says of this: actions with their reasons, oldest first.
async fn lines(world: &World) -> Vec<String> {
    let rows = audit::of_tenant(&world.core.store, world.tenant.as_str(), None, 100).await;
    let line = |row: audit::AuditRow| {
        let detail: Value = serde_json::from_str(&row.detail).expect("JSON");
        format!("{} {}", row.action, detail["why"].as_str().unwrap_or_default())
    };
    rows.expect("reads").into_iter().rev().map(line).collect()
}

async fn until_deleted(world: &World, times: usize) {
    for _ in 0..200 {
        if world.banks.count("DELETE /psd2/redirect-bank/v1/consents/") >= times {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the consent is still there");
}

#[tokio::test]
async fn the_hosted_page_goes_to_the_bank_and_back_in_one_tab() {
    let world = World::new().await;
    let invited = world.invite(json!({ "state": "s-1" })).await;
    let person = Person::new(&world);
    let page = person.choose(&invited, "hosted_url", BANK).await;
    assert!(
        page.text.contains("action=\"/go\"") && !page.text.contains("_blank"),
        "{}",
        page.text
    );

    let departure = person.post("/go", "same-origin", &[("ticket", &page.ticket())]).await;
    let bank = departure.bank();
    assert!(
        departure.text.contains("Shop") && departure.text.contains("Sandbox Redirect Bank"),
        "{}",
        departure.text
    );
    assert!(departure.text.contains("href=\"http"), "a link for browsers that do not follow");
    let policy = departure.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("form-action 'none'"),
        "{policy}"
    );
    assert!(person.cookie("__Host-gesher-go-sess_").is_some_and(|cookie| cookie.len() >= 52));

    let back = Browser::new().approve(&bank, PSU).await;
    let returned = person.get(back.as_str(), "cross-site").await;
    assert_eq!(returned.status, StatusCode::SEE_OTHER, "{}", returned.text);
    assert!(
        returned.header("location").starts_with("/c/sess_"),
        "{}",
        returned.header("location")
    );
    let mut end = person.follow(returned).await;
    for _ in 0..100 {
        if end.text.contains("public_token=") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        end = person.get(&format!("/c/{}", session_of(&person)), "same-origin").await;
    }
    assert!(end.text.contains("public_token=") && end.text.contains("state=s-1"), "{}", end.text);

    // The callback again, as a browser's back button brings it: the page that knows.
    let again = person.get(back.as_str(), "cross-site").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert!(again.header("location").starts_with("/c/sess_"));
    assert_eq!(lines(&world).await, ["bank_return.refused used_state"]);
}

fn session_of(person: &Person<'_>) -> String {
    let handle = person.cookie("__Host-gesher-sess_").expect("the hosted page's cookie");
    handle.split('.').nth(1).expect("a session").to_owned()
}

#[tokio::test]
async fn a_frame_opens_a_window_that_says_when_it_has_done_its_work() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let person = Person::new(&world);
    let page = person.choose(&invited, "widget_url", BANK).await;
    assert!(page.text.contains("action=\"/go\" target=\"_blank\""), "{}", page.text);
    let bank = person.post("/go", "same-origin", &[("ticket", &page.ticket())]).await.bank();
    assert!(person.cookie("__Host-gesher-sess_").is_none(), "no cookie of the frame itself");
    let back = Browser::new().approve(&bank, PSU).await;
    let window = person.get(back.as_str(), "cross-site").await;
    assert_eq!(window.status, StatusCode::OK);
    assert!(
        !window.text.contains("public_token") && !window.text.contains("ticket"),
        "{}",
        window.text
    );
    let twice = person.get(back.as_str(), "cross-site").await;
    assert_ne!(twice.text, window.text, "a window that comes twice says that it is done already");
}

#[tokio::test]
async fn a_frame_that_is_left_behind_comes_back_to_a_page_of_its_own() {
    let world = World::new().await;
    let invited = world.invite(json!({ "redirect_url": crate::world::REDIRECT })).await;
    let person = Person::new(&world);
    let page = person.choose(&invited, "widget_url", BANK).await;
    assert!(page.text.contains("name=\"here\""), "{}", page.text);
    let fields = [("ticket", &*page.ticket()), ("here", "1")];
    let bank = person.post("/go", "same-origin", &fields).await.bank();
    let back = Browser::new().approve(&bank, PSU).await;
    let returned = person.get(back.as_str(), "cross-site").await;
    assert!(returned.header("location").starts_with("/c/sess_"), "{}", returned.text);
    assert_eq!(person.follow(returned).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_launch_that_another_site_sends_is_refused_and_ends_the_attempt() {
    for (site, why) in [("cross-site", "cross_site"), ("same-site", "cross_site"), ("none", "cross_site")] {
        let world = World::new().await;
        let attacker = Person::new(&world);
        let page = attacker.choose(&world.invite(json!({})).await, "widget_url", BANK).await;
        // The attacker was at the bank already, so that there is a consent to take back.
        attacker.post("/go", "same-origin", &[("ticket", &page.ticket())]).await.bank();
        let victim = Person::new(&world);
        let refused = victim.post("/go", site, &[("ticket", &page.ticket())]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{site}");
        assert!(
            refused.header("refresh").is_empty() && !refused.text.contains("psd2"),
            "{}",
            refused.text
        );
        assert!(victim.cookie("gesher").is_none());
        assert_eq!(lines(&world).await, [format!("launch.refused {why}")]);
        until_deleted(&world, 1).await;
    }
}

#[tokio::test]
async fn a_launch_address_that_is_sent_as_a_link_is_refused_and_ends_the_attempt() {
    let world = World::new().await;
    let attacker = Person::new(&world);
    let page = attacker.choose(&world.invite(json!({})).await, "widget_url", BANK).await;
    attacker.post("/go", "same-origin", &[("ticket", &page.ticket())]).await.bank();
    let victim = Person::new(&world);
    for address in ["/go".to_owned(), format!("/go?ticket={}", page.ticket())] {
        let refused = victim.get(&address, "cross-site").await;
        assert_eq!((refused.status, refused.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
        assert!(refused.header("refresh").is_empty() && victim.cookie("gesher").is_none());
    }
    assert_eq!(lines(&world).await, ["launch.refused link"]);
    until_deleted(&world, 1).await;
}

#[tokio::test]
async fn a_silent_browser_types_the_two_digits_that_the_document_shows() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let person = Person::silent(&world);
    let page = person.choose(&invited, "hosted_url", BANK).await;
    let shown = page.text.split("<strong>").nth(1).and_then(|rest| rest.get(..2)).map(str::to_owned);
    let shown = shown
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .expect("two digits");
    let ticket = page.ticket();
    let wrong = if shown == "00" { "01" } else { "00" };

    let asked = person.post("/go", "", &[("ticket", &ticket)]).await;
    assert!(
        asked.text.contains("name=\"digits\"") && asked.header("refresh").is_empty(),
        "{}",
        asked.text
    );
    assert!(!asked.text.contains(&format!(">{shown}<")), "the page does not give them away");
    let again = person.post("/go", "", &[("ticket", &ticket), ("digits", wrong)]).await;
    assert!(
        again.text.contains("aria-invalid") && again.header("refresh").is_empty(),
        "{}",
        again.text
    );

    // Another site's form brings the digits, but not the cookie.
    let victim = Person::silent(&world);
    let lured = victim.post("/go", "", &[("ticket", &ticket), ("digits", &shown)]).await;
    assert!(lured.header("refresh").is_empty(), "{}", lured.text);

    person.post("/go", "", &[("ticket", &ticket), ("digits", &shown)]).await.bank();
    assert_eq!(lines(&world).await, [] as [&str; 0]);
}

#[tokio::test]
async fn the_ticket_of_a_talking_browser_is_nothing_for_a_silent_one() {
    let world = World::new().await;
    let attacker = Person::new(&world);
    let page = attacker.choose(&world.invite(json!({})).await, "widget_url", BANK).await;
    assert!(!page.text.contains("<strong>"), "no digits where nobody asks for them");
    let victim = Person::silent(&world);
    let refused = victim.post("/go", "", &[("ticket", &page.ticket())]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(lines(&world).await, ["launch.refused cross_site"]);
}

#[tokio::test]
async fn a_second_browser_may_not_launch_and_an_older_window_learns_of_the_newer_one() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let person = Person::new(&world);
    let page = person.choose(&invited, "widget_url", BANK).await;
    let ticket = page.ticket();
    let first = person.post("/go", "same-origin", &[("ticket", &ticket)]).await.bank();
    let elsewhere = Person::new(&world).post("/go", "same-origin", &[("ticket", &ticket)]).await;
    assert!(elsewhere.header("refresh").is_empty(), "{}", elsewhere.text);

    let old = Browser::new().approve(&first, PSU).await;
    let second = person.post("/go", "same-origin", &[("ticket", &ticket)]).await.bank();
    assert_ne!(first, second);
    let void = person.get(old.as_str(), "cross-site").await;
    let stranger = Person::new(&world).get(old.as_str(), "cross-site").await;
    assert_ne!(void.text, stranger.text, "the same browser is told to go on in the newer window");
    let new = Browser::new().approve(&second, PSU).await;
    assert_eq!(person.get(new.as_str(), "cross-site").await.status, StatusCode::OK);
    until_deleted(&world, 1).await;
}

#[tokio::test]
async fn a_bank_that_returns_by_a_form_is_sent_on_to_an_address_that_has_the_cookie() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let person = Person::new(&world);
    let page = person.choose(&invited, "hosted_url", BANK).await;
    let bank = person.post("/go", "same-origin", &[("ticket", &page.ticket())]).await.bank();
    let back = Browser::new().approve(&bank, PSU).await;
    let fields: Vec<(String, String)> = back.query_pairs().into_owned().collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // The browser leaves the cookie out of another site's form.
    let posted = Person::new(&world).post(back.path(), "cross-site", &fields).await;
    assert_eq!(posted.status, StatusCode::SEE_OTHER);
    let on = posted.header("location").to_owned();
    assert_eq!(on, format!("{}?{}", back.path(), back.query().expect("a query")));
    let returned = person.get(&on, "cross-site").await;
    assert!(returned.header("location").starts_with("/c/sess_"), "{}", returned.text);
}

#[tokio::test]
async fn with_auto_redirect_the_tile_is_the_launch_form() {
    for door in ["hosted_url", "widget_url"] {
        let world = World::new().await;
        let invited = world
            .invite(json!({ "auto_redirect": true, "institution_ids": [BANK, "sandbox-bank"] }))
            .await;
        let person = Person::new(&world);
        let picker = person.get(invited[door].as_str().expect("an address"), "cross-site").await;
        let fields = [("ticket", &*picker.ticket()), ("institution", BANK)];
        person.post("/go", "same-origin", &fields).await.bank();
        // One that is reached otherwise goes on in the document.
        let invited = world
            .invite(json!({ "auto_redirect": true, "institution_ids": [BANK, "sandbox-bank"] }))
            .await;
        let picker = person.get(invited[door].as_str().expect("an address"), "cross-site").await;
        let fields = [("ticket", &*picker.ticket()), ("institution", "sandbox-bank")];
        let form = person.post("/go", "same-origin", &fields).await;
        assert!(form.header("refresh").is_empty());
        if door == "hosted_url" {
            assert!(person.follow(form).await.text.contains("name=\"f.psu_id\""));
        }
    }
}
