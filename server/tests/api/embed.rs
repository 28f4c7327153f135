//! `GET /embed-check`: what the SDK asks when a frame stays silent.

use crate::world::{Answer, ORIGIN, World};
use axum::http::StatusCode;
use serde_json::json;

const OTHER: &str = "https://other.example";

async fn check(world: &World, token: &str, origin: &str) -> Answer {
    let headers = [("origin", origin), ("x-gesher-token", token)];
    world.call("GET", "/embed-check", "", &headers, None).await
}

#[tokio::test]
async fn a_page_learns_of_its_own_origin_alone() {
    let world = World::new().await;
    let framed = world.invite(json!({})).await;
    let hosted = world
        .invite(json!({ "parent_origin": null, "redirect_url": crate::world::REDIRECT }))
        .await;
    let token = |invited: &serde_json::Value, name: &str| invited[name].as_str().expect("a token").to_owned();
    for (invited, origin, allowed) in [
        (&framed, ORIGIN, true),
        (&framed, OTHER, false),
        (&framed, "null", false),
        (&framed, "https://shop.example.evil.example", false),
        (&hosted, ORIGIN, false),
    ] {
        let answer = check(&world, &token(invited, "connect_token"), origin).await;
        assert_eq!(
            (answer.status, answer.body),
            (StatusCode::OK, json!({ "allowed": allowed })),
            "{origin}"
        );
        assert_eq!(answer.headers["access-control-allow-origin"], origin);
        assert_eq!(answer.headers["vary"], "origin");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_learned() {
    let world = World::new().await;
    let invited = world.invite(json!({})).await;
    let hosted = invited["hosted_url"]
        .as_str()
        .expect("an address")
        .rsplit('/')
        .next()
        .expect("a token");
    let unknown = format!("ct_{}{}", world.tenant, "0".repeat(52));
    for token in [hosted, &unknown, "ct_nonsense"] {
        let told: Vec<_> = [check(&world, token, ORIGIN).await, check(&world, token, OTHER).await]
            .into_iter()
            .map(|answer| (answer.status, answer.body))
            .collect();
        assert_eq!(told[0].0, StatusCode::NOT_FOUND, "{token}");
        assert_eq!(told[0], told[1], "{token}");
    }
    for headers in [[("origin", ORIGIN)], [("x-gesher-token", "ct_nonsense")]] {
        let answer = world.call("GET", "/embed-check", "", &headers, None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn the_preflight_is_answered_alike_for_everybody() {
    let world = World::new().await;
    for origin in [ORIGIN, OTHER] {
        let headers = [
            ("origin", origin),
            ("access-control-request-method", "GET"),
            ("access-control-request-headers", "x-gesher-token"),
        ];
        let answer = world.call("OPTIONS", "/embed-check", "", &headers, None).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_eq!(answer.headers["access-control-allow-origin"], origin);
        assert_eq!(answer.headers["access-control-allow-headers"], "x-gesher-token");
        assert_eq!(answer.headers["access-control-allow-methods"], "GET");
    }
}
