//! A whole way by Open Finance: its pages, its data, what it tells by itself, and the end.

use crate::admin::Ops;
use crate::banks::Trip;
use crate::world::World;
use axum::http::StatusCode;
use data_encoding::HEXLOWER;
use gesher_contract::{FailureCode, View};
use gesher_directory::merge::Decisions;
use gesher_sandbox::{OPEN_FINANCE_CLIENT_ID, OPEN_FINANCE_CLIENT_SECRET};
use gesher_server::institutions;
use gesher_server::institutions::sync::sync;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use url::Url;

const PSU: &str = "043510023";
/// The institution that the vendor's own sandbox becomes.
const INSTITUTION: &str = "il-open-finance-sandbox";

/// A Gesher whose tenant has an account at the vendor, and the vendor's list.
async fn world() -> World {
    let world = World::new().await;
    let core = &world.core;
    let set = json!({ "mode": "test", "fields": {
        "client_id": OPEN_FINANCE_CLIENT_ID,
        "client_secret": OPEN_FINANCE_CLIENT_SECRET,
        "include_fake_providers": "true",
    } });
    let tenant = world.tenant.as_str();
    let path = format!("/admin/tenants/{tenant}/providers/open_finance");
    let answer = Ops::new(&world).call("PUT", &path, Some(set)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let cx = core.cx(tenant, "test", "open_finance", None).await.expect("means");
    sync(core, "open_finance", &cx, &Decisions::new(), |_| {}).await.expect("a list");
    institutions::reload(core).await.expect("reads");
    world
}

/// The person at the vendor's pages.
struct Pages {
    client: reqwest::Client,
    root: Url,
}

impl Pages {
    fn at(address: &str) -> Self {
        Self {
            client: gesher_server::outbound::client(true).expect("a client"),
            root: Url::parse(address).expect("an address"),
        }
    }

    async fn get(&self, address: &str) -> (String, String) {
        let mut address = self.root.join(address).expect("an address");
        loop {
            let answer = self.client.get(address.clone()).send().await.expect("a page");
            match answer.headers().get("location") {
                Some(next) => address = address.join(next.to_str().expect("text")).expect("an address"),
                None => return (address.into(), answer.text().await.expect("text")),
            }
        }
    }

    async fn fill(&self, address: &str, fields: &[(&str, &str)]) -> (String, String) {
        let answer = self.client.post(address).form(fields).send().await.expect("a page");
        match answer.headers().get("location") {
            Some(next) => self.get(next.to_str().expect("text")).await,
            None => (address.to_owned(), answer.text().await.expect("text")),
        }
    }

    /// Up to the page on which the bank asks for the consent.
    async fn log_in(&self, psu: &str) -> String {
        let (bank, _) = self.fill(self.root.as_str(), &[("psu_id", psu), ("action", "identify")]).await;
        let (bank, page) = self
            .fill(&bank, &[("username", "user"), ("password", "pass"), ("action", "login")])
            .await;
        assert!(page.contains("value=\"approve\""), "{page}");
        bank
    }

    /// Approves, and waits until the vendor leads back.
    async fn approve(&self, world: &World, psu: &str) -> Url {
        let bank = self.log_in(psu).await;
        let (at, _) = self.fill(&bank, &[("action", "approve")]).await;
        world.clock.advance(Duration::from_secs(2));
        let (_, page) = self.get(&at).await;
        let to = page.split("content=\"0;url=").nth(1).and_then(|rest| rest.split('"').next());
        Url::parse(&to.unwrap_or_else(|| panic!("no way back: {page}")).replace("&amp;", "&")).expect("an address")
    }

    /// Approves where nothing leads back, or declines.
    async fn answer(&self, psu: &str, answer: &str) {
        let bank = self.log_in(psu).await;
        let (_, page) = self.fill(&bank, &[("action", answer)]).await;
        assert!(!page.contains("content=\"0;url="), "{page}");
    }
}

/// What the vendor says of the connections of this trip's customer, the newest first.
async fn at_vendor(trip: &Trip<'_>, page: &str) -> Vec<Value> {
    let customer = trip.connection().await.customer;
    let hash = Sha256::digest(format!("{}\n{customer}", trip.at.tenant.as_str()));
    let user = HEXLOWER.encode(&hash[..16]);
    let pages = Pages::at(page);
    let address = |path: &str| pages.root.join(path).expect("an address");
    let body = json!({"userId": user, "clientId": OPEN_FINANCE_CLIENT_ID, "clientSecret": OPEN_FINANCE_CLIENT_SECRET});
    let token = pages
        .client
        .post(address("/open-finance/oauth/token"))
        .json(&body)
        .send()
        .await
        .expect("a token");
    let token: Value = token.json().await.expect("JSON");
    let list = pages.client.get(address("/open-finance/v2/connections"));
    let list = list
        .bearer_auth(token["accessToken"].as_str().expect("a token"))
        .send()
        .await
        .expect("a list");
    let list: Value = list.json().await.expect("JSON");
    list["items"].as_array().expect("items").clone()
}

/// The vendor tells of its connection: with the secret that it was made with, or with another.
async fn tell(trip: &Trip<'_>, of: &Value, secret: Option<&str>, status: &str, query: &str) -> StatusCode {
    let hooks = &of["callbackInformation"]["webhooks"];
    let own = hooks["customHeaders"]["x-gesher-secret"].as_str().expect("a secret");
    let address = Url::parse(hooks["successUrl"].as_str().expect("an address")).expect("an address");
    assert_eq!(address.host_str(), Some("gesher.example"));
    let path = format!("{}{query}", address.path());
    let body = json!({"connectionId": of["id"], "connectionStatus": status, "userId": of["userId"]});
    let headers = [("x-gesher-secret", secret.unwrap_or(own))];
    trip.world.call("POST", &path, "", &headers, Some(&body.to_string())).await.status
}

/// Connects, up to the exchange.
async fn connected<'a>(world: &'a World, more: Value) -> (Trip<'a>, String) {
    let trip = Trip::to(world, INSTITUTION, more).await;
    let address = trip.launch().await.expect("a launch");
    let back = Pages::at(&address).approve(world, PSU).await;
    trip.back(&back).await.expect("a return");
    world.clock.advance(Duration::from_secs(4));
    world.core.work.notify_one();
    trip.until("confirming").await;
    let answer = world.exchange(&trip.public_token().await, "user-1").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    trip.until_status("active").await;
    (trip, address)
}

async fn accounts(trip: &Trip<'_>) -> Vec<Value> {
    let id = trip.invited["id"].as_str().expect("an id");
    let listed = trip.world.get(&format!("/v1/connections/{id}/accounts")).await;
    listed.body["data"].as_array().expect("accounts").clone()
}

#[tokio::test]
async fn a_person_goes_through_the_vendors_pages_and_the_host_reads_what_was_given() {
    let world = world().await;
    let (trip, page) = connected(&world, json!({})).await;
    let kinds: Vec<_> = accounts(&trip)
        .await
        .iter()
        .map(|one| one["kind"].as_str().expect("a kind").to_owned())
        .collect();
    assert!(
        kinds.iter().any(|kind| kind == "CACC") && kinds.iter().any(|kind| kind == "CARD"),
        "{kinds:?}"
    );
    for account in accounts(&trip).await {
        let id = account["id"].as_str().expect("an id");
        let listed = world.get(&format!("/v1/accounts/{id}/transactions?limit=500")).await;
        assert!(!listed.body["data"].as_array().expect("transactions").is_empty(), "{account}");
        assert!(!account["balances"].as_array().expect("balances").is_empty(), "{account}");
    }
    let told = at_vendor(&trip, &page).await;
    assert_eq!((told.len(), &told[0]["status"]), (1, &json!("ACTIVE")));
    assert!(
        !told[0].to_string().contains("user-1"),
        "the vendor does not learn what the host calls its customer"
    );

    // What the vendor has is a day old: a refresh has it fetch anew.
    world.clock.advance(Duration::from_secs(23 * 3600));
    let id = trip.invited["id"].as_str().expect("an id");
    let refresh = world
        .call("POST", &format!("/v1/connections/{id}/refresh"), &world.key, &[], None)
        .await;
    assert!(refresh.status.is_success(), "{}", refresh.body);
    let mut refreshed = false;
    for _ in 0..200 {
        tokio::time::sleep(Duration::from_millis(25)).await;
        refreshed = at_vendor(&trip, &page).await[0]["lastFetchedDataDate"] == "2026-11-21";
        if refreshed {
            break;
        }
    }
    assert!(refreshed, "the vendor was not asked");
    world.clock.advance(Duration::from_secs(30));

    let deleted = world.call("DELETE", &format!("/v1/connections/{id}"), &world.key, &[], None).await;
    assert!(deleted.status.is_success(), "{}", deleted.body);
    for _ in 0..200 {
        if at_vendor(&trip, &page).await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it is still there");
}

#[tokio::test]
async fn who_declines_there_learns_it_here_by_what_the_vendor_tells() {
    let world = world().await;
    let trip = Trip::to(&world, INSTITUTION, json!({})).await;
    let address = trip.launch().await.expect("a launch");
    let connection = at_vendor(&trip, &address).await.remove(0);
    Pages::at(&address).answer(PSU, "decline").await;
    assert_eq!(trip.state().await, "leaving", "nothing leads back");
    let wrong = tell(&trip, &connection, Some("guessed"), "REJECTED", "").await;
    assert_eq!((wrong, trip.state().await.as_str()), (StatusCode::UNAUTHORIZED, "leaving"));
    let mut other = connection.clone();
    other["id"] = json!("01ARYZ6S41TSV4RRFFQ69G5FAV");
    assert_eq!(tell(&trip, &other, None, "REJECTED", "").await, StatusCode::UNAUTHORIZED);
    assert_eq!(trip.state().await, "leaving", "it is about something else");
    assert_eq!(tell(&trip, &connection, None, "REJECTED", "").await, StatusCode::NO_CONTENT);
    assert_eq!(trip.failure().await.code, FailureCode::ConsentRejected);
    assert_eq!(trip.status().await, "rejected");
    // The attempt is over, and its secret with it.
    assert_eq!(tell(&trip, &connection, None, "ACTIVE", "").await, StatusCode::UNAUTHORIZED);
    assert_eq!(trip.failure().await.code, FailureCode::ConsentRejected);
    assert_eq!(trip.status().await, "rejected");
}

#[tokio::test]
async fn who_closes_the_vendors_pages_may_try_again() {
    let world = world().await;
    let trip = Trip::to(&world, INSTITUTION, json!({})).await;
    let address = trip.launch().await.expect("a launch");
    let connection = at_vendor(&trip, &address).await.remove(0);
    let pages = Pages::at(&address);
    pages.fill(&address, &[("action", "cancel")]).await;
    let abort = connection["callbackInformation"]["webhooks"]["abortUrl"]
        .as_str()
        .expect("an address");
    let query = format!("?{}", abort.split_once('?').expect("a query").1);
    assert_eq!(tell(&trip, &connection, None, "INACTIVE", &query).await, StatusCode::NO_CONTENT);
    let View::Failed { failure, way_on, .. } = trip.view().await else {
        panic!("no failure")
    };
    assert_eq!(failure.code, FailureCode::CancelledAtInstitution);
    assert!(way_on.is_some());
}

#[tokio::test]
async fn what_the_person_takes_back_there_is_gone_here_and_can_be_given_again() {
    let world = world().await;
    let (trip, page) = connected(&world, json!({})).await;
    let before = accounts(&trip).await;
    let connection = at_vendor(&trip, &page).await.remove(0);
    let id = connection["id"].as_str().expect("an id");
    let tester = Pages::at(&page);
    let address = tester.root.join(&format!("/open-finance/tester?psu={PSU}")).expect("an address");
    tester.fill(address.as_str(), &[("connection", id), ("action", "revoke")]).await;
    assert_eq!(tell(&trip, &connection, None, "REVOKED", "").await, StatusCode::NO_CONTENT);
    trip.until_status("revoked").await;

    let again = Trip::by(&world, world.invite_again(&trip.invited, json!({})).await).await;
    let address = again.launch().await.expect("a launch");
    let back = Pages::at(&address).approve(&world, PSU).await;
    again.back(&back).await.expect("a return");
    world.clock.advance(Duration::from_secs(4));
    world.core.work.notify_one();
    again.until("confirming").await;
    let answer = world.exchange(&again.public_token().await, "user-1").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    trip.until_status("active").await;
    let ids = |all: &[Value]| all.iter().map(|one| one["id"].to_string()).collect::<Vec<_>>();
    assert_eq!(ids(&accounts(&trip).await), ids(&before), "the accounts go on");
    for _ in 0..200 {
        let left = at_vendor(&trip, &page).await;
        if left.len() == 1 {
            assert_eq!(left[0]["status"], "ACTIVE");
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the old access was not given back");
}

#[tokio::test]
async fn troubles_at_the_institution_have_their_names_here() {
    for (psu, status) in [
        ("316159029", "degraded"),
        ("316159052", "suspended"),
        ("064837123", "awaiting_cosigners"),
    ] {
        let world = world().await;
        let trip = Trip::to(&world, INSTITUTION, json!({ "psu_id": psu })).await;
        let address = trip.launch().await.expect("a launch");
        // The id is said: the vendor's own page has nothing to ask.
        let (bank, _) = Pages::at(&address).get(&address).await;
        let pages = Pages::at(&bank);
        let (bank, page) = pages
            .fill(&bank, &[("username", "user"), ("password", "pass"), ("action", "login")])
            .await;
        assert!(page.contains("value=\"approve\""), "{page}");
        let (at, _) = pages.fill(&bank, &[("action", "approve")]).await;
        world.clock.advance(Duration::from_secs(2));
        let (_, page) = pages.get(&at).await;
        let to = page
            .split("content=\"0;url=")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .expect("a way back");
        trip.back(&Url::parse(&to.replace("&amp;", "&")).expect("an address"))
            .await
            .expect("a return");
        world.clock.advance(Duration::from_secs(4));
        world.core.work.notify_one();
        trip.until("confirming").await;
        let answer = world.exchange(&trip.public_token().await, "user-1").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        trip.until_status(status).await;
    }
}
