//! The shop's two languages and their texts.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A language of the shop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    /// English.
    #[default]
    En,
    /// Hebrew.
    He,
}

type Texts = BTreeMap<String, String>;

// The files are part of the program; a test reads them strictly.
static EN: LazyLock<Texts> = LazyLock::new(|| serde_json::from_str(include_str!("static/en.json")).unwrap_or_default());
static HE: LazyLock<Texts> = LazyLock::new(|| serde_json::from_str(include_str!("static/he.json")).unwrap_or_default());

impl Language {
    /// The language with this code; English when there is none.
    pub(crate) fn from_code(code: Option<&str>) -> Self {
        if code == Some("he") { Self::He } else { Self::En }
    }

    /// Its code.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::He => "he",
        }
    }

    /// The direction in which it is written.
    pub(crate) const fn dir(self) -> &'static str {
        match self {
            Self::En => "ltr",
            Self::He => "rtl",
        }
    }

    /// The one that the switch offers.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::En => Self::He,
            Self::He => Self::En,
        }
    }

    /// The text with this key.
    pub(crate) fn text(self, key: &str) -> Option<&'static str> {
        let texts: &'static Texts = match self {
            Self::En => &EN,
            Self::He => &HE,
        };
        texts.get(key).map(String::as_str)
    }

    /// The text with this key, which must be there.
    pub(crate) fn say(self, key: &'static str) -> &'static str {
        self.text(key).unwrap_or(key)
    }

    /// A day as this language writes it; what is no day stays as it is.
    pub(crate) fn day(self, day: &str) -> String {
        let Ok(date) = day.parse::<jiff::civil::Date>() else {
            return day.to_owned();
        };
        match self {
            Self::En => date.strftime("%-d %b %Y").to_string(),
            Self::He => date.strftime("%-d.%-m.%Y").to_string(),
        }
    }
}

/// An amount of money as it is written in both languages, from the left to the right.
pub(crate) fn money(amount: &str, currency: &str) -> String {
    let (sign, digits) = match amount.strip_prefix('-') {
        Some(digits) => ("\u{2212}", digits),
        None => ("", amount),
    };
    let (whole, rest) = digits
        .split_once('.')
        .map_or((digits, String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match currency {
        "ILS" => format!("{sign}₪{grouped}{rest}"),
        other => format!("{sign}{grouped}{rest}\u{a0}{other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_keys_and_no_empty_text() {
        let read = |text| serde_json::from_str::<Texts>(text).expect("texts");
        let (en, he) = (read(include_str!("static/en.json")), read(include_str!("static/he.json")));
        assert_eq!(en.keys().collect::<Vec<_>>(), he.keys().collect::<Vec<_>>());
        assert!(en.values().chain(he.values()).all(|text| !text.trim().is_empty()));
    }

    #[test]
    fn money_and_days_are_written_as_people_write_them() {
        assert_eq!(money("-1234567.50", "ILS"), "\u{2212}₪1,234,567.50");
        assert_eq!(money("950.00", "ILS"), "₪950.00");
        assert_eq!(money("10.00", "EUR"), "10.00\u{a0}EUR");
        assert_eq!(Language::En.day("2026-11-05"), "5 Nov 2026");
        assert_eq!(Language::He.day("2026-11-05"), "5.11.2026");
        assert_eq!(Language::He.day("soon"), "soon");
    }
}
