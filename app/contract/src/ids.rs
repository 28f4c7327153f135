//! Ids that leave the house. Each is `<prefix>_<tag><26 characters>`: the tag names the tenant, so that a look-up is
//! always by (tenant, id), and the 26 characters are a UUIDv7 in lower-case Crockford base 32, so that ids sort by time.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Length of a tenant's tag.
const TAG_LEN: usize = 6;
/// Length of a UUID in Crockford base 32.
const UUID_LEN: usize = 26;
/// Crockford's alphabet, lower case: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A text is not an id of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdError;

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an id of this kind")
    }
}

impl std::error::Error for IdError {}

fn is_crockford(text: &str) -> bool {
    text.bytes().all(|byte| ALPHABET.contains(&byte))
}

/// A tenant's id: six characters that every id and token of the tenant carries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantTag(String);

impl TenantTag {
    /// Takes a text that is a tag.
    ///
    /// # Errors
    /// [`IdError`] when it is not six characters of the alphabet.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if text.len() == TAG_LEN && is_crockford(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError)
        }
    }

    /// The tag that a token such as `ct_<tag><secret>` carries after its prefix.
    ///
    /// # Errors
    /// [`IdError`] when the token has another prefix or no tag.
    pub fn of_token(token: &str, prefix: &str) -> Result<Self, IdError> {
        let rest = token.strip_prefix(prefix).ok_or(IdError)?;
        Self::parse(rest.get(..TAG_LEN).ok_or(IdError)?)
    }

    /// Makes a tag out of random bits.
    pub fn from_random(random: u32) -> Self {
        Self(
            (0..TAG_LEN)
                .map(|place| char::from(ALPHABET[(random >> (5 * place) & 31) as usize]))
                .collect(),
        )
    }

    /// The thirty bits that [`TenantTag::from_random`] makes it of.
    pub fn bits(&self) -> u32 {
        let places = self.0.bytes().enumerate();
        places.fold(0, |bits, (place, byte)| {
            let value = ALPHABET.iter().position(|known| *known == byte).unwrap_or_default();
            bits | u32::try_from(value).unwrap_or_default() << (5 * place)
        })
    }

    /// The six characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for TenantTag {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

impl From<TenantTag> for String {
    fn from(tag: TenantTag) -> Self {
        tag.0
    }
}

/// A 128-bit number as 26 Crockford characters.
fn encode(number: u128) -> String {
    (0..UUID_LEN)
        .rev()
        .map(|place| char::from(ALPHABET[(number >> (5 * place) & 31) as usize]))
        .collect()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What stands before the tag.
            pub const PREFIX: &'static str = concat!($prefix, "_");

            /// Makes an id of this tenant from a UUIDv7's 128 bits.
            pub fn new(tenant: &TenantTag, uuid: u128) -> Self {
                Self(format!("{}{}{}", Self::PREFIX, tenant, encode(uuid)))
            }

            /// Takes a text that is such an id.
            ///
            /// # Errors
            /// [`IdError`] when prefix, length or alphabet are wrong.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let rest = text.strip_prefix(Self::PREFIX).ok_or(IdError)?;
                if rest.len() == TAG_LEN + UUID_LEN && is_crockford(rest) { Ok(Self(text.to_owned())) } else { Err(IdError) }
            }

            /// The tenant that the id belongs to.
            pub fn tenant(&self) -> TenantTag {
                TenantTag(self.0[Self::PREFIX.len()..Self::PREFIX.len() + TAG_LEN].to_owned())
            }

            /// The whole text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id!(
    /// A tenant's customer.
    CustomerId,
    "cust"
);
id!(
    /// A connection.
    ConnectionId,
    "conn"
);
id!(
    /// A connect session.
    SessionId,
    "sess"
);
id!(
    /// An account at an institution.
    AccountId,
    "acct"
);
id!(
    /// A transaction on an account.
    TransactionId,
    "txn"
);
id!(
    /// An event in a connection's life.
    EventId,
    "evt"
);
id!(
    /// A tenant's webhook endpoint.
    WebhookEndpointId,
    "we"
);
id!(
    /// A tenant's start page.
    StartPageId,
    "sp"
);
id!(
    /// A tenant's hosted link.
    HostedLinkId,
    "link"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_carries_its_tenant_and_comes_back() {
        let tenant = TenantTag::from_random(0x3fff_ffff);
        let id = ConnectionId::new(&tenant, u128::MAX);
        assert_eq!(id.as_str(), "conn_zzzzzz7zzzzzzzzzzzzzzzzzzzzzzzzz");
        assert_eq!(ConnectionId::parse(id.as_str()), Ok(id.clone()));
        assert_eq!(id.tenant(), tenant);
        assert_eq!(SessionId::parse(id.as_str()), Err(IdError));
    }

    #[test]
    fn a_letter_outside_the_alphabet_is_refused() {
        assert_eq!(TenantTag::parse("abcdei"), Err(IdError));
        assert_eq!(TenantTag::parse("ABCDEF"), Err(IdError));
        assert_eq!(TenantTag::of_token("ct_abc", "ct_"), Err(IdError));
    }

    #[test]
    fn a_tag_is_its_bits() {
        for bits in [0, 1, 0x2a5c_91f3, 0x3fff_ffff] {
            assert_eq!(TenantTag::from_random(bits).bits(), bits);
        }
    }

    #[test]
    fn ids_sort_as_their_numbers_do() {
        let tenant = TenantTag::from_random(7);
        assert!(EventId::new(&tenant, 5) < EventId::new(&tenant, 1 << 90));
    }
}
