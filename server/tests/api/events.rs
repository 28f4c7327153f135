//! The event stream: what a document that waits hears, and what its ticket cannot do.

use crate::web::Person;
use crate::world::World;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use gesher_app::backend::Backend as _;
use http_body_util::BodyExt as _;
use serde_json::json;
use std::time::Duration;
use tower::ServiceExt as _;

/// A stream that is open.
struct Line(Body);

impl Line {
    async fn open(world: &World, ticket: &str, last: Option<&str>) -> Result<Self, StatusCode> {
        let mut request = Request::get(format!("/w/events/{ticket}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let request = request.body(Body::empty()).expect("a request");
        let response = world.router.clone().oneshot(request).await.expect("an answer");
        if response.status() != StatusCode::OK {
            return Err(response.status());
        }
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Ok(Self(response.into_body()))
    }

    /// The next event's name and id; nothing at the end.
    async fn next(&mut self) -> Option<(String, String)> {
        let frame = tokio::time::timeout(Duration::from_secs(5), self.0.frame())
            .await
            .expect("an event in time")?;
        let text = frame.expect("a frame").into_data().expect("data");
        let text = String::from_utf8(text.to_vec()).expect("text");
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name} in {text}")).trim().to_owned()
        };
        assert_eq!(field("data:"), field("id:"), "a number and nothing else");
        Some((field("event:"), field("id:")))
    }

    /// Whether nothing comes for a while.
    async fn is_silent(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(300), self.0.frame()).await.is_err()
    }
}

#[tokio::test]
async fn a_stream_tells_of_each_move_once_and_of_the_end() {
    let world = World::new().await;
    let mut visit = world.enter(&world.invite(json!({})).await).await;
    visit.open().await;
    let ticket = visit.screen.stream.clone();
    let mut line = Line::open(&world, &ticket, None).await.expect("a stream");
    let (event, mark) = line.next().await.expect("where it is");
    assert_eq!(event, "moved");
    assert!(line.is_silent().await);

    visit.choose("sandbox-bank").await;
    let (event, moved) = line.next().await.expect("a move");
    assert_eq!(event, "moved");
    assert!(moved.parse::<i64>().expect("a number") > mark.parse().expect("a number"));

    // A browser that was away hears at once of what it missed, and of nothing when it missed nothing.
    let mut missed = Line::open(&world, &ticket, Some(&mark)).await.expect("a stream");
    let (_, now) = missed.next().await.expect("what it missed");
    let mut none = Line::open(&world, &ticket, Some(&now)).await.expect("a stream");
    assert!(none.is_silent().await);

    visit.world.backend.cancel(&visit.at).await.expect("leaves");
    loop {
        match line.next().await {
            Some((event, _)) if event == "over" => break,
            Some(_) => {}
            None => panic!("the stream ended without a word"),
        }
    }
    assert_eq!(line.next().await, None, "nothing comes after the end");
    // The ticket is good until the end and after it, so that a reconnect hears of it.
    let mut late = Line::open(&world, &ticket, Some("1")).await.expect("a stream");
    assert_eq!(late.next().await.map(|(event, _)| event), Some("over".to_owned()));
}

#[tokio::test]
async fn a_streams_ticket_opens_nothing_else_and_nothing_else_opens_a_stream() {
    let world = World::new().await;
    let mut visit = world.enter(&world.invite(json!({})).await).await;
    visit.open().await;
    let stream = visit.screen.stream.clone();
    for other in [
        visit.screen.ticket.as_str(),
        &world.backend.handle(&visit.at),
        "s.sess_x.y",
        "nothing",
    ] {
        assert_eq!(Line::open(&world, other, None).await.err(), Some(StatusCode::NOT_FOUND), "{other}");
    }
    let mut forged = stream.clone();
    forged.replace_range(0..1, "h");
    for ticket in [&stream, &forged] {
        assert!(world.backend.admit(ticket).is_err());
        let person = Person::new(&world);
        assert_eq!(
            person.post("/w/do/cancel", "same-origin", &[("ticket", ticket)]).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            person.post("/go", "same-origin", &[("ticket", ticket)]).await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn a_stop_ends_the_streams() {
    let world = World::new().await;
    let mut visit = world.enter(&world.invite(json!({})).await).await;
    visit.open().await;
    let mut line = Line::open(&world, &visit.screen.stream, None).await.expect("a stream");
    line.next().await.expect("where it is");
    world.core.stopping.cancel();
    assert_eq!(line.next().await, None);
}
