//! Rows as CSV records.
//!
//! An empty cell says nothing, `-` alone takes away what is there. The entries of a list stand apart by `;`; a backslash
//! before a `;` or a backslash keeps it. A record becomes the same JSON that the other format has, so that one reader
//! checks both.

use super::edit::Edit;
use super::{At, ImportError, MOST_ROWS, ROWS_BETWEEN_NEWS, too_many};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// How a cell is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Text,
    List,
    /// `true` or `false`; `yes`, `no`, `1`, `0` are read too.
    Flag,
    Number,
    /// `dialect:id`.
    Aliases,
    /// `provider:provider_id`.
    Routes,
    /// Titles, and licences in the same order.
    Title,
    Licence,
}

/// What takes away what is there.
const NOTHING: &str = "-";

/// The licence of a source that names none.
const OWN: &str = "tenant's own";

/// Name and kind of each column, and whether it is one of the names.
const COLUMNS: [(&str, Cell, bool); 25] = [
    ("id", Cell::Text, false),
    ("en", Cell::Text, true),
    ("he", Cell::Text, true),
    ("native", Cell::Text, true),
    ("short", Cell::Text, true),
    ("nicknames", Cell::List, true),
    ("country", Cell::Text, false),
    ("regions", Cell::List, false),
    ("kind", Cell::Text, false),
    ("codes", Cell::List, false),
    ("branches", Cell::List, false),
    ("bics", Cell::List, false),
    ("domains", Cell::List, false),
    ("aliases", Cell::Aliases, false),
    ("routes", Cell::Routes, false),
    ("psu_id_types", Cell::List, false),
    ("psu_corporate_id", Cell::Flag, false),
    ("partner", Cell::Flag, false),
    ("logo", Cell::Text, false),
    ("hidden", Cell::Flag, false),
    ("order", Cell::Number, false),
    ("unlisted", Cell::Flag, false),
    ("invented", Cell::Flag, false),
    ("note", Cell::Text, false),
    ("source", Cell::Title, false),
];
/// Stands beside `source`.
const LICENCE: (&str, Cell, bool) = ("licence", Cell::Licence, false);

fn column(name: &str) -> Option<(&'static str, Cell, bool)> {
    COLUMNS.into_iter().chain([LICENCE]).find(|(known, ..)| *known == name)
}

pub(super) fn read(bytes: &[u8], progress: &mut dyn FnMut(usize)) -> Result<Vec<(At, Edit)>, ImportError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(|error| malformed(&error))?.clone();
    let mut seen = HashSet::new();
    for name in &header {
        if column(name).is_none() {
            return Err(ImportError::new(At::Line(1), name, "there is no such column"));
        }
        if !seen.insert(name) {
            return Err(ImportError::new(At::Line(1), name, "the column is there twice"));
        }
    }
    if !seen.contains("id") {
        return Err(ImportError::new(At::Line(1), "id", "the column is missing"));
    }
    let columns: Vec<_> = header.iter().filter_map(column).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| malformed(&error))?;
        let at = At::Line(record.position().map_or(0, csv::Position::line));
        if rows.len() == MOST_ROWS {
            return Err(too_many());
        }
        rows.push((at, edit(at, &columns, &record)?));
        if rows.len() % ROWS_BETWEEN_NEWS == 0 {
            progress(rows.len());
        }
    }
    Ok(rows)
}

fn malformed(error: &csv::Error) -> ImportError {
    ImportError {
        at: error.position().map_or(At::File, |position| At::Line(position.line())),
        field: None,
        reason: error.to_string(),
    }
}

fn edit(at: At, columns: &[(&'static str, Cell, bool)], record: &csv::StringRecord) -> Result<Edit, ImportError> {
    let mut row = Map::new();
    let mut names = Map::new();
    let (mut titles, mut licences) = (None, Vec::new());
    for (&(name, cell, is_name), text) in columns.iter().zip(record).filter(|(_, text)| !text.is_empty()) {
        match cell {
            Cell::Title => titles = Some(entries(text)),
            Cell::Licence => licences = entries(text),
            _ => {
                let value = value(cell, text).map_err(|reason| ImportError::new(at, name, reason))?;
                let target = if is_name { &mut names } else { &mut row };
                target.insert(name.to_owned(), value);
            }
        }
    }
    if !names.is_empty() {
        row.insert("names".to_owned(), Value::Object(names));
    }
    if licences.len() > titles.as_ref().map_or(0, Vec::len) {
        return Err(ImportError::new(at, "licence", "it has more entries than source"));
    }
    if let Some(titles) = titles {
        let licence = |place: usize| licences.get(place).map_or(OWN, String::as_str);
        let sources = titles
            .iter()
            .enumerate()
            .map(|(place, title)| json!({"title": title, "licence": licence(place)}));
        row.insert("sources".to_owned(), sources.collect());
    }
    if !row.contains_key("id") {
        return Err(ImportError::new(at, "id", "it is empty"));
    }
    serde_path_to_error::deserialize(Value::Object(row)).map_err(|error| {
        let named = error.path().iter().map(ToString::to_string).find(|part| column(part).is_some());
        ImportError {
            at,
            field: named,
            reason: error.into_inner().to_string(),
        }
    })
}

fn value(cell: Cell, text: &str) -> Result<Value, String> {
    if text == NOTHING && cell != Cell::Flag {
        return Ok(Value::Null);
    }
    Ok(match cell {
        Cell::Text | Cell::Title | Cell::Licence => Value::String(unescaped(text)),
        Cell::List => entries(text).into(),
        Cell::Flag => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => true.into(),
            "false" | "no" | "0" => false.into(),
            _ => return Err("it is neither true nor false".to_owned()),
        },
        Cell::Number => text.parse::<u32>().map_err(|_| "it is no whole number".to_owned())?.into(),
        Cell::Aliases => {
            let mut dialects = Map::new();
            for (dialect, id) in pairs(text)? {
                let ids = dialects.entry(dialect).or_insert_with(|| json!([]));
                ids.as_array_mut().into_iter().for_each(|ids| ids.push(id.clone().into()));
            }
            Value::Object(dialects)
        }
        Cell::Routes => {
            let routes = pairs(text)?.into_iter();
            routes
                .map(|(provider, id)| json!({"provider": provider, "provider_id": id}))
                .collect()
        }
    })
}

/// The entries of a list.
fn entries(text: &str) -> Vec<String> {
    if text == NOTHING {
        return Vec::new();
    }
    let mut entries = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ';' => entries.push(String::new()),
            '\\' => entries.last_mut().into_iter().for_each(|entry| entry.extend(letters.next())),
            letter => entries.last_mut().into_iter().for_each(|entry| entry.push(letter)),
        }
    }
    entries.iter().map(|entry| entry.trim().to_owned()).collect()
}

/// The entries of a list of pairs.
fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let pair = |entry: &String| entry.split_once(':').map(|(one, other)| (one.to_owned(), other.to_owned()));
    let pairs = entries(text).iter().map(pair).collect::<Option<_>>();
    pairs.ok_or_else(|| "an entry of it has no colon".to_owned())
}

/// A text that would be read as something else has a backslash before it.
fn unescaped(text: &str) -> String {
    text.strip_prefix('\\').unwrap_or(text).to_owned()
}

fn escaped(text: &str) -> String {
    if text.starts_with(['\\', '-']) || is_formula(text) {
        format!("\\{text}")
    } else {
        text.to_owned()
    }
}

/// Whether a spreadsheet would compute the cell instead of showing it.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@'])
}

pub(super) fn write<'a>(edits: impl IntoIterator<Item = &'a Edit>) -> String {
    let rows: Vec<Value> = edits.into_iter().filter_map(|edit| serde_json::to_value(edit).ok()).collect();
    let cells = |row: &Value| {
        COLUMNS
            .into_iter()
            .chain([LICENCE])
            .map(|column| text(column, row))
            .collect::<Vec<_>>()
    };
    let records: Vec<Vec<String>> = rows.iter().map(cells).collect();
    // A column that nobody uses is left out.
    let used: Vec<bool> = (0..=COLUMNS.len())
        .map(|at| at == 0 || records.iter().any(|record| !record[at].is_empty()))
        .collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = COLUMNS.into_iter().chain([LICENCE]).map(|(name, ..)| name.to_owned()).collect();
    for record in std::iter::once(&header).chain(&records) {
        let kept = record.iter().zip(&used).filter(|(_, used)| **used).map(|(cell, _)| cell);
        // Memory takes whatever is written, and all records have as many fields.
        writer.write_record(kept).unwrap_or_default();
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// The cell of a column.
fn text((name, cell, is_name): (&str, Cell, bool), row: &Value) -> String {
    let field = match cell {
        Cell::Title | Cell::Licence => row.get("sources"),
        _ if is_name => row.get("names").and_then(|names| names.get(name)),
        _ => row.get(name),
    };
    let Some(field) = field else { return String::new() };
    let word = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let strings = |value: &Value| {
        value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| one.as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let list = |entries: Vec<String>| {
        // A spreadsheet that splits at semicolons would compute any of them.
        let kept = |entry: &String| {
            let kept = entry.replace('\\', "\\\\").replace(';', "\\;");
            if is_formula(&kept) { format!("\\{kept}") } else { kept }
        };
        match entries.iter().map(kept).collect::<Vec<_>>().join(";").as_str() {
            "" => NOTHING.to_owned(),
            joined => joined.to_owned(),
        }
    };
    let objects = || field.as_array().into_iter().flatten();
    match (cell, field) {
        (_, Value::Null) => NOTHING.to_owned(),
        (Cell::Text, _) => escaped(field.as_str().unwrap_or_default()),
        (Cell::Flag | Cell::Number, _) => field.to_string(),
        (Cell::List, _) => list(strings(field)),
        (Cell::Aliases, _) => {
            let dialects = field.as_object().into_iter().flatten();
            let pairs = dialects.flat_map(|(dialect, ids)| strings(ids).into_iter().map(move |id| format!("{dialect}:{id}")));
            list(pairs.collect())
        }
        (Cell::Routes, _) => list(
            objects()
                .map(|route| format!("{}:{}", word(route, "provider"), word(route, "provider_id")))
                .collect(),
        ),
        (Cell::Title, _) => list(objects().map(|source| word(source, "title")).collect()),
        (Cell::Licence, _) => list(objects().map(|source| word(source, "licence")).collect()),
    }
}
