//! A call: its credentials and its fields.

use crate::plaid::refusal::{self, Refusal};
use crate::plaid::{CLIENT_ID, Moment, SECRET};
use http::HeaderMap;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// The only version of the interface that the fake speaks.
const VERSION: &str = "2020-09-14";
const CREDENTIALS: [&str; 2] = ["client_id", "secret"];

/// A call whose credentials are right.
pub(super) struct Ask {
    body: Map<String, Value>,
    pub(super) now: Moment,
}

/// The field is malformed.
pub(super) fn malformed(name: &str) -> Refusal {
    Refusal::of(&refusal::INVALID_FIELD, &[name])
}

impl Ask {
    /// Reads the body and checks the credentials, which stand in the body or in headers.
    pub(super) fn read(headers: &HeaderMap, body: &[u8], now: Moment) -> Result<Self, Refusal> {
        let Ok(Value::Object(body)) = serde_json::from_slice(body) else {
            return Err((&refusal::INVALID_BODY).into());
        };
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if header("plaid-version").is_some_and(|version| version != VERSION) {
            return Err(Refusal::of(&refusal::INVALID_HEADERS, &["Plaid-Version"]));
        }
        let said = |name: &str, head: &str| body.get(name).and_then(Value::as_str).or_else(|| header(head)).map(str::to_owned);
        let given = [said("client_id", "plaid-client-id"), said("secret", "plaid-secret")];
        let missing: Vec<&str> = CREDENTIALS
            .into_iter()
            .zip(&given)
            .filter(|(_, given)| given.is_none())
            .map(|(name, _)| name)
            .collect();
        if !missing.is_empty() {
            return Err(Refusal::of(&refusal::MISSING_FIELDS, &missing));
        }
        if given.map(Option::unwrap_or_default) != [CLIENT_ID, SECRET] {
            return Err((&refusal::INVALID_API_KEYS).into());
        }
        Ok(Self { body, now })
    }

    /// Whether all that is required is there, and nothing that the endpoint does not know. Null counts as not there.
    pub(super) fn check(&self, required: &[&str], optional: &[&str]) -> Result<(), Refusal> {
        let missing: Vec<&str> = required.iter().copied().filter(|name| self.value(name).is_none()).collect();
        if !missing.is_empty() {
            return Err(Refusal::of(&refusal::MISSING_FIELDS, &missing));
        }
        known(&self.body, &[required, optional, &CREDENTIALS].concat())
    }

    /// The field, if it is there.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.body.get(name).filter(|value| !value.is_null())
    }

    /// A text that has to be there.
    pub(super) fn text(&self, name: &str) -> Result<&str, Refusal> {
        self.maybe_text(name)?.ok_or_else(|| Refusal::of(&refusal::MISSING_FIELDS, &[name]))
    }

    /// A text, if it is there.
    pub(super) fn maybe_text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        self.value(name)
            .map(|value| value.as_str().ok_or_else(|| malformed(name)))
            .transpose()
    }

    /// A number within these bounds, if it is there.
    pub(super) fn number(&self, name: &str, range: RangeInclusive<i64>) -> Result<Option<i64>, Refusal> {
        number(&self.body, name, range)
    }

    /// Texts, if they are there.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        texts(&self.body, name)
    }

    /// An object whose fields are all known; an empty one when it is not there.
    pub(super) fn object(&self, name: &str, fields: &[&str]) -> Result<Map<String, Value>, Refusal> {
        let Some(value) = self.value(name) else { return Ok(Map::new()) };
        let object = value.as_object().ok_or_else(|| malformed(name))?;
        known(object, fields)?;
        Ok(object.clone())
    }
}

fn known(object: &Map<String, Value>, fields: &[&str]) -> Result<(), Refusal> {
    let unknown: Vec<&str> = object.keys().map(String::as_str).filter(|name| !fields.contains(name)).collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(Refusal::of(&refusal::UNKNOWN_FIELDS, &unknown))
    }
}

/// A number of an object within these bounds, if it is there.
pub(super) fn number(object: &Map<String, Value>, name: &str, range: RangeInclusive<i64>) -> Result<Option<i64>, Refusal> {
    let value = object.get(name).filter(|value| !value.is_null());
    let number = value.map(|value| {
        value
            .as_i64()
            .filter(|number| range.contains(number))
            .ok_or_else(|| malformed(name))
    });
    number.transpose()
}

/// A truth of an object; false when it is not there.
pub(super) fn truth(object: &Map<String, Value>, name: &str) -> Result<bool, Refusal> {
    let value = object.get(name).filter(|value| !value.is_null());
    value.map_or(Ok(false), |value| value.as_bool().ok_or_else(|| malformed(name)))
}

/// A text of an object, if it is there.
pub(super) fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Refusal> {
    let value = object.get(name).filter(|value| !value.is_null());
    value.map(|value| value.as_str().ok_or_else(|| malformed(name))).transpose()
}

/// Texts of an object, if they are there.
pub(super) fn texts(object: &Map<String, Value>, name: &str) -> Result<Option<Vec<String>>, Refusal> {
    let Some(value) = object.get(name).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let list = value.as_array().ok_or_else(|| malformed(name))?;
    let texts: Option<Vec<String>> = list.iter().map(|text| text.as_str().map(str::to_owned)).collect();
    texts.map(Some).ok_or_else(|| malformed(name))
}
