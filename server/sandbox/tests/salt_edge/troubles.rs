//! What testers can make go wrong.

use crate::client::{PSU, Town};
use http::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn a_trouble_spoils_one_action_as_often_as_it_was_asked_to() {
    let town = Town::new();
    let id = town.connected("fakebank_simple_xf", PSU).await;
    let path = format!("/accounts?connection_id={id}");
    for (what, status) in [
        ("down", 503),
        ("broken", 500),
        ("busy", 429),
        ("page", 200),
        ("half", 200),
        ("other_shape", 200),
    ] {
        town.set("/troubles", json!({ "on": "GET /accounts", "what": what, "times": 1 }))
            .await;
        town.connection(&id).await;
        let answer = town.get(&path).await;
        assert_eq!(answer.status.as_u16(), status, "{what}");
        assert!(answer.json()["data"].get(0).is_none(), "{what}");
        assert!(town.get(&path).await.data()[0].is_object());
    }
    town.set("/troubles", json!({ "on": "DELETE /connections", "what": "down" })).await;
    for _ in 0..3 {
        let answer = town.call(Method::DELETE, &format!("/connections/{id}"), None).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    town.call(Method::DELETE, "/dashboard/troubles", None).await;
    town.call(Method::DELETE, &format!("/connections/{id}"), None).await.data();
}

#[tokio::test]
async fn a_persons_trouble_is_with_their_data() {
    let town = Town::new();
    let id = town.connected("fakebank_simple_xf", "316159037").await;
    let answer = town.get(&format!("/accounts?connection_id={id}")).await;
    assert_eq!((answer.status, answer.text.as_str()), (StatusCode::SERVICE_UNAVAILABLE, ""));
    let id = town.connected("fakebank_oauth_xf", "316159086").await;
    assert!(town.get(&format!("/accounts?connection_id={id}")).await.text.contains("<h1>"));
    let id = town.connected("bank_shaked_il", "316159128").await;
    assert_eq!(town.connection(&id).await["status"], "inactive");
}
