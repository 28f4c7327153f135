//! Pages by key: every row carries one, and a page lies after or before it.
//!
//! **Contract.** A key is opaque and stays good while its row moves on or goes: it names a place in the order, not a row.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};

/// The key of a row at a place in a list of this name.
pub(super) fn key(list: &str, place: &str) -> String {
    BASE64URL_NOPAD.encode(format!("{list} {place}").as_bytes())
}

/// The place that a key of a list of this name stands for.
pub(super) fn place(list: &str, key: &str) -> Option<String> {
    let plain = String::from_utf8(BASE64URL_NOPAD.decode(key.as_bytes()).ok()?).ok()?;
    let place = plain.strip_prefix(list)?.strip_prefix(' ')?;
    // PostgreSQL takes no NUL in a text.
    (!place.contains('\0')).then(|| place.to_owned())
}

/// A page as the vendor says it: its rows, how many they are, and how many lie beyond them.
pub(super) fn page(name: &str, rows: Vec<Value>, remaining: i64) -> Value {
    let mut page = Map::new();
    page.insert("count".to_owned(), json!(rows.len()));
    page.insert("remaining".to_owned(), json!(remaining));
    page.insert(name.to_owned(), Value::Array(rows));
    Value::Object(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_good_for_its_own_list_alone() {
        let made = key("connection", "conn_1");
        assert_eq!(place("connection", &made), Some("conn_1".to_owned()));
        for (list, key) in [
            ("conn", made.as_str()),
            ("account", &made),
            ("connection", "conn_1"),
            ("connection", ""),
        ] {
            assert_eq!(place(list, key), None, "{list} {key}");
        }
    }
}
