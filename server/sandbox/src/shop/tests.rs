//! The shop over its router, against a small Gesher on a loopback port that says what the real one promises.

use crate::{Config, Sandbox, shop_origins};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tower::ServiceExt;

const SHOP: &str = "http://127.0.0.1:3001";
const GESHER: &str = "http://localhost:3000";

/// What the small Gesher was asked: path and body.
type Heard = Arc<Mutex<Vec<(String, Value)>>>;

fn problem(status: u16, code: &str, detail: &str, field: Option<&str>) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    let mut body = json!({"type": "about:blank", "title": "No", "status": status.as_u16(), "code": code, "detail": detail});
    if let Some(field) = field {
        body["field"] = json!(field);
    }
    (status, Json(body)).into_response()
}

fn has_key(headers: &HeaderMap) -> bool {
    headers.get("authorization").is_some_and(|value| value == "Bearer gk_test_key")
}

async fn made(State(heard): State<Heard>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    if !has_key(&headers) {
        return problem(401, "unauthorized", "No such key.", None);
    }
    heard.lock().expect("heard").push(("connections".into(), body.clone()));
    if body["psu_id"] == "1" {
        return problem(422, "invalid_psu_id", "This is not a national id.", Some("psu_id"));
    }
    let made = json!({"id": "conn_1", "status": "pending", "connect_token": "ct_1", "widget_url": "w", "hosted_url": "http://localhost:3000/h/hl_1"});
    (StatusCode::CREATED, Json(made)).into_response()
}

async fn exchanged(State(heard): State<Heard>, Json(body): Json<Value>) -> Response {
    heard.lock().expect("heard").push(("exchange".into(), body.clone()));
    if body["public_token"] == "public_used" {
        return problem(409, "already_exchanged", "The token was exchanged before.", None);
    }
    Json(json!({"connection": connection()})).into_response()
}

fn connection() -> Value {
    json!({"id": "conn_1", "status": "active", "reasons": [], "institution": {"id": "sandbox-bank", "name": {"he": "בנק לדוגמה", "en": "Sandbox Bank"}}})
}

async fn accounts(Path(id): Path<String>) -> Response {
    assert_eq!(id, "conn_1");
    Json(json!({"data": [{
        "id": "acc_1", "name": {"he": "עובר ושב", "en": "Current account"}, "owner_name": "<נועה>", "currency": "ILS", "kind": "CACC",
        "iban": "IL620108000000099999999", "masked_pan": null, "number": "99999999",
        "balances": [{"type": "closingBooked", "amount": "-12345.60", "currency": "ILS", "reference_date": "2026-11-20"}],
    }], "next_cursor": null}))
    .into_response()
}

async fn transactions() -> Json<Value> {
    Json(json!({"data": [{
        "id": "tx_1", "booking_date": "2026-11-19", "amount": "-12.90", "currency": "ILS", "status": "pending", "description": "קפה נמל",
    }], "next_cursor": "more"}))
}

fn start_page() -> Value {
    json!({"id": "start_1", "url": "http://localhost:3000/start/abc", "name": "Pinkas", "state": "enabled", "redirect_url": "http://127.0.0.1:3001/shop/return?from=link"})
}

async fn start_page_made(State(heard): State<Heard>, Json(body): Json<Value>) -> Response {
    heard.lock().expect("heard").push(("start_pages".into(), body));
    (StatusCode::CREATED, Json(start_page())).into_response()
}

/// The one that was made, beside one that somebody else made.
async fn start_pages(State(heard): State<Heard>) -> Json<Value> {
    let made = heard.lock().expect("heard").iter().any(|(path, _)| path == "start_pages");
    let mut other = start_page();
    other["name"] = json!("Somebody's");
    Json(json!({"data": if made { vec![other, start_page()] } else { vec![other] }, "next_cursor": null}))
}

async fn link_made(State(heard): State<Heard>, Json(body): Json<Value>) -> Response {
    heard.lock().expect("heard").push(("hosted_links".into(), body));
    let made = json!({"id": "link_1", "url": "http://localhost:3000/l/hl_1", "state": "active", "customer": {"external_id": "c"}});
    (StatusCode::CREATED, Json(made)).into_response()
}

struct World {
    router: Router,
    heard: Heard,
}

impl World {
    async fn open() -> Self {
        let heard = Heard::default();
        let gesher = Router::new()
            .route("/v1/connections", post(made))
            .route("/v1/connections/{id}", get(|| async { Json(connection()) }))
            .route("/v1/connections/{id}/accounts", get(accounts))
            .route("/v1/accounts/{id}/transactions", get(transactions))
            .route("/v1/public_tokens/exchange", post(exchanged))
            .route("/v1/start_pages", post(start_page_made).get(start_pages))
            .route("/v1/hosted_links", post(link_made))
            .route(
                "/v1/institutions",
                get(|| async { Json(json!({"data": [{"id": "sandbox-bank", "name": {"en": "Sandbox Bank"}}]})) }),
            )
            .with_state(Arc::clone(&heard));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, gesher).await });
        Self::with_gesher_at(format!("http://{address}"), heard)
    }

    fn with_gesher_at(gesher_url_internal: String, heard: Heard) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let sandbox = Sandbox::new(Config {
            gesher_url: GESHER.into(),
            gesher_url_internal,
            sandbox_url: SHOP.into(),
            guarded_url: "https://localhost:3003".into(),
            authority: std::sync::Arc::new(crate::Authority::new(0).expect("an authority")),
            api_key: String::from("gk_test_key").into(),
            client: reqwest::Client::builder().build().expect("a client"),
            clock: Arc::new(|| 1_795_176_000_000_000),
            seed: 7,
        });
        Self {
            router: sandbox.router(),
            heard,
        }
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let answer = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).expect("text"))
    }

    async fn get(&self, path: &str, cookie: &str) -> (StatusCode, HeaderMap, String) {
        self.send(Request::get(path).header("cookie", cookie).body(Body::empty()).expect("a request"))
            .await
    }

    async fn post(&self, path: &str, cookie: &str, origin: &str, body: Value) -> (StatusCode, HeaderMap, Value) {
        let request = Request::post(path)
            .header("cookie", cookie)
            .header("origin", origin)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        let (status, headers, text) = self.send(request.expect("a request")).await;
        (status, headers, serde_json::from_str(&text).expect("JSON"))
    }

    /// Presses the button; gives the visit's cookie and what Gesher was asked.
    async fn connect(&self, cookie: &str, body: Value) -> (String, Value) {
        let (status, headers, answer) = self.post("/shop/connect", cookie, SHOP, body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(
            answer,
            json!({"token": "ct_1", "hosted_url": "http://localhost:3000/h/hl_1", "connection_id": "conn_1"})
        );
        let cookie = headers["set-cookie"]
            .to_str()
            .expect("a cookie")
            .split(';')
            .next()
            .expect("a pair")
            .to_owned();
        (cookie, self.last())
    }

    fn last(&self) -> Value {
        self.heard.lock().expect("heard").last().expect("something").1.clone()
    }
}

#[tokio::test]
async fn a_connection_is_asked_for_at_the_pages_own_origin_and_the_customer_stays_the_same() {
    let world = World::open().await;
    let (cookie, asked) = world.connect("", json!({"lang": "he", "language": "page", "way": "modal"})).await;
    assert_eq!(asked["parent_origin"], SHOP);
    assert_eq!(asked["redirect_url"], "http://127.0.0.1:3001/shop/return");
    assert_eq!((&asked["language"], &asked["include_sandbox"]), (&json!("he"), &json!(true)));
    assert!(asked.get("psu_id").is_none() && asked.get("institution_ids").is_none());

    let more = json!({"lang": "he", "language": "free", "institution_id": "il-leumi", "psu_id": "43510023"});
    let (again, second) = world.connect(&cookie, more).await;
    assert_eq!(again, cookie);
    assert_eq!(second["customer"], asked["customer"]);
    assert_ne!(second["state"], asked["state"]);
    assert!(second.get("language").is_none());
    assert_eq!(
        (&second["institution_ids"], &second["psu_id"]),
        (&json!(["il-leumi"]), &json!("43510023"))
    );

    let (other, third) = world.connect("pinkas_visit=forged", json!({})).await;
    assert_ne!(other, "pinkas_visit=forged");
    assert_ne!(third["customer"], asked["customer"]);
}

#[tokio::test]
async fn a_page_at_an_address_that_is_not_the_shops_gets_nothing() {
    let world = World::open().await;
    for origin in [
        "http://evil.localhost:3001",
        "https://127.0.0.1:3001",
        "http://127.0.0.1:3002",
        "null",
    ] {
        let (status, headers, answer) = world.post("/shop/connect", "", origin, json!({})).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (StatusCode::FORBIDDEN, &json!("unknown_origin"))
        );
        assert!(!headers.contains_key("set-cookie"));
    }
    let request = Request::post("/shop/connect")
        .header("host", "shop.localhost:3001")
        .header("content-type", "application/json");
    assert_eq!(
        world.send(request.body(Body::from("{}")).expect("a request")).await.0,
        StatusCode::OK
    );
    assert_eq!(world.last()["parent_origin"], "http://shop.localhost:3001");
    assert!(shop_origins(SHOP).contains(&"http://shop.localhost:3001".to_owned()));
    assert_eq!(shop_origins("https://shop.example/"), ["https://shop.example"]);
}

#[tokio::test]
async fn an_exchange_shows_the_accounts_to_this_visitor_alone() {
    let world = World::open().await;
    let (cookie, asked) = world.connect("", json!({})).await;
    let (status, _, answer) = world
        .post("/shop/exchange", &cookie, SHOP, json!({"public_token": "public_1"}))
        .await;
    assert_eq!((status, &answer["connection"]["status"]), (StatusCode::OK, &json!("active")));
    assert_eq!(world.last(), json!({"public_token": "public_1", "customer": asked["customer"]}));

    let (_, _, shown) = world.get("/shop/accounts", &cookie).await;
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["connections"][0]["connection"]["status"], "active");
    assert_eq!(shown["connections"][0]["accounts"][0]["transactions"][0]["amount"], "-12.90");
    let (_, _, page) = world.get("/?lang=he", &cookie).await;
    assert!(page.contains("IL62\u{a0}0108\u{a0}0000") && page.contains("\u{2212}₪12,345.60") && page.contains("קפה נמל"));
    assert!(page.contains("&lt;נועה&gt;") && !page.contains("<נועה>"));

    let (_, _, nothing) = world.get("/shop/accounts", "").await;
    assert_eq!(nothing, r#"{"connections":[]}"#);
    let (status, _, answer) = world.post("/shop/exchange", "", SHOP, json!({"public_token": "public_1"})).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::FORBIDDEN, &json!("unknown_visit")));
}

#[tokio::test]
async fn the_hosted_page_comes_back_to_the_visit_that_left() {
    let world = World::open().await;
    let (cookie, asked) = world.connect("", json!({"lang": "he", "way": "hosted"})).await;
    let state = asked["state"].as_str().expect("a state");
    let back = |token: &str, state: &str| format!("/shop/return?connection_id=conn_1&public_token={token}&state={state}");
    assert_eq!(world.get(&back("public_1", "other"), &cookie).await.0, StatusCode::FORBIDDEN);
    assert_eq!(world.get(&back("public_1", state), "").await.0, StatusCode::FORBIDDEN);
    assert!(world.heard.lock().expect("heard").iter().all(|(path, _)| path != "exchange"));

    let (status, headers, _) = world.get(&back("public_1", state), &cookie).await;
    assert_eq!(
        (status, headers["location"].to_str().ok()),
        (StatusCode::SEE_OTHER, Some("/?lang=he#accounts-title"))
    );
    assert_eq!(world.last()["public_token"], "public_1");
    let (_, _, page) = world.get("/?lang=he", &cookie).await;
    assert!(page.contains("בנק לדוגמה"));

    let (status, _, page) = world.get(&back("public_used", state), &cookie).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(page.contains("The token was exchanged before. (already_exchanged)"));
    assert_eq!(world.get(&back("", state), &cookie).await.0, StatusCode::OK);
}

#[tokio::test]
async fn what_gesher_refuses_is_said_in_words() {
    let world = World::open().await;
    let (status, _, answer) = world.post("/shop/connect", "", SHOP, json!({"psu_id": "1"})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer["error"]["code"], "invalid_psu_id");
    let said = answer["error"]["message"].as_str().expect("words");
    assert!(said.contains("This is not a national id. (invalid_psu_id, psu_id)"), "{said}");

    // Nothing listens on the discard port.
    let alone = World::with_gesher_at("http://127.0.0.1:9".into(), Heard::default());
    let (status, _, answer) = alone.post("/shop/connect", "", SHOP, json!({"lang": "he"})).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (StatusCode::BAD_GATEWAY, &json!("gesher_unreachable"))
    );
    assert!(answer["error"]["message"].as_str().is_some_and(|said| said.contains("לא עונה")));
    assert_eq!(alone.get("/", "").await.0, StatusCode::OK);
    let (status, _, text) = alone
        .send(Request::post("/shop/connect").body(Body::from("x")).expect("a request"))
        .await;
    assert_eq!((status, text.contains("bad_request")), (StatusCode::BAD_REQUEST, true));
}

#[tokio::test]
async fn every_page_is_whole_in_both_languages_and_nothing_on_it_is_inline() {
    let world = World::open().await;
    for path in ["/", "/?lang=he", "/sandbox", "/sandbox?lang=he"] {
        let (status, headers, page) = world.get(path, "").await;
        assert_eq!(status, StatusCode::OK);
        assert!(!page.contains("{{") && !page.contains("gk_test_key"), "{path}");
        assert!(
            !page.contains(" style=") && !page.contains("<style") && !page.contains(" onclick="),
            "{path}"
        );
        assert!(page.split("<script").skip(1).all(|script| script.starts_with(" src=")), "{path}");
        let hebrew = path.contains("lang=he");
        assert!(page.contains(if hebrew {
            r#"<html lang="he" dir="rtl">"#
        } else {
            r#"<html lang="en" dir="ltr">"#
        }));
        let policy = headers["content-security-policy"].to_str().expect("a policy");
        assert!(policy.contains("script-src 'self' http://localhost:3000;") && policy.contains("frame-src http://localhost:3000;"));
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
    }
    let (_, _, users) = world.get("/sandbox", "").await;
    let (_, _, hebrew) = world.get("/sandbox?lang=he", "").await;
    let (_, _, page) = world.get("/", "").await;
    let (_, _, hebrew_page) = world.get("/?lang=he", "").await;
    let ids = crate::banks::psu::TEST_USERS.iter().map(|(id, _)| *id);
    let ids = ids.chain(crate::psd2::manner::PSD2_USERS.iter().map(|(id, _)| *id));
    let ids = ids.chain(crate::trouble::TROUBLED.iter().map(|(id, _)| *id));
    for id in ids.clone() {
        assert!([&users, &hebrew, &page, &hebrew_page].iter().all(|page| page.contains(id)), "{id}");
    }
    for expected in ["Sandbox Bank", "Sandbox Card", "Sandbox Insurance", "Sandbox Business Bank"] {
        assert!(users.contains(expected), "{expected}");
    }
    for bank in crate::psd2::bank::all() {
        assert!(users.contains(bank.en) && hebrew.contains(bank.he), "{}", bank.id());
        for (page, lang) in [(&users, "en"), (&hebrew, "he")] {
            for look in ["consents.json".to_owned(), format!("app?lang={lang}")] {
                let address = format!("/psd2/{}/{look}", bank.host());
                assert!(page.contains(&format!("href=\"{address}\"")), "{address}");
                assert_eq!(world.get(&address, "").await.0, StatusCode::OK, "{address}");
            }
        }
    }
    for (page, names) in [
        (&page, ["Sandbox Redirect Bank", "Sandbox OAuth Bank", "Sandbox App Bank"]),
        (
            &hebrew_page,
            ["בנק לדוגמה בהפניה", "בנק לדוגמה באישור OAuth", "בנק לדוגמה באפליקציה"],
        ),
    ] {
        assert!(names.iter().all(|name| page.contains(&format!("<b>{name}</b>"))), "{names:?}");
    }
    assert!(page.contains("async function connectBank") && page.contains(r#"<script src="http://localhost:3000/gesher.js" defer>"#));
}

#[tokio::test]
async fn files_banks_health_and_what_is_not_there_have_the_common_headers() {
    let world = World::open().await;
    for (path, status, kind) in [
        ("/shop/shop.css", 200, "text/css; charset=utf-8"),
        ("/shop/shop.js", 200, "text/javascript; charset=utf-8"),
        ("/shop/connect.js", 200, "text/javascript; charset=utf-8"),
        ("/shop/icon.svg", 200, "image/svg+xml"),
        ("/shop/institutions", 200, "application/json"),
        ("/health", 200, "text/plain; charset=utf-8"),
        ("/bank/sandbox-bank/form", 200, "application/json"),
        ("/bank/none/form", 404, "application/json"),
        ("/nowhere", 404, ""),
    ] {
        let (answered, headers, _) = world.get(path, "").await;
        assert_eq!(answered.as_u16(), status, "{path}");
        let text = |name: &str| headers.get(name).map_or("", |value| value.to_str().expect("text"));
        assert_eq!(text("content-type"), kind, "{path}");
        assert_eq!(text("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(text("referrer-policy"), "strict-origin-when-cross-origin", "{path}");
        assert!(text("content-security-policy").contains("default-src 'none'"), "{path}");
    }
}

/// Presses a button of the other ways in; gives the visit's cookie and the address that the page offers.
async fn way(world: &World, cookie: &str, way: &str) -> (String, String) {
    let request = Request::post("/shop/ways")
        .header("cookie", cookie)
        .header("origin", SHOP)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(format!("lang=he&way={way}")));
    let (status, headers, page) = world.send(request.expect("a request")).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let cookie = headers["set-cookie"]
        .to_str()
        .expect("a cookie")
        .split(';')
        .next()
        .expect("a pair")
        .to_owned();
    let offered = page
        .split("id=\"way-in\" class=\"second\" href=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    (cookie, offered.expect("an address").replace("&amp;", "&"))
}

#[tokio::test]
async fn a_start_page_is_made_once_and_brings_each_visitor_back() {
    let world = World::open().await;
    let (cookie, address) = way(&world, "", "start_page").await;
    let asked = world.last();
    assert_eq!(
        (&asked["name"], &asked["connection"]),
        (&json!("Pinkas"), &json!({"include_sandbox": true}))
    );
    assert_eq!(asked["redirect_url"], "http://127.0.0.1:3001/shop/return?from=link");
    let state = address
        .strip_prefix("http://localhost:3000/start/abc?lang=he&state=")
        .expect(&address);
    let (other, second) = way(&world, "", "start_page").await;
    assert!(other != cookie && second != address);
    assert_eq!(world.heard.lock().expect("heard").len(), 1, "the page is there");

    let back = format!("/shop/return?from=link&public_token=public_1&state={state}");
    assert_eq!(world.get(&back, &other).await.0, StatusCode::FORBIDDEN);
    let (status, headers, _) = world.get(&back, &cookie).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(headers["location"], "/?lang=he#accounts-title");
}

#[tokio::test]
async fn a_link_is_for_this_visitors_customer() {
    let world = World::open().await;
    let (cookie, address) = way(&world, "", "link").await;
    assert_eq!(address, "http://localhost:3000/l/hl_1");
    let asked = world.last();
    let state = asked["connection"]["state"].as_str().expect("a state");
    let back = format!("/shop/return?from=link&public_token=public_1&state={state}");
    assert_eq!(world.get(&back, &cookie).await.0, StatusCode::SEE_OTHER);
    assert_eq!(world.last()["customer"], asked["customer"]);

    let foreign = Request::post("/shop/ways").header("origin", "http://evil.example");
    let foreign = foreign
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from("way=link"));
    let (status, headers, page) = world.send(foreign.expect("a request")).await;
    assert_eq!(
        (status, headers.contains_key("set-cookie"), page.contains("way-in")),
        (StatusCode::FORBIDDEN, false, false)
    );
}
