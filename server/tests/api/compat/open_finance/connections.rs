//! Reading, listing, deleting and refreshing connections.

use super::{USER, client, created, delete, follow, get, keys, linked, read, refused, text, token, until, whole, wrong};
use crate::challenges::LOGIN;
use crate::world::World;
use axum::http::StatusCode;
use gesher_server::store::jobs;
use gesher_server::tenants::Mode;
use gesher_server::tenants::admin::Scope;
use serde_json::{Value, json};
use std::time::Duration;

/// [V]
const NO_CONNECTION: &str = "No connection was found";
/// What the vendor's schema of a connection names [V] and its own client sees of one that is not through.
const BARE: [&str; 30] = [
    "access",
    "allowBusiness",
    "allowInsurance",
    "callbackInformation",
    "contactId",
    "createdAt",
    "customerId",
    "error",
    "excludeCreditCardProviders",
    "id",
    "iframe",
    "includeFakeProviders",
    "isFake",
    "isPriority",
    "language",
    "mode",
    "organization",
    "paymentId",
    "providerIds",
    "psuCorporateId",
    "psuId",
    "psuIdType",
    "redirectUrl",
    "refreshSettings",
    "restrictedTo",
    "scaOAuth",
    "status",
    "updatedAt",
    "userId",
    "verifier",
];
/// What it leaves out of one that is not through: provider, counters and dates [V].
const WHEN_THROUGH: [&str; 11] = [
    "accounts",
    "cards",
    "expiryDate",
    "lastFetchedAt",
    "lastFetchedDataDate",
    "loans",
    "providerId",
    "savings",
    "securities",
    "startDate",
    "transactions",
];

async fn list(world: &World, token: &str, query: &str) -> Value {
    let answer = get(world, token, &format!("/v2/connections{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.body);
    assert_eq!(keys(&answer.body), ["count", "items", "nextPage"]); // [V]
    answer.body
}

fn ids(listed: &Value) -> Vec<&str> {
    listed["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| text(&item["id"]))
        .collect()
}

#[tokio::test]
async fn a_connection_has_the_vendors_fields() {
    let world = World::new().await;
    let token = whole(&world).await;
    let made = created(&world, &token, &json!({ "refreshData": true })).await;
    let bare = read(&world, &token, &made).await;
    assert_eq!(keys(&bare), BARE);
    assert_eq!(
        (&bare["status"], &bare["error"], &bare["organization"]),
        (&json!("INACTIVE"), &Value::Null, &json!({ "name": "Shop" }))
    );
    assert_eq!(
        (&bare["isFake"], &bare["includeFakeProviders"], &bare["isPriority"]),
        (&json!(true), &json!(true), &json!(false))
    );
    follow(&world, &made).await.link("043510023").await;
    let active = until(&world, &token, &made, "ACTIVE").await;
    let mut whole: Vec<&str> = BARE.into_iter().chain(WHEN_THROUGH).collect();
    whole.sort_unstable();
    assert_eq!(keys(&active), whole);
    let accounts = get(&world, &token, "/v2/data/accounts").await.body["items"]
        .as_array()
        .expect("a list")
        .clone();
    let count = |kind: &str| json!(accounts.iter().filter(|account| account["accountType"] == kind).count());
    for (counter, kind) in [
        ("accounts", "CHECKING"),
        ("cards", "CARD"),
        ("savings", "SAVINGS"),
        ("loans", "LOAN"),
        ("securities", "SECURITIES"),
    ] {
        assert_eq!(active[counter], count(kind), "{counter}");
    }
    let transactions: i64 = accounts
        .iter()
        .map(|account| account["transactions"].as_i64().expect("a number"))
        .sum();
    assert!(transactions > 10 && active["transactions"] == transactions, "{active}");
    assert_eq!(
        (&active["lastFetchedDataDate"], &active["refreshSettings"]["lastFetchedDataDate"]),
        (&json!("2026-11-20"), &json!("2026-11-20"))
    );
}

#[tokio::test]
async fn what_went_wrong_is_said() {
    let world = World::new().await;
    let token = whole(&world).await;
    let made = created(&world, &token, &json!({ "providerIds": ["open-finance-sandbox"] })).await;
    let mut visit = follow(&world, &made).await;
    visit.open().await;
    // This person's bank refuses the consent: the vendor's own outcome of this id [V].
    visit.submit(&[("psu_id", "050299338"), LOGIN[1], LOGIN[2]]).await;
    visit.submit(&[("code", "12345")]).await;
    let seen = until(&world, &token, &made, "REJECTED").await;
    assert_eq!(keys(&seen["error"]), ["message", "type"]); // [V]
    assert_eq!(seen["error"]["type"], "CONSENT_REJECTED"); // [I]
}

#[tokio::test]
async fn the_users_connections_are_listed_page_by_page() {
    let world = World::new().await;
    let token = whole(&world).await;
    assert_eq!(list(&world, &token, "").await, json!({ "items": [], "nextPage": null, "count": 0 }));
    let mut made = Vec::new();
    for customer in ["a", "b", "a"] {
        made.push(created(&world, &token, &json!({ "customerId": customer })).await);
        world.clock.advance(Duration::from_millis(2));
    }
    let active = linked(&world, &token, &json!({ "refreshData": true })).await;
    until(&world, &token, &active, "ACTIVE").await;
    let id = |place: usize| text(&made[place]["id"]);
    let newest = [text(&active["id"]), id(2), id(1), id(0)];
    let all = list(&world, &token, "").await;
    assert_eq!(
        (ids(&all), &all["nextPage"], &all["count"]),
        (newest.to_vec(), &Value::Null, &json!(4))
    );
    let oldest = list(&world, &token, "?sort=1").await;
    assert_eq!(ids(&oldest), newest.iter().rev().copied().collect::<Vec<_>>());
    for (sort, order) in [("-1", newest.to_vec()), ("1", newest.iter().rev().copied().collect())] {
        let first = list(&world, &token, &format!("?limit=3&sort={sort}")).await;
        assert_eq!(ids(&first), order[..3]);
        let rest = list(
            &world,
            &token,
            &format!("?limit=3&sort={sort}&nextPage={}", text(&first["nextPage"])),
        )
        .await;
        assert_eq!((ids(&rest), &rest["nextPage"]), (order[3..].to_vec(), &Value::Null));
    }
    assert_eq!(ids(&list(&world, &token, "?customerId=a").await), [id(2), id(0)]);
    assert!(ids(&list(&world, &token, "?contactId=0501234567").await).is_empty());
    // `count` is before the filter by status [V].
    let of_status = list(&world, &token, "?status=ACTIVE").await;
    assert_eq!((ids(&of_status), &of_status["count"]), (vec![newest[0]], &json!(4)));
    assert_eq!(ids(&list(&world, &token, "?limit=100000&unknown=1&sort=").await).len(), 4);
    let refuse = async |query: &str, what: &str| wrong(&get(&world, &token, &format!("/v2/connections?{query}")).await, &[what]);
    refuse("limit=0", "\"limit\" must be greater than or equal to 1").await;
    refuse("limit=many", "\"limit\" must be a number").await;
    refuse("sort=2", "\"sort\" must be one of [1, -1]").await;
    refuse("status=ERROR", "\"status\" must be one of [ACTIVE]").await;
    refuse("nextPage=x", "\"nextPage\" is not valid").await;
    let users = get(&world, &token, "/v2/connections?userId=user-2").await;
    refused(
        &users,
        StatusCode::BAD_REQUEST,
        "userId is not allowed in query for non-admin users",
    ); // [V]
    let all = client(&world, Mode::Test, &Scope::ALL).await;
    let other = token_of(&world, &all, "user-2").await;
    assert_eq!(list(&world, &other, "").await["count"], 0);
}

async fn token_of(world: &World, client: &super::Client, user: &str) -> String {
    token(world, client, user).await
}

#[tokio::test]
async fn what_was_made_natively_is_read_here_too() {
    let world = World::new().await;
    let token = whole(&world).await;
    let invited = world
        .invite(json!({ "institution_ids": ["il-leumi"], "references": { "customer_id": "c-1" }, "restricted_to": ["CACC"] }))
        .await;
    let seen = read(&world, &token, &invited).await;
    assert_eq!(keys(&seen), BARE);
    assert_eq!(
        (&seen["providerIds"], &seen["customerId"], &seen["restrictedTo"]),
        (&json!(["leumi"]), &json!("c-1"), &json!(["CACC"]))
    );
    assert_eq!(ids(&list(&world, &token, "?customerId=c-1").await), [text(&invited["id"])]);
    let made = created(&world, &token, &json!({})).await;
    let native = world.get(&format!("/v1/connections/{}", text(&made["id"]))).await;
    assert_eq!(
        (native.status, &native.body["customer"]["external_id"]),
        (StatusCode::OK, &json!(USER))
    );
}

#[tokio::test]
async fn a_deleted_connection_is_gone_and_its_access_is_given_back() {
    let world = World::new().await;
    let token = whole(&world).await;
    let made = linked(&world, &token, &json!({ "refreshData": true })).await;
    until(&world, &token, &made, "ACTIVE").await;
    let reading = client(&world, Mode::Test, &[Scope::ReadConnections]).await;
    let reading = token_of(&world, &reading, USER).await;
    assert_eq!(delete(&world, &reading, &made).await.status, StatusCode::FORBIDDEN);
    let other = client(&world, Mode::Test, &Scope::ALL).await;
    let other = token_of(&world, &other, "user-2").await;
    refused(&delete(&world, &other, &made).await, StatusCode::NOT_FOUND, NO_CONNECTION);
    until(&world, &token, &made, "ACTIVE").await;
    let answer = delete(&world, &token, &made).await;
    assert_eq!((answer.status, answer.body), (StatusCode::NO_CONTENT, Value::Null)); // [V]
    refused(&delete(&world, &token, &made).await, StatusCode::NOT_FOUND, NO_CONNECTION);
    let path = format!("/v2/connections/{}", text(&made["id"]));
    refused(&get(&world, &token, &path).await, StatusCode::NOT_FOUND, NO_CONNECTION);
    assert_eq!(list(&world, &token, "").await["count"], 0);
    assert_eq!(get(&world, &token, "/v2/data/accounts").await.body["items"], json!([]));
    for nonsense in ["x", "conn_x", "%00", "%ff"] {
        let answer = get(&world, &token, &format!("/v2/connections/{nonsense}")).await;
        let message = if nonsense == "%ff" {
            "Route or entity not found"
        } else {
            NO_CONNECTION
        }; // [V]
        refused(&answer, StatusCode::NOT_FOUND, message);
    }
}

#[tokio::test]
async fn a_connection_that_is_being_fetched_is_locked() {
    let world = World::new().await;
    let token = whole(&world).await;
    let made = linked(&world, &token, &json!({ "refreshData": true })).await;
    until(&world, &token, &made, "ACTIVE").await;
    // A worker of another node has the fetch.
    let (tenant, now) = (world.tenant.as_str(), world.core.clock.now());
    let row = jobs::JobRow {
        tenant_id: tenant.to_owned(),
        id: format!("fetch_{}", text(&made["id"])),
        kind: "fetch".to_owned(),
        subject: text(&made["id"]).to_owned(),
        run_at: now.plus(Duration::from_secs(60)).0,
        attempts: 1,
        lease_token: Some("another-node".to_owned()),
        body: "{}".to_owned(),
    };
    world.core.store.write(jobs::put(&row)).await.expect("a job");
    let answer = delete(&world, &token, &made).await;
    refused(
        &answer,
        StatusCode::LOCKED,
        "This connection is locked and cant be deleted currently",
    ); // [V], the part that is so here
    assert_eq!(read(&world, &token, &made).await["status"], "ACTIVE");
    // To ask for a refresh that is under way is to have it.
    let path = format!("/v2/connections/refresh/{}", text(&made["id"]));
    assert_eq!(get(&world, &token, &path).await.status, StatusCode::NO_CONTENT);
    world
        .core
        .store
        .write(jobs::complete(tenant, &row.id, "another-node"))
        .await
        .expect("done");
    assert_eq!(delete(&world, &token, &made).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_refresh_is_asked_for_one_by_one_or_for_all_of_a_user() {
    let world = World::new().await;
    let token = whole(&world).await;
    let made = linked(&world, &token, &json!({ "refreshData": true })).await;
    let once = linked(&world, &token, &json!({})).await;
    until(&world, &token, &made, "ACTIVE").await;
    until(&world, &token, &once, "COMPLETED").await;
    let fetched = |before: Value, path: String| {
        let (world, token, made) = (&world, &token, &made);
        async move {
            world.clock.advance(Duration::from_secs(60));
            let answer = get(world, token, &path).await;
            assert_eq!((answer.status, answer.body), (StatusCode::NO_CONTENT, Value::Null), "{path}"); // [V]
            for _ in 0..200 {
                let now = read(world, token, made).await["lastFetchedAt"].clone();
                if now != before {
                    return now;
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
            panic!("nothing was fetched");
        }
    };
    let first = read(&world, &token, &made).await["lastFetchedAt"].clone();
    let second = fetched(first, format!("/v2/connections/refresh/{}", text(&made["id"]))).await;
    fetched(second, format!("/v2/connections/{USER}/refresh")).await;
    let of_once = get(&world, &token, &format!("/v2/connections/refresh/{}", text(&once["id"]))).await;
    refused(
        &of_once,
        StatusCode::BAD_REQUEST,
        "The connection was asked for without refreshData",
    ); // [I]
    let pending = created(&world, &token, &json!({ "refreshData": true })).await;
    let of_pending = get(&world, &token, &format!("/v2/connections/refresh/{}", text(&pending["id"]))).await;
    refused(&of_pending, StatusCode::BAD_REQUEST, "The connection gives no access"); // [I]
    for path in ["/v2/connections/refresh/conn_x", "/v2/connections/user-2/refresh"] {
        refused(&get(&world, &token, path).await, StatusCode::NOT_FOUND, NO_CONNECTION);
    }
    let all = client(&world, Mode::Test, &Scope::ALL).await;
    let nobody = token_of(&world, &all, "nobody").await;
    refused(
        &get(&world, &nobody, "/v2/connections/nobody/refresh").await,
        StatusCode::NOT_FOUND,
        NO_CONNECTION,
    );
}
