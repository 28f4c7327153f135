//! The institutions that Plaid reaches, and whether what a tenant set is right.

use super::client::Client;
use super::codes::Trouble;
use super::wire;
use super::{BALANCES, BASE_URL, CACHED, CLIENT_ID, COUNTRIES, ENVIRONMENT, Plaid, SECRET, SERVERS};
use crate::providers::{Cx, ListPage, ListProblem, Remark, Setting};
use gesher_contract::TileKind;
use gesher_directory::merge::Listed;
use gesher_directory::{Offers, Product};
use serde_json::json;
use url::Url;

/// Institutions of a page: the most that Plaid gives.
const COUNT: usize = 500;
/// Plaid's countries (`CountryCode` of its interface file).
const KNOWN: [&str; 20] = [
    "US", "GB", "ES", "NL", "FR", "IE", "CA", "DE", "IT", "PL", "DK", "NO", "SE", "EE", "LT", "LV", "PT", "BE", "AT", "FI",
];
/// Unless others are set: what every client of Plaid has.
const USUAL: &str = "US";

/// What a tenant sets.
pub const SETTINGS: [Setting; 6] = [
    Setting {
        name: CLIENT_ID,
        required: true,
        about: "the client_id of Plaid's dashboard",
    },
    Setting {
        name: SECRET,
        required: true,
        about: "the secret of the same environment",
    },
    Setting {
        name: ENVIRONMENT,
        required: false,
        about: "production or sandbox; production unless set",
    },
    Setting {
        name: BASE_URL,
        required: false,
        about: "another address than the environment's",
    },
    Setting {
        name: COUNTRIES,
        required: false,
        about: "the countries that Plaid opened to you, by their codes, with commas; US unless set",
    },
    Setting {
        name: BALANCES,
        required: false,
        about: "cached, to take Plaid's last balances instead of asking the bank each time, which Plaid charges for",
    },
];

/// The countries that are set.
///
/// # Errors
/// One of them is none of Plaid's.
pub fn countries(cx: &Cx) -> Result<Vec<String>, ()> {
    let set = cx.settings.text(COUNTRIES).unwrap_or(USUAL);
    let codes: Vec<String> = set.split(',').map(|code| code.trim().to_ascii_uppercase()).collect();
    let fits = codes.iter().all(|code| KNOWN.contains(&code.as_str()));
    if fits { Ok(codes) } else { Err(()) }
}

impl Client<'_> {
    async fn institutions(&self, countries: &[String], offset: usize, count: usize) -> Result<wire::Institutions, Trouble> {
        let body = json!({
            "count": count,
            "offset": offset,
            "country_codes": countries,
            "options": { "products": ["transactions"], "include_optional_metadata": true },
        });
        self.read("institutions/get", &body).await
    }
}

impl wire::Institution {
    fn into_ours(self, countries: &[String], invented: bool) -> Option<Listed> {
        let country = self.country_codes.into_iter().find(|code| countries.contains(code))?;
        let has = |product: &str| self.products.iter().any(|known| known == product);
        let products = [
            (Product::Accounts, true),
            (Product::Balances, true),
            (Product::Transactions, has("transactions")),
        ];
        let domain = self.url.as_deref().and_then(domain);
        Some(Listed {
            provider_id: self.institution_id,
            name: self.name,
            he: None,
            country,
            kind: TileKind::Bank,
            domains: domain.into_iter().collect(),
            bics: Vec::new(),
            offers: Offers {
                products: products.into_iter().filter(|(_, has)| *has).map(|(product, _)| product).collect(),
                leaves: true,
                tier: 0,
            },
            invented,
        })
    }
}

/// The host of a site, as the directory writes it.
fn domain(site: &str) -> Option<String> {
    let host = Url::parse(site).ok()?.host_str()?.to_ascii_lowercase();
    Some(host.strip_prefix("www.").unwrap_or(&host).to_owned())
}

impl Plaid {
    /// A page of the list; `after` is how many were read.
    pub(super) async fn page(&self, cx: &Cx, after: Option<&str>) -> Result<ListPage, ListProblem> {
        let client = self.client(cx).map_err(|_| ListProblem::Refused)?;
        let countries = countries(cx).map_err(|()| ListProblem::Refused)?;
        let offset = after.map_or(Ok(0), str::parse).map_err(|_| ListProblem::Broken)?;
        let invented = self.fake.as_ref() == Some(&client.base);
        let page = client
            .institutions(&countries, offset, COUNT)
            .await
            .map_err(|trouble| match trouble {
                Trouble::Refused(error) if error.error_type == "INVALID_INPUT" || error.error_type == "INVALID_REQUEST" => {
                    ListProblem::Refused
                }
                Trouble::Nonsense => ListProblem::Broken,
                _ => ListProblem::Unavailable,
            })?;
        let read = offset + page.institutions.len();
        let next = (!page.institutions.is_empty() && read < page.total).then(|| read.to_string());
        let entries = page.institutions.into_iter().filter_map(|one| one.into_ours(&countries, invented));
        Ok(ListPage {
            entries: entries.collect(),
            next,
        })
    }

    /// What is wrong with what is set. No value is said.
    pub(super) async fn remarks(&self, cx: &Cx) -> Vec<Remark> {
        let missing = SETTINGS
            .iter()
            .filter(|setting| setting.required && cx.settings.get(setting.name).is_none());
        let mut remarks: Vec<Remark> = missing.map(Remark::missing).collect();
        let base = self.base(cx);
        if base.is_none() {
            let (finding, remedy) = match cx.settings.text(BASE_URL) {
                Some(_) => (
                    "base_url is no web address.",
                    "Leave it out, or set an address that begins with https://.",
                ),
                None => ("environment is not one of Plaid's.", "Set it to production or sandbox."),
            };
            remarks.push(Remark::new(finding, remedy));
        }
        let countries = countries(cx);
        if countries.is_err() {
            let remedy = format!("Use codes of these: {}.", KNOWN.join(", "));
            remarks.push(Remark::new("countries names one that is none of Plaid's.", remedy));
        }
        if cx.settings.text(BALANCES).is_some_and(|set| set != CACHED) {
            remarks.push(Remark::new(
                "balances has a value that means nothing.",
                "Set it to cached, or leave it out.",
            ));
        }
        let (Some(base), Ok(countries), true) = (base, countries, remarks.is_empty()) else {
            return remarks;
        };
        let Ok(client) = Client::new(cx, base) else { return remarks };
        if let Err(trouble) = client.institutions(&countries, 0, 1).await {
            remarks.push(remark(&trouble));
        }
        remarks
    }
}

fn remark(trouble: &Trouble) -> Remark {
    let servers = SERVERS.map(|(name, _)| name).join(" and ");
    match trouble {
        Trouble::Refused(error) if trouble.is(&["INVALID_API_KEYS", "UNAUTHORIZED_ENVIRONMENT"]) => Remark::new(
            format!("Plaid does not know this client_id and secret together ({}).", error.error_code),
            format!("Copy both anew from Plaid's dashboard. {servers} have secrets of their own: environment has to fit the secret."),
        ),
        Trouble::Refused(error) => Remark::new(
            format!("Plaid refuses to list institutions ({}, {}).", error.error_type, error.error_code),
            "See in Plaid's dashboard whether the product transactions and these countries are open to you.",
        ),
        Trouble::Unreachable | Trouble::Silent { .. } => Remark::new(
            "Plaid does not answer.",
            "See whether this machine reaches it, and what status.plaid.com says.",
        ),
        Trouble::Status(status) => Remark::new(
            format!("The answer is {}, and not Plaid's.", status.as_u16()),
            "See whether base_url is right, and whether something stands between.",
        ),
        Trouble::Nonsense => Remark::new(
            "The answer is not Plaid's.",
            "See whether base_url is right, and whether something stands between.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_known_by_its_host() {
        assert_eq!(
            domain("https://www.Quillhaven.example/login").as_deref(),
            Some("quillhaven.example")
        );
        assert_eq!(domain("quillhaven.example"), None);
    }

    #[test]
    fn an_institution_belongs_to_a_country_that_was_asked_for() {
        let institution = || wire::Institution {
            institution_id: "ins_1".to_owned(),
            name: "One".to_owned(),
            products: vec!["transactions".to_owned(), "auth".to_owned()],
            country_codes: vec!["GB".to_owned(), "US".to_owned()],
            url: None,
        };
        let listed = institution().into_ours(&["US".to_owned()], false).expect("one of them");
        assert_eq!(listed.country, "US");
        assert!(listed.offers.products.contains(Product::Transactions) && !listed.offers.products.contains(Product::Owners));
        assert_eq!(institution().into_ours(&["DE".to_owned()], false), None);
    }
}
