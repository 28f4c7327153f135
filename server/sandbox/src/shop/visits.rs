//! Who is in the shop: a customer for each browser, with what was asked of Gesher on its behalf.

use super::language::Language;
use crate::bounded::Bounded;
use http::{HeaderMap, header};

const COOKIE: &str = "pinkas_visit";
const VISITS: usize = 1024;
const STATES: usize = 16;
const CONNECTIONS: usize = 4;

/// A browser that pressed the button.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// The customer's name at Gesher.
    pub(crate) customer: String,
    /// The page's language when the last connection was asked for.
    pub(crate) language: Language,
    /// Exchanged connections, the newest first.
    pub(crate) connections: Vec<String>,
    /// What hosted pages have to bring back.
    states: Vec<String>,
}

/// All visits that are remembered.
#[derive(Debug)]
pub(crate) struct Visits(Bounded<String, Visit>);

impl Visits {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self(Bounded::new(VISITS))
    }

    /// The visit with this id.
    pub(crate) fn get(&self, id: &str) -> Option<&Visit> {
        self.0.get(&id.to_owned())
    }

    /// Notes that a connection is asked for, in a visit that begins now if it has not yet. Gives the customer.
    pub(crate) fn ask(&mut self, id: &str, customer: String, language: Language, state: String) -> String {
        let id = id.to_owned();
        if self.0.get(&id).is_none() {
            let visit = Visit {
                customer: customer.clone(),
                language,
                connections: Vec::new(),
                states: Vec::new(),
            };
            self.0.insert(id.clone(), visit);
        }
        let Some(visit) = self.0.get_mut(&id) else {
            return customer;
        };
        visit.language = language;
        visit.states.insert(0, state);
        visit.states.truncate(STATES);
        visit.customer.clone()
    }

    /// The customer of the visit, if it is the one that sent somebody off with this state.
    pub(crate) fn returning(&self, id: &str, state: &str) -> Option<&Visit> {
        self.get(id).filter(|visit| visit.states.iter().any(|sent| sent == state))
    }

    /// Notes an exchanged connection.
    pub(crate) fn exchanged(&mut self, id: &str, connection: String) {
        if let Some(visit) = self.0.get_mut(&id.to_owned()) {
            visit.connections.retain(|other| *other != connection);
            visit.connections.insert(0, connection);
            visit.connections.truncate(CONNECTIONS);
        }
    }
}

/// The visit that the browser says it is.
pub(crate) fn said(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE).then_some(value))
}

/// The cookie that makes the browser say it. Lax, so that it comes along from the hosted page.
pub(crate) fn cookie(id: &str, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{COOKIE}={id}; Path=/; HttpOnly; SameSite=Lax{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_keeps_its_customer_and_only_its_last_connections() {
        let mut visits = Visits::new();
        let customer = visits.ask("v", "one".into(), Language::En, "s1".into());
        assert_eq!(customer, "one");
        assert_eq!(visits.ask("v", "two".into(), Language::He, "s2".into()), "one");
        for number in 0..6 {
            visits.exchanged("v", format!("c{number}"));
        }
        visits.exchanged("v", "c4".into());
        let visit = visits.get("v").expect("a visit");
        assert_eq!(visit.connections, ["c4", "c5", "c3", "c2"]);
        assert!(visits.returning("v", "s1").is_some() && visits.returning("v", "s3").is_none());
        assert!(visits.returning("w", "s1").is_none());
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "a=b; pinkas_visit=xyz; c=d".parse().expect("a header"));
        assert_eq!(said(&headers), Some("xyz"));
        assert!(cookie("xyz", true).ends_with("; Secure") && !cookie("xyz", false).contains("Secure"));
    }
}
