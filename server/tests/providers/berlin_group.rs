//! Banks that speak NextGenPSD2: one for each way of authorising a consent, and one that wants messages signed.

use crate::conformance::{Place, Subject};
use crate::pages::Browser;
use async_trait::async_trait;
use gesher_contract::{FailureCode, FieldKind, Form, Language};
use gesher_domain::Clock as _;
use gesher_sandbox::{Authority, Issued, Purpose};
use gesher_server::outbound;
use gesher_server::providers::berlin_group::{BerlinGroup, Sandbox};
use gesher_server::providers::{Ask, Grant, Launch, Provider, Reach};
use std::collections::BTreeMap;

/// Somebody to whom nothing happens.
const GOOD: &str = "321547416";

/// A bank and what can happen to a person there.
struct Bank {
    place: Place,
    provider: BerlinGroup,
    id: &'static str,
    fates: &'static [(&'static str, FailureCode)],
    settings: Vec<(String, String)>,
    wrong: Option<Vec<(String, String)>>,
}

impl Bank {
    async fn new(id: &'static str, fates: &'static [(&'static str, FailureCode)]) -> Self {
        let place = Place::new().await;
        let sandbox = Sandbox::new(&place.url, &place.guarded_url).expect("addresses");
        Self {
            provider: BerlinGroup::new(Some(sandbox)),
            place,
            id,
            fates,
            settings: Vec::new(),
            wrong: None,
        }
    }

    /// The same, with the tenant's seal; one of an authority that the bank does not know is wrong.
    async fn sealed(id: &'static str, fates: &'static [(&'static str, FailureCode)]) -> Self {
        let mut bank = Self::new(id, fates).await;
        let now = bank.place.clock.now().0;
        bank.settings = seal(&bank.place.authority, now);
        bank.wrong = Some(seal(&Authority::new(now).expect("another authority"), now));
        bank
    }
}

/// The settings with a seal of this authority.
fn seal(authority: &Authority, now: i64) -> Vec<(String, String)> {
    let Issued { certificate, key } = authority.issue(Purpose::Seal, [3; 32], now).expect("a seal");
    vec![("qsealc_certificate".to_owned(), certificate), ("qsealc_key".to_owned(), key)]
}

/// Who a fate happens to: somebody by their id, or anybody.
fn person(fate: &str) -> &str {
    if fate.starts_with(|first: char| first.is_ascii_digit()) {
        fate
    } else {
        GOOD
    }
}

#[async_trait]
impl Subject for Bank {
    fn provider(&self) -> &dyn Provider {
        &self.provider
    }
    fn place(&self) -> &Place {
        &self.place
    }
    fn settings(&self) -> Vec<(String, String)> {
        self.settings.clone()
    }
    fn wrong_settings(&self) -> Option<Vec<(String, String)>> {
        self.wrong.clone()
    }
    fn ask(&self) -> Ask {
        Ask {
            provider_id: self.id.to_owned(),
            language: Language::En,
            recurring: true,
            valid_until: "2027-05-01".to_owned(),
            reach: Reach::everything(),
            ..Ask::default()
        }
    }
    fn fates(&self) -> Vec<(&'static str, FailureCode)> {
        self.fates.to_vec()
    }
    fn answers(&self, form: &Form, fate: &str) -> BTreeMap<String, String> {
        let asked = form.fields.iter().filter(|field| field.kind != FieldKind::Note);
        asked
            .map(|field| {
                let answer = match (field.name.as_str(), fate) {
                    ("psu_id", "no such id") => "123456789".to_owned(),
                    ("psu_id", fate) => person(fate).to_owned(),
                    ("password", "wrong password") => "wrong".to_owned(),
                    ("password", _) => "pass".to_owned(),
                    ("method", _) => field.options.last().expect("a method").value.clone(),
                    (_, "wrong code") => "00000".to_owned(),
                    _ => field.hint.0["en"].rsplit(' ').next().expect("a code").to_owned(),
                };
                (field.name.clone(), answer)
            })
            .collect()
    }
    async fn visit(&self, address: &str, _: &Launch, fate: &str) -> String {
        let browser = Browser::new();
        let back = match fate {
            "leaves" => browser.cancel(address).await,
            "declines" => browser.decline(address, GOOD).await,
            fate => browser.approve(address, person(fate)).await,
        };
        back.query().unwrap_or_default().to_owned()
    }
    fn is_submit(&self, method: &str, path: &str) -> bool {
        let of_interface = path.ends_with("/token") || path.contains("/v1/consents");
        of_interface && (method == "POST" || method == "PUT")
    }
    fn transactions_path(&self) -> &'static str {
        "/transactions"
    }
    fn balances_path(&self) -> &'static str {
        "/balances"
    }
    /// The person takes all that they gave back in the bank's app.
    async fn lose(&self, _: &Grant) -> bool {
        let app = format!("{}/psd2/{}/app?psu={GOOD}&lang=en", self.place.url, self.id);
        let client = outbound::client(true).expect("a client");
        let page = client.get(&app).send().await.expect("a page").text().await.expect("text");
        let given = page.split("name=\"consent\" value=\"").skip(1);
        for consent in given.filter_map(|rest| rest.split('"').next()) {
            let form = [("consent", consent), ("authorisation", ""), ("action", "revoke")];
            client.post(&app).form(&form).send().await.expect("a page");
        }
        true
    }
}

const AT_PAGES: &[(&str, FailureCode)] = &[
    ("leaves", FailureCode::CancelledAtInstitution),
    ("declines", FailureCode::ConsentRejected),
    ("050299338", FailureCode::ConsentRejected),
    ("316159037", FailureCode::InstitutionUnavailable),
    ("316159078", FailureCode::TimedOut),
    ("316159086", FailureCode::BadInstitutionAnswer),
];

mod redirect {
    use super::{AT_PAGES, Bank};
    crate::conformance::conformance!(Bank::new("redirect-bank", AT_PAGES));
}

mod confirmed {
    use super::{AT_PAGES, Bank};
    crate::conformance::conformance!(Bank::new("confirmed-bank", AT_PAGES));
}

mod signed {
    use super::{AT_PAGES, Bank};
    crate::conformance::conformance!(Bank::sealed("sealed-bank", AT_PAGES));
}

mod oauth {
    use super::Bank;
    use gesher_contract::FailureCode;
    const FATES: &[(&str, FailureCode)] = &[
        ("leaves", FailureCode::CancelledAtInstitution),
        ("declines", FailureCode::ConsentRejected),
        ("316159037", FailureCode::InstitutionUnavailable),
        ("316159078", FailureCode::OutcomeUnknown),
        ("316159086", FailureCode::BadInstitutionAnswer),
    ];
    crate::conformance::conformance!(Bank::new("oauth-bank", FATES));
}

mod app {
    use super::Bank;
    use gesher_contract::FailureCode;
    const FATES: &[(&str, FailureCode)] = &[
        ("no such id", FailureCode::WrongCredentials),
        ("050299338", FailureCode::ConsentRejected),
        ("316159037", FailureCode::InstitutionUnavailable),
        ("316159086", FailureCode::BadInstitutionAnswer),
    ];
    crate::conformance::conformance!(Bank::new("decoupled-bank", FATES));
}

mod password {
    use super::Bank;
    use gesher_contract::FailureCode;
    const FATES: &[(&str, FailureCode)] = &[
        ("wrong password", FailureCode::WrongCredentials),
        ("wrong code", FailureCode::WrongCode),
        ("050299338", FailureCode::ConsentRejected),
        ("316159151", FailureCode::LoginNotSupported),
        ("316159037", FailureCode::InstitutionUnavailable),
        ("316159078", FailureCode::OutcomeUnknown),
        ("316159086", FailureCode::BadInstitutionAnswer),
    ];
    crate::conformance::conformance!(Bank::new("embedded-bank", FATES));
}
