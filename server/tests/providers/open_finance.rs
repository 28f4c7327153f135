//! Open Finance, against the sandbox's.

use crate::conformance::{Place, Subject, conformance};
use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue};
use gesher_contract::{FailureCode, Form, Language};
use gesher_domain::connection::FetchProblem;
use gesher_sandbox::{
    OPEN_FINANCE_CLIENT_ID, OPEN_FINANCE_CLIENT_SECRET, OPEN_FINANCE_READING_CLIENT_ID, OPEN_FINANCE_READING_CLIENT_SECRET,
    OPEN_FINANCE_TRIAL_CLIENT_ID, OPEN_FINANCE_TRIAL_CLIENT_SECRET,
};
use gesher_server::providers::open_finance::OpenFinance;
use gesher_server::providers::{Ask, Fetched, Grant, Held, Hook, HookRefused, Launch, Leg, News, Provider, Reach, Want};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

struct Vendor {
    place: Place,
    provider: OpenFinance,
}

async fn subject() -> Vendor {
    let place = Place::new().await;
    let provider = OpenFinance::sandbox(&place.url);
    Vendor { place, provider }
}

/// Somebody at the vendor's pages.
struct Walk<'a> {
    place: &'a Place,
    client: reqwest::Client,
}

impl Walk<'_> {
    async fn get(&self, mut address: String) -> (String, String) {
        for _ in 0..5 {
            let answer = self.client.get(&address).send().await.expect("a page");
            match answer.headers().get("location") {
                Some(next) => address = format!("{}{}", self.place.url, next.to_str().expect("text")),
                None => return (address, answer.text().await.expect("text")),
            }
        }
        panic!("the pages lead nowhere")
    }

    async fn fill(&self, address: &str, fields: &[(&str, &str)]) -> (String, String) {
        let answer = self.client.post(address).form(fields).send().await.expect("a page");
        match answer.headers().get("location") {
            Some(next) => self.get(format!("{}{}", self.place.url, next.to_str().expect("text"))).await,
            None => (address.to_owned(), answer.text().await.expect("text")),
        }
    }

    /// Where the page leads back to, if it does: the vendor leads back after a success alone.
    async fn led_back(&self, address: String, page: String) -> Option<String> {
        let mut page = page;
        for _ in 0..5 {
            if let Some(rest) = page.split("content=\"0;url=").nth(1) {
                return rest.split('"').next().map(|to| to.replace("&amp;", "&"));
            }
            if !page.contains("http-equiv=\"refresh\"") {
                return None;
            }
            self.place.clock.advance(Duration::from_secs(1));
            page = self.get(address.clone()).await.1;
        }
        None
    }
}

#[async_trait]
impl Subject for Vendor {
    fn provider(&self) -> &dyn Provider {
        &self.provider
    }
    fn place(&self) -> &Place {
        &self.place
    }
    fn settings(&self) -> Vec<(String, String)> {
        let (id, secret) = (OPEN_FINANCE_CLIENT_ID, OPEN_FINANCE_CLIENT_SECRET);
        let set = [("client_id", id), ("client_secret", secret), ("include_fake_providers", "true")];
        set.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }
    fn wrong_settings(&self) -> Option<Vec<(String, String)>> {
        let wrong = [
            ("client_id", OPEN_FINANCE_CLIENT_ID),
            ("client_secret", "not-the-secret-0123456789"),
        ];
        Some(wrong.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }
    fn ask(&self) -> Ask {
        Ask {
            provider_id: "open-finance-sandbox".to_owned(),
            language: Language::En,
            recurring: true,
            valid_until: "2027-05-01".to_owned(),
            first_day: "2026-08-22".to_owned(),
            country: "IL".to_owned(),
            connection: "conn_1".to_owned(),
            customer: "a-pseudonym".to_owned(),
            reach: Reach::everything(),
            ..Ask::default()
        }
    }
    fn fates(&self) -> Vec<(&'static str, FailureCode)> {
        vec![
            ("050299338", FailureCode::ConsentRejected),
            ("316159011", FailureCode::InstitutionUnavailable),
            ("wrong password", FailureCode::WrongCredentials),
            ("declines", FailureCode::ConsentRejected),
            // These are led back; what the vendor says of their connections then is of no use.
            ("316159037", FailureCode::InstitutionUnavailable),
            ("316159078", FailureCode::TimedOut),
            ("316159086", FailureCode::BadInstitutionAnswer),
            ("316159102", FailureCode::BadInstitutionAnswer),
            ("316159128", FailureCode::BadInstitutionAnswer),
        ]
    }
    fn answers(&self, _: &Form, _: &str) -> BTreeMap<String, String> {
        panic!("this vendor has pages")
    }
    async fn visit(&self, address: &str, launch: &Launch, fate: &str) -> String {
        let client = gesher_server::outbound::client(true).expect("a client");
        let walk = Walk {
            place: &self.place,
            client,
        };
        let psu = if fate.starts_with(|first: char| first.is_ascii_digit()) {
            fate
        } else {
            "043510023"
        };
        let (bank, page) = walk.fill(address, &[("psu_id", psu), ("action", "identify")]).await;
        assert!(page.contains("name=\"password\""), "{page}");
        let tries = if fate == "wrong password" { 3 } else { 1 };
        let password = if fate == "wrong password" { "wrong" } else { "pass" };
        let login = [("username", "user"), ("password", password), ("action", "login")];
        let (mut at, mut page) = (bank.clone(), page);
        for _ in 0..tries {
            (at, page) = walk.fill(&bank, &login).await;
        }
        if fate != "wrong password" {
            let answer = if fate == "declines" { "decline" } else { "approve" };
            (at, page) = walk.fill(&at, &[("action", answer)]).await;
        }
        match walk.led_back(at, page).await {
            Some(back) => {
                assert!(back.starts_with(&launch.return_url), "{back}");
                url::Url::parse(&back).expect("an address").query().unwrap_or_default().to_owned()
            }
            // Nobody is led back from a failure. Whoever finds the way back by themselves learns what it was.
            None => format!("state={}", secrecy::ExposeSecret::expose_secret(&launch.state)),
        }
    }
    fn is_submit(&self, method: &str, path: &str) -> bool {
        method == "POST" && path.ends_with("/v2/connections")
    }
    fn transactions_path(&self) -> &'static str {
        "/data/transactions"
    }
    fn balances_path(&self) -> &'static str {
        ""
    }
    async fn lose(&self, grant: &Grant) -> bool {
        let kept: Value = serde_json::from_slice(&grant.secret).expect("JSON");
        let id = kept["connection"].as_str().expect("an id");
        let tester = format!("{}/open-finance/tester?psu=043510023", self.place.url);
        let form = [("connection", id), ("action", "break_login")];
        let client = gesher_server::outbound::client(true).expect("a client");
        client.post(tester).form(&form).send().await.expect("an answer");
        true
    }
}

conformance!(subject());

/// An attempt whose person is at the vendor: its leg, and what its webhooks carry.
async fn at_vendor(vendor: &Vendor) -> (Leg, String, String) {
    let cx = crate::conformance::cx(vendor, true);
    let begun = vendor.provider.begin(&cx, &vendor.ask()).await.expect("begins");
    let launched = vendor.provider.launch(&cx, begun.leg, &crate::conformance::launch()).await;
    let (_, leg) = launched.expect("a launch");
    let kept: Value = serde_json::from_slice(&leg.0).expect("JSON");
    let access = &kept["at_vendor"]["access"];
    let text = |name: &str| access[name].as_str().expect(name).to_owned();
    (leg, text("connection"), text("secret"))
}

fn hook(secret: Option<&str>, connection: &str, status: &str, query: &str) -> Hook {
    let mut headers = HeaderMap::new();
    if let Some(secret) = secret {
        headers.insert("x-gesher-secret", HeaderValue::from_str(secret).expect("a value"));
    }
    let body = json!({"connectionId": connection, "connectionStatus": status, "userId": "u", "bankName": "open-finance-sandbox"});
    Hook {
        headers,
        body: Bytes::from(body.to_string()),
        url: format!("https://gesher.example/hooks/open_finance/t/test/conn_1{query}"),
    }
}

#[tokio::test]
async fn a_webhook_is_believed_by_its_secret_and_about_its_own_connection() {
    let vendor = subject().await;
    let (leg, id, secret) = at_vendor(&vendor).await;
    let (_, other, others_secret) = at_vendor(&vendor).await;
    assert_ne!(secret, others_secret, "each connection has a secret of its own");
    let cx = crate::conformance::cx(&vendor, false);
    let held = Held {
        grant: None,
        leg: Some(&leg),
    };
    for (told, news) in [
        (hook(Some(&secret), &id, "FETCHING", ""), Ok(News::Nothing)),
        (hook(Some(&secret), &id, "ACTIVE", ""), Ok(News::Moved)),
        (hook(Some(&secret), &id, "ACTIVE", ""), Ok(News::Moved)),
        (
            hook(Some(&secret), &id, "REJECTED", ""),
            Ok(News::Ended(FailureCode::ConsentRejected)),
        ),
        (
            hook(Some(&secret), &id, "INACTIVE", "?abort=1"),
            Ok(News::Ended(FailureCode::CancelledAtInstitution)),
        ),
        (hook(Some(&secret), &id, "INACTIVE", ""), Ok(News::Nothing)),
        (hook(None, &id, "REJECTED", ""), Err(HookRefused::NotSigned)),
        (hook(Some("guessed"), &id, "REJECTED", ""), Err(HookRefused::WrongSignature)),
        (hook(Some(&others_secret), &other, "REJECTED", ""), Err(HookRefused::WrongSignature)),
        (hook(Some(&secret), &other, "REJECTED", ""), Err(HookRefused::OtherSubject)),
    ] {
        assert_eq!(vendor.provider.hear(&cx, &told, &held).await, news);
    }
    let mut garbage = hook(Some(&secret), &id, "ACTIVE", "");
    garbage.body = Bytes::from_static(b"ACTIVE");
    assert_eq!(vendor.provider.hear(&cx, &garbage, &held).await, Err(HookRefused::Unreadable));
    let nobody = vendor
        .provider
        .hear(&cx, &hook(Some(&secret), &id, "ACTIVE", ""), &Held::default())
        .await;
    assert_eq!(
        nobody,
        Err(HookRefused::WrongSignature),
        "with nothing held there is nothing to tell of"
    );
}

#[tokio::test]
async fn an_access_in_use_is_told_of_as_one() {
    let vendor = subject().await;
    let ended = crate::conformance::connect(&vendor, &vendor.ask(), "").await;
    let grant = ended.outcome.expect("a grant");
    let kept: Value = serde_json::from_slice(&grant.secret).expect("JSON");
    let (id, secret) = (
        kept["connection"].as_str().expect("an id"),
        kept["secret"].as_str().expect("a secret"),
    );
    let cx = crate::conformance::cx(&vendor, false);
    let held = Held {
        grant: Some(&grant),
        leg: None,
    };
    for (status, news) in [
        ("ACTIVE", News::Data),
        ("CONNECTED", News::Nothing),
        ("REVOKED", News::Trouble(FetchProblem::Revoked)),
        ("EXPIRED", News::Trouble(FetchProblem::ConsentExpired)),
        ("CREDENTIALS_ERROR", News::Trouble(FetchProblem::LoginRequired)),
        ("SUSPENDED_BY_PROVIDER", News::Trouble(FetchProblem::Suspended)),
        ("SOMETHING_NEW", News::Nothing),
    ] {
        let told = hook(Some(secret), id, status, "");
        assert_eq!(vendor.provider.hear(&cx, &told, &held).await, Ok(news), "{status}");
    }
}

#[tokio::test]
async fn an_id_that_the_vendor_cannot_be_told_is_not_locked() {
    let vendor = subject().await;
    let cx = crate::conformance::cx(&vendor, true);
    for (id, fits) in [("043510023", true), ("1772268", true), ("UA0324046596", false), ("1234", false)] {
        let ask = Ask {
            psu_id: Some(id.to_owned()),
            ..vendor.ask()
        };
        let begun = vendor.provider.begin(&cx, &ask).await.map(|_| ()).map_err(|failed| failed.code);
        assert_eq!(begun, if fits { Ok(()) } else { Err(FailureCode::LockNotTaken) }, "{id}");
    }
}

#[tokio::test]
async fn another_launch_makes_the_one_before_void() {
    let vendor = subject().await;
    let (leg, first, _) = at_vendor(&vendor).await;
    let cx = crate::conformance::cx(&vendor, true);
    vendor.place.wire.taken();
    let (_, leg) = vendor
        .provider
        .launch(&cx, leg, &crate::conformance::launch())
        .await
        .expect("another launch");
    let calls = vendor.place.wire.taken();
    let calls: Vec<_> = calls.iter().map(|call| format!("{} {}", call.method, call.path)).collect();
    let deleted = format!("DELETE /open-finance/v2/connections/{first}");
    assert_eq!(calls, [deleted.as_str(), "POST /open-finance/v2/connections"]);
    vendor.provider.cancel(&cx, leg.clone()).await.expect("cancelled");
    vendor.provider.cancel(&cx, leg).await.expect("done is done");
}

#[tokio::test]
async fn the_list_is_of_what_is_open_and_says_what_is_made_up() {
    let vendor = subject().await;
    let cx = crate::conformance::cx(&vendor, false);
    let page = vendor.provider.list(&cx, None).await.expect("a list");
    assert_eq!(page.next, None);
    let has = |id: &str| page.entries.iter().any(|entry| entry.provider_id == id);
    assert!(
        has("open-finance-sandbox") && has("hapoalim") && !has("discount-sandbox"),
        "that takes no consents"
    );
    assert!(page.entries.iter().all(|entry| entry.invented && entry.country == "IL"));
    assert!(page.entries.iter().all(|entry| entry.he.is_some()));
    let settings = vendor.settings();
    let mut settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    settings.retain(|(name, _)| *name != "include_fake_providers");
    let real = vendor
        .provider
        .list(&vendor.place.cx(&settings, false), None)
        .await
        .expect("a list");
    assert!(real.entries.iter().all(|entry| !entry.provider_id.ends_with("-sandbox")));
}

#[tokio::test]
async fn pages_that_overlap_and_pages_without_end_are_met() {
    let vendor = subject().await;
    let a_year = Want {
        first_day: "2025-11-21".to_owned(),
        ..crate::conformance::everything()
    };
    let fetched = async |psu: &'static str| {
        let ask = Ask {
            first_day: a_year.first_day.clone(),
            ..vendor.ask()
        };
        let grant = crate::conformance::connect(&vendor, &ask, psu).await.outcome.expect("a grant");
        vendor.place.wire.taken();
        let cx = crate::conformance::cx(&vendor, false);
        match vendor.provider.fetch(&cx, &grant, &a_year).await? {
            Fetched::Data(brought) => Ok(brought.accounts),
            Fetched::Renewed(_) => panic!("renewed"),
        }
    };
    let overlapping = fetched("316159219").await.expect("data");
    let most = overlapping
        .iter()
        .max_by_key(|account| account.transactions.len())
        .expect("an account");
    assert!(most.transactions.len() > 500, "more than a page: {}", most.transactions.len());
    let ids: BTreeSet<_> = most.transactions.iter().map(|one| &one.provider_ref).collect();
    assert_eq!(ids.len(), most.transactions.len());
    assert_eq!(
        fetched("316159227").await.map(|_| ()),
        Err(FetchProblem::Broken),
        "the next page is the first"
    );
    assert!(!fetched("316159201").await.expect("data after a pause").is_empty());
}

#[tokio::test]
async fn a_check_says_what_is_missing_and_what_is_wrong() {
    let vendor = subject().await;
    let check = async |settings: &[(&str, &str)]| {
        let remarks = vendor.provider.check(&vendor.place.cx(settings, false)).await;
        remarks.into_iter().map(|remark| remark.finding).collect::<Vec<_>>().join(" ")
    };
    let reading = [
        ("client_id", OPEN_FINANCE_READING_CLIENT_ID),
        ("client_secret", OPEN_FINANCE_READING_CLIENT_SECRET),
    ];
    assert!(check(&reading).await.contains("read:providers"));
    let trial = [
        ("client_id", OPEN_FINANCE_TRIAL_CLIENT_ID),
        ("client_secret", OPEN_FINANCE_TRIAL_CLIENT_SECRET),
    ];
    assert!(check(&trial).await.contains("opens no institution"));
    let more = |name, value| [trial[0], trial[1], (name, value)];
    assert_eq!(check(&more("include_fake_providers", "true")).await, "");
    assert!(
        check(&more("include_fake_providers", "yes"))
            .await
            .contains("include_fake_providers")
    );
    assert!(check(&more("base_url", "http://open-finance.example")).await.contains("base_url"));
    let nobody = format!("{}/elsewhere", vendor.place.url);
    assert!(check(&more("base_url", &nobody)).await.contains("not Open Finance"));
    assert!(check(&more("base_url", "http://127.0.0.1:1")).await.contains("does not answer"));
}
