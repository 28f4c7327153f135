//! The admin API: who may come in, what an operator does, and what of it a host's backend then sees.

mod credentials;
pub mod providers;

use crate::world::{Answer, ORIGIN, REDIRECT, World};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use gesher_server::http::admin::Access;
use gesher_server::http::ops;
use gesher_server::store::audit;
use http_body_util::BodyExt as _;
use metrics_exporter_prometheus::PrometheusBuilder;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tower::ServiceExt as _;

/// The token of the tests.
pub const TOKEN: &str = "admin-token-of-a-test-0123456789abcdef";
const HOST: &str = "127.0.0.1:3002";

/// The operations listener of a world.
pub struct Ops<'a> {
    world: &'a World,
    router: Router,
}

/// What a request says of who sends it.
struct Sender<'a> {
    token: Option<&'a str>,
    hosts: &'a [&'a str],
}

const OPERATOR: Sender<'_> = Sender {
    token: Some(TOKEN),
    hosts: &[HOST],
};

fn router(world: &World, token: Option<&str>) -> Router {
    router_at(world, HOST.parse().expect("an address"), token)
}

/// What is served on the operations listener at this address.
pub fn router_at(world: &World, listener: SocketAddr, token: Option<&str>) -> Router {
    let token = token.map(SecretString::from);
    let access = Access::new(token.as_ref(), listener, &["Ops.Example:3002".to_owned()], false);
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    ops::router(world.core.clone(), metrics, access)
}

impl<'a> Ops<'a> {
    pub fn new(world: &'a World) -> Self {
        Self {
            world,
            router: router(world, Some(TOKEN)),
        }
    }

    async fn ask(&self, method: &str, path: &str, from: &Sender<'_>, body: Option<&Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = from.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for host in from.hosts {
            request = request.header(header::HOST, *host);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let response = self.router.clone().oneshot(request.body(body).expect("a request")).await;
        let (parts, body) = response.expect("an answer").into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    /// Asks as the operator, a moment later: lines of the audit log sort by time.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.world.clock.advance(Duration::from_millis(1));
        self.ask(method, path, &OPERATOR, body.as_ref()).await
    }

    async fn made(&self, path: &str, body: Value) -> Value {
        let answer = self.call("POST", path, Some(body)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.body
    }

    async fn refused(&self, method: &str, path: &str, body: Value) -> (u16, String, String) {
        let answer = self.call(method, path, Some(body)).await;
        let text = |name: &str| answer.body[name].as_str().unwrap_or_default().to_owned();
        (answer.status.as_u16(), text("code"), text("field"))
    }

    /// A tenant of its own, and the address below which its things are.
    async fn tenant(&self) -> (String, String) {
        let wanted = json!({ "name": "Pinkas", "allowed_origins": [ORIGIN], "redirect_urls": [REDIRECT] });
        let made = self.made("/admin/tenants", wanted).await;
        let tag = made["tag"].as_str().expect("a tag").to_owned();
        let path = format!("/admin/tenants/{tag}");
        (tag, path)
    }

    /// What the audit log says of a tenant, oldest first.
    async fn audited(&self, tag: &str) -> Vec<String> {
        let rows = audit::of_tenant(&self.world.core.store, tag, None, 100).await.expect("the log");
        assert!(rows.iter().all(|row| row.actor == "admin_api"));
        rows.into_iter().rev().map(|row| row.action).collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Every route, with a body that it would take.
fn routes(tag: &str) -> Vec<(&'static str, String, Option<Value>)> {
    let at = |rest: &str| format!("/admin/tenants/{tag}{rest}");
    vec![
        ("POST", "/admin/tenants".to_owned(), Some(json!({ "name": "New" }))),
        ("GET", "/admin/tenants".to_owned(), None),
        ("GET", at(""), None),
        ("PATCH", at(""), Some(json!({ "name": "Other" }))),
        ("GET", at("/branding"), None),
        ("PUT", at("/branding"), Some(json!({ "accent": "#22367f" }))),
        ("POST", at("/api_keys"), Some(json!({ "mode": "test", "label": "backend" }))),
        ("GET", at("/api_keys"), None),
        ("DELETE", at("/api_keys/key_0123456789abcdef"), None),
        (
            "POST",
            at("/oauth_clients"),
            Some(json!({ "mode": "test", "scopes": ["read:accounts"] })),
        ),
        ("GET", at("/oauth_clients"), None),
        ("DELETE", at("/oauth_clients/client_x"), None),
        ("GET", at("/providers/keyed"), None),
        ("PUT", at("/providers/keyed"), Some(json!({ "mode": "test", "fields": {} }))),
        ("DELETE", at("/providers/keyed?mode=test"), None),
        (
            "POST",
            at("/webhook_endpoints"),
            Some(json!({ "mode": "test", "url": "http://127.0.0.1:9/" })),
        ),
        ("GET", at("/webhook_endpoints"), None),
        ("PATCH", at("/webhook_endpoints/we_x"), Some(json!({ "state": "disabled" }))),
        ("DELETE", at("/webhook_endpoints/we_x"), None),
        ("PATCH", "/admin/institution_rows".to_owned(), Some(json!([]))),
        ("GET", "/admin/institution_rows".to_owned(), None),
        ("DELETE", "/admin/institution_rows/il-x".to_owned(), None),
        ("PATCH", at("/institution_rows?mode=test"), Some(json!([]))),
        ("GET", at("/institution_rows?mode=test"), None),
        ("DELETE", at("/institution_rows/il-x?mode=test"), None),
        ("GET", "/admin".to_owned(), None),
        ("GET", "/admin/nothing/here".to_owned(), None),
        ("OPTIONS", "/admin/tenants".to_owned(), None),
        ("PUT", "/admin/tenants".to_owned(), None),
    ]
}

#[tokio::test]
async fn nobody_comes_in_without_the_token_or_under_another_name() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let before = ops.call("GET", "/admin/tenants", None).await.body;
    let own = world.tenant.to_string();
    let hosts: &[&str] = &[HOST];
    for (method, path, body) in routes(&own) {
        for token in [None, Some("wrong"), Some(""), Some(&TOKEN[1..]), Some(&*world.key)] {
            let answer = ops.ask(method, &path, &Sender { token, hosts }, body.as_ref()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} {token:?}");
            assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
            assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
        }
        let foreign: [&[&str]; 6] = [
            &["evil.example:3002"],
            &["127.0.0.1"],
            &["127.0.0.1:3000"],
            &["127.0.0.1.evil.example:3002"],
            &[],
            &[HOST, "evil.example"],
        ];
        for hosts in foreign {
            let from = Sender { hosts, ..OPERATOR };
            let answer = ops.ask(method, &path, &from, body.as_ref()).await;
            assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{method} {path} {hosts:?}");
            assert_eq!(answer.body["code"], "wrong_host");
        }
        let closed = Ops {
            world: &world,
            router: router(&world, None),
        };
        for token in [None, Some(""), Some(TOKEN)] {
            let answer = closed.ask(method, &path, &Sender { token, hosts }, body.as_ref()).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path} {token:?}");
        }
    }
    for host in [HOST, "localhost:3002", "[::1]:3002", "LOCALHOST:3002", "ops.example:3002"] {
        let from = Sender {
            hosts: &[host],
            ..OPERATOR
        };
        let answer = ops.ask("GET", "/admin/tenants", &from, None).await;
        assert_eq!((answer.status, &answer.body), (StatusCode::OK, &before), "{host}");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        let cors = answer.headers.keys().find(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(cors, None);
    }
}

#[tokio::test]
async fn after_how_many_days_a_host_is_reminded_is_its_tenants_own() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let (_, path) = ops.tenant().await;
    assert_eq!(ops.call("GET", &path, None).await.body["refresh_reminder_days"], 7);
    let changed = ops.call("PATCH", &path, Some(json!({ "refresh_reminder_days": 30 }))).await;
    assert_eq!(
        (changed.status, &changed.body["refresh_reminder_days"]),
        (StatusCode::OK, &json!(30))
    );
    for days in [0, 91] {
        let refused = ops.refused("PATCH", &path, json!({ "refresh_reminder_days": days })).await;
        assert_eq!(
            refused,
            (422, "invalid_refresh_reminder_days".to_owned(), "refresh_reminder_days".to_owned())
        );
    }
    let made = ops
        .made("/admin/tenants", json!({ "name": "Two", "refresh_reminder_days": 2 }))
        .await;
    assert_eq!(made["refresh_reminder_days"], 2);
}

#[tokio::test]
async fn a_tenant_is_made_changed_and_seen_within_a_second() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let (tag, path) = ops.tenant().await;
    let key = ops
        .made(&format!("{path}/api_keys"), json!({ "mode": "test", "label": "backend" }))
        .await;
    let key = text(&key["key"]).to_owned();
    let invite = async |redirect: &str| {
        let body = json!({ "customer": { "external_id": "u" }, "parent_origin": ORIGIN, "redirect_url": redirect });
        let answer = world.call("POST", "/v1/connections", &key, &[], Some(&body.to_string())).await;
        answer.status.as_u16()
    };
    assert_eq!(invite(REDIRECT).await, 201);

    let patch = json!({ "redirect_urls": ["https://shop.example/new"], "completion": "automatic" });
    let changed = ops.call("PATCH", &path, Some(patch)).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    assert_eq!(changed.body["redirect_urls"], json!(["https://shop.example/new"]));
    assert_eq!(changed.body["completion"], "automatic");
    assert_eq!(
        (&changed.body["name"], &changed.body["allowed_origins"]),
        (&json!("Pinkas"), &json!([ORIGIN]))
    );
    assert_eq!(ops.call("GET", &path, None).await.body, changed.body);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!((invite(REDIRECT).await, invite("https://shop.example/new").await), (422, 201));

    let listed = ops.call("GET", "/admin/tenants", None).await.body;
    let mut tags: Vec<_> = listed["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| text(&row["tag"]))
        .collect();
    tags.retain(|listed| *listed == tag || *listed == world.tenant.as_str());
    assert_eq!(tags.len(), 2);
    assert_eq!(ops.audited(&tag).await, ["tenant.created", "api_key.created", "tenant.changed"]);
}

#[tokio::test]
async fn what_a_tenant_cannot_be_is_refused_with_the_field() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let (tag, path) = ops.tenant().await;
    let before = ops.call("GET", &path, None).await.body;
    for (body, code, field) in [
        (json!({ "name": "\u{202e}\u{200b}" }), "invalid_name", "name"),
        (
            json!({ "name": "A", "allowed_origins": [ORIGIN, "https://shop.example/"] }),
            "invalid_origin",
            "allowed_origins[1]",
        ),
        (
            json!({ "name": "A", "redirect_urls": ["https://shop.example/#a"] }),
            "invalid_redirect_url",
            "redirect_urls[0]",
        ),
        (
            json!({ "name": "A", "redirect_urls": ["http://shop.example/"] }),
            "redirect_url_not_https",
            "redirect_urls[0]",
        ),
        (json!({ "name": "A", "completion": "never" }), "invalid_field", "completion"),
        (json!({ "name": "A", "tag": "abc123" }), "unknown_field", "tag"),
    ] {
        let expected = (422, code.to_owned(), field.to_owned());
        assert_eq!(ops.refused("POST", "/admin/tenants", body.clone()).await, expected, "{body}");
        assert_eq!(ops.refused("PATCH", &path, body.clone()).await, expected, "{body}");
    }
    let missing = ops.refused("POST", "/admin/tenants", json!({})).await;
    assert_eq!(missing, (422, "invalid_field".to_owned(), "name".to_owned()));
    let large = json!({ "name": "a".repeat(100_000) });
    assert_eq!(ops.refused("POST", "/admin/tenants", large).await.0, 413);
    assert_eq!(ops.call("GET", &path, None).await.body, before);
    assert_eq!(ops.audited(&tag).await, ["tenant.created"]);

    for (method, path, body) in routes("zzzzzz").into_iter().chain(routes("no-tag")) {
        let below_a_tenant = path.contains("zzzzzz") || path.contains("no-tag");
        if below_a_tenant {
            let answer = ops.call(method, &path, body).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_branding_is_set_whole() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let (tag, path) = ops.tenant().await;
    let branding = format!("{path}/branding");
    let bare = ops.call("GET", &branding, None).await.body;
    assert_eq!((&bare["accent"], &bare["shown"]["name"]), (&Value::Null, &json!("Pinkas")));
    let mark = data_encoding::BASE64.encode(b"<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0h8v8z\"/></svg>");
    let first = ops
        .call("PUT", &branding, Some(json!({ "name": "Shop", "accent": "#ffff00", "mark": mark })))
        .await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    assert_eq!((&first.body["mark"], &first.body["shown"]["name"]), (&json!(mark), &json!("Shop")));
    assert_ne!(first.body["shown"]["accent"], "#ffff00", "yellow cannot be read on white");
    assert_eq!(ops.call("GET", &branding, None).await.body, first.body);
    let second = ops.call("PUT", &branding, Some(json!({ "radius": 8 }))).await.body;
    assert_eq!(
        (&second["mark"], &second["name"], &second["radius"]),
        (&Value::Null, &Value::Null, &json!(8))
    );
    for (body, field) in [
        (json!({ "accent": "red" }), "accent"),
        (json!({ "radius": 25 }), "radius"),
        (json!({ "radius": 256 }), "radius"),
        (json!({ "mark": "not base64!" }), "mark"),
        (json!({ "mark": data_encoding::BASE64.encode(b"GIF89a") }), "mark"),
    ] {
        let refused = ops.refused("PUT", &branding, body.clone()).await;
        assert_eq!((refused.0, &*refused.2), (422, field), "{body}");
    }
    assert_eq!(ops.call("GET", &branding, None).await.body, second);
    let audited = ops.audited(&tag).await;
    assert_eq!(audited.iter().filter(|action| *action == "tenant.branding_changed").count(), 2);
}

#[tokio::test]
async fn what_is_no_address_of_the_listener_is_a_404_for_everybody() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let nobody = Sender {
        token: None,
        hosts: &[HOST],
    };
    for path in ["/", "/nothing", "/health", "/v1/connections"] {
        let answer = ops.ask("GET", path, &nobody, None).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (StatusCode::NOT_FOUND, &json!("not_found")),
            "{path}"
        );
    }
    assert_eq!(
        ops.ask("GET", "/admin/nothing", &nobody, None).await.status,
        StatusCode::UNAUTHORIZED
    );
}
