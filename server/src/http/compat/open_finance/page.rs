//! Queries and pages, as the vendor has them: `limit`, `sort`, `nextPage`.

use super::refusal::{Refusal, said};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::collections::BTreeMap;
use std::convert::Infallible;

/// The most that a page has, whatever is asked for: the vendor's figure for transactions.
const MOST: usize = 500;

/// A query that is being read. What is unknown in it is ignored, and what is empty is as good as absent.
pub(super) struct Query {
    values: BTreeMap<String, String>,
    wrong: Vec<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let pairs = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let given = pairs.filter(|(_, value)| !value.is_empty());
        Ok(Self {
            values: given.map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
            wrong: Vec::new(),
        })
    }
}

/// How a page is asked for.
#[derive(Clone, Copy)]
pub(super) struct Page {
    limit: usize,
    /// Whether the oldest comes first.
    pub(super) ascending: bool,
}

/// A page, and what names the next one.
pub(super) struct Cut<T> {
    pub(super) shown: Vec<T>,
    pub(super) next: Option<String>,
}

impl Page {
    /// With another size, whatever was asked for.
    pub(super) const fn of_at_most(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// So many rows tell whether there is a next page.
    pub(super) fn rows(self) -> i64 {
        i64::try_from(self.limit + 1).unwrap_or(i64::MAX)
    }

    /// The page at the head of these. `name` is what the next one is asked for by, of the last that is shown.
    pub(super) fn of<T>(self, mut rows: Vec<T>, name: impl Fn(&T) -> String) -> Cut<T> {
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        let next = rows.last().filter(|_| more).map(name);
        Cut { shown: rows, next }
    }
}

impl Query {
    /// Refuses what an administrator of the vendor alone may name.
    ///
    /// # Errors
    /// A user is named.
    pub(super) fn without_user(self) -> Result<Self, Refusal> {
        if self.values.contains_key("userId") {
            return Err(Refusal::Client("userId is not allowed in query for non-admin users"));
        }
        Ok(self)
    }

    /// Notes that something is wrong.
    pub(super) fn refuse(&mut self, name: &str, what: &str) {
        self.wrong.push(said(name, what));
    }

    /// A value.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let text = self.values.get(name).cloned()?;
        // Nothing has a NUL in its name, and PostgreSQL takes none.
        if text.contains('\0') {
            self.refuse(name, "must not contain NUL");
            return None;
        }
        Some(text)
    }

    /// One of a few words.
    pub(super) fn one_of(&mut self, name: &str, words: &[&'static str]) -> Option<&'static str> {
        let text = self.values.get(name)?;
        let found = words.iter().find(|word| *word == text).copied();
        if found.is_none() {
            self.refuse(name, &format!("must be one of [{}]", words.join(", ")));
        }
        found
    }

    /// How the page is asked for; `usual` rows where nobody says. The newest come first unless they are asked for last.
    pub(super) fn cut(&mut self, usual: usize) -> Page {
        let ascending = self.one_of("sort", &["1", "-1"]) == Some("1");
        let limit = match self.values.get("limit").map(|text| text.parse::<i64>()) {
            None => usual,
            Some(Ok(limit)) if limit >= 1 => usize::try_from(limit).unwrap_or(MOST).min(MOST),
            Some(Ok(_)) => {
                self.refuse("limit", "must be greater than or equal to 1");
                usual
            }
            Some(Err(_)) => {
                self.refuse("limit", "must be a number");
                usual
            }
        };
        Page { limit, ascending }
    }

    /// The end of the reading.
    ///
    /// # Errors
    /// All that is wrong.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Fields(self.wrong))
        }
    }
}
