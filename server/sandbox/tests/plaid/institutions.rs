//! The institutions' endpoints.

use crate::town::Town;
use serde_json::{Value, json};

fn ids(answer: &Value) -> Vec<String> {
    let list = answer["institutions"].as_array().expect("a list");
    list.iter()
        .map(|one| one["institution_id"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test]
async fn pages_cover_the_countries_once() {
    let town = Town::new();
    let countries = json!([
        "US", "GB", "ES", "NL", "FR", "IE", "CA", "DE", "IT", "PL", "DK", "NO", "SE", "EE", "LT", "LV", "PT", "BE", "AT", "FI"
    ]);
    let mut all = Vec::new();
    loop {
        let body = json!({ "count": 20, "offset": all.len(), "country_codes": countries });
        let page = town.ask("institutions/get", body).await;
        all.extend(ids(&page));
        if all.len() as u64 >= page["total"].as_u64().expect("a number") {
            break;
        }
    }
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert!(all.len() > 60 && distinct.len() == all.len());
    let options = json!({ "products": ["transactions"], "oauth": true, "include_optional_metadata": true });
    let some = town
        .ask(
            "institutions/get",
            json!({ "count": 500, "offset": 0, "country_codes": ["US"], "options": options }),
        )
        .await;
    assert_eq!(ids(&some), ["ins_900002"]);
    assert!(some["institutions"][0]["primary_color"].is_string());
}

#[tokio::test]
async fn a_search_and_an_id_find_within_the_countries() {
    let town = Town::new();
    let body = json!({ "query": "wren", "country_codes": ["GB"], "products": ["transactions"] });
    assert_eq!(ids(&town.ask("institutions/search", body).await), ["ins_900011"]);
    let body = json!({ "query": "wren", "country_codes": ["US"] });
    assert!(ids(&town.ask("institutions/search", body).await).is_empty());
    let body = |country: &str| json!({ "institution_id": "ins_900006", "country_codes": [country], "options": { "include_status": true } });
    let found = town.ask("institutions/get_by_id", body("US")).await;
    assert_eq!(found["institution"]["status"]["item_logins"]["status"], "DOWN");
    assert_eq!(
        town.call("institutions/get_by_id", body("GB")).await.refusal(),
        (400, "INVALID_INSTITUTION".into())
    );
}
