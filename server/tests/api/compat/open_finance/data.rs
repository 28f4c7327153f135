//! Institutions, accounts and transactions.

use super::{USER, client, get, keys, linked, refused, text, token, until, whole, wrong};
use crate::world::World;
use axum::http::StatusCode;
use gesher_server::tenants::Mode;
use gesher_server::tenants::admin::Scope;
use serde_json::{Value, json};

/// The fields of the vendor's schema for which there is a source here [V]; `parsedAccount` where there is an IBAN.
const ACCOUNT: [&str; 15] = [
    "accountName",
    "accountNumber",
    "accountType",
    "balances",
    "connectionId",
    "currency",
    "id",
    "includeFakeProviders",
    "ownerInfo",
    "product",
    "providerId",
    "status",
    "transactions",
    "usage",
    "userId",
];
/// [V]; `merchantName` where it is known.
const TRANSACTION: [&str; 15] = [
    "SK",
    "accountId",
    "accountNumber",
    "amount",
    "connectionId",
    "date",
    "description",
    "id",
    "isDuplicate",
    "orgId",
    "providerId",
    "status",
    "transactionProviderIdentifier",
    "type",
    "userId",
];
/// All fields of the vendor's schema of a provider [V].
const PROVIDER: [&str; 20] = [
    "allowPsuCorporateIdTypeChoice",
    "bankCode",
    "image",
    "isFake",
    "loginFields",
    "mode",
    "name",
    "nameNativeLanguage",
    "providerForcePaymentService",
    "providerFriendlyId",
    "psd2Uris",
    "psuCorporateIdDefaultType",
    "psuCorporateIdTypes",
    "psuIdDefaultType",
    "psuIdTypes",
    "site",
    "sortIndex",
    "status",
    "successRate",
    "type",
];

async fn items(world: &World, token: &str, path: &str) -> Vec<Value> {
    let answer = get(world, token, path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    assert_eq!(keys(&answer.body), ["items", "nextPage"]); // [V]
    answer.body["items"].as_array().expect("a list").clone()
}

fn without<'a>(value: &'a Value, optional: &str) -> Vec<&'a str> {
    keys(value).into_iter().filter(|key| *key != optional).collect()
}

#[tokio::test]
async fn providers_are_a_bare_list_with_every_field() {
    let world = World::new().await;
    let token = whole(&world).await;
    let list = async |query: &str| {
        let answer = get(&world, &token, &format!("/v2/providers{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.body.as_array().expect("a bare list").clone() // [V]
    };
    let (real, all) = (list("").await, list("?includeFakeProviders=true").await);
    assert_eq!(list("?includeFakeProviders=false").await, real);
    let find = |list: &[Value], id: &str| list.iter().find(|provider| provider["providerFriendlyId"] == id).cloned();
    for (place, provider) in all.iter().enumerate() {
        assert_eq!(keys(provider), PROVIDER);
        assert_eq!((provider["psuIdTypes"].is_array(), &provider["sortIndex"]), (true, &json!(place)));
    }
    assert!(find(&real, "open-finance-sandbox").is_none());
    let fake = find(&all, "open-finance-sandbox").expect("the fake bank"); // [V]
    assert_eq!(
        (&fake["isFake"], &fake["mode"], &fake["type"]),
        (&json!(true), &json!("PSD2"), &json!("BANK"))
    );
    assert_eq!(fake["loginFields"], json!(["psu_id", "username", "password"]));
    let leumi = find(&real, "leumi").expect("a bank");
    assert_eq!(
        (&leumi["name"], &leumi["nameNativeLanguage"], &leumi["bankCode"]),
        (&json!("Bank Leumi"), &json!("בנק לאומי לישראל"), &json!(10))
    );
    assert_eq!(
        (&leumi["isFake"], &leumi["status"]["consents"]["enabled"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(keys(&leumi["psuIdTypes"][0]), ["id", "name", "nameNativeLanguage"]); // [V]
    assert_eq!(find(&real, "max").expect("an issuer")["type"], "CARD");
    assert_eq!(find(&all, "menora-sandbox").expect("an insurer")["type"], "INSURANCE");
    let company = all
        .iter()
        .find(|provider| provider["psuCorporateIdTypes"] != json!([]))
        .expect("a bank of companies");
    assert_eq!(keys(&company["psuCorporateIdTypes"][0]), ["id", "name", "nameNativeLanguage"]); // [V]
    wrong(
        &get(&world, &token, "/v2/providers?includeFakeProviders=1").await,
        &["\"includeFakeProviders\" must be one of [true, false]"],
    );
    let live = client(&world, Mode::Live, &Scope::ALL).await;
    let live = super::token(&world, &live, USER).await;
    refused(
        &get(&world, &live, "/v2/providers").await,
        StatusCode::NOT_FOUND,
        "No providers were found",
    ); // [V]
}

#[tokio::test]
async fn accounts_have_the_vendors_fields_and_filters() {
    let world = World::new().await;
    let token = whole(&world).await;
    let bank = linked(&world, &token, &json!({ "providerIds": ["open-finance-sandbox"] })).await;
    until(&world, &token, &bank, "COMPLETED").await;
    let all = items(&world, &token, "/v2/data/accounts").await;
    assert!(all.len() >= 3, "{all:?}");
    for account in &all {
        assert_eq!(without(account, "parsedAccount"), ACCOUNT, "{account}");
        assert_eq!(
            (&account["userId"], &account["connectionId"], &account["providerId"]),
            (&json!(USER), &bank["id"], &json!("open-finance-sandbox"))
        );
        let balance = &account["balances"][0];
        assert_eq!(keys(&balance["balanceAmount"]), ["amount", "currency"]); // [V]
        assert!(
            balance["balanceType"].is_string() && balance["balanceAmount"]["amount"].is_number(),
            "{balance}"
        );
        let path = format!("/v2/data/accounts/{}", text(&account["id"]));
        assert_eq!(get(&world, &token, &path).await.body, *account);
    }
    let checking = items(&world, &token, "/v2/data/accounts?accountType=CHECKING").await;
    assert!(!checking.is_empty() && checking.iter().all(|account| account["accountType"] == "CHECKING"));
    assert_eq!(keys(&checking[0]["parsedAccount"]), ["bank", "branch", "number"]); // [V]
    let none = get(&world, &token, "/v2/data/accounts/acct_nobody").await;
    assert_eq!((none.status, none.body), (StatusCode::OK, json!({}))); // [V]
    assert!(items(&world, &token, "/v2/data/accounts?connectionId=conn_x").await.is_empty());
    let of_connection = format!("/v2/data/accounts?connectionId={}&includeDuplicates=1", text(&bank["id"]));
    assert_eq!(items(&world, &token, &of_connection).await, all);
    // Page by page, either way.
    for sort in ["1", "-1"] {
        let (mut seen, mut next) = (Vec::new(), String::new());
        loop {
            let page = get(&world, &token, &format!("/v2/data/accounts?limit=2&sort={sort}&nextPage={next}"))
                .await
                .body;
            seen.extend(page["items"].as_array().expect("a list").clone());
            let Some(cursor) = page["nextPage"].as_str() else { break };
            next = cursor.to_owned();
        }
        if sort == "1" {
            seen.reverse();
        }
        assert_eq!(seen, all);
    }
    wrong(
        &get(&world, &token, "/v2/data/accounts?accountType=GOLD").await,
        &["\"accountType\" must be one of [CHECKING, CARD, LOAN, SAVINGS, SECURITIES]"],
    );
    wrong(
        &get(&world, &token, "/v2/data/accounts?includeDuplicates=yes").await,
        &["\"includeDuplicates\" must be one of [0, 1]"],
    );
    let users = get(&world, &token, "/v2/data/accounts?userId=user-1").await;
    refused(
        &users,
        StatusCode::BAD_REQUEST,
        "userId is not allowed in query for non-admin users",
    ); // [V]
    let other = super::token(&world, &client(&world, Mode::Test, &Scope::ALL).await, "user-2").await;
    assert!(items(&world, &other, "/v2/data/accounts").await.is_empty());
    let path = format!("/v2/data/accounts/{}", text(&all[0]["id"]));
    assert_eq!(get(&world, &other, &path).await.body, json!({}));
}

#[tokio::test]
async fn transactions_of_all_accounts_come_in_one_order() {
    let world = World::new().await;
    let token = whole(&world).await;
    let bank = linked(&world, &token, &json!({ "providerIds": ["open-finance-sandbox"] })).await;
    until(&world, &token, &bank, "COMPLETED").await;
    let all = items(&world, &token, "/v2/data/transactions?limit=500").await;
    let total: i64 = items(&world, &token, "/v2/data/accounts")
        .await
        .iter()
        .map(|account| account["transactions"].as_i64().expect("a number"))
        .sum();
    assert!(all.len() > 100 && (all.len() == 500 || all.len() as i64 == total), "{}", all.len());
    for row in &all {
        assert_eq!(without(row, "merchantName"), TRANSACTION, "{row}");
        assert_eq!(
            (&row["userId"], &row["orgId"], &row["connectionId"]),
            (&json!(USER), &json!(world.tenant.as_str()), &bank["id"])
        );
        assert_eq!(keys(&row["amount"]), ["chargedAmount", "originalAmount"]); // [V]
        assert_eq!(keys(&row["amount"]["originalAmount"]), ["amount", "currency"]); // [V]
        assert!(
            row["description"]["description"].is_string() && row["date"]["transactionDate"].is_string(),
            "{row}"
        ); // [V]
    }
    let days = |rows: &[Value]| -> Vec<String> { rows.iter().map(|row| text(&row["date"]["transactionDate"]).to_owned()).collect() };
    assert!(days(&all).is_sorted_by(|one, two| one >= two));
    let ascending = items(&world, &token, "/v2/data/transactions?sort=1&limit=40").await;
    assert!(days(&ascending).is_sorted() && ascending.len() == 40);
    for sort in ["1", "-1"] {
        let (mut seen, mut next) = (Vec::new(), String::new());
        for _ in 0..4 {
            let page = get(
                &world,
                &token,
                &format!("/v2/data/transactions?limit=10&sort={sort}&nextPage={next}"),
            )
            .await
            .body;
            seen.extend(page["items"].as_array().expect("a list").clone());
            next = text(&page["nextPage"]).to_owned();
        }
        assert_eq!(seen, if sort == "1" { ascending.clone() } else { all[..40].to_vec() });
    }
    // Dates and a limit do not go together: the dates count [V].
    let dated = items(
        &world,
        &token,
        "/v2/data/transactions?dateFrom=2026-10-01&dateTo=2026-10-31&limit=1",
    )
    .await;
    assert!(
        dated.len() > 1 && days(&dated).iter().all(|day| day.starts_with("2026-10-")),
        "{:?}",
        days(&dated)
    );
    let account = text(&all[0]["accountId"]);
    let of_account = items(&world, &token, &format!("/v2/data/transactions?accountId={account}")).await;
    assert!(!of_account.is_empty() && of_account.iter().all(|row| row["accountId"] == account));
    for (query, some) in [
        ("type=BANK", true),
        ("type=CARD", false),
        ("providerId=open-finance-sandbox", true),
        ("providerId=sandbox-bank", true),
        ("providerId=leumi", false),
        ("providerId=nobody", false),
        ("connectionId=conn_x", false),
        ("accountId=acct_x", false),
    ] {
        let found = items(&world, &token, &format!("/v2/data/transactions?{query}")).await;
        assert_eq!(!found.is_empty(), some, "{query}");
    }
    for day in ["2026-1-1", "yesterday", "2026-13-01"] {
        let answer = get(&world, &token, &format!("/v2/data/transactions?dateFrom={day}")).await;
        wrong(
            &answer,
            &["\"dateFrom\" fails to match the required pattern: /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/"],
        );
    }
    wrong(
        &get(&world, &token, "/v2/data/transactions?nextPage=x").await,
        &["\"nextPage\" is not valid"],
    );
    let users = get(&world, &token, "/v2/data/transactions?userId=user-1").await;
    refused(
        &users,
        StatusCode::BAD_REQUEST,
        "userId is not allowed in query for non-admin users",
    ); // [V]
    let other = super::token(&world, &client(&world, Mode::Test, &Scope::ALL).await, "user-2").await;
    assert!(items(&world, &other, "/v2/data/transactions").await.is_empty());
}

#[tokio::test]
async fn each_scope_opens_its_own_part() {
    let world = World::new().await;
    let parts = [
        (Scope::ReadConnections, "/v2/connections"),
        (Scope::ReadProviders, "/v2/providers"),
        (Scope::ReadAccounts, "/v2/data/accounts"),
        (Scope::ReadAccounts, "/v2/data/accounts/x"),
        (Scope::ReadTransactions, "/v2/data/transactions"),
    ];
    for (scope, _) in parts {
        let token = token(&world, &client(&world, Mode::Test, &[scope]).await, USER).await;
        for (needed, path) in parts {
            let status = get(&world, &token, path).await.status;
            assert_eq!(
                status,
                if needed == scope { StatusCode::OK } else { StatusCode::FORBIDDEN },
                "{scope:?} {path}"
            );
        }
    }
}
