//! The file in which somebody decides what is doubtful: CSV, one line for each entry, with a last column to fill.

use super::{Listed, Why};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What somebody decided about an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is this institution.
    Same(String),
    /// It is none that is there.
    New,
    /// It is not to be reached.
    Skip,
}

/// Decisions by the provider's own id.
pub type Decisions = HashMap<String, Decision>;

/// The file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// It is no such file.
    #[error("the review file cannot be read: {0}")]
    Csv(#[from] csv::Error),
    /// A decision is none.
    #[error("line {line}: {provider_id} is decided by the id of one of its candidates, by new or by skip, not by {decision}")]
    Decision {
        /// The line in the file.
        line: u64,
        /// The entry.
        provider_id: String,
        /// What is written there.
        decision: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Line {
    provider_id: String,
    name: String,
    country: String,
    candidates: String,
    why: String,
    decision: String,
}

/// The file that asks about these entries: what each is, whom it may be, why that is not certain.
///
/// # Errors
/// It cannot be written.
pub fn doubts<'a>(doubtful: impl IntoIterator<Item = (&'a Listed, &'a [String], Why)>) -> Result<String, ReviewError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for (listed, candidates, why) in doubtful {
        writer.serialize(Line {
            provider_id: listed.provider_id.clone(),
            name: harmless(&listed.name),
            country: listed.country.clone(),
            candidates: candidates.join(";"),
            why: why.as_str().to_owned(),
            decision: String::new(),
        })?;
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A provider's words, so that a spreadsheet shows them and does not compute them.
fn harmless(text: &str) -> String {
    let computes = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if computes { format!("'{text}") } else { text.to_owned() }
}

/// The decisions in a file. A line without one is still doubtful.
///
/// # Errors
/// [`ReviewError`] names the line.
pub fn decisions(file: &str) -> Result<Decisions, ReviewError> {
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let headers = reader.headers()?.clone();
    let mut decided = Decisions::new();
    for record in reader.records() {
        let record = record?;
        let line: Line = record.deserialize(Some(&headers))?;
        let decision = match line.decision.trim() {
            "" => continue,
            "new" => Decision::New,
            "skip" => Decision::Skip,
            id if line.candidates.split(';').any(|candidate| candidate == id) => Decision::Same(id.to_owned()),
            other => {
                return Err(ReviewError::Decision {
                    line: record.position().map_or(0, csv::Position::line),
                    provider_id: line.provider_id,
                    decision: other.to_owned(),
                });
            }
        };
        decided.insert(line.provider_id, decision);
    }
    Ok(decided)
}
