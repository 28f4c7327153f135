//! A bank whose resources are nowhere near where one would guess: what it links to is followed, and no address is made up.

use crate::banks::one_bank;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use gesher_server::http;
use gesher_server::providers::{Checked, ConsentState, Fetched, Input, Launch, Provider, Reach, ReturnParams, Step, Want};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

type Calls = Arc<Mutex<Vec<String>>>;

fn content(call: &str) -> Option<Value> {
    let amount = |amount: &str| json!({ "currency": "ILS", "amount": amount });
    let transaction = |day: &str| json!({ "transactionId": day, "bookingDate": day, "transactionAmount": amount("-1.00") });
    Some(match call {
        "POST /psd2/v1/consents" => json!({
            "consentStatus": "received",
            "consentId": "1",
            "_links": { "self": { "href": "/else/consent" }, "status": { "href": "/else/how" }, "startAuthorisation": { "href": "else/begin" } },
        }),
        // Below the bank's base, as this link was neither whole nor from the root.
        "POST /psd2/else/begin" => json!({
            "scaStatus": "received",
            "authorisationId": "2",
            "_links": { "scaRedirect": { "href": "/pages/4711?one=time" }, "scaStatus": { "href": "/psd2/else/sca" } },
        }),
        "GET /psd2/else/sca" => json!({ "scaStatus": "finalised" }),
        "GET /psd2/else/how" => json!({ "consentStatus": "valid" }),
        "GET /psd2/else/consent" => json!({ "consentStatus": "valid", "validUntil": "2026-12-31" }),
        "GET /psd2/v1/accounts" => json!({ "accounts": [{
            "resourceId": "a",
            "iban": "IL620108000000099999999",
            "currency": "ILS",
            "_links": { "balances": { "href": "/else/much" }, "transactions": { "href": "/else/moves?of=a" } },
        }] }),
        "GET /psd2/else/much" => json!({ "balances": [{ "balanceType": "closingBooked", "balanceAmount": amount("5.00") }] }),
        "GET /psd2/else/moves?of=a&bookingStatus=both&dateFrom=2026-11-01&dateTo=2026-11-20" => json!({ "transactions": {
            "booked": [transaction("2026-11-20")],
            "_links": { "next": { "href": "/else/more?place=2" } },
        } }),
        "GET /psd2/else/more?place=2" => json!({ "transactions": { "booked": [transaction("2026-11-19")], "_links": {} } }),
        _ => return None,
    })
}

async fn answer(State(calls): State<Calls>, method: Method, uri: Uri) -> Response {
    let call = format!("{method} {uri}");
    let answer = match content(&call) {
        Some(body) if method == Method::POST => (StatusCode::CREATED, Json(body)).into_response(),
        Some(body) => Json(body).into_response(),
        None if call == "DELETE /psd2/else/consent" => StatusCode::NO_CONTENT.into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    };
    calls.lock().expect("calls").push(call);
    answer
}

#[tokio::test]
async fn what_a_bank_links_to_is_followed_from_the_consent_to_the_last_page() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let here = format!("http://{}", listener.local_addr().expect("an address"));
    let calls = Calls::default();
    let router = Router::new().fallback(answer).with_state(calls.clone());
    tokio::spawn(http::serve::serve(listener, router, None, CancellationToken::new()));
    let called = || std::mem::take(&mut *calls.lock().expect("calls"));

    let (provider, cx, ask) = one_bank(&format!("{here}/psd2"));
    let begun = provider.begin(&cx, &ask).await.expect("a beginning");
    let launch = Launch {
        state: "a state".to_owned().into(),
        return_url: "https://gesher.example/callback".to_owned(),
    };
    let (address, leg) = provider.launch(&cx, begun.leg, &launch).await.expect("a launch");
    assert_eq!(address.expose(), format!("{here}/psd2/pages/4711?one=time"));
    assert_eq!(called(), ["POST /psd2/v1/consents", "POST /psd2/else/begin"]);

    let params = ReturnParams::parse("state=a+state").expect("a query");
    let progress = provider.go_on(&cx, leg, Input::Returned(params)).await.expect("an end");
    let Step::Done(grant) = progress.step else { panic!("not done") };
    assert_eq!(called(), ["GET /psd2/else/sca", "GET /psd2/else/how", "GET /psd2/else/consent"]);
    assert_eq!(grant.expires_at.map(|at| at.rfc3339()), Some("2027-01-01T00:00:00.000Z".to_owned()));

    let want = Want {
        first_day: "2026-11-01".to_owned(),
        date_from: "2026-11-10".to_owned(),
        known: std::collections::BTreeSet::new(),
        reach: Reach::everything(),
        date_to: "2026-11-20".to_owned(),
    };
    let Ok(Fetched::Data(brought)) = provider.fetch(&cx, &grant, &want).await else {
        panic!("no data")
    };
    let accounts = brought.accounts;
    assert_eq!(
        (accounts.len(), accounts[0].transactions.len(), accounts[0].balances.len()),
        (1, 2, 1)
    );
    assert_eq!(
        called(),
        [
            "GET /psd2/v1/accounts",
            // This bank has no cards, and says so.
            "GET /psd2/v1/card-accounts",
            "GET /psd2/else/much",
            "GET /psd2/else/moves?of=a&bookingStatus=both&dateFrom=2026-11-01&dateTo=2026-11-20",
            "GET /psd2/else/more?place=2",
        ]
    );
    let health = provider.health(&cx, &grant).await.expect("an answer");
    assert!(matches!(health, Checked::State(ConsentState::Valid)));
    assert_eq!(called(), ["GET /psd2/else/how"]);
    provider.revoke(&cx, &grant).await.expect("revoked");
    assert_eq!(called(), ["DELETE /psd2/else/consent"]);
}
