//! Meld's lists: rows, filters, and pages by key. Key sets are those of docs.meld.io ([V]); enumerations that its pages do not show are left
//! out or ours ([I]).

use super::meld::{PSU, call, call_with, connection, enter, fetched, keys, linked, start, usual};
use crate::world::World;
use axum::http::StatusCode;
use gesher_server::tenants::Mode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

async fn list(world: &World, path: &str) -> Value {
    let answer = call(world, "GET", path, None).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer.body
}

fn ids(page: &Value, rows: &str) -> Vec<String> {
    let rows = page[rows].as_array().expect("rows").iter();
    rows.map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

/// Goes through a list in pages of this size, forwards and back again.
async fn walk(world: &World, path: &str, rows: &str, size: usize) {
    let all = list(world, &format!("{path}&limit=100")).await;
    let whole = ids(&all, rows);
    assert!(whole.len() > size, "{path}: {}", whole.len());
    assert_eq!((&all["count"], &all["remaining"]), (&json!(whole.len()), &json!(0)));
    let mut seen = Vec::new();
    let mut pages = Vec::new();
    let mut place = String::new();
    loop {
        let page = list(world, &format!("{path}&limit={size}{place}")).await;
        assert_eq!(keys(&page), BTreeSet::from(["count", "remaining", rows]));
        let here = ids(&page, rows);
        seen.extend(here.clone());
        assert_eq!(page["count"], here.len());
        assert_eq!(page["remaining"], whole.len() - seen.len());
        let last = page[rows].as_array().and_then(|rows| rows.last()).expect("a row")["key"].clone();
        pages.push(page);
        if seen.len() == whole.len() {
            break;
        }
        place = format!("&after={}", last.as_str().expect("a key"));
    }
    assert_eq!(seen, whole);
    // What lies before a page's first row is the page before it, in the same order.
    for two in pages.windows(2) {
        let first = two[1][rows][0]["key"].as_str().expect("a key");
        let before = list(world, &format!("{path}&limit={size}&before={first}")).await;
        assert_eq!(before[rows], two[0][rows]);
        let at = whole.iter().position(|id| *id == ids(&before, rows)[0]).expect("a place");
        assert_eq!(before["remaining"], at);
    }
    let first = pages[0][rows][0]["key"].as_str().expect("a key");
    let before = list(world, &format!("{path}&limit={size}&before={first}")).await;
    assert_eq!((&before["count"], &before["remaining"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn pages_go_both_ways_through_every_list() {
    let world = World::new().await;
    for _ in 0..5 {
        start(&world, &usual()).await;
        world.clock.advance(Duration::from_secs(1));
    }
    walk(&world, "/bank-linking/connections?x=1", "connections", 2).await;
    for person in [PSU, "321547416", "001772268"] {
        let started = start(&world, &usual()).await;
        enter(&world, &started).await.link(person).await;
        fetched(&world, &started["id"]).await;
    }
    walk(&world, "/bank-linking/accounts?x=1", "financialAccounts", 2).await;
    walk(&world, "/institutions?name=sandbox", "institutions", 7).await;
    let account = ids(&list(&world, "/bank-linking/accounts").await, "financialAccounts")[0].clone();
    let path = format!("/bank-linking/transactions?financialAccountId={account}&startDate=2026-11-01");
    walk(&world, &path, "financialAccountTransactions", 7).await;
    // [V] Newest first, account by account: the pages go over from one to the next.
    let all = list(&world, "/bank-linking/transactions?limit=1000&startDate=2026-11-10").await;
    let rows = all["financialAccountTransactions"].as_array().expect("rows");
    let order: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row["financialAccountId"].to_string(),
                std::cmp::Reverse(row["postedDate"].to_string()),
            )
        })
        .collect();
    let booked: Vec<_> = order.iter().filter(|(_, date)| date.0 != "null").collect();
    assert!(booked.is_sorted() && rows.len() > 20, "{}", rows.len());
    walk(
        &world,
        "/bank-linking/transactions?startDate=2026-11-18",
        "financialAccountTransactions",
        5,
    )
    .await;
}

#[tokio::test]
async fn connections_are_found_by_what_is_known_of_them() {
    let world = World::new().await;
    let mine = linked(&world, &usual()).await;
    world.clock.advance(Duration::from_secs(24 * 60 * 60));
    let mut body = usual();
    body["externalCustomerId"] = json!("somebody else");
    body["regions"] = json!(["IL", "IL-TA"]);
    let other = start(&world, &body).await;
    let (one, two) = (mine["id"].as_str().expect("an id"), other["id"].as_str().expect("an id"));
    let (customer, others) = (
        mine["customerId"].as_str().expect("an id"),
        other["customerId"].as_str().expect("an id"),
    );
    for (query, found) in [
        ("", vec![two, one]),
        ("externalCustomerId=testUser", vec![one]),
        (&format!("customerId={customer}"), vec![one]),
        // The vendor's own goes first; an unknown one has nothing.
        (&format!("customerId={others}&externalCustomerId=testUser"), vec![two]),
        ("customerId=cust_x", vec![]),
        ("institutionId=sandbox-bank", vec![one]),
        ("institutionId=open-finance-sandbox", vec![one]),
        ("institutionId=sandbox-card", vec![]),
        ("statuses=ACTIVE", vec![one]),
        ("statuses=IN_PROGRESS,DELETED", vec![two]),
        ("statuses=ACTIVE,IN_PROGRESS", vec![two, one]),
        ("serviceProviders=SANDBOX", vec![one]),
        ("serviceProviders=PLAID,SALT_EDGE", vec![]),
        // Whole days, UTC.
        ("startDate=2026-11-21", vec![two]),
        ("endDate=2026-11-20", vec![one]),
        ("startDate=2026-11-20&endDate=2026-11-21", vec![two, one]),
        ("startDate=2026-11-22", vec![]),
        ("unknown=1&limit=", vec![two, one]),
    ] {
        let page = list(&world, &format!("/bank-linking/connections?{query}")).await;
        assert_eq!(ids(&page, "connections"), found, "{query}");
    }
    assert_eq!(connection(&world, &other["id"]).await["regions"], json!(["IL", "IL-TA"]));
}

#[tokio::test]
async fn accounts_and_transactions_are_those_of_the_native_api_in_the_vendor_s_shape() {
    let world = World::new().await;
    let started = linked(&world, &usual()).await;
    let id = started["id"].as_str().expect("an id");
    let native = world.get(&format!("/v1/connections/{id}/accounts")).await.body["data"].clone();
    let accounts = list(
        &world,
        &format!("/bank-linking/accounts?connectionId={id}&institutionId=sandbox-bank"),
    )
    .await;
    let rows = accounts["financialAccounts"].as_array().expect("rows");
    assert_eq!(rows.len(), native.as_array().map_or(0, Vec::len));
    for (row, native) in rows.iter().zip(native.as_array().expect("accounts")) {
        // [V]; `status` is [V], `type` and `subtype` are the vendor's too, but their values are not to be seen.
        let said = BTreeSet::from([
            "accountId",
            "balances",
            "connectionIds",
            "customerId",
            "externalCustomerId",
            "historicalAggregationSucceeded",
            "id",
            "identifiers",
            "institutionId",
            "institutionName",
            "key",
            "name",
            "owners",
            "serviceProviderDetails",
            "status",
            "truncatedAccountNumber",
        ]);
        assert_eq!(keys(row), said);
        assert_eq!(
            keys(&row["balances"]),
            BTreeSet::from(["availableAmount", "currency", "currentAmount", "updatedAt"])
        );
        assert_eq!(keys(&row["identifiers"]), BTreeSet::from(["ach", "bacs", "eft", "international"]));
        let international = BTreeSet::from(["accountName", "accountNumber", "bban", "bic", "iban", "sortCode"]);
        assert_eq!(keys(&row["identifiers"]["international"]), international);
        assert_eq!(
            keys(&row["owners"][0]),
            BTreeSet::from(["addresses", "emails", "names", "phoneNumbers"])
        );
        // [V] Each has these two at least.
        let details = keys(&row["serviceProviderDetails"][0]);
        assert!(
            details.is_superset(&BTreeSet::from(["serviceProvider", "updatedAt"])),
            "{details:?}"
        );
        assert_eq!((&row["id"], &row["connectionIds"]), (&native["id"], &json!([id])));
        assert_eq!(row["customerId"], started["customerId"]);
        assert_eq!(row["owners"][0]["names"], json!([native["owner_name"]]));
        assert_eq!(row["identifiers"]["international"]["iban"], native["iban"]);
        assert_eq!(row["name"], native["name"]["en"]);
        let booked = native["balances"]
            .as_array()
            .and_then(|all| all.iter().find(|one| one["type"] == "closingBooked"));
        let amount: f64 = booked.expect("a balance")["amount"]
            .as_str()
            .expect("a decimal")
            .parse()
            .expect("a number");
        assert_eq!(
            (&row["balances"]["currentAmount"], &row["balances"]["currency"]),
            (&json!(amount), &json!("ILS"))
        );
        let one = list(&world, &format!("/bank-linking/accounts/{}", row["id"].as_str().expect("an id"))).await;
        assert_eq!(one, *row);
    }
    let account = rows[0]["id"].as_str().expect("an id");
    let path = format!("/v1/accounts/{account}/transactions?limit=50&date_from=2026-11-01");
    let native = world.get(&path).await.body["data"].clone();
    let path = format!("/bank-linking/transactions?financialAccountId={account}&limit=50&startDate=2026-11-01");
    let listed = list(&world, &path).await;
    let rows = listed["financialAccountTransactions"].as_array().expect("rows");
    assert_eq!(rows.len(), native.as_array().map_or(0, Vec::len));
    assert!(rows.len() > 5);
    for (row, native) in rows.iter().zip(native.as_array().expect("transactions")) {
        // [V], with `status`.
        let said = BTreeSet::from([
            "accountId",
            "amount",
            "connectionIds",
            "currency",
            "customerId",
            "description",
            "externalCustomerId",
            "financialAccountId",
            "id",
            "key",
            "postedDate",
            "serviceProviderDetails",
            "status",
            "transactionDate",
        ]);
        assert_eq!(keys(row), said);
        assert_eq!((&row["id"], &row["description"]), (&native["id"], &native["description"]));
        // [V] Positive when money moves out, negative when it moves in: not as we have it.
        let amount: f64 = native["amount"].as_str().expect("a decimal").parse().expect("a number");
        assert_eq!(row["amount"].as_f64(), Some(-amount));
        let booked = native["status"] == "booked";
        assert_eq!(row["status"], if booked { "POSTED" } else { "PENDING" });
        let day = native["booking_date"].as_str().expect("a day");
        let posted = if booked { json!(format!("{day}T00:00:00Z")) } else { Value::Null };
        assert_eq!(row["postedDate"], posted);
    }
}

#[tokio::test]
async fn transactions_are_found_by_status_day_customer_and_connection() {
    let world = World::new().await;
    let started = linked(&world, &usual()).await;
    let (id, customer) = (
        started["id"].as_str().expect("an id"),
        started["customerId"].as_str().expect("an id"),
    );
    // Fewer than a page holds.
    let since = "startDate=2026-09-15";
    let all = list(&world, &format!("/bank-linking/transactions?limit=1000&{since}")).await;
    assert_eq!(all["remaining"], 0);
    let rows = all["financialAccountTransactions"].as_array().expect("rows");
    // [V] 100 when the caller doesn't say.
    assert_eq!(list(&world, "/bank-linking/transactions").await["count"], 100);
    let count = |fits: &dyn Fn(&Value) -> bool| rows.iter().filter(|row| fits(row)).count();
    let day = |row: &Value| row["postedDate"].as_str().map(|text| text[..10].to_owned());
    for (query, expected) in [
        ("status=PENDING".to_owned(), count(&|row| row["status"] == "PENDING")),
        ("status=POSTED".to_owned(), count(&|row| row["status"] == "POSTED")),
        (
            "startDate=2026-10-01&status=POSTED&endDate=2026-10-31".to_owned(),
            count(&|row| day(row).is_some_and(|day| day.starts_with("2026-10"))),
        ),
        (format!("customerId={customer}"), rows.len()),
        ("externalCustomerId=testUser".to_owned(), rows.len()),
        (format!("connectionId={id}"), rows.len()),
        ("externalCustomerId=nobody".to_owned(), 0),
        ("customerId=cust_x&externalCustomerId=testUser".to_owned(), 0),
        ("financialAccountId=acct_x".to_owned(), 0),
    ] {
        let page = list(&world, &format!("/bank-linking/transactions?limit=1000&{query}&{since}")).await;
        assert_eq!(page["count"], expected, "{query}");
    }
    assert!(count(&|row| row["status"] == "PENDING") > 0);
}

#[tokio::test]
async fn institutions_are_those_that_the_key_reaches() {
    let world = World::new().await;
    let page = list(&world, "/institutions").await;
    // [V] 10 when the caller doesn't say.
    assert_eq!(
        (&page["count"], page["remaining"].as_i64().is_some_and(|more| more > 20)),
        (&json!(10), true)
    );
    for row in page["institutions"].as_array().expect("rows") {
        // [V]
        let said = BTreeSet::from([
            "aliases",
            "domain",
            "id",
            "images",
            "isTest",
            "key",
            "name",
            "providers",
            "rank",
            "subName",
            "type",
        ]);
        assert_eq!(keys(row), said);
        assert_eq!(keys(&row["images"]), BTreeSet::from(["icon", "tile", "wide"]));
    }
    let has = async |query: &str, id: &str| {
        let page = list(&world, &format!("/institutions?limit=1000&{query}")).await;
        ids(&page, "institutions").iter().any(|found| found == id)
    };
    for (query, stays, goes) in [
        // [V] Partially or fully.
        ("name=Leumi", "il-leumi", "il-discount"),
        ("name=leum", "il-leumi", "sandbox-bank"),
        ("regions=IL", "sandbox-question", "none"),
        ("regions=IL-TA,IL-HA", "sandbox-bank", "sandbox-question"),
        // [V] Supported by at least one of them.
        ("serviceProviders=BERLIN_GROUP,SALT_EDGE", "sandbox-redirect", "sandbox-bank"),
        // [I] The kinds are ours.
        ("type=INSURANCE,CARD", "sandbox-card", "sandbox-bank"),
    ] {
        assert!(has(query, stays).await, "{query}: {stays}");
        assert!(!has(query, goes).await, "{query}: {goes}");
    }
    let broker = list(&world, "/institutions/sandbox-broker").await;
    assert_eq!((&broker["name"], &broker["isTest"]), (&json!("Sandbox Broker"), &json!(true)));
    let all = [
        "BALANCES",
        "IDENTIFIERS",
        "INVESTMENT_HOLDINGS",
        "INVESTMENT_TRANSACTIONS",
        "OWNERS",
        "TRANSACTIONS",
    ];
    assert_eq!(broker["providers"], json!({ "SANDBOX": { "products": all } }));
    let bank = list(&world, "/institutions/il-leumi").await;
    assert_eq!((&bank["isTest"], &bank["name"]), (&json!(false), &json!("Bank Leumi")));
    // An institution of the list can be chosen by the id that it has there.
    let mut body = usual();
    body["institutionId"] = page["institutions"][0]["id"].clone();
    start(&world, &body).await;
    // A live key reaches none of them in this world.
    let live = world.add_key(&world.tenant, Mode::Live).await;
    let answer = call_with(&world, "GET", "/institutions", &live, None).await;
    assert_eq!((&answer.body["institutions"], &answer.body["count"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn both_engines_page_alike() {
    let world = World::on_postgres().await;
    for _ in 0..3 {
        start(&world, &usual()).await;
        world.clock.advance(Duration::from_secs(1));
    }
    walk(
        &world,
        "/bank-linking/connections?externalCustomerId=testUser&statuses=IN_PROGRESS",
        "connections",
        2,
    )
    .await;
    linked(&world, &usual()).await;
    walk(&world, "/bank-linking/accounts?externalCustomerId=testUser", "financialAccounts", 1).await;
    walk(
        &world,
        "/bank-linking/transactions?startDate=2026-11-15&externalCustomerId=testUser",
        "financialAccountTransactions",
        3,
    )
    .await;
}
