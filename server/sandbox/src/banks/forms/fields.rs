//! The fields of the forms, and which institution asks for which.

use super::super::institutions::{Asks, Institution};
use super::{PASSWORD, PSU_ID, USERNAME};
use serde::Serialize;

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
    pub(super) value: &'static str,
    label: Text,
}

/// One field of a form, as the protocol writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(super) kind: Kind,
    label: Text,
    pub(super) hint: Text,
    pub(super) optional: bool,
    pub(super) min_length: usize,
    pub(super) max_length: usize,
    pub(super) options: &'static [Choice],
    /// Whether a passport's number may stand instead of the national id; `<name>_type` then says which it is.
    pub(super) passport: bool,
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
        Asks::Nothing => vec![NATIONAL_ID, PASSWORD_FIELD],
        Asks::Username => vec![NATIONAL_ID, USERNAME_FIELD, PASSWORD_FIELD],
        Asks::UserCode => vec![NATIONAL_ID, USER_CODE, PASSWORD_FIELD],
        Asks::SecondCode => vec![NATIONAL_ID, PASSWORD_FIELD, SECOND_CODE],
        Asks::CardDigits => vec![NATIONAL_ID, CARD_DIGITS, PASSWORD_FIELD],
        Asks::Email => vec![NATIONAL_ID, EMAIL, PASSWORD_FIELD],
        Asks::Company => vec![ID_OR_PASSPORT, COMPANY, USERNAME_FIELD, PASSWORD_FIELD],
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
