//! `create_redirect_url`: where the hosted page goes when it goes home by itself.

use crate::world::{REDIRECT, Visit, World};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use gesher_app::act::{ActError, INSTANCE_HEADER};
use gesher_app::backend::{Asked, Backend, Entry};
use gesher_contract::Door;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

async fn invited(world: &World) -> Value {
    world
        .invite(json!({ "parent_origin": null, "redirect_url": REDIRECT, "state": "s-17" }))
        .await
}

/// The hosted page of an invitation.
async fn hosted<'a>(world: &'a World, invited: &Value) -> Visit<'a> {
    let token = invited["hosted_url"]
        .as_str()
        .and_then(|url| url.rsplit('/').next())
        .expect("a token");
    let Entry { at, boot } = world
        .backend
        .enter(token, Door::Page, Asked::default())
        .await
        .expect("the page opens");
    Visit {
        world,
        at,
        screen: boot.screen,
    }
}

/// Calls the server function as the island does.
async fn made(world: &World, handle: &str) -> (StatusCode, Result<Option<String>, ActError>) {
    let request = Request::post("/w/fn/create_redirect_url")
        .header("content-type", "application/x-postcard")
        .header(INSTANCE_HEADER, handle)
        .header("sec-fetch-site", "same-origin")
        .body(Body::empty())
        .expect("a request");
    let response = world.router.clone().oneshot(request).await.expect("an answer");
    let status = response.status();
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    let answer = if status == StatusCode::OK {
        Ok(postcard::from_bytes(&bytes).expect("an answer"))
    } else {
        Err(postcard::from_bytes(&bytes).expect("an error"))
    };
    (status, answer)
}

#[tokio::test]
async fn the_way_back_is_made_for_the_live_hosted_page_once_there_is_one() {
    let world = World::new().await;
    let invited = invited(&world).await;
    let mut visit = hosted(&world, &invited).await;
    visit.open().await;
    let handle = world.backend.handle(&visit.at);
    assert_eq!(
        made(&world, &handle).await,
        (StatusCode::OK, Ok(None)),
        "nobody goes home from the picker"
    );
    let token = visit.link("043510023").await.expect("a public token");
    let (status, url) = made(&world, &handle).await;
    let url = url.expect("an answer").expect("a way back");
    assert_eq!(status, StatusCode::OK);
    assert!(url.starts_with(REDIRECT), "{url}");
    for part in [
        format!("public_token={token}"),
        "state=s-17".to_owned(),
        "connection_id=".to_owned(),
    ] {
        assert!(url.contains(&part), "{url} has no {part}");
    }
    assert_eq!(made(&world, "nonsense").await, (StatusCode::GONE, Err(ActError::Over)));
}

#[tokio::test]
async fn a_token_that_was_exchanged_meanwhile_does_not_travel() {
    let world = World::new().await;
    let invited = invited(&world).await;
    let mut visit = hosted(&world, &invited).await;
    let token = visit.link("043510023").await.expect("a public token");
    assert_eq!(world.exchange(&token, "user-1").await.status, StatusCode::OK);
    let (_, url) = made(&world, &world.backend.handle(&visit.at)).await;
    let url = url.expect("an answer").unwrap_or_default();
    assert!(!url.contains("public_token"), "{url}");
}

#[tokio::test]
async fn a_page_that_was_taken_over_and_a_frame_are_given_no_way() {
    let world = World::new().await;
    let invited = invited(&world).await;
    let mut first = hosted(&world, &invited).await;
    first.open().await;
    let mut second = hosted(&world, &invited).await;
    second.link("043510023").await.expect("a public token");
    let (_, url) = made(&world, &world.backend.handle(&first.at)).await;
    assert!(
        !url.ok().flatten().unwrap_or_default().contains("public_token"),
        "the older page goes home without it"
    );
    let framed = world.invite(json!({})).await;
    let mut frame = world.enter(&framed).await;
    frame.link("321547416").await.expect("a public token");
    assert_eq!(made(&world, &world.backend.handle(&frame.at)).await.1, Ok(None));
}
