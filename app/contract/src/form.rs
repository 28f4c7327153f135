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
    /// An Israeli national id: up to nine digits, the last a check digit. Where [`Field::passport`] is set, a passport's number
    /// may be given instead; the answer `<name>.type` says which it is.
    NationalId,
    /// A branch and an account number, answered as `<name>.branch` and `<name>.account` and sent as `branch-account`.
    BranchAccount,
    /// One of the options, in a list.
    Select,
    /// One of the options, all visible.
    Radio,
    /// What stands in a picture, to be typed. The picture is made anew for each try.
    Image,
    /// Something to read, without an answer.
    Note,
}

/// What identifies a person at an institution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum IdType {
    /// An Israeli national id.
    #[default]
    NationalId,
    /// A passport's number.
    Passport,
}

impl IdType {
    /// Both.
    pub const ALL: [Self; 2] = [Self::NationalId, Self::Passport];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NationalId => "national_id",
            Self::Passport => "passport",
        }
    }

    /// The type of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }
}

/// What a challenge wants from a person: what is said about a wrong or a late one differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A code that was sent.
    #[default]
    Code,
    /// The answer to a question.
    Answer,
    /// What stands in a picture.
    Picture,
}

/// A picture that an institution shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// `image/png`, `image/jpeg` or `image/gif`.
    pub media_type: String,
    /// The file in base 64.
    pub base64: String,
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
    /// For a national id: whether a passport's number may be given instead.
    #[serde(default)]
    pub passport: bool,
    /// For an image.
    #[serde(default)]
    pub picture: Option<Picture>,
    /// A value that the host fixed: shown, not editable, and refused when an answer differs.
    #[serde(default)]
    pub locked: Option<String>,
    /// For a national id that the host fixed: what it is.
    #[serde(default)]
    pub locked_type: Option<IdType>,
}

impl Field {
    /// A field that has to be filled, with nothing special to it.
    pub fn new(name: impl Into<String>, kind: FieldKind, label: LocalizedText) -> Self {
        Self {
            name: name.into(),
            kind,
            label,
            hint: LocalizedText::default(),
            optional: false,
            min_length: 0,
            max_length: 0,
            options: Vec::new(),
            passport: false,
            picture: None,
            locked: None,
            locked_type: None,
        }
    }
}

/// A form that an institution asks to be filled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Whether this is a challenge after the login (a one-time code), not the login itself.
    #[serde(default)]
    pub challenge: bool,
    /// What the institution says above the form ("we sent a code to ...").
    #[serde(default)]
    pub message: LocalizedText,
    /// The fields, in order.
    pub fields: Vec<Field>,
    /// After how many seconds the institution can be asked to send the code again; nothing when it cannot.
    #[serde(default)]
    pub resend_after: Option<u32>,
}

impl Form {
    /// What it wants.
    pub fn proof(&self) -> Proof {
        let asks_for = |kind| self.fields.iter().any(|field| field.kind == kind);
        if asks_for(FieldKind::Image) {
            Proof::Picture
        } else if self.challenge && !asks_for(FieldKind::Code) {
            Proof::Answer
        } else {
            Proof::Code
        }
    }

    /// Whether another form asks the same: but for pictures, words above it, and what the host fixed.
    pub fn asks_like(&self, other: &Self) -> bool {
        let bare = |form: &Self| -> Vec<Field> {
            let fields = form.fields.iter().cloned();
            fields
                .map(|field| Field {
                    picture: None,
                    locked: None,
                    locked_type: None,
                    ..field
                })
                .collect()
        };
        self.challenge == other.challenge && bare(self) == bare(other)
    }
}
