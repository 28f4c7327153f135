//! Tokens that leave the house: `<prefix><tag><52 characters>`. The tag names the tenant; the 52 characters are 256 random
//! bits. Only the SHA-256 of a token is stored: with that much randomness a slow hash adds nothing.
//!
//! Those that stand where Plaid's would are written as Plaid's: a UUID of version 8 (RFC 9562), of whose 122 bits of our own 30 are the
//! tag and 92 are random.

use super::Mode;
use data_encoding::HEXLOWER;
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
    /// As [`Kind::Connect`], where Plaid's link token would stand.
    SandboxLink,
    /// As [`Kind::Public`], where Plaid's public token would stand.
    SandboxPublic,
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
            Self::SandboxLink => "link-sandbox-",
            Self::SandboxPublic => "public-sandbox-",
            Self::Customer => "customer_",
            Self::Access => "at_",
            Self::ClientId => "client_",
            Self::ClientSecret => "gs_",
        }
    }

    const fn is_uuid(self) -> bool {
        matches!(self, Self::SandboxLink | Self::SandboxPublic)
    }
}

/// Makes a token.
pub fn mint(kind: Kind, tenant: &TenantTag, rng: &dyn Rng) -> String {
    if kind.is_uuid() {
        return format!("{}{}", kind.prefix(), uuid(tenant, rng));
    }
    format!("{}{}{}", kind.prefix(), tenant, new_secret(rng))
}

/// The tag in the first thirty bits, then version and variant where they belong.
fn uuid(tenant: &TenantTag, rng: &dyn Rng) -> String {
    let mut bytes = [0; 16];
    rng.fill(&mut bytes);
    let first = tenant.bits() << 2 | u32::from(bytes[3] & 3);
    bytes[..4].copy_from_slice(&first.to_be_bytes());
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn tag_in_uuid(text: &str) -> Option<TenantTag> {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let bytes = HEXLOWER.decode(parts.concat().as_bytes()).ok()?;
    let ours = lengths == [8, 4, 4, 4, 12] && bytes[6] >> 4 == 8 && bytes[8] >> 6 == 2;
    let first = <[u8; 4]>::try_from(bytes.get(..4)?).ok()?;
    ours.then(|| TenantTag::from_random(u32::from_be_bytes(first) >> 2))
}

/// The tenant that a token names.
///
/// # Errors
/// When the text is no token of this kind.
pub fn tag(kind: Kind, token: &str) -> Result<TenantTag, IdError> {
    if kind.is_uuid() {
        return token.strip_prefix(kind.prefix()).and_then(tag_in_uuid).ok_or(IdError);
    }
    TenantTag::of_token(token, kind.prefix())
}

/// What is stored of a token.
pub fn fingerprint(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesher_domain::testing::SeededRng;

    #[test]
    fn a_uuid_carries_its_tenant_and_is_of_version_eight() {
        let rng = SeededRng::new(5);
        for bits in [0, 0x2a5c_91f3, 0x3fff_ffff] {
            let tenant = TenantTag::from_random(bits);
            let token = mint(Kind::SandboxLink, &tenant, &rng);
            let uuid = token.strip_prefix("link-sandbox-").expect("its prefix");
            assert_eq!((uuid.len(), &uuid[14..15]), (36, "8"), "{token}");
            assert_eq!(tag(Kind::SandboxLink, &token), Ok(tenant));
            assert!(tag(Kind::SandboxPublic, &token).is_err() && tag(Kind::Connect, &token).is_err());
        }
    }

    #[test]
    fn another_uuid_is_none_of_ours() {
        for text in [
            "888f0c44-a8d8-47a1-98ca-7ac4f56d12c0",
            "888F0C44-A8D8-87A1-98CA-7AC4F56D12C0",
            "888f0c44a8d887a198ca7ac4f56d12c0",
            "888f0c44-a8d8-87a1-98ca-7ac4f56d12c",
            "",
        ] {
            assert!(tag(Kind::SandboxLink, &format!("link-sandbox-{text}")).is_err(), "{text}");
        }
    }
}
