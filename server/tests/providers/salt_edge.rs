//! Salt Edge, as a live client: every request is signed.

use crate::conformance::{Place, Subject, conformance};
use async_trait::async_trait;
use gesher_contract::{FailureCode, Form, Language};
use gesher_sandbox::SALT_EDGE_LIVE_API_KEY as KEY;
use gesher_server::providers::salt_edge::SaltEdge;
use gesher_server::providers::{Ask, Grant, Launch, Provider, Reach};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::Url;

/// The client's keys, for tests alone.
const PRIVATE: &str = include_str!("../../sandbox/tests/salt_edge/client-key.pem");
const PUBLIC: &str = include_str!("../../sandbox/tests/salt_edge/client-key.pub.pem");

struct Live {
    place: Place,
    provider: SaltEdge,
    browser: reqwest::Client,
}

async fn subject() -> Live {
    let place = Place::new().await;
    let provider = SaltEdge::sandbox(&place.url).expect("an address");
    let browser = reqwest::Client::builder().no_proxy().build().expect("a client");
    let live = Live { place, provider, browser };
    live.dashboard(reqwest::Method::PUT, "settings", &json!({ "public_key": PUBLIC }))
        .await;
    live
}

impl Live {
    /// Does something at Salt Edge's dashboard.
    async fn dashboard(&self, method: reqwest::Method, path: &str, body: &Value) {
        let address = format!("{}/salt-edge/dashboard/{path}", self.place.url);
        let request = self
            .browser
            .request(method, address)
            .header("App-id", KEY.app_id)
            .header("Secret", KEY.secret);
        let answer = request.json(body).send().await.expect("an answer");
        assert!(answer.status().is_success(), "{}", answer.status());
    }

    async fn fill(&self, address: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.browser.post(address).form(fields).send().await.expect("a page");
        answer.text().await.expect("text")
    }
}

/// Where a page goes on by itself.
fn onward(page: &str) -> Option<Url> {
    let (_, rest) = page.split_once("http-equiv=\"refresh\" content=\"0;url=")?;
    let (address, _) = rest.split_once('"')?;
    Url::parse(&address.replace("&amp;", "&")).ok()
}

#[async_trait]
impl Subject for Live {
    fn provider(&self) -> &dyn Provider {
        &self.provider
    }
    fn place(&self) -> &Place {
        &self.place
    }
    fn settings(&self) -> Vec<(String, String)> {
        [("app_id", KEY.app_id), ("secret", KEY.secret), ("private_key", PRIVATE)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }
    fn wrong_settings(&self) -> Option<Vec<(String, String)>> {
        let mut wrong = self.settings();
        wrong[1].1 = "not-the-secret".to_owned();
        Some(wrong)
    }
    fn ask(&self) -> Ask {
        Ask {
            provider_id: "fakebank_interactive_xf".to_owned(),
            language: Language::En,
            recurring: true,
            valid_until: "2027-05-01".to_owned(),
            reach: Reach::everything(),
            first_day: "2026-08-22".to_owned(),
            country: "IL".to_owned(),
            connection: "con_1".to_owned(),
            customer: "customer-1".to_owned(),
            ..Ask::default()
        }
    }
    fn fates(&self) -> Vec<(&'static str, FailureCode)> {
        vec![
            ("wrong password", FailureCode::WrongCredentials),
            ("wrong code", FailureCode::WrongCode),
            ("leaves", FailureCode::CancelledAtInstitution),
            ("leaves at the code", FailureCode::ConsentRejected),
            ("050299338", FailureCode::ConsentRejected),
            ("316159011", FailureCode::InstitutionUnavailable),
            ("316159029", FailureCode::InstitutionUnavailable),
        ]
    }
    fn answers(&self, _: &Form, _: &str) -> BTreeMap<String, String> {
        panic!("Salt Edge has pages")
    }
    async fn visit(&self, address: &str, launch: &Launch, fate: &str) -> String {
        let login = if fate.starts_with(|first: char| first.is_ascii_digit()) {
            fate
        } else {
            "username"
        };
        let right = [("action", "login"), ("login", login), ("password", "secret")];
        let mut page = match fate {
            "leaves" => self.fill(address, &[("action", "leave")]).await,
            "wrong password" => {
                self.fill(address, &[("action", "login"), ("login", login), ("password", "wrong")])
                    .await
            }
            _ => self.fill(address, &right).await,
        };
        let code = if fate == "wrong code" { "00000" } else { "12345" };
        for _ in 0..6 {
            if let Some(back) = onward(&page) {
                assert!(back.as_str().starts_with(&launch.return_url), "{back}");
                return back.query().unwrap_or_default().to_owned();
            }
            let waits_for_code = page.contains("name=\"code\"");
            page = match fate {
                "wrong password" => {
                    self.fill(address, &[("action", "login"), ("login", login), ("password", "wrong")])
                        .await
                }
                "leaves at the code" => self.fill(address, &[("action", "leave")]).await,
                _ if waits_for_code => self.fill(address, &[("action", "code"), ("code", code)]).await,
                _ => self.fill(address, &right).await,
            };
        }
        panic!("no way back: {page}")
    }
    fn is_submit(&self, method: &str, path: &str) -> bool {
        method == "POST" && path.starts_with("/salt-edge/api/")
    }
    fn transactions_path(&self) -> &'static str {
        "/transactions"
    }
    fn balances_path(&self) -> &'static str {
        ""
    }
    async fn lose(&self, grant: &Grant) -> bool {
        let access: Value = serde_json::from_slice(&grant.secret).expect("JSON");
        let path = format!("connections/{}", access["connection_id"].as_str().expect("an id"));
        self.dashboard(reqwest::Method::POST, &path, &json!({ "action": "fail" })).await;
        true
    }
}

conformance!(subject());
