//! Plaid, against the sandbox's fake of it.

use crate::conformance::{Place, Subject, conformance};
use async_trait::async_trait;
use gesher_contract::{FailureCode, Form, Language};
use gesher_server::providers::plaid::Plaid;
use gesher_server::providers::{Ask, Grant, Launch, Provider, Reach};
use reqwest::header::LOCATION;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::Url;

struct Fake {
    place: Place,
    provider: Plaid,
    browser: reqwest::Client,
}

async fn subject() -> Fake {
    let place = Place::new().await;
    let provider = Plaid::with_fake(&format!("{}/plaid", place.url)).expect("an address");
    let browser = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    Fake { place, provider, browser }
}

impl Fake {
    /// A page and its address, after redirects.
    async fn page(&self, mut request: reqwest::RequestBuilder) -> (Url, String) {
        loop {
            let answer = request.send().await.expect("a page");
            let address = answer.url().clone();
            match answer.headers().get(LOCATION).and_then(|to| to.to_str().ok()) {
                Some(to) => request = self.browser.get(address.join(to).expect("an address")),
                None => return (address, answer.text().await.expect("text")),
            }
        }
    }

    async fn fill(&self, address: &Url, fields: &[(&str, &str)]) -> (Url, String) {
        self.page(self.browser.post(address.clone()).form(fields)).await
    }

    /// A call of Plaid's API.
    async fn call(&self, path: &str, body: Value) -> Value {
        let request = self
            .browser
            .post(format!("{}/plaid/{path}", self.place.url))
            .header("plaid-client-id", gesher_sandbox::PLAID_CLIENT_ID)
            .header("plaid-secret", gesher_sandbox::PLAID_SECRET)
            .body(body.to_string());
        let answer = request.send().await.expect("an answer");
        serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON")
    }
}

/// Values of this attribute before which this stands.
fn values(page: &str, before: &str) -> Vec<String> {
    let rests = page.split(before).skip(1);
    rests.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[async_trait]
impl Subject for Fake {
    fn provider(&self) -> &dyn Provider {
        &self.provider
    }
    fn place(&self) -> &Place {
        &self.place
    }
    fn settings(&self) -> Vec<(String, String)> {
        vec![
            ("client_id".to_owned(), gesher_sandbox::PLAID_CLIENT_ID.to_owned()),
            ("secret".to_owned(), gesher_sandbox::PLAID_SECRET.to_owned()),
        ]
    }
    fn wrong_settings(&self) -> Option<Vec<(String, String)>> {
        Some(vec![
            ("client_id".to_owned(), gesher_sandbox::PLAID_CLIENT_ID.to_owned()),
            ("secret".to_owned(), "nobody-knows-this-one".to_owned()),
        ])
    }
    fn ask(&self) -> Ask {
        Ask {
            provider_id: "ins_900001".to_owned(),
            country: "US".to_owned(),
            language: Language::He,
            recurring: true,
            valid_until: "2027-05-01".to_owned(),
            first_day: "2025-11-20".to_owned(),
            connection: "conn_abc123_1".to_owned(),
            customer: "customer-1".to_owned(),
            brand: Some("Pinkas".to_owned()),
            reach: Reach::everything(),
            ..Ask::default()
        }
    }
    fn fates(&self) -> Vec<(&'static str, FailureCode)> {
        vec![
            ("leaves", FailureCode::CancelledAtInstitution),
            ("error_INVALID_CREDENTIALS", FailureCode::CancelledAtInstitution),
            ("error_ITEM_LOCKED", FailureCode::LoginLocked),
            ("error_INSTITUTION_DOWN", FailureCode::InstitutionUnavailable),
            ("error_NO_ACCOUNTS", FailureCode::NoAccountFits),
            ("050299338", FailureCode::ConsentRejected),
            ("316159128", FailureCode::BadInstitutionAnswer),
        ]
    }
    fn answers(&self, _: &Form, _: &str) -> BTreeMap<String, String> {
        panic!("Plaid's forms are on its own pages")
    }
    async fn visit(&self, address: &str, launch: &Launch, fate: &str) -> String {
        let (session, _) = self.page(self.browser.get(address)).await;
        let exit = [("action", "exit")];
        let mut page = String::new();
        if fate == "leaves" {
            page = self.fill(&session, &exit).await.1;
        } else {
            let is_id = fate.bytes().all(|byte| byte.is_ascii_digit()) && !fate.is_empty();
            let username = if is_id { fate } else { "user_good" };
            let password = if fate.starts_with("error_") { fate } else { "pass_good" };
            let login = [("username", username), ("password", password), ("action", "login")];
            let mut shown = self.fill(&session, &login).await.1;
            if shown.contains("name=\"account\"") {
                let ids = values(&shown, "name=\"account\" value=\"");
                let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("account", id.as_str())).collect();
                fields.push(("action", "accounts"));
                shown = self.fill(&session, &fields).await.1;
            }
            if shown.contains("value=\"allow\"") {
                page = self.fill(&session, &[("action", "allow")]).await.1;
            }
            if !page.contains("http-equiv=\"refresh\"") {
                page = self.fill(&session, &exit).await.1;
            }
        }
        let back = values(&page, "content=\"0;url=")
            .pop()
            .unwrap_or_else(|| panic!("no way back: {page}"));
        assert!(back.starts_with(&launch.return_url), "{back}");
        Url::parse(&back.replace("&amp;", "&"))
            .expect("an address")
            .query()
            .unwrap_or_default()
            .to_owned()
    }
    fn is_submit(&self, _: &str, path: &str) -> bool {
        path.ends_with("/link/token/create") || path.ends_with("/item/public_token/exchange")
    }
    fn transactions_path(&self) -> &'static str {
        "/transactions/sync"
    }
    fn balances_path(&self) -> &'static str {
        "/accounts/balance"
    }
    async fn lose(&self, grant: &Grant) -> bool {
        let access: Value = serde_json::from_slice(&grant.secret).expect("an access");
        let reset = self
            .call("sandbox/item/reset_login", json!({ "access_token": access["token"] }))
            .await;
        assert_eq!(reset["reset_login"], true, "{reset}");
        true
    }
}

conformance!(subject());
