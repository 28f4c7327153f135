//! Hashes of the secrets that a session is checked against: the machine keeps and compares these, never the secrets.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A text is not 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hash")]
pub struct HashError;

/// 32 bytes, written as lower-case hexadecimal. The caller makes them (SHA-256 of 256 random bits).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash32(pub [u8; 32]);

impl Hash32 {
    /// Takes 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`HashError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, HashError> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| HashError)?;
        bytes.try_into().map(Self).map_err(|_| HashError)
    }

    /// 64 lower-case hexadecimal digits.
    pub fn hex(&self) -> String {
        HEXLOWER.encode(&self.0)
    }
}

impl fmt::Debug for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", &self.hex()[..8])
    }
}

impl TryFrom<String> for Hash32 {
    type Error = HashError;
    fn try_from(text: String) -> Result<Self, HashError> {
        Self::parse(&text)
    }
}

impl From<Hash32> for String {
    fn from(hash: Hash32) -> Self {
        hash.hex()
    }
}

macro_rules! hash {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Hash32);
    };
}

hash!(
    /// Hash of the secret of one browser document.
    InstanceHash
);
hash!(
    /// Hash of the cookie of the browser that launched the leg at the bank.
    BrowserHash
);
hash!(
    /// Hash of the `state` that the bank brings back.
    StateHash
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_as_hex_and_comes_back() {
        let hash = InstanceHash(Hash32([0xab; 32]));
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(json, format!("\"{}\"", "ab".repeat(32)));
        assert_eq!(serde_json::from_str::<InstanceHash>(&json).unwrap(), hash);
        assert_eq!(Hash32::parse("ab"), Err(HashError));
        assert_eq!(Hash32::parse(&"AB".repeat(32)), Err(HashError));
    }
}
