//! Institutions that a tenant or an operator brings, and takes away, as a table: CSV or JSON.
//!
//! **Goal.** Whoever knows better than the published lists says so in a file that a spreadsheet can write.
//!
//! **Contract.** A row is an [`Edit`]: of an institution that there is it changes the fields that it gives and no others, and
//! any other id is a new institution. A file that breaks a rule anywhere is refused whole, and [`ImportError`] names the place.
//! To apply an import a second time changes nothing. What [`write`] makes of edits, [`read`] makes into the same edits.
//!
//! - `edit`: one row, and the difference between two institutions as a row.
//! - `import`: edits over a list of institutions.
//! - `columns`: the CSV format.

mod columns;
mod edit;
mod import;
#[cfg(test)]
mod tests;

pub use edit::{Edit, NamesEdit, RouteEdit};
pub use import::Import;

use std::collections::HashSet;
use std::fmt;

/// The most bytes of a file.
pub const LARGEST: usize = 20_000_000;
/// The most rows of a file.
pub const MOST_ROWS: usize = 200_000;
/// After how many rows the caller hears how far the reading is.
pub const ROWS_BETWEEN_NEWS: usize = 1_000;

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180 in UTF-8, with a header row.
    Csv,
    /// A list of objects.
    Json,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The whole of it.
    File,
    /// A line, from 1.
    Line(u64),
    /// An object of the list, from 1.
    Row(u64),
}

impl fmt::Display for At {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => formatter.write_str("the file"),
            Self::Line(line) => write!(formatter, "line {line}"),
            Self::Row(row) => write!(formatter, "row {row}"),
        }
    }
}

/// Why a table is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}{}: {reason}", field.as_ref().map(|field| format!(", {field}")).unwrap_or_default())]
pub struct ImportError {
    /// Where it goes wrong.
    pub at: At,
    /// The field or column that is wrong, when it is one.
    pub field: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

impl ImportError {
    fn of_file(reason: impl Into<String>) -> Self {
        Self {
            at: At::File,
            field: None,
            reason: reason.into(),
        }
    }

    fn new(at: At, field: &str, reason: impl Into<String>) -> Self {
        Self {
            at,
            field: Some(field.to_owned()),
            reason: reason.into(),
        }
    }
}

/// Reads a table. `progress` hears of the number of rows so far, each [`ROWS_BETWEEN_NEWS`] rows.
///
/// # Errors
/// [`ImportError`]: the table is too large or breaks a rule; nothing of it may be used.
pub fn read(format: Format, bytes: &[u8], progress: &mut dyn FnMut(usize)) -> Result<Import, ImportError> {
    if bytes.len() > LARGEST {
        return Err(ImportError::of_file(format!("it is larger than {LARGEST} bytes")));
    }
    let rows = match format {
        Format::Csv => columns::read(bytes, progress)?,
        Format::Json => from_json(bytes, progress)?,
    };
    let mut ids = HashSet::with_capacity(rows.len());
    for (at, edit) in &rows {
        if !ids.insert(&edit.id) {
            return Err(ImportError::new(*at, "id", format!("{} has a row already", edit.id)));
        }
    }
    Ok(Import::from_rows(rows))
}

/// Writes edits as a table.
pub fn write<'a>(format: Format, edits: impl IntoIterator<Item = &'a Edit>) -> String {
    match format {
        Format::Csv => columns::write(edits),
        Format::Json => {
            // Strings, lists and maps with such keys can always be written.
            let rows = edits.into_iter().filter_map(|edit| serde_json::to_string(edit).ok());
            format!("[\n{}\n]\n", rows.collect::<Vec<_>>().join(",\n"))
        }
    }
}

fn from_json(bytes: &[u8], progress: &mut dyn FnMut(usize)) -> Result<Vec<(At, Edit)>, ImportError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let edits: Vec<Edit> = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let field = error.path().iter().skip(1).map(ToString::to_string).collect::<Vec<_>>().join(".");
        let error = error.into_inner();
        ImportError {
            at: At::Line(u64::try_from(error.line()).unwrap_or_default()),
            field: Some(field).filter(|field| !field.is_empty()),
            reason: error.to_string(),
        }
    })?;
    reader.end().map_err(|error| ImportError {
        at: At::Line(u64::try_from(error.line()).unwrap_or_default()),
        field: None,
        reason: error.to_string(),
    })?;
    if edits.len() > MOST_ROWS {
        return Err(too_many());
    }
    let rows = edits.into_iter().zip(1_u64..).map(|(edit, row)| (At::Row(row), edit));
    let rows: Vec<_> = rows.collect();
    for read in (ROWS_BETWEEN_NEWS..=rows.len()).step_by(ROWS_BETWEEN_NEWS) {
        progress(read);
    }
    Ok(rows)
}

fn too_many() -> ImportError {
    ImportError::of_file(format!("it has more than {MOST_ROWS} rows"))
}
