//! Items: accounts, balances, tokens, their end.

use crate::town::Town;
use serde_json::json;

const DAY: i64 = 86_400;

#[tokio::test]
async fn balances_are_those_of_the_accounts_and_can_be_asked_for_one() {
    let town = Town::new();
    let access = town.item("user_transactions_dynamic", json!({})).await;
    let all = town.ask("accounts/get", json!({ "access_token": access })).await;
    let id = all["accounts"][0]["account_id"].clone();
    assert_eq!(id.as_str().map(str::len), Some(37));
    assert_eq!(all["accounts"][0]["balances"]["iso_currency_code"], "USD");
    let body = json!({ "access_token": access, "options": { "account_ids": [id] } });
    let one = town.ask("accounts/balance/get", body).await;
    assert_eq!(one["accounts"], json!([all["accounts"][0]]));
    let body = json!({ "access_token": access, "options": { "account_ids": ["nobody"] } });
    assert_eq!(
        town.call("accounts/balance/get", body).await.refusal(),
        (400, "INVALID_ACCOUNT_ID".into())
    );
}

#[tokio::test]
async fn a_new_access_token_ends_the_old_one_and_a_removed_item_is_gone() {
    let town = Town::new();
    let old = town.item("user_good", json!({})).await;
    let fresh = town.ask("item/access_token/invalidate", json!({ "access_token": old })).await;
    let call = town.call("item/get", json!({ "access_token": old })).await;
    assert_eq!(call.refusal(), (400, "INVALID_ACCESS_TOKEN".into()));
    let fresh = json!({ "access_token": fresh["new_access_token"] });
    town.ask("item/remove", fresh.clone()).await;
    for path in ["item/get", "accounts/get", "item/remove"] {
        assert_eq!(
            town.call(path, fresh.clone()).await.refusal(),
            (400, "ITEM_NOT_FOUND".into()),
            "{path}"
        );
    }
    let stays = json!({ "access_token": town.item("user_stays", json!({})).await });
    for wanted in [500, 500, 200] {
        assert_eq!(town.call("item/remove", stays.clone()).await.status.as_u16(), wanted);
    }
}

#[tokio::test]
async fn a_login_lasts_thirty_days_and_a_consent_of_europe_ends() {
    let town = Town::new();
    let american = json!({ "access_token": town.item("user_good", json!({})).await });
    let item = town.ask("item/get", american.clone()).await;
    assert_eq!(item["item"]["consent_expiration_time"], json!(null));
    town.pass(30 * DAY - 1);
    town.ask("accounts/get", american.clone()).await;
    town.pass(1);
    assert_eq!(town.call("accounts/get", american).await.refusal().1, "ITEM_LOGIN_REQUIRED");

    let ending = json!({ "access_token": town.item("user_pending_expiration", json!({})).await });
    let item = town.ask("item/get", ending.clone()).await;
    assert!(item["item"]["consent_expiration_time"].is_string());
    town.pass(6 * DAY);
    let item = town.ask("item/get", ending.clone()).await;
    assert_eq!(item["item"]["error"]["error_code_reason"], "OAUTH_CONSENT_EXPIRED");
    assert_eq!(town.call("accounts/get", ending).await.refusal().1, "ITEM_LOGIN_REQUIRED");
}

#[tokio::test]
async fn a_tester_chooses_what_data_calls_answer() {
    let town = Town::new();
    for (username, wanted) in [
        ("user_data_ITEM_LOCKED", (400, "ITEM_LOCKED")),
        ("user_data_TRANSACTIONS_LIMIT", (429, "TRANSACTIONS_LIMIT")),
        ("user_data_PLANNED_MAINTENANCE", (503, "PLANNED_MAINTENANCE")),
        ("316159011", (500, "INTERNAL_SERVER_ERROR")),
        ("316159029", (400, "INSTITUTION_DOWN")),
    ] {
        let access = json!({ "access_token": town.item(username, json!({})).await });
        town.ask("item/get", access.clone()).await;
        let (status, code) = town.call("accounts/get", access).await.refusal();
        assert_eq!((status, code.as_str()), wanted, "{username}");
    }
    let down =
        json!({ "institution_id": "ins_900001", "initial_products": ["transactions"], "options": { "override_username": "316159037" } });
    assert_eq!(
        town.call("sandbox/public_token/create", down).await.refusal(),
        (400, "INSTITUTION_DOWN".into())
    );
}
