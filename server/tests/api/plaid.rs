//! A bank behind Plaid, through the whole of Gesher: the person at Link's pages, the data from a cursor on, repair, and the end.

use crate::admin::Ops;
use crate::banks::Trip;
use crate::world::{ORIGIN, World, add_tenant};
use axum::http::StatusCode;
use gesher_contract::{FailureCode, TenantTag, View};
use gesher_directory::merge::Decisions;
use gesher_server::connections::revoke;
use gesher_server::institutions::{self, sync::sync};
use gesher_server::outbound;
use gesher_server::store::grants;
use gesher_server::tenants::Mode;
use reqwest::header::LOCATION;
use serde_json::{Value, json};
use std::time::Duration;
use url::Url;

pub const BANK: &str = "us-quillhaven-bank";

/// A Gesher whose tenant has set Plaid's credentials, with Plaid's institutions.
async fn world() -> World {
    let world = World::new().await;
    set_up(&world, json!({})).await;
    world
}

/// Sets Plaid's credentials, and this besides, and takes Plaid's institutions.
pub async fn set_up(world: &World, more: Value) {
    let mut fields = json!({ "client_id": gesher_sandbox::PLAID_CLIENT_ID, "secret": gesher_sandbox::PLAID_SECRET, "countries": "US,GB" });
    for (name, value) in more.as_object().expect("an object") {
        fields[name] = value.clone();
    }
    let path = format!("/admin/tenants/{}/providers/plaid", world.tenant);
    let set = Ops::new(world)
        .call("PUT", &path, Some(json!({ "mode": "test", "fields": fields })))
        .await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.body);
    let cx = world.core.cx(world.tenant.as_str(), "test", "plaid", None).await.expect("means");
    let synced = sync(&world.core, "plaid", &cx, &Decisions::new(), |_| {}).await.expect("a list");
    assert!(synced.new >= 10 && synced.doubtful == 0, "{synced:?}");
    institutions::reload(&world.core).await.expect("reads");
}

/// The person at Link's pages.
pub struct Person {
    browser: reqwest::Client,
    session: Url,
}

impl Person {
    pub async fn at(address: &str) -> Self {
        let browser = outbound::client(true).expect("a client");
        let answer = browser.get(address).send().await.expect("a page");
        let to = answer.headers()[LOCATION].to_str().expect("text");
        let session = answer.url().join(to).expect("an address");
        Self { browser, session }
    }

    pub async fn fill(&self, fields: &[(&str, &str)]) -> String {
        let answer = self
            .browser
            .post(self.session.clone())
            .form(fields)
            .send()
            .await
            .expect("an answer");
        let to = answer.headers()[LOCATION].to_str().expect("text");
        let shown = self.session.join(to).expect("an address");
        self.browser.get(shown).send().await.expect("a page").text().await.expect("text")
    }

    /// Logs in, gives all accounts and allows. Gives the address that leads back.
    pub async fn allows(&self, username: &str) -> Url {
        refresh(&self.gives(username).await)
    }

    /// The same; gives the last page.
    pub async fn gives(&self, username: &str) -> String {
        let mut page = self
            .fill(&[("username", username), ("password", "pass_good"), ("action", "login")])
            .await;
        let ids: Vec<String> = page
            .split("name=\"account\" value=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .map(str::to_owned)
            .collect();
        if !ids.is_empty() {
            let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("account", id.as_str())).collect();
            fields.push(("action", "accounts"));
            page = self.fill(&fields).await;
        }
        assert!(page.contains("value=\"allow\""), "{page}");
        self.fill(&[("action", "allow")]).await
    }

    async fn leaves(&self) -> Url {
        refresh(&self.fill(&[("action", "exit")]).await)
    }

    /// A call of Plaid's API.
    pub async fn plaid(&self, path: &str, body: Value) -> Value {
        let address = self.session.join(&format!("/plaid/{path}")).expect("an address");
        let request = self
            .browser
            .post(address)
            .header("plaid-client-id", gesher_sandbox::PLAID_CLIENT_ID)
            .header("plaid-secret", gesher_sandbox::PLAID_SECRET);
        let answer = request.body(body.to_string()).send().await.expect("an answer");
        serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON")
    }
}

fn refresh(page: &str) -> Url {
    let after = page.split("content=\"0;url=").nth(1).and_then(|rest| rest.split('"').next());
    let address = after.unwrap_or_else(|| panic!("no way back: {page}"));
    Url::parse(&address.replace("&amp;", "&")).expect("an address")
}

/// A connection of this person, confirmed by the host.
pub async fn connected<'a>(world: &'a World, username: &str) -> (Trip<'a>, Person) {
    let trip = Trip::to(world, BANK, json!({})).await;
    assert_eq!(trip.state().await, "leaving");
    let person = Person::at(&trip.launch().await.expect("a launch")).await;
    let back = person.allows(username).await;
    // By the time that the person is back Plaid has the data.
    world.clock.advance(Duration::from_secs(5));
    trip.back(&back).await.expect("a return");
    let token = trip.public_token().await;
    assert_eq!(world.exchange(&token, "user-1").await.status, StatusCode::OK);
    trip.until_status("active").await;
    (trip, person)
}

pub fn id(trip: &Trip<'_>) -> String {
    trip.invited["id"].as_str().expect("an id").to_owned()
}

async fn accounts(world: &World, trip: &Trip<'_>) -> Vec<Value> {
    let listed = world.get(&format!("/v1/connections/{}/accounts", id(trip))).await.body;
    listed["data"].as_array().expect("accounts").clone()
}

async fn transactions(world: &World, account: &Value) -> Vec<Value> {
    let path = format!("/v1/accounts/{}/transactions?limit=500", account["id"].as_str().expect("an id"));
    let mut all = Vec::new();
    let mut next = path.clone();
    loop {
        let page = world.get(&next).await.body;
        all.extend(page["data"].as_array().expect("transactions").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(cursor) => {
                next = format!(
                    "{path}&cursor={}",
                    url::form_urlencoded::byte_serialize(cursor.as_bytes()).collect::<String>()
                )
            }
            None => return all,
        }
    }
}

/// What the newest grant of a connection holds.
pub async fn access(world: &World, trip: &Trip<'_>) -> Value {
    let rows = grants::of_connection(&world.core.store, world.tenant.as_str(), &id(trip))
        .await
        .expect("grants");
    let grant = rows.last().and_then(|row| revoke::open(&world.core, row)).expect("a grant");
    serde_json::from_slice(&grant.secret).expect("an access")
}

pub fn later(world: &World, by: Duration) {
    world.clock.advance(by);
    world.core.work.notify_one();
}

#[tokio::test]
async fn a_person_connects_and_later_fetches_bring_what_is_new() {
    let world = world().await;
    let (trip, _) = connected(&world, "user_good").await;
    let listed = accounts(&world, &trip).await;
    let first = listed.first().expect("an account");
    assert_eq!((&first["kind"], &first["currency"]), (&json!("CACC"), &json!("USD")));
    assert_eq!(first["balances"].as_array().map(Vec::len), Some(2), "{first}");
    let before = transactions(&world, first).await;
    assert!(
        before.len() > 100 && before.iter().any(|one| one["status"] == "pending"),
        "{}",
        before.len()
    );
    let cursor = access(&world, &trip).await["cursor"].clone();
    assert!(cursor.is_string());

    later(&world, Duration::from_secs(3 * 24 * 60 * 60));
    for _ in 0..200 {
        if access(&world, &trip).await["cursor"] != cursor {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_ne!(access(&world, &trip).await["cursor"], cursor, "it was fetched again");
    let after = transactions(&world, first).await;
    let ids = |list: &[Value]| list.iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    assert!(after.len() > before.len(), "{} and {}", before.len(), after.len());
    let booked = before.iter().filter(|one| one["status"] == "booked").cloned().collect::<Vec<_>>();
    assert!(ids(&booked).iter().all(|id| ids(&after).contains(id)), "what was booked stays");
    let pending = before.iter().filter(|one| one["status"] == "pending").cloned().collect::<Vec<_>>();
    assert!(
        ids(&pending).iter().all(|id| !ids(&after).contains(id)),
        "what was pending was taken back"
    );
}

#[tokio::test]
async fn who_leaves_has_cancelled_and_nothing_is_left_at_plaid() {
    let world = world().await;
    let trip = Trip::to(&world, BANK, json!({})).await;
    let person = Person::at(&trip.launch().await.expect("a launch")).await;
    trip.back(&person.leaves().await).await.expect("a return");
    assert_eq!(trip.failure().await.code, FailureCode::CancelledAtInstitution);
}

#[tokio::test]
async fn a_login_that_ended_is_repaired_and_the_accounts_stay_the_same() {
    let world = world().await;
    let (first, person) = connected(&world, "user_good").await;
    let before: Vec<Value> = accounts(&world, &first).await.iter().map(|one| one["id"].clone()).collect();
    let token = access(&world, &first).await["token"].clone();
    person.plaid("sandbox/item/reset_login", json!({ "access_token": token })).await;
    later(&world, Duration::from_secs(24 * 60 * 60));
    first.until_status("reconnect_required").await;

    let trip = Trip::by(&world, world.invite_again(&first.invited, json!({})).await).await;
    let again = Person::at(&trip.launch().await.expect("a launch")).await;
    trip.back(&again.allows("user_good").await).await.expect("a return");
    let View::Success(success) = trip.view().await else {
        panic!("no success: {:?}", trip.view().await)
    };
    let answer = world.exchange(&success.public_token.expect("a token"), "user-1").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    trip.until_status("active").await;
    assert_eq!(access(&world, &trip).await["token"], token, "it is the same access");
    let after: Vec<Value> = accounts(&world, &trip).await.iter().map(|one| one["id"].clone()).collect();
    assert_eq!(after, before);
    // The access that lives on was not given back with the old grant.
    later(&world, Duration::from_secs(60));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let item = person.plaid("item/get", json!({ "access_token": token })).await;
    assert_eq!(item["item"]["error"], Value::Null, "{item}");
}

#[tokio::test]
async fn an_access_is_given_back_until_plaid_has_removed_it() {
    let world = world().await;
    let (trip, person) = connected(&world, "user_stays").await;
    let token = access(&world, &trip).await["token"].clone();
    let deleted = world
        .call("DELETE", &format!("/v1/connections/{}", id(&trip)), &world.key, &[], None)
        .await;
    assert!(deleted.status.is_success(), "{}", deleted.body);
    for _ in 0..100 {
        later(&world, Duration::from_secs(600));
        tokio::time::sleep(Duration::from_millis(50)).await;
        let item = person.plaid("item/get", json!({ "access_token": token })).await;
        if item["error_code"] == "ITEM_NOT_FOUND" {
            return;
        }
    }
    panic!("the item is still there");
}

#[tokio::test]
async fn plaids_sandbox_is_for_test_keys_of_those_who_have_credentials_there() {
    let world = World::new().await;
    let wish = json!({ "customer": { "external_id": "user-1" }, "parent_origin": ORIGIN, "plaid_sandbox": true });
    let refused = world.post("/v1/connections", &wish).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("plaid_not_available"))
    );
    set_up(&world, json!({})).await;
    let invited = world.invite(json!({ "plaid_sandbox": true })).await;
    let mut visit = world.enter(&invited).await;
    let View::Picker(picker) = visit.open().await.clone() else {
        panic!("no picker: {:?}", visit.screen.view)
    };
    assert!(
        !picker.tiles.is_empty()
            && picker
                .tiles
                .iter()
                .all(|tile| !tile.id.starts_with("il-") && !tile.id.starts_with("sandbox"))
    );
    assert!(matches!(visit.choose("il-leumi").await, View::Picker(_)), "reached by another way");
    assert!(matches!(visit.choose(BANK).await, View::Leaving { .. }), "{:?}", visit.screen.view);

    let live = world.add_key(&world.tenant, Mode::Live).await;
    let refused = world.call("POST", "/v1/connections", &live, &[], Some(&wish.to_string())).await;
    assert_eq!(refused.body["code"], "plaid_not_available");
    // Whoever has set nothing reaches nobody there, and is not shown the bank.
    let other = TenantTag::from_random(99);
    let key = add_tenant(&world.core, &other, &[ORIGIN], &[]).await;
    let refused = world.call("POST", "/v1/connections", &key, &[], Some(&wish.to_string())).await;
    assert_eq!(refused.body["code"], "plaid_not_available");
    let listed = world
        .call("GET", "/v1/institutions?q=quillhaven&include_sandbox=true", &key, &[], None)
        .await;
    assert_eq!(listed.body["data"], json!([]));
    let ours = world.get("/v1/institutions?q=quillhaven&include_sandbox=true").await;
    assert_eq!(ours.body["data"][0]["id"], BANK);
}
