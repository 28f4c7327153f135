//! Checking what a person typed against the institution's form.

use crate::checks::{NationalIdError, national_id};
use gesher_contract::{Field, FieldKind, Form};
use std::{collections::BTreeMap, fmt};

/// Most characters of an answer to a field that names no limit of its own.
pub const MAX_ANSWER: usize = 512;

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Problem {
    /// It is missing.
    Required,
    /// It has too few characters.
    TooShort,
    /// It has too many characters.
    TooLong,
    /// It has something else than digits.
    DigitsOnly,
    /// Its check digit is wrong.
    CheckDigit,
    /// It is none of the options.
    NotAnOption,
    /// It differs from the value that the host fixed.
    Locked,
}

/// A wrong answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field.
    pub name: String,
    /// What is wrong.
    pub problem: Problem,
}

/// Answers as they are sent to the institution: trimmed, padded, locks filled in, nothing that the form does not ask
/// for. They cannot be printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cleaned(pub BTreeMap<String, String>);

impl fmt::Debug for Cleaned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cleaned({} fields)", self.0.len())
    }
}

/// Checks answers against a form.
///
/// # Errors
/// Every wrong field, in the form's order.
pub fn check(form: &Form, answers: &BTreeMap<String, String>) -> Result<Cleaned, Vec<FieldError>> {
    let mut cleaned = BTreeMap::new();
    let mut errors = Vec::new();
    for field in &form.fields {
        let typed = answers.get(&field.name).map_or("", String::as_str);
        match check_field(field, typed) {
            Ok(Some(value)) => {
                cleaned.insert(field.name.clone(), value);
            }
            Ok(None) => {}
            Err(problem) => errors.push(FieldError {
                name: field.name.clone(),
                problem,
            }),
        }
    }
    if errors.is_empty() { Ok(Cleaned(cleaned)) } else { Err(errors) }
}

/// What of the typed answers may be stored and shown again: never a password or a code, and only what the form asks for.
pub(super) fn keepable(form: &Form, answers: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    form.fields
        .iter()
        .filter(|field| !matches!(field.kind, FieldKind::Password | FieldKind::Code))
        .filter_map(|field| Some((field.name.clone(), answers.get(&field.name)?.trim().to_owned())))
        .collect()
}

/// One answer, as it is sent; nothing when it is optional and empty.
fn check_field(field: &Field, typed: &str) -> Result<Option<String>, Problem> {
    // A space is part of a password, and a slip anywhere else.
    let typed = if field.kind == FieldKind::Password { typed } else { typed.trim() };
    if let Some(locked) = &field.locked {
        return locked_value(field, locked, typed).map(Some);
    }
    if typed.is_empty() {
        return if field.optional { Ok(None) } else { Err(Problem::Required) };
    }
    let value = match field.kind {
        FieldKind::NationalId => {
            return match national_id(typed) {
                Ok(id) => Ok(Some(id)),
                Err(NationalIdError::DigitsOnly) => Err(Problem::DigitsOnly),
                Err(NationalIdError::TooLong) => Err(Problem::TooLong),
                Err(NationalIdError::CheckDigit) => Err(Problem::CheckDigit),
            };
        }
        FieldKind::Number if !typed.bytes().all(|byte| byte.is_ascii_digit()) => return Err(Problem::DigitsOnly),
        FieldKind::Select | FieldKind::Radio if !field.options.iter().any(|option| option.value == typed) => {
            return Err(Problem::NotAnOption);
        }
        FieldKind::Text | FieldKind::Password | FieldKind::Code | FieldKind::Number | FieldKind::Select | FieldKind::Radio => typed,
    };
    let length = value.chars().count();
    let most = match field.max_length {
        0 => MAX_ANSWER,
        most => usize::try_from(most).unwrap_or(MAX_ANSWER),
    };
    if length > most {
        Err(Problem::TooLong)
    } else if length < usize::try_from(field.min_length).unwrap_or(0) {
        Err(Problem::TooShort)
    } else {
        Ok(Some(value.to_owned()))
    }
}

/// The host's value, which an answer may repeat but not change. Leading zeros of a national id do not make it another.
fn locked_value(field: &Field, locked: &str, typed: &str) -> Result<String, Problem> {
    let canonical = |text: &str| match field.kind {
        FieldKind::NationalId => national_id(text).unwrap_or_else(|_| text.to_owned()),
        _ => text.to_owned(),
    };
    let locked = canonical(locked);
    if typed.is_empty() || canonical(typed) == locked {
        Ok(locked)
    } else {
        Err(Problem::Locked)
    }
}
