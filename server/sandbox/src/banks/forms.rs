//! Login forms: what each institution asks its customers, and what it makes of the answers.
//!
//! Every form begins with the national id, which is also the customer number where a bank logs people in by it. The password is
//! `pass`, a user name is `user`; any other identifier may be anything of the right form.

mod fields;
#[cfg(test)]
mod tests;

pub(crate) use fields::{Text, fields};

use super::institutions::Institution;
use super::psu::PsuId;
use fields::{Field, Kind};
use std::collections::HashMap;

/// Name of the field that every form begins with.
pub(crate) const PSU_ID: &str = "psu_id";
/// Says whether the other is a national id or a passport's number.
const PSU_ID_TYPE: &str = "psu_id_type";
const PASSWORD: &str = "password";
const USERNAME: &str = "username";

/// What a filled form says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answers {
    /// Who wants to log in.
    pub(crate) psu: PsuId,
    /// Whether user name and password are right.
    pub(crate) right: bool,
}

/// Why a form is not even tried.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// This field is missing or empty.
    Missing(&'static str),
    /// This field's value is not of its form.
    Malformed(&'static str),
}

/// Reads a filled form. Fields that the form does not have are ignored.
pub(crate) fn read(institution: &Institution, answers: &HashMap<String, String>) -> Result<Answers, Unfit> {
    let mut psu = None;
    let mut right = true;
    for field in fields(institution).into_iter().filter(|field| field.kind != Kind::Note) {
        let value = answers.get(field.name).map_or("", String::as_str);
        let value = if field.kind == Kind::Password { value } else { value.trim() };
        if value.is_empty() && field.optional {
            continue;
        }
        if value.is_empty() {
            return Err(Unfit::Missing(field.name));
        }
        match field.name {
            PSU_ID => {
                let by_passport = field.passport && answers.get(PSU_ID_TYPE).is_some_and(|kind| kind == "passport");
                let known = if by_passport {
                    PsuId::of_passport(value)
                } else {
                    PsuId::parse(value)
                };
                psu = Some(known.ok_or(Unfit::Malformed(PSU_ID))?);
            }
            USERNAME => right &= value == "user",
            PASSWORD => right &= value == "pass",
            name if !well_formed(&field, value) => return Err(Unfit::Malformed(name)),
            _ => {}
        }
    }
    psu.map(|psu| Answers { psu, right }).ok_or(Unfit::Missing(PSU_ID))
}

fn well_formed(field: &Field, value: &str) -> bool {
    let length = value.chars().count();
    let digits = |value: &str| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    match field.kind {
        Kind::BranchAccount => {
            return value
                .split_once('-')
                .is_some_and(|(branch, account)| digits(branch) && digits(account));
        }
        Kind::Select | Kind::Radio => return field.options.iter().any(|option| option.value == value),
        _ => {}
    }
    let letters = match field.name {
        "email" => value
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()),
        _ if field.kind == Kind::Number => digits(value),
        _ => value.bytes().all(|byte| byte.is_ascii_alphanumeric()),
    };
    letters && (field.min_length..=field.max_length).contains(&length)
}
