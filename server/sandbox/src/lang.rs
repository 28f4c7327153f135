//! The language of a page.

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

/// Hebrew or English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lang {
    /// Hebrew.
    He,
    /// English.
    En,
}

impl Lang {
    /// The one that a language tag names, or its older name.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        match tag.trim().get(..2) {
            Some("he" | "iw") => Some(Self::He),
            Some("en") => Some(Self::En),
            _ => None,
        }
    }

    /// The one that the browser would rather have.
    pub(crate) fn preferred(headers: &HeaderMap) -> Option<Self> {
        let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        accepted.and_then(|value| value.split(',').find_map(Self::of_tag))
    }

    /// Its code.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::He => "he",
            Self::En => "en",
        }
    }

    /// The direction in which it is written.
    pub(crate) const fn dir(self) -> &'static str {
        match self {
            Self::He => "rtl",
            Self::En => "ltr",
        }
    }

    /// The one that the switch offers.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::He => Self::En,
            Self::En => Self::He,
        }
    }

    /// The one of two that is in this language.
    pub(crate) fn pick<T>(self, he: T, en: T) -> T {
        match self {
            Self::He => he,
            Self::En => en,
        }
    }
}
