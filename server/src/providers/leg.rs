//! The leg that leads away from us: what a browser is sent to an institution with, and what it brings back.

use secrecy::SecretString;
use std::collections::BTreeMap;

/// Most bytes of a return's query.
const LONGEST_QUERY: usize = 8 * 1024;

/// One way to the institution. Cannot be printed.
pub struct Launch {
    /// Has to come back.
    pub state: SecretString,
    /// Where the institution sends the browser afterwards, without the `state`.
    pub return_url: String,
}

/// Where a browser is sent. It carries the `state`, so it cannot be printed.
pub struct BankAddress(String);

impl BankAddress {
    /// An address. The provider has checked that it is the institution's.
    pub const fn new(address: String) -> Self {
        Self(address)
    }

    /// For the browser that launched, and for nobody else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// What a return comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landed {
    /// The provider has something to go on with.
    GoOn,
    /// The institution says that it failed.
    Failed(gesher_contract::FailureCode),
}

/// A return is not the launch's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongReturn {
    /// It names another issuer than the one that the browser was sent to.
    Issuer,
    /// The issuer promised to name itself, and did not.
    NoIssuer,
    /// There is nothing in it to go on with.
    Incomplete,
}

/// A return's query cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// A parameter stands in it twice.
    Doubled,
    /// It is too long.
    TooLong,
}

/// The parameters of a return. They may hold a code, so they cannot be printed.
#[derive(Clone)]
pub struct ReturnParams(BTreeMap<String, String>);

impl ReturnParams {
    /// Reads a query.
    ///
    /// # Errors
    /// [`Unreadable`]; no parameter may stand twice (RFC 6749, section 3.1).
    pub fn parse(query: &str) -> Result<Self, Unreadable> {
        if query.len() > LONGEST_QUERY {
            return Err(Unreadable::TooLong);
        }
        let mut params = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if params.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Unreadable::Doubled);
            }
        }
        Ok(Self(params))
    }

    /// A parameter's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}
