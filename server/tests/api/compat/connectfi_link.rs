//! ConnectFi's link step: against the tenant's Plaid, and where a fake stands in for it; the hosted page that does it alone.

use super::connectfi::{BALANCE, CREATE, EXCHANGE, LINK_TOKEN, call, customer, failure, invited, link_of, success};
use crate::admin::Ops;
use crate::plaid::{Person, set_up};
use crate::world::{REDIRECT, Visit, World};
use axum::http::StatusCode;
use gesher_app::backend::{Asked, Backend as _, Entry};
use gesher_contract::{Door, View};
use serde_json::{Value, json};
use std::time::Duration;

const BAD: StatusCode = StatusCode::BAD_REQUEST;
/// As the page on link tokens spells it.
const EXHANGE: &str = "/public/customer/plaid/exhange-public-token";

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

async fn link_token(world: &World, token: &str) -> String {
    let answer = call(world, LINK_TOKEN, Some(token), None).await;
    // [V]
    success(&answer, &["expiration", "link_token", "request_id"]);
    let data = &answer.body["data"];
    let expiration: jiff::Timestamp = text(data, "expiration").parse().expect("ISO 8601");
    assert!(expiration.as_microsecond() > world.core.clock.now().0 && text(data, "expiration").ends_with('Z'));
    assert_eq!(text(data, "request_id").len(), 15);
    let token = text(data, "link_token");
    assert!(token.starts_with("link-sandbox-") && token.len() == 13 + 36, "{token}");
    token.to_owned()
}

/// The person in Link, in a page that `Plaid.create` put it into. Gives the public token.
async fn in_link(world: &World, link_token: &str) -> String {
    let address = format!(
        "{}/plaid/link/v2/stable/link.html?token={link_token}&origin=https%3A%2F%2Fgesher.example",
        world.sandbox
    );
    let person = Person::at(&address).await;
    person.fill(&[("action", "choose"), ("institution", BANK_AT_PLAID)]).await;
    let page = person.gives("user_good").await;
    let said = page
        .split("data-said=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("messages");
    let said: Value = serde_json::from_str(&said.replace("&quot;", "\"")).expect("JSON");
    let end = said
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["end"] == "success")
        .expect("an end");
    text(end, "public_token").to_owned()
}

/// The fake's id of the bank.
const BANK_AT_PLAID: &str = "ins_900001";

fn exchange(token: &str) -> Option<Value> {
    Some(json!({ "public_token": token }))
}

#[tokio::test]
async fn link_in_a_page_makes_and_confirms_a_connection_at_the_tenants_plaid() {
    let world = World::new().await;
    set_up(&world, json!({})).await;
    let invited = invited(&world, json!({})).await;
    let token = customer(&world, &link_of(&invited)).await;
    let none = call(&world, BALANCE, Some(&token), None).await;
    failure(&none, BAD, "plaidAccessToken");
    // [V]: context cFiSessionId.
    assert!(none.body["context"]["cFiSessionId"].is_string(), "{}", none.body);
    // A second link token does not make the first one void.
    let first = link_token(&world, &token).await;
    assert_ne!(first, link_token(&world, &token).await);
    let public = in_link(&world, &first).await;
    assert!(public.starts_with("public-sandbox-"));
    // By then Plaid has the data.
    world.clock.advance(Duration::from_secs(5));
    success(&call(&world, EXHANGE, Some(&token), exchange(&public)).await, &[]);
    let native = world.get(&format!("/v1/connections/{}", text(&invited, "id"))).await;
    assert_eq!(native.body["institution"]["id"], "us-quillhaven-bank");
    failure(&call(&world, EXCHANGE, Some(&token), exchange(&public)).await, BAD, "paymentStatus");
    let balance = call(&world, BALANCE, Some(&token), None).await;
    success(&balance, &["achAccounts"]);
    let accounts = balance.body["data"]["achAccounts"].as_array().expect("a list");
    assert!(!accounts.is_empty());
    for account in accounts {
        let mut keys: Vec<&str> = account.as_object().expect("an object").keys().map(String::as_str).collect();
        keys.sort_unstable();
        // [V]
        assert_eq!(
            keys,
            [
                "account",
                "account_id",
                "balances",
                "mask",
                "name",
                "official_name",
                "persistent_account_id",
                "routing",
                "subtype",
                "type",
                "wire_routing"
            ]
        );
        let mut keys: Vec<&str> = account["balances"]
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .collect();
        keys.sort_unstable();
        // [V]
        assert_eq!(
            keys,
            ["available", "current", "iso_currency_code", "limit", "unofficial_currency_code"]
        );
        assert_eq!(
            (&account["type"], &account["balances"]["iso_currency_code"]),
            (&json!("depository"), &json!("USD"))
        );
        assert!(account["balances"]["current"].is_number(), "{account}");
    }
    assert_eq!(world.status(&invited).await, "active");
    assert!(!text(&accounts[0], "name").is_empty());
    let same = world.get(&format!("/v1/accounts/{}", text(&accounts[0], "account_id"))).await;
    assert_eq!(same.status, StatusCode::OK);
}

#[tokio::test]
async fn a_public_token_of_anothers_link_connects_nothing() {
    let world = World::new().await;
    set_up(&world, json!({})).await;
    let (victim, attacker) = (invited(&world, json!({})).await, invited(&world, json!({})).await);
    let theirs = customer(&world, &link_of(&victim)).await;
    let mine = customer(&world, &link_of(&attacker)).await;
    link_token(&world, &mine).await;
    let public = in_link(&world, &link_token(&world, &theirs).await).await;
    for token in [public.as_str(), "public-sandbox-888f0c44-a8d8-47a1-98ca-7ac4f56d12c0", "x"] {
        let answer = call(&world, EXCHANGE, Some(&mine), exchange(token)).await;
        failure(&answer, BAD, "plaid");
        assert_eq!(answer.body["context"]["error_code"], "INVALID_PUBLIC_TOKEN");
    }
    assert_eq!(world.status(&attacker).await, "pending");
    // It is as good as before to whom it belongs.
    success(&call(&world, EXCHANGE, Some(&theirs), exchange(&public)).await, &[]);
    assert_eq!(world.status(&attacker).await, "pending");
}

#[tokio::test]
async fn of_two_exchanges_at_once_one_makes_the_connection() {
    let world = World::new().await;
    set_up(&world, json!({})).await;
    let invited = invited(&world, json!({})).await;
    let token = customer(&world, &link_of(&invited)).await;
    let public = in_link(&world, &link_token(&world, &token).await).await;
    let calls = (0..4).map(|_| call(&world, EXCHANGE, Some(&token), exchange(&public)));
    let answers = futures::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == BAD).count(), 3);
    assert!(["connected", "active"].contains(&world.status(&invited).await.as_str()));
}

/// Sets this of Plaid's for the tenant.
async fn set(world: &World, fields: Value) {
    let path = format!("/admin/tenants/{}/providers/plaid", world.tenant);
    let set = Ops::new(world)
        .call("PUT", &path, Some(json!({ "mode": "test", "fields": fields })))
        .await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.body);
}

#[tokio::test]
async fn what_plaid_refuses_is_said_in_its_words() {
    let world = World::new().await;
    let token = customer(&world, &link_of(&invited(&world, json!({})).await)).await;
    set(&world, json!({ "client_id": gesher_sandbox::PLAID_CLIENT_ID, "secret": "another" })).await;
    let refused = call(&world, LINK_TOKEN, Some(&token), None).await;
    failure(&refused, BAD, "plaid");
    assert_eq!(
        refused.body["context"],
        json!({ "error_type": "INVALID_INPUT", "error_code": "INVALID_API_KEYS" })
    );
    set(&world, json!({ "client_id": "x", "secret": "x", "base_url": "http://127.0.0.1:1" })).await;
    failure(&call(&world, LINK_TOKEN, Some(&token), None).await, BAD, "plaidUnavailable");
    set(&world, json!({ "client_id": "x", "secret": "x", "countries": "IL" })).await;
    failure(
        &call(&world, LINK_TOKEN, Some(&token), None).await,
        StatusCode::SERVICE_UNAVAILABLE,
        "internalError",
    );
}

/// The page at this address, for a door.
async fn enter<'a>(world: &'a World, token: &str, door: Door) -> Option<Visit<'a>> {
    let Entry { at, boot } = world.backend.enter(token, door, Asked::default()).await.ok()?;
    Some(Visit {
        world,
        at,
        screen: boot.screen,
    })
}

#[tokio::test]
async fn where_the_fake_stands_in_a_link_token_opens_our_own_frame() {
    let world = World::new().await;
    let invited = invited(&world, json!({})).await;
    let token = customer(&world, &link_of(&invited)).await;
    let early = call(
        &world,
        EXCHANGE,
        Some(&token),
        exchange("public-sandbox-888f0c44-a8d8-87a1-98ca-7ac4f56d12c0"),
    )
    .await;
    failure(&early, BAD, "plaid");
    let link = link_token(&world, &token).await;
    // It takes the place of the token before it, and opens the frame alone.
    assert!(enter(&world, text(&invited, "connect_token"), Door::Frame).await.is_none());
    assert!(enter(&world, &link, Door::Page).await.is_none());
    let mut visit = enter(&world, &link, Door::Frame).await.expect("the frame");
    let public = visit.link("043510023").await.expect("a public token");
    assert!(public.starts_with("public-sandbox-") && public.len() == 15 + 36, "{public}");
    assert_eq!(world.status(&invited).await, "awaiting_confirmation");
    failure(&call(&world, BALANCE, Some(&token), None).await, BAD, "plaidAccessToken");
    let other = customer(&world, &link_of(&self::invited(&world, json!({})).await)).await;
    failure(&call(&world, EXCHANGE, Some(&other), exchange(&public)).await, BAD, "plaid");
    assert_eq!(world.status(&invited).await, "awaiting_confirmation");
    success(&call(&world, EXCHANGE, Some(&token), exchange(&public)).await, &[]);
    failure(&call(&world, EXCHANGE, Some(&token), exchange(&public)).await, BAD, "paymentStatus");
    assert_eq!(world.status(&invited).await, "active");
    let balance = call(&world, BALANCE, Some(&token), None).await;
    success(&balance, &["achAccounts"]);
    let first = &balance.body["data"]["achAccounts"][0];
    assert_eq!(
        (&first["type"], &first["balances"]["iso_currency_code"]),
        (&json!("depository"), &json!("ILS"))
    );
    assert!(
        first["balances"]["current"].is_number() && text(first, "mask").len() == 4,
        "{first}"
    );
    failure(&call(&world, LINK_TOKEN, Some(&token), None).await, BAD, "paymentStatus");
}

#[tokio::test]
async fn the_payment_page_confirms_by_itself() {
    let world = World::new().await;
    let made = call(&world, CREATE, Some(&world.key), Some(json!({ "fields": [], "amount": 5 }))).await;
    let data = &made.body["data"];
    let token = customer(&world, text(data, "link")).await;
    let mut visit = enter(&world, text(data, "link"), Door::Page).await.expect("the page");
    assert_eq!(visit.link("043510023").await, None, "nobody is given a token");
    assert!(matches!(&visit.screen.view, View::Success(success) if success.return_url.is_none()));
    let connection = json!({ "id": format!("conn_{}", text(data, "cFiTransactionId")) });
    assert_eq!(world.status(&connection).await, "active");
    success(&call(&world, BALANCE, Some(&token), None).await, &["achAccounts"]);
    failure(&call(&world, LINK_TOKEN, Some(&token), None).await, BAD, "paymentStatus");
}

#[tokio::test]
async fn a_page_that_leads_to_the_host_leaves_the_confirmation_to_it() {
    let world = World::new().await;
    let invited = invited(&world, json!({ "redirect_url": REDIRECT })).await;
    let token = customer(&world, &link_of(&invited)).await;
    let mut visit = enter(&world, &link_of(&invited), Door::Page).await.expect("the page");
    let public = visit.link("043510023").await.expect("a public token");
    assert_eq!(world.status(&invited).await, "awaiting_confirmation");
    success(&call(&world, EXCHANGE, Some(&token), exchange(&public)).await, &[]);
    assert_eq!(world.status(&invited).await, "active");
}

#[tokio::test]
async fn who_is_in_the_middle_of_something_at_the_hosted_page_is_not_disturbed() {
    let world = World::new().await;
    set_up(&world, json!({})).await;
    let invited = invited(&world, json!({})).await;
    let token = customer(&world, &link_of(&invited)).await;
    let link = link_token(&world, &token).await;
    let mut visit = enter(&world, &link_of(&invited), Door::Page).await.expect("the page");
    visit.open().await;
    visit.choose("us-quillhaven-bank").await;
    assert!(matches!(visit.screen.view, View::Leaving(_)), "{:?}", visit.screen.view);
    let public = in_link(&world, &link).await;
    failure(&call(&world, EXCHANGE, Some(&token), exchange(&public)).await, BAD, "plaid");
    assert!(matches!(visit.look().await, View::Leaving(_)), "{:?}", visit.screen.view);
    assert_eq!(world.status(&invited).await, "connecting");
}
