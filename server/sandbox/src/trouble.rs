//! People with whom every bank here is in trouble: out of order, slow, silent, or with an answer that makes no sense.
//!
//! At a bank with a form the trouble comes with the answer to the right login form, or with the answer that brings the access. A bank
//! with a page or an app of its own knows the person when they have approved: it comes with the token, or with how the consent stands.

use crate::banks::psu::PsuId;
use axum::body::{Body, to_bytes};
use axum::response::{Html, IntoResponse, Response};
use futures::stream::{self, StreamExt as _};
use http::HeaderValue;
use http::header::CONTENT_LENGTH;
use std::time::Duration;

/// What is wrong with a bank when it is asked for this person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It is out of order.
    Down,
    /// It takes its time, and then all is well.
    Slow,
    /// It holds the socket for longer than anybody waits.
    Stuck,
    /// It answers with a page for people.
    Page,
    /// It answers half, to the login where it has a form.
    Half,
    /// It grants the access and answers with something else.
    OtherShape,
    /// It grants the access and answers half.
    HalfGrant,
    /// Its clock is wrong: the access ended before it began.
    PastExpiry,
}

/// How long a slow answer takes: longer than people wait without a word.
const SLOW: Duration = Duration::from_secs(12);
/// How long a bank holds the socket: longer than a caller's time limit.
const STUCK: Duration = Duration::from_secs(45);
/// More than any answer has.
const WHOLE: usize = 1024 * 1024;

/// Whose trouble is promised.
pub(crate) const TROUBLED: [(&str, Trouble); 8] = [
    ("316159037", Trouble::Down),
    ("316159003", Trouble::Slow),
    ("316159078", Trouble::Stuck),
    ("316159086", Trouble::Page),
    ("316159094", Trouble::Half),
    ("316159102", Trouble::OtherShape),
    ("316159110", Trouble::HalfGrant),
    ("316159128", Trouble::PastExpiry),
];

/// Which answer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// The one to a right login form.
    Login,
    /// The one that brings the access.
    Grant,
    /// The first that needs the person who approved on a page or in an app.
    Approval,
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Late(Duration),
    Page,
    Half,
    OtherShape,
}

/// The trouble with this person, if there is any.
pub(crate) fn of(psu: &PsuId) -> Option<Trouble> {
    TROUBLED.iter().find(|(id, _)| *id == psu.as_str()).map(|(_, trouble)| *trouble)
}

/// Whether the bank is out of order for this person.
pub(crate) fn is_down(psu: Option<&PsuId>) -> bool {
    psu.and_then(of) == Some(Trouble::Down)
}

/// Whether the bank's clock is wrong for this person.
pub(crate) fn is_past(psu: Option<&PsuId>) -> bool {
    psu.and_then(of) == Some(Trouble::PastExpiry)
}

fn fate(trouble: Trouble, at: At) -> Option<Fate> {
    match (trouble, at) {
        (Trouble::Slow, At::Login | At::Approval) => Some(Fate::Late(SLOW)),
        (Trouble::Stuck, At::Login | At::Approval) => Some(Fate::Late(STUCK)),
        (Trouble::Page, At::Login | At::Approval) => Some(Fate::Page),
        (Trouble::Half, At::Login | At::Approval) | (Trouble::HalfGrant, At::Grant | At::Approval) => Some(Fate::Half),
        (Trouble::OtherShape, At::Grant | At::Approval) => Some(Fate::OtherShape),
        _ => None,
    }
}

/// A good answer, as this person's bank gives it.
pub(crate) async fn spoil(psu: Option<&PsuId>, at: At, answer: Response) -> Response {
    match psu.and_then(of) {
        Some(trouble) => spoilt(fate(trouble, at), answer).await,
        None => answer,
    }
}

/// A good answer, spoilt by this trouble whoever it is about.
pub(crate) async fn spoil_by(trouble: Trouble, answer: Response) -> Response {
    spoilt(fate(trouble, At::Approval), answer).await
}

async fn spoilt(fate: Option<Fate>, answer: Response) -> Response {
    match fate {
        None => answer,
        Some(Fate::Late(by)) => {
            tokio::time::sleep(by).await;
            answer
        }
        Some(Fate::Page) => Html("<!doctype html><title>Maintenance</title><h1>We are improving our service</h1>").into_response(),
        Some(Fate::OtherShape) => axum::Json(serde_json::json!({ "ok": true, "data": [] })).into_response(),
        Some(Fate::Half) => half(answer).await,
    }
}

/// Declares the whole answer, sends half of it and cuts the connection.
async fn half(answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    let whole = to_bytes(body, WHOLE).await.unwrap_or_default();
    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let sent = stream::once(std::future::ready(Ok(whole.slice(..whole.len() / 2))));
    let cut = stream::once(async {
        // What was sent goes out before the connection is cut.
        tokio::task::yield_now().await;
        Err(std::io::Error::other("cut"))
    });
    Response::from_parts(head, Body::from_stream(sent.chain(cut)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::banks::psu::{Outcome, TEST_USERS};
    use crate::psd2::manner::PSD2_USERS;
    use axum::Json;

    fn psu(wanted: Trouble) -> PsuId {
        let (id, _) = TROUBLED.iter().find(|(_, trouble)| *trouble == wanted).expect("somebody");
        PsuId::parse(id).expect("an id")
    }

    #[test]
    fn they_are_ids_and_nobody_elses() {
        for (id, trouble) in TROUBLED {
            let psu = PsuId::parse(id).expect(id);
            assert_eq!((of(&psu), psu.outcome()), (Some(trouble), Outcome::Active));
            let others = TEST_USERS.iter().map(|(id, _)| *id).chain(PSD2_USERS.iter().map(|(id, _)| *id));
            assert!(others.into_iter().all(|other| other != id), "{id}");
        }
    }

    #[tokio::test]
    async fn half_an_answer_declares_the_whole_and_breaks_off() {
        let whole = r#"{"key":"value"}"#;
        let answer = spoil(
            Some(&psu(Trouble::Half)),
            At::Login,
            Json(serde_json::json!({"key": "value"})).into_response(),
        )
        .await;
        assert_eq!(
            answer.headers()["content-length"].to_str().ok(),
            Some(whole.len().to_string().as_str())
        );
        let mut body = answer.into_body().into_data_stream();
        let sent = body.next().await.expect("a part").expect("sent");
        assert_eq!(sent.as_ref(), &whole.as_bytes()[..whole.len() / 2]);
        assert!(body.next().await.expect("an end").is_err());
    }

    #[tokio::test]
    async fn only_the_answer_that_it_is_promised_for_is_spoilt() {
        let text = async |trouble, at| {
            let answer = spoil(Some(&psu(trouble)), at, "good".into_response()).await;
            let bytes = to_bytes(answer.into_body(), WHOLE).await;
            bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
        };
        assert!(text(Trouble::Page, At::Login).await.contains("<h1>"));
        assert_eq!(text(Trouble::Page, At::Grant).await, "good");
        assert_eq!(text(Trouble::OtherShape, At::Login).await, "good");
        assert!(text(Trouble::OtherShape, At::Grant).await.contains("ok"));
        assert_eq!(text(Trouble::HalfGrant, At::Login).await, "good");
        assert_eq!(text(Trouble::HalfGrant, At::Grant).await, "");
        assert_eq!(text(Trouble::PastExpiry, At::Approval).await, "good");
    }
}
