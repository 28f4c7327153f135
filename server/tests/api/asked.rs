//! What a host asks of a connection shows where it is about the bank: in the consent and in the calls that the bank received.

use crate::banks::Trip;
use crate::world::World;
use axum::http::StatusCode;
use serde_json::{Value, json};

const PSU: &str = "043510023";

pub async fn connected<'a>(world: &'a World, more: Value, status: &str) -> Trip<'a> {
    let trip = Trip::to(world, "sandbox-redirect", more).await;
    let address = trip.launch().await.expect("a launch");
    trip.back(&trip.browser.approve(&address, PSU).await).await.expect("a return");
    let answer = world.exchange(&trip.public_token().await, "user-1").await;
    assert_eq!(answer.status, StatusCode::OK);
    trip.until_status(status).await;
    trip
}

#[tokio::test]
async fn the_consent_that_the_bank_receives_is_the_one_that_was_asked_for() {
    let world = World::new().await;
    let usual = connected(&world, json!({}), "active").await;
    let asked = json!({ "recurring": false, "consent_expires_at": "2027-02-03T10:00:00Z", "start_date": "2026-09-01" });
    let once = connected(&world, asked, "completed").await;

    let consents = world.banks.sent("POST /psd2/redirect-bank/v1/consents");
    let about = |consent: &Value| {
        let of = |name: &str| consent[name].clone();
        (of("recurringIndicator"), of("validUntil"), of("frequencyPerDay"))
    };
    assert_eq!(consents.len(), 2);
    assert_eq!(about(&consents[0]), (json!(true), json!("2027-05-19"), json!(4)));
    assert_eq!(about(&consents[1]), (json!(false), json!("2027-02-03"), json!(1)));
    let from = |query: &String| query.split('&').find_map(|pair| pair.strip_prefix("dateFrom=")).map(str::to_owned);
    let queries = world.banks.queries("/transactions");
    assert_eq!(queries.first().and_then(from).as_deref(), Some("2025-11-20"));
    assert_eq!(queries.last().and_then(from).as_deref(), Some("2026-09-01"));
    world.banks.assert_standard();

    for (trip, recurring) in [(usual, true), (once, false)] {
        let id = trip.invited["id"].as_str().expect("an id");
        assert_eq!(world.get(&format!("/v1/connections/{id}")).await.body["recurring"], recurring);
    }
}

#[tokio::test]
async fn references_come_back_and_connections_are_found_by_them() {
    let world = World::new().await;
    let references = json!({ "journey_id": "J-17: north", "agent": "דנה" });
    let invited = world.invite(json!({ "references": references })).await;
    world.invite(json!({ "references": { "journey_id": "J-18" } })).await;
    world.invite(json!({})).await;
    let id = invited["id"].as_str().expect("an id");
    assert_eq!(world.get(&format!("/v1/connections/{id}")).await.body["references"], references);
    let found = |reference: &'static str| {
        let world = &world;
        async move {
            let listed = world.get(&format!("/v1/connections?reference={reference}")).await;
            let data = listed.body["data"].as_array().expect("a list").clone();
            data.iter()
                .map(|each| each["id"].as_str().expect("an id").to_owned())
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(found("journey_id:J-17:%20north").await, [id]);
    assert_eq!(found("agent:%D7%93%D7%A0%D7%94").await, [id]);
    assert_eq!(found("agent:J-18").await, Vec::<String>::new());
    let answer = world.get("/v1/connections?reference=journey").await;
    assert_eq!(
        (answer.status, answer.body["field"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("reference"))
    );
}
