//! Tenants: who uses this Gesher, and how their backends prove it.

pub mod access;
pub mod admin;
pub mod branding;
pub mod credentials;
mod keys;
mod recent;
mod tokens;

pub use keys::{Caller, ClientCaller, Keys, Unauthorised};
pub use tokens::{Kind, fingerprint, mint, tag};

use serde::{Deserialize, Serialize};

/// Whether something belongs to a test key or a live one. Neither sees the other's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Sandbox routes are seen without asking; no real bank is called.
    Test,
    /// Real banks.
    Live,
}

impl Mode {
    /// The mode in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }

    /// The mode that the database names.
    pub fn from_column(text: &str) -> Self {
        if text == "live" { Self::Live } else { Self::Test }
    }
}
