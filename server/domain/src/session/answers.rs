//! Checking what a person typed against the institution's form.

use crate::checks::{NationalIdError, PassportError, national_id, passport};
use gesher_contract::{Field, FieldKind, Form, IdType};
use std::{collections::BTreeMap, fmt};

/// Most digits of a branch.
const BRANCH_LEN: usize = 4;
/// Fewest and most digits of an account.
const ACCOUNT_LEN: std::ops::RangeInclusive<usize> = 2..=12;

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
    /// It has something else than the letters and digits of a passport's number.
    Passport,
    /// It is none of the options.
    NotAnOption,
    /// It differs from the value that the host fixed.
    Locked,
    /// It is another person's than the one whose connection is repaired.
    OtherPerson,
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
    for field in form.fields.iter().filter(|field| field.kind != FieldKind::Note) {
        match check_field(field, answers) {
            Ok(Some(value)) => {
                if field.kind == FieldKind::NationalId && field.passport {
                    cleaned.insert(format!("{}_type", field.name), id_type(field, answers).as_str().to_owned());
                }
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
    let shown = form
        .fields
        .iter()
        .filter(|field| !matches!(field.kind, FieldKind::Password | FieldKind::Code | FieldKind::Image));
    let names = shown.flat_map(|field| match field.kind {
        FieldKind::BranchAccount => vec![part(field, BRANCH), part(field, ACCOUNT)],
        FieldKind::NationalId if field.passport => vec![field.name.clone(), part(field, TYPE)],
        _ => vec![field.name.clone()],
    });
    names
        .filter_map(|name| Some((name.clone(), answers.get(&name)?.trim().to_owned())))
        .collect()
}

/// The parts of an answer that has several.
const BRANCH: &str = "branch";
const ACCOUNT: &str = "account";
const TYPE: &str = "type";

fn part(field: &Field, part: &str) -> String {
    format!("{}.{part}", field.name)
}

fn typed<'a>(answers: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    answers.get(name).map_or("", String::as_str)
}

/// What the id is that was typed.
fn id_type(field: &Field, answers: &BTreeMap<String, String>) -> IdType {
    match (field.passport, field.locked_type) {
        (_, Some(locked)) => locked,
        (false, None) => IdType::NationalId,
        (true, None) => IdType::from_name(typed(answers, &part(field, TYPE))).unwrap_or_default(),
    }
}

/// A branch and an account as they are sent.
fn branch_account(field: &Field, answers: &BTreeMap<String, String>) -> Result<Option<String>, Problem> {
    let (branch, account) = (part(field, BRANCH), part(field, ACCOUNT));
    let (branch, account) = (typed(answers, &branch).trim(), typed(answers, &account).trim());
    match (branch.is_empty(), account.is_empty()) {
        (true, true) if field.optional => return Ok(None),
        (false, false) => {}
        _ => return Err(Problem::Required),
    }
    // An account is often written with its branch's hyphen or a slash in it.
    let account: String = account.chars().filter(|character| !matches!(character, '-' | '/' | ' ')).collect();
    if !branch.bytes().chain(account.bytes()).all(|byte| byte.is_ascii_digit()) {
        Err(Problem::DigitsOnly)
    } else if branch.len() > BRANCH_LEN || account.len() > *ACCOUNT_LEN.end() {
        Err(Problem::TooLong)
    } else if account.len() < *ACCOUNT_LEN.start() {
        Err(Problem::TooShort)
    } else {
        Ok(Some(format!("{branch}-{account}")))
    }
}

/// One answer, as it is sent; nothing when it is optional and empty.
fn check_field(field: &Field, answers: &BTreeMap<String, String>) -> Result<Option<String>, Problem> {
    if field.kind == FieldKind::BranchAccount {
        return branch_account(field, answers);
    }
    let typed = typed(answers, &field.name);
    // A space is part of a password, and a slip anywhere else.
    let typed = if field.kind == FieldKind::Password { typed } else { typed.trim() };
    if let Some(locked) = &field.locked {
        return locked_value(field, locked, typed).map(Some);
    }
    if typed.is_empty() {
        return if field.optional { Ok(None) } else { Err(Problem::Required) };
    }
    let value = match field.kind {
        FieldKind::NationalId if id_type(field, answers) == IdType::Passport => {
            return match passport(typed) {
                Ok(number) => Ok(Some(number)),
                Err(PassportError::TooShort) => Err(Problem::TooShort),
                Err(PassportError::TooLong) => Err(Problem::TooLong),
                Err(PassportError::Characters) => Err(Problem::Passport),
            };
        }
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
        _ => typed,
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
    let canonical = |text: &str| match (field.kind, field.locked_type) {
        (FieldKind::NationalId, Some(IdType::Passport)) => text.to_ascii_uppercase(),
        (FieldKind::NationalId, _) => national_id(text).unwrap_or_else(|_| text.to_owned()),
        _ => text.to_owned(),
    };
    let locked = canonical(locked);
    if typed.is_empty() || canonical(typed) == locked {
        Ok(locked)
    } else {
        Err(Problem::Locked)
    }
}
