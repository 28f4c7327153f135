//! Login forms: what each institution asks its customers, and what it makes of the answers.
//!
//! Every form begins with the national id, which is also the customer number where a bank logs people in by it. The password is
//! `pass`, a user name is `user`; any other identifier may be anything of the right form.

use super::institutions::{Asks, Institution};
use super::psu::PsuId;
use serde::Serialize;
use std::collections::HashMap;

/// Name of the field that every form begins with.
pub(crate) const PSU_ID: &str = "psu_id";
const PASSWORD: &str = "password";
const USERNAME: &str = "username";

/// A text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Text {
    pub(crate) he: &'static str,
    pub(crate) en: &'static str,
}

/// What a field takes; names of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Text,
    Password,
    Number,
    NationalId,
}

/// One field of a form, as the protocol writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    kind: Kind,
    label: Text,
    hint: Text,
    min_length: usize,
    max_length: usize,
}

const fn text(he: &'static str, en: &'static str) -> Text {
    Text { he, en }
}

const NATIONAL_ID: Field = Field {
    name: PSU_ID,
    kind: Kind::NationalId,
    label: text("מספר זהות", "National ID number"),
    hint: text("תשע ספרות, לבדיקה: 043510023", "Nine digits, to test: 043510023"),
    min_length: 5,
    max_length: 9,
};

const PASSWORD_FIELD: Field = Field {
    name: PASSWORD,
    kind: Kind::Password,
    label: text("סיסמה", "Password"),
    hint: text("לבדיקה: pass", "To test: pass"),
    min_length: 1,
    max_length: 64,
};

const USERNAME_FIELD: Field = Field {
    name: USERNAME,
    kind: Kind::Text,
    label: text("שם משתמש", "User name"),
    hint: text("לבדיקה: user", "To test: user"),
    min_length: 1,
    max_length: 64,
};

const USER_CODE: Field = Field {
    name: "userCode",
    kind: Kind::Text,
    label: text("קוד משתמש", "User code"),
    hint: text("אותיות וספרות, לבדיקה: AB12345", "Letters and digits, to test: AB12345"),
    min_length: 4,
    max_length: 20,
};

const SECOND_CODE: Field = Field {
    name: "num",
    kind: Kind::Text,
    label: text("קוד מזהה", "Identification code"),
    hint: text("אותיות וספרות, לבדיקה: A12345", "Letters and digits, to test: A12345"),
    min_length: 4,
    max_length: 12,
};

const CARD_DIGITS: Field = Field {
    name: "card6Digits",
    kind: Kind::Number,
    label: text("שש ספרות אחרונות של הכרטיס", "Last six digits of the card"),
    hint: text("לבדיקה: 123456", "To test: 123456"),
    min_length: 6,
    max_length: 6,
};

const EMAIL: Field = Field {
    name: "email",
    kind: Kind::Text,
    label: text("דואר אלקטרוני", "E-mail address"),
    hint: text("לבדיקה: user@example.com", "To test: user@example.com"),
    min_length: 3,
    max_length: 120,
};

const COMPANY: Field = Field {
    name: "psu_corporate_id",
    kind: Kind::Number,
    label: text("מספר חברה (ח.פ.)", "Company number"),
    hint: text("תשע ספרות, לבדיקה: 510000003", "Nine digits, to test: 510000003"),
    min_length: 9,
    max_length: 9,
};

/// The fields of the institution's form, in order.
pub(crate) fn fields(institution: &Institution) -> Vec<Field> {
    match institution.asks {
        Asks::Username => vec![NATIONAL_ID, USERNAME_FIELD, PASSWORD_FIELD],
        Asks::UserCode => vec![NATIONAL_ID, USER_CODE, PASSWORD_FIELD],
        Asks::SecondCode => vec![NATIONAL_ID, PASSWORD_FIELD, SECOND_CODE],
        Asks::CardDigits => vec![NATIONAL_ID, CARD_DIGITS, PASSWORD_FIELD],
        Asks::Email => vec![NATIONAL_ID, EMAIL, PASSWORD_FIELD],
        Asks::Company => vec![NATIONAL_ID, COMPANY, USERNAME_FIELD, PASSWORD_FIELD],
    }
}

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
    for field in fields(institution) {
        let value = answers.get(field.name).map_or("", String::as_str);
        let value = if field.kind == Kind::Password { value } else { value.trim() };
        if value.is_empty() {
            return Err(Unfit::Missing(field.name));
        }
        match field.name {
            PSU_ID => psu = Some(PsuId::parse(value).ok_or(Unfit::Malformed(PSU_ID))?),
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
    let letters = match field.name {
        "email" => value
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()),
        _ if field.kind == Kind::Number => value.bytes().all(|byte| byte.is_ascii_digit()),
        _ => value.bytes().all(|byte| byte.is_ascii_alphanumeric()),
    };
    letters && (field.min_length..=field.max_length).contains(&length)
}

#[cfg(test)]
mod tests {
    use super::super::institutions;
    use super::*;

    fn names(id: &str) -> Vec<&'static str> {
        fields(institutions::find(id).expect(id)).iter().map(|field| field.name).collect()
    }

    fn read_at(id: &str, answers: &[(&str, &str)]) -> Result<Answers, Unfit> {
        let answers = answers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        read(institutions::find(id).expect(id), &answers)
    }

    #[test]
    fn each_form_asks_what_the_institution_asks_its_customers() {
        assert_eq!(names("il-leumi"), ["psu_id", "username", "password"]);
        assert_eq!(names("il-hapoalim"), ["psu_id", "userCode", "password"]);
        assert_eq!(names("il-discount"), ["psu_id", "password", "num"]);
        assert_eq!(names("il-mercantile"), ["psu_id", "password", "num"]);
        assert_eq!(names("il-isracard"), ["psu_id", "card6Digits", "password"]);
        assert_eq!(names("il-amex"), ["psu_id", "card6Digits", "password"]);
        assert_eq!(names("il-yahav"), ["psu_id", "username", "password"]);
        assert_eq!(names("il-onezero"), ["psu_id", "email", "password"]);
        assert_eq!(names("sandbox-business"), ["psu_id", "psu_corporate_id", "username", "password"]);
    }

    #[test]
    fn every_form_begins_with_the_national_id_and_its_hints_log_in() {
        for institution in institutions::all() {
            let fields = fields(institution);
            assert_eq!(fields[0].name, PSU_ID);
            let answers = fields
                .iter()
                .map(|field| {
                    let value = field.hint.en.rsplit_once(": ").map_or("043510023", |(_, value)| value);
                    (field.name.to_owned(), value.to_owned())
                })
                .collect();
            assert!(read(institution, &answers).expect(institution.id).right, "{}", institution.id);
        }
    }

    #[test]
    fn a_missing_field_is_named_and_a_malformed_one_too() {
        let good = [("psu_id", "043510023"), ("card6Digits", "123456"), ("password", "pass")];
        assert!(read_at("il-isracard", &good).expect("a good form").right);
        assert_eq!(read_at("il-isracard", &good[..2]), Err(Unfit::Missing("password")));
        assert_eq!(read_at("il-isracard", &[("psu_id", " ")]), Err(Unfit::Missing("psu_id")));
        assert_eq!(read_at("il-isracard", &[("psu_id", "123456789")]), Err(Unfit::Malformed("psu_id")));
        let short = [("psu_id", "043510023"), ("card6Digits", "12345"), ("password", "pass")];
        assert_eq!(read_at("il-isracard", &short), Err(Unfit::Malformed("card6Digits")));
    }

    #[test]
    fn a_wrong_user_name_or_password_is_wrong() {
        for (username, password, right) in [("user", "pass", true), ("user", "Pass", false), ("User", "pass", false)] {
            let answers = [("psu_id", "043510023"), ("username", username), ("password", password)];
            assert_eq!(read_at("sandbox-bank", &answers).expect("a filled form").right, right);
        }
    }
}
