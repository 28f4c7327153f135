//! Reading a query as leniently as a body: what is unknown is ignored, what is empty is as good as absent, and all that is wrong is said
//! at once.

use super::refusal::Refusal;
use crate::store::listings::Place;
use axum::http::Uri;
use gesher_domain::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use url::form_urlencoded;

/// A query that is being read.
pub(super) struct Query {
    given: HashMap<String, String>,
    wrong: Vec<String>,
}

impl Query {
    /// This address's. Of several values of one name the first counts.
    pub(super) fn of(uri: &Uri) -> Self {
        let mut given = HashMap::new();
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            given.entry(name.into_owned()).or_insert_with(|| value.into_owned());
        }
        Self { given, wrong: Vec::new() }
    }

    fn refuse(&mut self, name: &str, what: &str) {
        self.wrong.push(format!("[{name}] {what}"));
    }

    /// A text.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let text = self.given.remove(name).filter(|text| !text.is_empty())?;
        // PostgreSQL takes no NUL in a text, and nothing has one in its name.
        if text.contains('\0') {
            self.refuse(name, "Must not hold a NUL");
            return None;
        }
        Some(text)
    }

    /// A list, apart by commas.
    pub(super) fn list(&mut self, name: &str) -> Option<Vec<String>> {
        let text = self.text(name)?;
        Some(
            text.split(',')
                .map(str::trim)
                .filter(|entry| !entry.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    }

    /// A list of words, each of which stands for something.
    pub(super) fn words<T>(&mut self, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
        let entries = self.list(name)?;
        let read: Option<Vec<T>> = entries.iter().map(|entry| read(entry)).collect();
        if read.is_none() {
            self.refuse(name, "Must be a comma separated list of known values");
        }
        read
    }

    /// A day, `yyyy-mm-dd`.
    pub(super) fn day(&mut self, name: &str) -> Option<Date> {
        let text = self.text(name)?;
        let day = text.parse::<Date>().ok().filter(|day| day.to_string() == text);
        if day.is_none() {
            self.refuse(name, "Must be a date of format yyyy-mm-dd");
        }
        day
    }

    /// How many rows at most.
    pub(super) fn limit(&mut self, usual: i64, allowed: RangeInclusive<i64>) -> i64 {
        let Some(text) = self.text("limit") else { return usual };
        match text.parse() {
            Ok(limit) if allowed.contains(&limit) => limit,
            _ => {
                self.refuse("limit", &format!("Must be {} to {}", allowed.start(), allowed.end()));
                usual
            }
        }
    }

    /// Where the page lies: `before` or `after` the row with a key.
    pub(super) fn place<K>(&mut self, read: impl Fn(&str) -> Option<K>) -> Place<K> {
        let (before, after) = (self.text("before"), self.text("after"));
        let (name, text) = match (before, after) {
            (None, None) => return Place::First,
            (Some(_), Some(_)) => {
                self.wrong
                    .push("[before] and [after] must not be used in the same request".to_owned());
                return Place::First;
            }
            (Some(text), None) => ("before", text),
            (None, Some(text)) => ("after", text),
        };
        match read(&text) {
            Some(key) if name == "before" => Place::Before(key),
            Some(key) => Place::After(key),
            None => {
                self.refuse(name, "Must be a key of this list");
                Place::First
            }
        }
    }

    /// The end of the reading.
    ///
    /// # Errors
    /// All that is wrong.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(Refusal::bad(self.wrong.join(", ")))
        }
    }
}

/// When a day begins, UTC.
pub(super) fn begins(day: Date) -> Timestamp {
    let at = day.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp().as_microsecond());
    Timestamp(at.unwrap_or(i64::MAX))
}

/// When a day is over, UTC.
pub(super) fn ends(day: Date) -> Timestamp {
    day.tomorrow().map_or(Timestamp(i64::MAX), begins)
}
