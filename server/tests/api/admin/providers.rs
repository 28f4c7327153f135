//! A tenant's credentials at providers, and its webhook endpoints, by its operator.

use super::{Ops, TOKEN, text};
use crate::world::World;
use async_trait::async_trait;
use axum::http::StatusCode;
use gesher_contract::FailureCode;
use gesher_directory::Offers;
use gesher_domain::connection::FetchProblem;
use gesher_server::providers::{Ask, Checked, Cx, Facts, Failed, Fetched, Grant, Input, Leg, Progress, Provider, Setting, Want};
use gesher_server::store::audit;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use std::time::Duration;

/// A provider that takes credentials, and reaches nobody.
pub struct Keyed;

#[async_trait]
impl Provider for Keyed {
    fn facts(&self) -> Facts {
        Facts {
            fetches_per_day: None,
            steps: &[],
        }
    }
    fn settings(&self) -> &'static [Setting] {
        &[
            Setting {
                name: "client_id",
                required: true,
                about: "who you are",
            },
            Setting {
                name: "secret",
                required: true,
                about: "what proves it",
            },
            Setting {
                name: "region",
                required: false,
                about: "where it is",
            },
        ]
    }
    fn offers(&self, _: &str) -> Offers {
        Offers {
            products: [].into(),
            leaves: false,
            tier: 0,
        }
    }
    async fn begin(&self, _: &Cx, _: &Ask) -> Result<Progress, Failed> {
        Err(FailureCode::Internal.into())
    }
    async fn go_on(&self, _: &Cx, _: Leg, _: Input) -> Result<Progress, Failed> {
        Err(FailureCode::Internal.into())
    }
    async fn fetch(&self, _: &Cx, _: &Grant, _: &Want) -> Result<Fetched, FetchProblem> {
        Err(FetchProblem::Broken)
    }
    async fn health(&self, _: &Cx, _: &Grant) -> Result<Checked, Failed> {
        Err(FailureCode::Internal.into())
    }
    async fn revoke(&self, _: &Cx, _: &Grant) -> Result<(), Failed> {
        Ok(())
    }
}

const SECRET: &str = "hush-0123456789abcdefghijklmnopq";

fn wanted(mode: &str) -> Value {
    json!({ "mode": mode, "fields": { "client_id": "gesher", "secret": SECRET } })
}

/// What a call to the provider finds under a name.
async fn found(world: &World, tenant: &str, mode: &str, name: &str) -> Option<String> {
    let cx = world.core.cx(tenant, mode, "keyed", None).await.expect("settings");
    cx.settings.get(name).map(|value| value.expose_secret().to_owned())
}

#[tokio::test]
async fn credentials_are_set_whole_and_shown_by_name_alone() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let (tag, path) = ops.tenant().await;
    let keyed = format!("{path}/providers/keyed");
    let bare = ops.call("GET", &keyed, None).await.body;
    assert_eq!((&bare["set"], &bare["takes"][1]["name"]), (&json!([]), &json!("secret")));
    let set = ops.call("PUT", &keyed, Some(wanted("live"))).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.body);
    assert_eq!(set.body["set"][0]["fields"], json!(["client_id", "secret"]));
    assert_eq!(set.body["set"][0]["mode"], "live");
    assert!(!set.body.to_string().contains(SECRET));
    assert_eq!(ops.call("GET", &keyed, None).await.body, set.body);

    assert_eq!(found(&world, &tag, "live", "secret").await.as_deref(), Some(SECRET));
    assert_eq!(found(&world, &tag, "test", "secret").await, None, "the other mode's");
    assert_eq!(
        found(&world, world.tenant.as_str(), "live", "secret").await,
        None,
        "another tenant's"
    );
    let other = json!({ "mode": "live", "fields": { "client_id": "g", "secret": "s", "region": "il" } });
    ops.call("PUT", &keyed, Some(other)).await;
    assert_eq!(found(&world, &tag, "live", "region").await.as_deref(), Some("il"));
    assert_eq!(
        ops.call("DELETE", &format!("{keyed}?mode=live"), None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(found(&world, &tag, "live", "secret").await, None);
    let gone = ops.call("DELETE", &format!("{keyed}?mode=live"), None).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(
        ops.audited(&tag).await,
        [
            "tenant.created",
            "tenant.provider_set",
            "tenant.provider_set",
            "tenant.provider_deleted"
        ]
    );
    let lines = audit::of_tenant(&world.core.store, &tag, None, 10).await.expect("the log");
    assert!(lines.iter().all(|line| !line.detail.contains(SECRET)));
}

#[tokio::test]
async fn what_a_provider_does_not_take_is_refused_with_the_field() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let (_, path) = ops.tenant().await;
    let keyed = format!("{path}/providers/keyed");
    let fields = |fields: Value| json!({ "mode": "test", "fields": fields });
    for (body, code, field) in [
        (
            fields(json!({ "client_id": "a", "secret": "b", "colour": "red" })),
            "unknown_field",
            "fields.colour",
        ),
        (fields(json!({ "client_id": "a" })), "field_missing", "fields.secret"),
        (
            fields(json!({ "client_id": " ", "secret": "b" })),
            "invalid_value",
            "fields.client_id",
        ),
        (
            fields(json!({ "client_id": "\u{0}", "secret": "b" })),
            "invalid_value",
            "fields.client_id",
        ),
        (
            fields(json!({ "client_id": "a".repeat(17_000), "secret": "b" })),
            "invalid_value",
            "fields.client_id",
        ),
        (fields(json!({ "client_id": 7 })), "invalid_field", "fields.client_id"),
        (json!({ "mode": "both", "fields": {} }), "invalid_field", "mode"),
    ] {
        let refused = ops.refused("PUT", &keyed, body.clone()).await;
        assert_eq!(refused, (422, code.to_owned(), field.to_owned()), "{body}");
    }
    let none = ops.refused("PUT", &format!("{path}/providers/sandbox"), wanted("test")).await;
    assert_eq!(none.1, "nothing_to_set");
    assert_eq!(ops.refused("PUT", &format!("{path}/providers/nobody"), wanted("test")).await.0, 404);
    assert_eq!(ops.call("DELETE", &keyed, None).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ops.call("GET", &keyed, None).await.body["set"], json!([]));
}

#[tokio::test]
async fn credentials_open_in_their_own_place_alone() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let (tag, path) = ops.tenant().await;
    ops.call("PUT", &format!("{path}/providers/keyed"), Some(wanted("live"))).await;
    let url = format!("sqlite://{}", world.folder.path().join("gesher.db").display());
    let mut database = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.expect("opens");
    let moved = "UPDATE provider_credentials SET mode = 'test'";
    sqlx::query(moved).execute(&mut database).await.expect("moves");
    assert!(world.core.cx(&tag, "test", "keyed", None).await.is_err());
    for file in std::fs::read_dir(world.folder.path()).expect("the folder") {
        let kept = std::fs::read(file.expect("a file").path()).expect("readable");
        assert!(!kept.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
    }
}

#[tokio::test]
async fn webhook_endpoints_are_made_switched_and_deleted() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let (tag, path) = ops.tenant().await;
    let endpoints = format!("{path}/webhook_endpoints");
    let wanted = json!({ "mode": "test", "url": "http://127.0.0.1:9/", "description": "by us" });
    let made = ops.made(&endpoints, wanted.clone()).await;
    assert!(text(&made["secret"]).starts_with("whsec_"));
    let id = text(&made["id"]).to_owned();
    let listed = ops.call("GET", &endpoints, None).await.body;
    assert_eq!(listed["data"][0]["id"], made["id"]);
    assert!(listed["data"][0].get("secret").is_none());
    // The tenant's own backend sees it.
    let key = ops
        .made(&format!("{path}/api_keys"), json!({ "mode": "test", "label": "backend" }))
        .await;
    let seen = world.call("GET", "/v1/webhook_endpoints", text(&key["key"]), &[], None).await.body;
    assert_eq!(seen["data"], listed["data"]);
    let one = format!("{endpoints}/{id}");
    for state in ["disabled", "enabled"] {
        let changed = ops.call("PATCH", &one, Some(json!({ "state": state }))).await.body;
        assert_eq!(changed["state"], state);
    }
    for (body, code) in [
        (json!({ "mode": "test", "url": "nonsense" }), "invalid_url"),
        (
            json!({ "mode": "test", "url": "http://127.0.0.1:9/", "events": ["none"] }),
            "unknown_event",
        ),
    ] {
        assert_eq!(ops.refused("POST", &endpoints, body).await.1, code);
    }
    let (_, elsewhere) = ops.tenant().await;
    let foreign = format!("{elsewhere}/webhook_endpoints/{id}");
    assert_eq!(ops.call("DELETE", &foreign, None).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ops.call("DELETE", &one, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ops.call("DELETE", &one, None).await.status, StatusCode::NOT_FOUND);
    for _ in 0..16 {
        ops.made(&endpoints, wanted.clone()).await;
    }
    assert_eq!(ops.refused("POST", &endpoints, wanted).await.1, "too_many_endpoints");
    world.clock.advance(Duration::from_millis(1));
    let audited = ops.audited(&tag).await;
    assert_eq!(
        audited[..6],
        [
            "tenant.created",
            "webhook_endpoint.created",
            "api_key.created",
            "webhook_endpoint.changed",
            "webhook_endpoint.changed",
            "webhook_endpoint.deleted"
        ]
    );
    assert!(!audited.iter().any(|line| line.contains(TOKEN)));
}
