//! Accounts and transactions.

use crate::organisation::Organisation;
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PSU: &str = "043510023";

fn items(answer: &Value) -> Vec<Value> {
    answer["items"].as_array().expect("items").clone()
}

/// All pages of a list, at most so many.
async fn pages(organisation: &Organisation, path: &str, most: usize) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut address = path.to_owned();
    while pages.len() < most {
        let answer = organisation.get(&address).await.json();
        pages.push(items(&answer));
        match answer["nextPage"].as_str() {
            Some(next) => address = format!("{path}&nextPage={next}"),
            None => break,
        }
    }
    pages
}

#[tokio::test]
async fn the_accounts_are_those_of_the_guide_and_of_what_was_asked_for() {
    let organisation = Organisation::new().await;
    let id = organisation.connected(PSU, json!({})).await;
    let all = items(&organisation.get(&format!("/data/accounts?connectionId={id}")).await.json());
    let checking = all.iter().find(|account| account["accountType"] == "CHECKING").expect("one");
    assert_eq!(checking["parsedAccount"], json!({"bank": "31", "branch": "019", "number": "29114"}));
    assert!(checking["balances"][0]["balanceAmount"]["amount"].is_string(), "{checking}");
    let card = all.iter().find(|account| account["accountType"] == "CARD").expect("one");
    assert!(card["balances"][0]["balanceAmount"]["amount"].is_number(), "{card}");
    let cards = items(&organisation.get("/data/accounts?accountType=CARD").await.json());
    assert!(!cards.is_empty() && cards.iter().all(|account| account["accountType"] == "CARD"));
    let one = organisation
        .get(&format!("/data/accounts/{}", checking["id"].as_str().expect("an id")))
        .await;
    assert_eq!(one.json()["accountNumber"], checking["accountNumber"]);
    assert_eq!(organisation.get("/data/accounts/nobody").await.json(), json!({}));

    let restricted = organisation.connected("321547416", json!({"restrictedTo": ["CARD"]})).await;
    let accounts = items(&organisation.get(&format!("/data/accounts?connectionId={restricted}")).await.json());
    assert!(!accounts.is_empty() && accounts.iter().all(|account| account["accountType"] == "CARD"));
    let access = json!({"access": {"accounts": [{"bban": "31-114-435694"}]}});
    let chosen = organisation.connected("321547416", access).await;
    let accounts = items(&organisation.get(&format!("/data/accounts?connectionId={chosen}")).await.json());
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0]["accountNumber"], "IL070311140000000435694", "the guide's own IBAN");

    let company = organisation
        .connected(PSU, json!({"psuCorporateId": "516179157", "allowBusiness": true}))
        .await;
    let accounts = items(&organisation.get(&format!("/data/accounts?connectionId={company}")).await.json());
    assert!(accounts.iter().all(|account| account["usage"] == "business"));
}

#[tokio::test]
async fn nothing_is_there_before_it_is_fetched() {
    let organisation = Organisation::new().await;
    for psu in ["050299338", "064837123", "316159011", "316159029"] {
        let id = organisation.connected(psu, json!({})).await;
        let accounts = organisation.get(&format!("/data/accounts?connectionId={id}")).await.json();
        assert_eq!(items(&accounts), Vec::<Value>::new(), "{psu}");
    }
}

#[tokio::test]
async fn a_year_of_transactions_comes_in_pages_without_gaps() {
    let organisation = Organisation::new().await;
    let id = organisation.connected(PSU, json!({})).await;
    let pages_of = pages(&organisation, &format!("/data/transactions?connectionId={id}"), 99).await;
    assert!(pages_of.len() > 3 && pages_of[0].len() == 100);
    let all: Vec<Value> = pages_of.into_iter().flatten().collect();
    let ids: BTreeSet<String> = all.iter().map(|one| format!("{}{}", one["accountId"], one["id"])).collect();
    assert_eq!(ids.len(), all.len());
    let connection = organisation.get(&format!("/connections/{id}")).await.json();
    assert_eq!(connection["transactions"], all.len());
    let date = |one: &Value| one["date"]["transactionDate"].as_str().expect("a date").to_owned();
    assert!(all.is_sorted_by(|one, next| date(one) >= date(next)));
    let pending = |one: &Value| one["status"] == "PENDING";
    assert!(
        all.iter()
            .filter(|one| pending(one))
            .all(|one| one["date"].get("bookingDate").is_none())
    );
    let uncharged = all.iter().any(|one| pending(one) && one["amount"]["chargedAmount"]["amount"] == "");
    assert!(uncharged, "a card's purchase of these days is not charged yet");

    let november = organisation
        .get("/data/transactions?dateFrom=2026-11-01&dateTo=2026-11-10&type=BANK")
        .await
        .json();
    let days = ("2026-11-01".to_owned(), "2026-11-10".to_owned());
    assert!(!items(&november).is_empty());
    assert!(items(&november).iter().all(|one| days.0 <= date(one) && date(one) <= days.1));
    let account = all[0]["accountId"].as_str().expect("an id");
    let one = organisation
        .get(&format!("/data/transactions?accountId={account}&limit=7"))
        .await
        .json();
    assert!(items(&one).len() == 7 && items(&one).iter().all(|one| one["accountId"] == account));
    let ascending = organisation.get("/data/transactions?sort=1&limit=1").await.json();
    assert_eq!(date(&items(&ascending)[0]), all.iter().map(date).min().expect("some"));
    for wrong in [
        "dateFrom=2026-11-01&limit=5",
        "dateFrom=1.11.2026",
        "type=SHOP",
        "limit=501",
        "userId=user-2",
        "includeDuplicates=2",
    ] {
        assert_eq!(
            organisation.get(&format!("/data/transactions?{wrong}")).await.refusal().0,
            400,
            "{wrong}"
        );
    }
    let since = organisation.connected("321547416", json!({"startDate": "2026-11-01"})).await;
    let since = pages(&organisation, &format!("/data/transactions?connectionId={since}"), 99).await;
    assert!(since.concat().iter().all(|one| date(one) >= days.0));
}

#[tokio::test]
async fn the_vendor_misbehaves_where_that_is_promised() {
    let organisation = Organisation::new().await;
    let busy = organisation.connected("316159201", json!({})).await;
    let path = format!("/data/accounts?connectionId={busy}");
    let first = organisation.get(&path).await;
    assert_eq!((first.status.as_u16(), first.header("retry-after")), (429, "1"));
    assert_eq!(organisation.get(&path).await.status, StatusCode::OK);

    let overlap = organisation.connected("316159219", json!({})).await;
    let pages_of = pages(&organisation, &format!("/data/transactions?connectionId={overlap}"), 99).await;
    assert_eq!(pages_of[0][95..], pages_of[1][..5]);
    assert!(pages_of.len() < 99);

    let circle = organisation.connected("316159227", json!({})).await;
    let pages_of = pages(&organisation, &format!("/data/transactions?connectionId={circle}"), 4).await;
    assert!(pages_of.len() == 4 && pages_of[0] == pages_of[3]);

    let down = organisation.connected("316159037", json!({})).await;
    for path in [format!("/connections/{down}"), format!("/data/accounts?connectionId={down}")] {
        let refused = organisation.get(&path).await.refusal();
        assert_eq!(refused, (500, "INTERNAL_ERROR".into(), "SERVER_ERROR".into()));
    }
    let page = organisation.connected("316159086", json!({})).await;
    assert!(
        organisation
            .get(&format!("/connections/{page}"))
            .await
            .text
            .starts_with("<!doctype html>")
    );
    let shape = organisation.connected("316159102", json!({})).await;
    assert_eq!(
        organisation.get(&format!("/connections/{shape}")).await.json(),
        json!({"ok": true, "data": []})
    );
    let past = organisation.connected("316159128", json!({})).await;
    assert_eq!(
        organisation.get(&format!("/connections/{past}")).await.json()["expiryDate"],
        "2026-11-19"
    );
}
