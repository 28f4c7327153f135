//! What institutions ask after the login: methods, questions, pictures, accounts.

use crate::world::{Visit, World};
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use gesher_app::backend::Backend as _;
use gesher_contract::{AccountsView, FailureCode, FieldKind, FieldView, FormView, Language, SuccessView, View};
use gesher_server::providers::sandbox::Sandbox;
use gesher_server::providers::{Ask, Input, Provider as _, Reach};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

pub const LOGIN: [(&str, &str); 3] = [("psu_id", "043510023"), ("username", "user"), ("password", "pass")];

/// What a person is shown who has logged in here.
pub async fn logged_in<'a>(world: &'a World, institution: &str, psu: &str) -> (Value, Visit<'a>) {
    let invited = world.invite(json!({ "institution_ids": [institution] })).await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.submit(&[("psu_id", psu), LOGIN[1], LOGIN[2]]).await;
    (invited, visit)
}

pub fn form(view: &View) -> FormView {
    let View::Form(form) = view else { panic!("no form: {view:?}") };
    form.clone()
}

pub fn success(view: &View) -> SuccessView {
    let View::Success(success) = view else {
        panic!("no success: {view:?}")
    };
    success.clone()
}

pub fn failed(view: &View) -> FailureCode {
    let View::Failed { failure, .. } = view else {
        panic!("no failure: {view:?}")
    };
    failure.code
}

pub fn field<'a>(form: &'a FormView, name: &str) -> &'a FieldView {
    form.fields.iter().find(|field| field.name == name).expect(name)
}

/// The names of the fields that are wrong.
pub fn wrong(form: &FormView) -> Vec<&str> {
    let wrong = form.fields.iter().filter(|field| !field.error.is_empty());
    wrong.map(|field| field.name.as_str()).collect()
}

impl Visit<'_> {
    /// Looks until the institution no longer takes its time.
    async fn waited(&mut self) -> &View {
        for _ in 0..200 {
            if !matches!(self.screen.view, View::Progress { .. } | View::Waiting(_)) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
            self.look().await;
        }
        &self.screen.view
    }

    async fn resend(&mut self) -> FormView {
        self.screen = self.world.backend.resend(&self.on_this_screen()).await.expect("asks again");
        form(self.settle().await)
    }

    async fn pick(&mut self, accounts: &[&str]) -> &View {
        let accounts = accounts.iter().map(|id| (*id).to_owned()).collect();
        self.screen = self.world.backend.pick(&self.on_this_screen(), accounts).await.expect("picks");
        self.settle().await
    }

    /// The picture at this address.
    async fn picture(&self, address: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
        let request = Request::builder().uri(address).body(Body::empty()).expect("a request");
        let response = self.world.router.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        (status, headers, body.to_vec())
    }
}

/// The accounts that the host reads after its exchange.
pub async fn read_by_host(world: &World, invited: &Value, success: &SuccessView) -> Vec<Value> {
    let token = success.public_token.as_deref().expect("a public token");
    let exchanged = world.exchange(token, "user-1").await;
    assert_eq!(exchanged.body["connection"]["status"], "active", "{}", exchanged.body);
    let id = invited["id"].as_str().expect("an id");
    let listed = world.get(&format!("/v1/connections/{id}/accounts")).await;
    listed.body["data"].as_array().cloned().expect("accounts")
}

#[tokio::test]
async fn a_chosen_method_brings_a_code_that_can_be_sent_again() {
    let world = World::new().await;
    let (_, mut visit) = logged_in(&world, "sandbox-methods", "043510023").await;
    let methods = form(&visit.screen.view);
    let options: Vec<_> = methods.fields[0].options.iter().map(|option| option.value.as_str()).collect();
    assert_eq!((methods.fields[0].kind, options), (FieldKind::Radio, vec!["sms", "call", "app"]));
    assert!(methods.resend.is_none());
    assert_eq!(wrong(&form(visit.submit(&[]).await)), ["method"]);

    let sent = form(visit.submit(&[("method", "sms")]).await);
    assert_eq!(
        (sent.fields[0].kind, sent.resend.map(|resend| resend.seconds_left)),
        (FieldKind::Code, Some(5))
    );
    let early = visit.resend().await;
    assert!(!early.resent, "it is too early");
    assert_eq!(early.resend.map(|resend| resend.seconds_left), Some(5));
    world.clock.advance(Duration::from_secs(5));
    let resent = visit.resend().await;
    assert!(resent.resent && resent.notice.is_none());
    assert_eq!(resent.resend.map(|resend| resend.seconds_left), Some(5));
    let again = form(visit.submit(&[("code", "54321")]).await);
    assert_eq!(again.notice.map(|notice| notice.failure.code), Some(FailureCode::WrongCode));
    assert!(!again.resent);
    success(visit.submit(&[("code", "12345")]).await);
}

#[tokio::test]
async fn an_approval_in_the_app_is_waited_for() {
    let world = World::new().await;
    let (invited, mut visit) = logged_in(&world, "sandbox-methods", "043510023").await;
    let View::Waiting(waiting) = visit.submit(&[("method", "app")]).await.clone() else {
        panic!("no wait: {:?}", visit.screen.view)
    };
    assert!(waiting.message.contains("phone") && waiting.seconds_left == 300, "{waiting:?}");
    world.clock.advance(Duration::from_secs(3));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(matches!(visit.look().await, View::Waiting(_) | View::Progress { .. }));
    world.clock.advance(Duration::from_secs(4));
    let success = success(visit.waited().await);
    assert!(!read_by_host(&world, &invited, &success).await.is_empty());

    let (_, mut visit) = logged_in(&world, "sandbox-methods", "050299338").await;
    visit.submit(&[("method", "app")]).await;
    world.clock.advance(Duration::from_secs(7));
    assert_eq!(failed(visit.waited().await), FailureCode::ConsentRejected);

    let (_, mut visit) = logged_in(&world, "sandbox-methods", "008332884").await;
    let View::Waiting(waiting) = visit.submit(&[("method", "app")]).await.clone() else {
        panic!("no wait")
    };
    assert_eq!(waiting.seconds_left, 60);
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(failed(visit.waited().await), FailureCode::TimedOut);
}

#[tokio::test]
async fn a_security_question_is_asked_again_after_a_wrong_answer() {
    let world = World::new().await;
    let (_, mut visit) = logged_in(&world, "sandbox-question", "043510023").await;
    let asked = form(&visit.screen.view);
    assert!(asked.challenge && asked.fields[0].label.contains("bicycle"));
    let again = form(visit.submit(&[("answer", "canary-red")]).await);
    let notice = again.notice.expect("a notice");
    assert_eq!(notice.failure.code, FailureCode::WrongCode);
    assert!(
        notice.message.starts_with("That answer isn’t right.") && notice.message.contains('2'),
        "{}",
        notice.message
    );
    assert_eq!(again.fields[0].value, "", "the answer is shown to nobody");
    success(visit.submit(&[("answer", "BLUE")]).await);
    let (_, mut visit) = logged_in(&world, "sandbox-question", "043510023").await;
    success(visit.submit(&[("answer", "כחול")]).await);
}

#[tokio::test]
async fn a_picture_is_made_anew_for_each_try_and_the_tries_go_on() {
    let world = World::new().await;
    let (_, mut visit) = logged_in(&world, "sandbox-picture", "043510023").await;
    let digits = |form: &FormView| form.fields[0].hint.rsplit_once(' ').expect("digits").1.to_owned();
    let address = |form: &FormView| form.fields[0].picture.clone().expect("a picture");
    let first = form(&visit.screen.view);
    let (status, headers, bytes) = visit.picture(&address(&first)).await;
    assert_eq!((status, headers["content-type"].to_str().ok()), (StatusCode::OK, Some("image/png")));
    assert!(bytes.starts_with(b"\x89PNG"));

    let second = form(visit.submit(&[("digits", "00000")]).await);
    let notice = second.notice.clone().expect("a notice");
    assert_eq!(notice.failure.code, FailureCode::WrongCode);
    assert!(
        notice.message.starts_with("That isn’t what the picture shows.") && notice.message.contains('2'),
        "{}",
        notice.message
    );
    assert_ne!(address(&first), address(&second), "no browser shows the old picture");
    let (_, _, other) = visit.picture(&address(&second)).await;
    assert_ne!(bytes, other);

    let third = form(visit.submit(&[("digits", &digits(&first))]).await);
    let last = third.notice.expect("a notice");
    assert_eq!(last.failure.code, FailureCode::WrongCode, "the first picture is over");
    assert_ne!(last.message, notice.message, "the tries go on");
    let third = form(visit.look().await);
    success(visit.submit(&[("digits", &digits(&third))]).await);
    assert_eq!(
        visit.picture(&address(&third)).await.0,
        StatusCode::NOT_FOUND,
        "there is no picture any more"
    );
}

#[tokio::test]
async fn the_third_wrong_picture_is_the_last() {
    let world = World::new().await;
    let (_, mut visit) = logged_in(&world, "sandbox-picture", "043510023").await;
    form(visit.submit(&[("digits", "00000")]).await);
    form(visit.submit(&[("digits", "00000")]).await);
    assert_eq!(failed(visit.submit(&[("digits", "00000")]).await), FailureCode::LoginLocked);
}

#[tokio::test]
async fn what_came_too_late_is_called_what_it_is() {
    let world = World::new().await;
    for (institution, answer, message) in [
        ("sandbox-picture", ("digits", "00000"), "The picture is no longer valid."),
        ("sandbox-bank", ("code", "12345"), "The code is no longer valid."),
    ] {
        let (_, mut visit) = logged_in(&world, institution, "043510023").await;
        world.clock.advance(Duration::from_secs(301));
        let View::Failed {
            failure, message: said, ..
        } = visit.submit(&[answer]).await.clone()
        else {
            panic!("no failure: {:?}", visit.screen.view)
        };
        assert_eq!((failure.code, said.as_str()), (FailureCode::CodeExpired, message));
    }
}

#[tokio::test]
async fn a_picture_is_for_the_live_document_alone() {
    let world = World::new().await;
    let (invited, visit) = logged_in(&world, "sandbox-picture", "043510023").await;
    let address = form(&visit.screen.view).fields[0].picture.clone().expect("a picture");
    assert_eq!(visit.picture(&address).await.0, StatusCode::OK);
    assert_eq!(visit.picture(&address.replace("digits", "other")).await.0, StatusCode::NOT_FOUND);
    let forged = address.replacen("/w/picture/p.", "/w/picture/t.", 1);
    assert_ne!(forged, address);
    assert_eq!(visit.picture(&forged).await.0, StatusCode::NOT_FOUND);

    let mut other = world.enter(&invited).await;
    let taken = form(other.open().await).fields[0].picture.clone().expect("a picture");
    assert_eq!(other.picture(&taken).await.0, StatusCode::OK);
    assert_eq!(
        visit.picture(&address).await.0,
        StatusCode::NOT_FOUND,
        "another document has taken over"
    );
    world.clock.advance(Duration::from_secs(31 * 60));
    assert_eq!(other.picture(&taken).await.0, StatusCode::NOT_FOUND, "the session's time is up");
}

#[tokio::test]
async fn only_the_picked_accounts_are_given() {
    let world = World::new().await;
    let (invited, mut visit) = logged_in(&world, "sandbox-accounts", "043510023").await;
    let offer = |view: &View| -> AccountsView {
        let View::Accounts(offer) = view else {
            panic!("no accounts: {view:?}")
        };
        offer.clone()
    };
    let offered = offer(visit.submit(&[("code", "12345")]).await);
    assert!(offered.accounts.len() >= 2 && !offered.empty);
    assert!(offered.accounts.iter().all(|account| account.last_digits.len() == 4));
    assert!(offer(visit.pick(&[]).await).empty);
    assert!(!offer(visit.pick(&["nobody's"]).await).empty, "what was not offered is not picked");
    let picked = &offered.accounts[1];
    let success = success(visit.pick(&[&picked.id]).await);
    assert_eq!(success.accounts.len(), 1);
    assert_eq!(success.accounts[0].last_digits, picked.last_digits);
    let read = read_by_host(&world, &invited, &success).await;
    assert_eq!(read.len(), 1);
    let number = read[0]["number"].as_str().expect("a number");
    assert!(number.ends_with(&picked.last_digits), "{number}");
}

#[tokio::test]
async fn accounts_stand_in_the_institutions_order_wherever_they_are_listed() {
    for psu in ["043510023", "321547416", "001772268", "008332884", "058766718"] {
        let world = World::new().await;
        let (invited, mut visit) = logged_in(&world, "sandbox-accounts", psu).await;
        let View::Accounts(offer) = visit.submit(&[("code", "12345")]).await.clone() else {
            panic!("no accounts: {:?}", visit.screen.view)
        };
        let offered: Vec<_> = offer.accounts.iter().map(|account| account.last_digits.clone()).collect();
        let all: Vec<_> = offer.accounts.iter().rev().map(|account| account.id.as_str()).collect();
        let success = success(visit.pick(&all).await);
        let shown: Vec<_> = success.accounts.iter().map(|account| account.last_digits.clone()).collect();
        assert_eq!(shown, offered, "{psu}");
        for (account, end) in read_by_host(&world, &invited, &success).await.iter().zip(&offered) {
            assert!(
                account["number"].as_str().expect("a number").ends_with(end.as_str()),
                "{psu}: {account}"
            );
        }
    }
}

/// A bank whose answers break off once somebody has logged in.
async fn breaking_bank() -> String {
    let broken = || async { Body::from_stream(futures::stream::once(async { Err::<&str, _>(std::io::Error::other("broken")) })) };
    let asked = json!({ "login_id": "l", "next": "form", "form": { "challenge": true, "fields": [] } });
    let router = Router::new()
        .route("/bank/b/form", get(|| async { Json(json!({ "fields": [] })) }))
        .route("/bank/b/login", post(|| async { Json(asked) }))
        .route("/bank/b/login/l", get(broken))
        .route("/bank/b/login/l/{what}", post(broken));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test]
async fn what_breaks_off_is_unknown_only_where_it_may_have_been_acted_on() {
    let world = World::new().await;
    let bank = Sandbox::new(breaking_bank().await);
    let cx = world.core.cx("abc123", "test", "sandbox", None).await.expect("settings");
    let ask = Ask {
        reach: Reach::everything(),
        provider_id: "b".to_owned(),
        language: Language::En,
        psu_id: None,
        recurring: true,
        valid_until: "2027-01-01".to_owned(),
        brand: None,
        ..Ask::default()
    };
    let begun = bank.begin(&cx, &ask).await.expect("a form");
    let under_way = bank
        .go_on(&cx, begun.leg, Input::Answers(BTreeMap::new()))
        .await
        .expect("a challenge");
    for (input, code) in [
        (Input::Answers(BTreeMap::new()), FailureCode::OutcomeUnknown),
        (Input::Accounts(BTreeSet::new()), FailureCode::OutcomeUnknown),
        (Input::Resend, FailureCode::InstitutionUnavailable),
        (Input::Poll, FailureCode::InstitutionUnavailable),
    ] {
        let failed = bank.go_on(&cx, under_way.leg.clone(), input).await.err().expect("a failure");
        assert_eq!(failed.code, code);
    }
}
