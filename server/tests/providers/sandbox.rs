//! The sandbox's banks with forms.

use crate::conformance::{Place, Subject, conformance};
use async_trait::async_trait;
use gesher_contract::{FailureCode, Form, Language};
use gesher_server::providers::sandbox::Sandbox;
use gesher_server::providers::{Ask, Launch, Provider, Reach};
use std::collections::BTreeMap;

struct Forms {
    place: Place,
    provider: Sandbox,
}

async fn subject() -> Forms {
    let place = Place::new().await;
    let provider = Sandbox::new(place.url.clone());
    Forms { place, provider }
}

#[async_trait]
impl Subject for Forms {
    fn provider(&self) -> &dyn Provider {
        &self.provider
    }
    fn place(&self) -> &Place {
        &self.place
    }
    fn settings(&self) -> Vec<(String, String)> {
        Vec::new()
    }
    fn ask(&self) -> Ask {
        Ask {
            provider_id: "sandbox-bank".to_owned(),
            language: Language::En,
            recurring: true,
            valid_until: "2027-05-01".to_owned(),
            reach: Reach::everything(),
            ..Ask::default()
        }
    }
    fn fates(&self) -> Vec<(&'static str, FailureCode)> {
        vec![
            ("wrong password", FailureCode::WrongCredentials),
            ("wrong code", FailureCode::WrongCode),
            ("050299338", FailureCode::ConsentRejected),
            ("316159037", FailureCode::InstitutionUnavailable),
            ("316159078", FailureCode::OutcomeUnknown),
            ("316159086", FailureCode::BadInstitutionAnswer),
        ]
    }
    fn answers(&self, form: &Form, fate: &str) -> BTreeMap<String, String> {
        let answer = |name: &str| match (name, fate) {
            ("psu_id", fate) if fate.starts_with(|first: char| first.is_ascii_digit()) => fate,
            ("psu_id", _) => "043510023",
            ("username", _) => "user",
            ("password", "wrong password") => "wrong",
            ("password", _) => "pass",
            (_, "wrong code") => "00000",
            _ => "12345",
        };
        form.fields
            .iter()
            .map(|field| (field.name.clone(), answer(&field.name).to_owned()))
            .collect()
    }
    async fn visit(&self, _: &str, _: &Launch, _: &str) -> String {
        panic!("these banks have forms")
    }
    fn is_submit(&self, method: &str, path: &str) -> bool {
        method == "POST" && (path.ends_with("/login") || path.ends_with("/answer") || path.ends_with("/accounts"))
    }
    fn transactions_path(&self) -> &'static str {
        "/transactions"
    }
    fn balances_path(&self) -> &'static str {
        "/balances"
    }
}

conformance!(subject());
