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
/// Says whether the other is a national id or a passport's number.
const PSU_ID_TYPE: &str = "psu_id_type";
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
    BranchAccount,
    Select,
    Radio,
    Note,
}

/// One of the options of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Choice {
    value: &'static str,
    label: Text,
}

/// One field of a form, as the protocol writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    kind: Kind,
    label: Text,
    hint: Text,
    optional: bool,
    min_length: usize,
    max_length: usize,
    options: &'static [Choice],
    /// Whether a passport's number may stand instead of the national id; `<name>_type` then says which it is.
    passport: bool,
}

/// A field with nothing special to it.
const PLAIN: Field = Field {
    name: "",
    kind: Kind::Text,
    label: text("", ""),
    hint: text("", ""),
    optional: false,
    min_length: 0,
    max_length: 0,
    options: &[],
    passport: false,
};

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
    ..PLAIN
};

const PASSWORD_FIELD: Field = Field {
    name: PASSWORD,
    kind: Kind::Password,
    label: text("סיסמה", "Password"),
    hint: text("לבדיקה: pass", "To test: pass"),
    min_length: 1,
    max_length: 64,
    ..PLAIN
};

const USERNAME_FIELD: Field = Field {
    name: USERNAME,
    kind: Kind::Text,
    label: text("שם משתמש", "User name"),
    hint: text("לבדיקה: user", "To test: user"),
    min_length: 1,
    max_length: 64,
    ..PLAIN
};

const USER_CODE: Field = Field {
    name: "userCode",
    kind: Kind::Text,
    label: text("קוד משתמש", "User code"),
    hint: text("אותיות וספרות, לבדיקה: AB12345", "Letters and digits, to test: AB12345"),
    min_length: 4,
    max_length: 20,
    ..PLAIN
};

const SECOND_CODE: Field = Field {
    name: "num",
    kind: Kind::Text,
    label: text("קוד מזהה", "Identification code"),
    hint: text("אותיות וספרות, לבדיקה: A12345", "Letters and digits, to test: A12345"),
    min_length: 4,
    max_length: 12,
    ..PLAIN
};

const CARD_DIGITS: Field = Field {
    name: "card6Digits",
    kind: Kind::Number,
    label: text("שש ספרות אחרונות של הכרטיס", "Last six digits of the card"),
    hint: text("לבדיקה: 123456", "To test: 123456"),
    min_length: 6,
    max_length: 6,
    ..PLAIN
};

const EMAIL: Field = Field {
    name: "email",
    kind: Kind::Text,
    label: text("דואר אלקטרוני", "E-mail address"),
    hint: text("לבדיקה: user@example.com", "To test: user@example.com"),
    min_length: 3,
    max_length: 120,
    ..PLAIN
};

const COMPANY: Field = Field {
    name: "psu_corporate_id",
    kind: Kind::Number,
    label: text("מספר חברה (ח.פ.)", "Company number"),
    hint: text("תשע ספרות, לבדיקה: 510000003", "Nine digits, to test: 510000003"),
    min_length: 9,
    max_length: 9,
    ..PLAIN
};

const EXPLANATION: Field = Field {
    name: "explanation",
    kind: Kind::Note,
    label: text(
        "בכניסה הראשונה מהמכשיר הזה הבנק מבקש לזהות אתכם במלואכם.",
        "The first time on this device the bank identifies you in full.",
    ),
    hint: text("כל השדות כאן הם להדגמה.", "Every field here is for show."),
    ..PLAIN
};

const ID_OR_PASSPORT: Field = Field {
    label: text("מספר זהות או דרכון", "National ID or passport number"),
    hint: text("או דרכון P1234567, לבדיקה: 043510023", "Or passport P1234567, to test: 043510023"),
    max_length: 20,
    passport: true,
    ..NATIONAL_ID
};

const BRANCH_ACCOUNT: Field = Field {
    name: "account",
    kind: Kind::BranchAccount,
    label: text("סניף וחשבון", "Branch and account"),
    hint: text(
        "סניף וחשבון כלשהם, לבדיקה: 123-456789",
        "Any branch and account, to test: 123-456789",
    ),
    ..PLAIN
};

const ACCOUNT_KIND: Field = Field {
    name: "account_kind",
    kind: Kind::Select,
    label: text("סוג החשבון", "Kind of account"),
    options: &[
        Choice {
            value: "single",
            label: text("יחיד", "In one name"),
        },
        Choice {
            value: "joint",
            label: text("משותף", "Joint"),
        },
        Choice {
            value: "youth",
            label: text("נוער", "Youth"),
        },
    ],
    ..PLAIN
};

const DEVICE: Field = Field {
    name: "device",
    kind: Kind::Radio,
    label: text("של מי המכשיר?", "Whose device is this?"),
    options: &[
        Choice {
            value: "own",
            label: text("שלי", "Mine"),
        },
        Choice {
            value: "shared",
            label: text("משותף", "Shared"),
        },
    ],
    ..PLAIN
};

const CARD_END: Field = Field {
    name: "card4Digits",
    kind: Kind::Number,
    label: text("ארבע ספרות אחרונות של כרטיס", "Last four digits of a card"),
    hint: text("אם יש כרטיס, לבדיקה: 1234", "If you have one, to test: 1234"),
    optional: true,
    min_length: 4,
    max_length: 4,
    ..PLAIN
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
        Asks::Everything => vec![
            EXPLANATION,
            ID_OR_PASSPORT,
            BRANCH_ACCOUNT,
            ACCOUNT_KIND,
            DEVICE,
            CARD_END,
            PASSWORD_FIELD,
        ],
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
            let fields: Vec<Field> = fields(institution).into_iter().filter(|field| field.kind != Kind::Note).collect();
            assert_eq!(fields[0].name, PSU_ID);
            let answers = fields
                .iter()
                .map(|field| {
                    let hinted = field.hint.en.rsplit_once(": ").map(|(_, value)| value);
                    let value = hinted.or(field.options.first().map(|option| option.value)).expect(field.name);
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

    #[test]
    fn the_long_form_takes_an_id_or_a_passport_and_names_each_wrong_field() {
        let good = [
            ("psu_id", "P1234567"),
            ("psu_id_type", "passport"),
            ("account", "123-456789"),
            ("account_kind", "joint"),
            ("device", "own"),
            ("password", "pass"),
        ];
        let read_with = |name: &str, value: &str| {
            let answers: Vec<(&str, &str)> = good
                .iter()
                .map(|(known, usual)| (*known, if *known == name { value } else { *usual }))
                .chain((name == "card4Digits").then_some(("card4Digits", value)))
                .collect();
            read_at("sandbox-forms", &answers)
        };
        let answers = read_with("", "").expect("a good form");
        assert!(answers.right && Some(answers.psu) == PsuId::parse("043510023"));
        assert_eq!(read_with("psu_id_type", "national_id"), Err(Unfit::Malformed("psu_id")));
        for (name, wrong) in [
            ("account", "123456789"),
            ("account", "-456789"),
            ("account_kind", "secret"),
            ("device", "stolen"),
            ("card4Digits", "12x4"),
        ] {
            assert_eq!(read_with(name, wrong), Err(Unfit::Malformed(name)), "{wrong}");
        }
        assert!(read_with("card4Digits", "1234").is_ok());
    }
}
