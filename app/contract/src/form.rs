//! An institution's form, as data. The widget shows it as a [`crate::FormView`], in one language.

use crate::LocalizedText;
use serde::{Deserialize, Serialize};

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Any text.
    Text,
    /// A secret that is never shown nor sent back to the page.
    Password,
    /// A one-time code.
    Code,
    /// Digits only.
    Number,
    /// An Israeli national id: up to nine digits, the last a check digit.
    NationalId,
    /// One of the options, in a list.
    Select,
    /// One of the options, all visible.
    Radio,
}

/// One of the options of a select or radio field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: LocalizedText,
}

/// A field of an institution's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The institution's own name for it; the key of the answer.
    pub name: String,
    /// What it takes.
    pub kind: FieldKind,
    /// What stands above it.
    pub label: LocalizedText,
    /// What stands below it, if anything.
    #[serde(default)]
    pub hint: LocalizedText,
    /// Whether it may be left empty.
    #[serde(default)]
    pub optional: bool,
    /// Fewest characters, 0 when it does not matter.
    #[serde(default)]
    pub min_length: u32,
    /// Most characters, 0 when it does not matter.
    #[serde(default)]
    pub max_length: u32,
    /// For select and radio.
    #[serde(default)]
    pub options: Vec<Choice>,
    /// A value that the host fixed: shown, not editable, and refused when an answer differs.
    #[serde(default)]
    pub locked: Option<String>,
}

/// A form that an institution asks to be filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Whether this is a challenge after the login (a one-time code), not the login itself.
    #[serde(default)]
    pub challenge: bool,
    /// What the institution says above the form ("we sent a code to ...").
    #[serde(default)]
    pub message: LocalizedText,
    /// The fields, in order.
    pub fields: Vec<Field>,
}
