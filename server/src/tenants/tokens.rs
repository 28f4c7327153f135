//! Tokens that leave the house: `<prefix><tag><52 characters>`. The tag names the tenant; the 52 characters are 256 random
//! bits. Only the SHA-256 of a token is stored: with that much randomness a slow hash adds nothing.

use super::Mode;
use gesher_contract::{IdError, TenantTag};
use gesher_domain::{Rng, new_secret};
use sha2::{Digest, Sha256};

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A backend's key.
    ApiKey(Mode),
    /// In `widget_url`.
    Connect,
    /// In `hosted_url`.
    Hosted,
    /// In the one address that a vendor's API gives for both doors.
    Either,
    /// In the address of a hosted link that makes sessions.
    Link,
    /// From the browser to the host's backend, to be exchanged.
    Public,
    /// Reads what belongs to one customer.
    Customer,
    /// An OAuth client's, for one customer.
    Access,
    /// Names an OAuth client.
    ClientId,
    /// An OAuth client's secret.
    ClientSecret,
}

impl Kind {
    /// What stands before the tag.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::ApiKey(Mode::Test) => "gk_test_",
            Self::ApiKey(Mode::Live) => "gk_live_",
            Self::Connect => "ct_",
            Self::Hosted => "hl_",
            Self::Either => "cl_",
            Self::Link => "ln_",
            Self::Public => "public_",
            Self::Customer => "customer_",
            Self::Access => "at_",
            Self::ClientId => "client_",
            Self::ClientSecret => "gs_",
        }
    }
}

/// Makes a token.
pub fn mint(kind: Kind, tenant: &TenantTag, rng: &dyn Rng) -> String {
    format!("{}{}{}", kind.prefix(), tenant, new_secret(rng))
}

/// The tenant that a token names.
///
/// # Errors
/// When the text is no token of this kind.
pub fn tag(kind: Kind, token: &str) -> Result<TenantTag, IdError> {
    TenantTag::of_token(token, kind.prefix())
}

/// What is stored of a token.
pub fn fingerprint(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
