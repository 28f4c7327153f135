//! A person who does not find their bank: what becomes of the visit, and who hears of it.

use crate::receiver::Receiver;
use crate::web::Person;
use crate::world::{REDIRECT, World};
use axum::http::StatusCode;
use gesher_app::backend::Backend;
use gesher_contract::{ExitReason, Screen, View};
use gesher_server::connect::timeline;
use serde_json::json;

/// What the person searched for: nobody but the host's page hears of it.
const SEARCHED: &str = "Bank of Nowhere";

fn end(screen: &Screen) -> Option<(ExitReason, Option<&str>, Option<&str>)> {
    match &screen.view {
        View::Over {
            reason,
            searched,
            return_url,
        } => Some((*reason, searched.as_deref(), return_url.as_deref())),
        _ => None,
    }
}

#[tokio::test]
async fn the_visit_ends_and_the_connection_with_it_and_the_host_hears_why() {
    let world = World::new().await;
    let receiver = Receiver::start().await;
    let callbacks = json!([{ "on": ["abort"], "url": receiver.url }]);
    let invited = world.invite(json!({ "callbacks": callbacks })).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    let code = visit.screen.support_code.clone();
    let at = visit.on_this_screen();
    let screen = world.backend.not_listed(&at, SEARCHED).await.expect("a screen");
    assert_eq!(end(&screen), Some((ExitReason::NotListed, Some(SEARCHED), None)));
    // A document that is loaded anew says it again.
    assert_eq!(end(&world.backend.look(&at).await.expect("a screen")), end(&screen));

    let id = invited["id"].as_str().expect("an id");
    let connection = world.get(&format!("/v1/connections/{id}")).await.body;
    assert_eq!(
        (&connection["status"], &connection["reasons"]),
        (&json!("abandoned"), &json!(["not_listed"]))
    );
    let events = world.get(&format!("/v1/connections/{id}/events")).await.body;
    let data = &events["data"].as_array().and_then(|events| events.last()).expect("an event")["data"];
    assert_eq!(
        (&data["from"], &data["to"], &data["reasons"]),
        (&json!("pending"), &json!("abandoned"), &json!(["not_listed"]))
    );
    assert!(!events.to_string().contains(SEARCHED), "{events}");
    let told = receiver.hears(1).await[0].json();
    assert_eq!((&told["outcome"], &told["status"]), (&json!("abort"), &json!("abandoned")));

    let found = timeline::find(&world.core.store, &code).await.expect("a read");
    let lines: Vec<&str> = found[0].lines.iter().map(|line| line.what.as_str()).collect();
    assert!(
        lines.contains(&"the person did not find their institution in the list"),
        "{lines:?}"
    );
    assert!(!lines.iter().any(|line| line.contains(SEARCHED)), "{lines:?}");
}

#[tokio::test]
async fn it_is_refused_once_a_bank_was_chosen_and_on_an_older_screen() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    let older = visit.on_this_screen();
    visit.choose("sandbox-bank").await;
    for at in [older, visit.on_this_screen()] {
        let screen = world.backend.not_listed(&at, SEARCHED).await.expect("a screen");
        assert!(matches!(screen.view, View::Form(_)), "{:?}", screen.view);
    }
    assert_eq!(world.status(&invited).await, "connecting");
}

#[tokio::test]
async fn without_scripts_the_hosted_page_leads_home_with_the_reason_and_not_with_the_search() {
    let world = World::new().await;
    let invited = world.invite(json!({ "redirect_url": REDIRECT })).await;
    let person = Person::new(&world);
    let page = person.get(invited["hosted_url"].as_str().expect("an address"), "cross-site").await;
    let fields = [("ticket", &*page.ticket()), ("q", SEARCHED)];
    let sent = person.post("/w/do/not_listed", "same-origin", &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let after = person.follow(sent).await;
    assert!(after.text.contains("status=not_listed"), "{}", after.text);
    assert!(!after.text.contains("Nowhere"), "{}", after.text);
}
