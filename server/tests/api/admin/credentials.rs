//! Keys and clients: made, shown once, revoked.

use super::{Ops, TOKEN, text};
use crate::world::World;
use axum::http::StatusCode;
use gesher_server::store::{Settings, Store};
use gesher_server::tenants::{Keys, Mode, Unauthorised};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_revoked_key_stops_working_within_a_second_on_every_node() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let url = format!("sqlite://{}", world.folder.path().join("gesher.db").display());
    let elsewhere = Keys::new(Store::open(&Settings::new(url)).await.expect("opens"), world.clock.clone());
    let (tag, path) = ops.tenant().await;
    let keys = format!("{path}/api_keys");
    let made = ops.made(&keys, json!({ "mode": "live", "label": "old" })).await;
    let new = ops.made(&keys, json!({ "mode": "live", "label": "new" })).await;
    let bearer = |made: &Value| format!("Bearer {}", text(&made["key"]));
    let (old_key, new_key) = (bearer(&made), bearer(&new));
    let seen = elsewhere.caller(Some(&old_key)).await.expect("works");
    assert_eq!((seen.tenant.as_str(), seen.mode), (&*tag, Mode::Live));
    let here = async |key: &Value| {
        let answer = world.call("GET", "/v1/connections", text(&key["key"]), &[], None).await;
        answer.status.as_u16()
    };
    assert_eq!((here(&made).await, here(&new).await), (200, 200));

    let revoked = ops.call("DELETE", &format!("{keys}/{}", text(&made["prefix"])), None).await;
    assert_eq!(revoked.status, StatusCode::OK, "{}", revoked.body);
    assert!(revoked.body["revoked_at"].is_string() && revoked.body.get("key").is_none());
    world.clock.advance(Duration::from_secs(1));
    assert!(matches!(elsewhere.caller(Some(&old_key)).await, Err(Unauthorised::Unknown)));
    assert!(elsewhere.caller(Some(&new_key)).await.is_ok(), "the other key goes on");
    assert_eq!((here(&made).await, here(&new).await), (401, 200));
    assert_eq!(
        world.get("/v1/connections").await.status,
        StatusCode::OK,
        "another tenant's key goes on"
    );

    let again = ops.call("DELETE", &format!("{keys}/{}", text(&made["id"])), None).await;
    assert_eq!(
        (again.status, &again.body),
        (StatusCode::OK, &revoked.body),
        "revoking again changes nothing"
    );
    let audited = ops.audited(&tag).await;
    assert_eq!(audited.iter().filter(|action| *action == "api_key.revoked").count(), 1);
}

#[tokio::test]
async fn two_keys_of_a_mode_work_at_once_and_another_tenants_are_out_of_reach() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let (tag, path) = ops.tenant().await;
    let keys = format!("{path}/api_keys");
    let wanted = |mode: &str| json!({ "mode": mode, "label": "backend" });
    // All at once: still two of each mode.
    let tries = ["test", "test", "test", "live", "live", "live"].map(|mode| ops.call("POST", &keys, Some(wanted(mode))));
    let answers = futures::future::join_all(tries).await;
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).collect();
    assert_eq!(made.len(), 4);
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == StatusCode::CONFLICT).collect();
    assert_eq!(refused.len(), 2);
    assert!(refused.iter().all(|answer| answer.body["code"] == "two_keys_active"));

    let listed = ops.call("GET", &keys, None).await.body;
    let rows = listed["data"].as_array().expect("a list");
    assert_eq!(rows.len(), 4);
    for row in rows {
        let begins = format!("gk_{}_{tag}", text(&row["mode"]));
        assert!(text(&row["prefix"]).starts_with(&begins) && text(&row["prefix"]).len() == begins.len() + 6);
        assert!(row.get("key").is_none());
    }
    let first = &made[0].body;
    ops.call("DELETE", &format!("{keys}/{}", text(&first["id"])), None).await;
    ops.made(&keys, wanted(text(&first["mode"]))).await;

    let other = ops.tenant().await.1;
    let id = text(&made[1].body["id"]);
    let foreign = ops.call("DELETE", &format!("{other}/api_keys/{id}"), None).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(ops.refused("POST", &keys, json!({ "mode": "demo", "label": "x" })).await.2, "mode");
    assert_eq!(ops.refused("POST", &keys, json!({ "mode": "test", "label": "" })).await.2, "label");
}

#[tokio::test]
async fn a_client_has_scopes_and_a_secret_that_is_shown_once() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let (tag, path) = ops.tenant().await;
    let clients = format!("{path}/oauth_clients");
    let made = ops
        .made(
            &clients,
            json!({ "mode": "live", "scopes": ["read:accounts", "create:connections", "read:accounts"] }),
        )
        .await;
    assert_eq!(
        (&made["mode"], &made["scopes"]),
        (&json!("live"), &json!(["create:connections", "read:accounts"]))
    );
    assert!(text(&made["client_secret"]).starts_with(&format!("gs_{tag}")));
    let listed = ops.call("GET", &clients, None).await.body;
    assert_eq!(listed["data"][0]["client_id"], made["client_id"]);
    assert!(listed["data"][0].get("client_secret").is_none());
    let other = ops.tenant().await.1;
    let id = text(&made["client_id"]);
    let foreign = ops.call("DELETE", &format!("{other}/oauth_clients/{id}"), None).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let one = format!("{clients}/{id}");
    let revoked = ops.call("DELETE", &one, None).await;
    assert!(revoked.status == StatusCode::OK && revoked.body["revoked_at"].is_string());
    assert_eq!(ops.call("DELETE", &one, None).await.body, revoked.body);
    assert_eq!(
        ops.refused("POST", &clients, json!({ "mode": "test", "scopes": [] })).await.1,
        "no_scope"
    );
    assert_eq!(
        ops.refused("POST", &clients, json!({ "mode": "test", "scopes": ["all"] })).await.2,
        "scopes[0]"
    );
    assert_eq!(
        ops.refused("POST", &clients, json!({ "scopes": ["read:accounts"] })).await.2,
        "mode"
    );
    assert_eq!(
        ops.audited(&tag).await,
        ["tenant.created", "oauth_client.created", "oauth_client.revoked"]
    );
}

#[tokio::test]
async fn no_secret_is_in_the_database() {
    let world = World::new().await;
    let ops = Ops::new(&world);
    let (_, path) = ops.tenant().await;
    let key = ops
        .made(&format!("{path}/api_keys"), json!({ "mode": "live", "label": "backend" }))
        .await;
    let client = ops
        .made(
            &format!("{path}/oauth_clients"),
            json!({ "mode": "test", "scopes": ["read:accounts"] }),
        )
        .await;
    let mut kept = Vec::new();
    for file in std::fs::read_dir(world.folder.path()).expect("the folder") {
        kept.extend(std::fs::read(file.expect("a file").path()).expect("readable"));
    }
    let has = |needle: &str| kept.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(has(text(&key["prefix"])), "the search finds what is there");
    for secret in [text(&key["key"]), text(&client["client_secret"]), TOKEN] {
        let tail = &secret[secret.len() - 20..];
        assert!(!has(tail), "the end of a secret is stored");
    }
}
