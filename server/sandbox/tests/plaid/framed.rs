//! Link in a frame: who may frame it, and what it tells the page around.

use crate::town::{Answer, GESHER, SANDBOX, Town};
use http::StatusCode;
use serde_json::{Value, json};

/// What a page tells the page around it.
fn said(page: &Answer) -> Vec<Value> {
    let after = page
        .text
        .split("data-said=\"")
        .nth(1)
        .unwrap_or_else(|| panic!("nothing: {}", page.text));
    let text = after
        .split('"')
        .next()
        .unwrap_or_default()
        .replace("&quot;", "\"")
        .replace("&amp;", "&");
    serde_json::from_str(&text).expect("JSON")
}

fn address(link: &Value, origin: &str) -> String {
    let origin: String = url::form_urlencoded::byte_serialize(origin.as_bytes()).collect();
    format!(
        "/plaid/link/v2/stable/link.html?token={}&origin={origin}",
        link["link_token"].as_str().expect("a token")
    )
}

fn names(said: &[Value]) -> Vec<&str> {
    said.iter().filter_map(|one| one["name"].as_str()).collect()
}

#[tokio::test]
async fn a_page_around_hears_each_event_once_and_the_public_token_at_the_end() {
    let town = Town::new();
    let link = town.link(json!({ "hosted_link": null })).await;
    let (session, page) = town.open(&address(&link, GESHER)).await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains(&format!("frame-ancestors 'self' {GESHER};")), "{policy}");
    assert_eq!(page.header("x-frame-options"), "");
    assert!(page.text.contains(&format!("data-origin=\"{GESHER}\"")));
    assert_eq!(names(&said(&page)), ["OPEN"]);
    let login = [("username", "user_good"), ("password", "pass_good"), ("action", "login")];
    let (_, page) = town.fill(&session, &login).await;
    assert_eq!(names(&said(&page)), ["SUBMIT_CREDENTIALS"]);
    town.choose_all(&session, &page).await;
    let (_, page) = town.fill(&session, &[("action", "allow")]).await;
    let last = said(&page);
    assert_eq!(names(&last), ["HANDOFF"]);
    assert_eq!(last[1]["end"], "success");
    let body = json!({ "public_token": last[1]["public_token"] });
    town.ask("item/public_token/exchange", body).await;
    // Its token opens nothing more, and the page around hears that.
    let (_, page) = town.open(&address(&link, GESHER)).await;
    assert_eq!(
        (page.status, &said(&page)[0]["error"]["error_code"]),
        (StatusCode::GONE, &json!("INVALID_LINK_TOKEN"))
    );
}

#[tokio::test]
async fn nobody_else_may_frame_it() {
    let town = Town::new();
    let link = town.link(json!({})).await;
    for origin in [
        "https://evil.example",
        "http://widget.localhost:3000.evil.example",
        "*",
        "http://127.0.0.1:3001; script-src *",
    ] {
        let (_, page) = town.open(&address(&link, origin)).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{origin}");
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    }
    assert_eq!(town.open(&address(&link, SANDBOX)).await.1.status, StatusCode::OK);
}

#[tokio::test]
async fn after_a_banks_own_page_the_frame_goes_on_where_it_was() {
    let town = Town::new();
    let more = json!({ "hosted_link": null, "institution_id": "ins_900002", "redirect_uri": "https://client.example/oauth" });
    let link = town.link(more).await;
    let (session, page) = town.open(&address(&link, GESHER)).await;
    assert!(page.text.contains("target=\"_top\""));
    let bank = session.replace("/session/", "/bank/");
    let login = [("username", "user_good"), ("password", "pass_good"), ("action", "login")];
    let (_, page) = town.fill(&bank, &login).await;
    let back = crate::town::refresh(&page);
    let state = back
        .strip_prefix("https://client.example/oauth?oauth_state_id=")
        .expect("the redirect URI");
    let (at, page) = town.open(&format!("{}&oauth_state_id={state}", address(&link, GESHER))).await;
    assert_eq!(at, session);
    assert!(page.text.contains("name=\"account\""));
    let (_, page) = town.open(&format!("{}&oauth_state_id=guess", address(&link, GESHER))).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_script_offers_what_plaid_documents() {
    let town = Town::new();
    let (_, script) = town.open("/plaid/link/v2/stable/link-initialize.js").await;
    assert!(script.header("content-type").starts_with("text/javascript"));
    for name in [
        "onSuccess",
        "onExit",
        "onEvent",
        "onLoad",
        "receivedRedirectUri",
        "open",
        "exit",
        "submit",
        "destroy",
    ] {
        assert!(script.text.contains(name), "{name}");
    }
    // It knows where Gesher is, whose own link tokens open there, and the fake makes none that look like those.
    assert!(script.text.contains(&format!("new URL(\"{GESHER}\")")));
    let link = town.link(json!({ "hosted_link": null })).await;
    assert_eq!(link["link_token"].as_str().and_then(|token| token.get(27..28)), Some("4"));
}
