//! Languages that the widget speaks, and text that comes in several of them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A language of the widget. Its texts stand in `app/locales/<code>.json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Language {
    /// Hebrew, written right to left.
    He,
    /// English.
    #[default]
    En,
}

impl Language {
    /// Every language, in the order in which the switch offers them.
    pub const ALL: [Self; 2] = [Self::He, Self::En];

    /// BCP 47 code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::He => "he",
            Self::En => "en",
        }
    }

    /// Value of HTML's `dir`.
    pub const fn dir(self) -> &'static str {
        match self {
            Self::He => "rtl",
            Self::En => "ltr",
        }
    }

    /// The language's name in itself.
    pub const fn native_name(self) -> &'static str {
        match self {
            Self::He => "עברית",
            Self::En => "English",
        }
    }

    /// The language with this code, if the widget speaks it. `iw` is Hebrew's old code, which browsers still send.
    pub fn from_code(code: &str) -> Option<Self> {
        let primary = code.split(['-', '_']).next().unwrap_or(code);
        if primary.eq_ignore_ascii_case("iw") {
            return Some(Self::He);
        }
        Self::ALL.into_iter().find(|language| primary.eq_ignore_ascii_case(language.code()))
    }
}

/// A text in one or more languages, keyed by BCP 47 code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalizedText(pub BTreeMap<String, String>);

impl LocalizedText {
    /// A text in Hebrew and in English.
    pub fn he_en(he: impl Into<String>, en: impl Into<String>) -> Self {
        Self(BTreeMap::from([("he".to_owned(), he.into()), ("en".to_owned(), en.into())]))
    }

    /// The text in this language; else in English; else in whatever there is.
    pub fn get(&self, language: Language) -> &str {
        self.0
            .get(language.code())
            .or_else(|| self.0.get("en"))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browsers_code_finds_the_language() {
        assert_eq!(Language::from_code("he-IL"), Some(Language::He));
        assert_eq!(Language::from_code("iw"), Some(Language::He));
        assert_eq!(Language::from_code("EN-us"), Some(Language::En));
        assert_eq!(Language::from_code("fr"), None);
    }

    #[test]
    fn a_missing_translation_falls_back_to_english() {
        let text = LocalizedText(BTreeMap::from([("en".to_owned(), "Bank".to_owned())]));
        assert_eq!(text.get(Language::He), "Bank");
        assert_eq!(LocalizedText::default().get(Language::En), "");
    }
}
