//! Sealing what must not be read from the database, and keeping it from being printed.
//!
//! **Goal.** Whoever has the database and not the key has nothing; whoever can write to the database cannot move a sealed
//! value to another tenant, table, row or column.
//! **Contract.** A sealed value is a version byte, the key's id (8 bytes), a nonce (24 bytes) and XChaCha20-Poly1305's
//! ciphertext and tag. The tag covers the value's [`Context`] too, each part with its length before it. [`Keyring::open`]
//! gives the plaintext of exactly what [`Keyring::seal`] was given in the same context, or a named error. One key seals;
//! others may still open, so that keys can be changed.

mod keyring;

pub use keyring::{KeyError, Keyring};
pub use secrecy::{ExposeSecret, SecretString};

/// A value that is wiped when it goes and that nothing prints.
pub type Secret<T> = secrecy::SecretBox<T>;

use chacha20poly1305::XNonce;
use chacha20poly1305::aead::{Aead as _, Payload};
use data_encoding::HEXLOWER;
use ring::hmac;

const VERSION: u8 = 1;
const KEY_ID: usize = 8;
const NONCE: usize = 24;
const HEAD: usize = 1 + KEY_ID + NONCE;

/// The place of a sealed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// The table.
    pub table: &'a str,
    /// The row's id.
    pub row: &'a str,
    /// The column.
    pub column: &'a str,
}

impl Context<'_> {
    /// What the tag covers besides the value: no two contexts give the same bytes.
    fn bound_to(&self, head: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128);
        for part in [
            self.tenant.as_bytes(),
            self.table.as_bytes(),
            self.row.as_bytes(),
            self.column.as_bytes(),
            head,
        ] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

/// A value was not sealed: it is larger than the cipher takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too large to be sealed")]
pub struct TooLarge;

/// A sealed value was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is too short, or of a version that this program does not know.
    #[error("not a sealed value")]
    Malformed,
    /// No key of the ring has its id.
    #[error("sealed with a key that is not here")]
    UnknownKey,
    /// It was changed, or belongs elsewhere.
    #[error("changed, or sealed for another place")]
    Refused,
}

impl Keyring {
    /// Seals a value for its place. The nonce has to be 24 fresh random bytes.
    ///
    /// # Errors
    /// [`TooLarge`] beyond 256 GiB.
    pub fn seal(&self, context: &Context<'_>, plaintext: &[u8], nonce: [u8; NONCE]) -> Result<Vec<u8>, TooLarge> {
        let key = self.sealing();
        let mut sealed = Vec::with_capacity(HEAD + plaintext.len() + 16);
        sealed.push(VERSION);
        sealed.extend_from_slice(&key.id);
        let aad = context.bound_to(&sealed);
        sealed.extend_from_slice(&nonce);
        let payload = Payload { msg: plaintext, aad: &aad };
        sealed.extend_from_slice(&key.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| TooLarge)?);
        Ok(sealed)
    }

    /// Opens a value that was sealed for this place.
    ///
    /// # Errors
    /// [`OpenError`] says why not; nothing of the value is given then.
    pub fn open(&self, context: &Context<'_>, sealed: &[u8]) -> Result<Secret<Vec<u8>>, OpenError> {
        let (head, ciphertext) = sealed.split_at_checked(HEAD).ok_or(OpenError::Malformed)?;
        let (named, nonce) = head.split_at(1 + KEY_ID);
        let [VERSION, id @ ..] = named else {
            return Err(OpenError::Malformed);
        };
        let key = self.opening(id).ok_or(OpenError::UnknownKey)?;
        let nonce = <[u8; NONCE]>::try_from(nonce).map_err(|_| OpenError::Malformed)?;
        let aad = context.bound_to(named);
        let payload = Payload {
            msg: ciphertext,
            aad: &aad,
        };
        let plaintext = key.cipher.decrypt(&XNonce::from(nonce), payload).map_err(|_| OpenError::Refused)?;
        Ok(Secret::new(Box::new(plaintext)))
    }

    /// A fingerprint of a value, by which two equal ones of a tenant are known and which nobody without the key can guess: the key's id,
    /// a colon, and HMAC-SHA256 in hexadecimal. Fingerprints of different keys say nothing about each other.
    pub fn fingerprint(&self, tenant: &str, value: &str) -> String {
        let key = self.sealing();
        let mut context = hmac::Context::with_key(&key.mac);
        context.update(&(tenant.len() as u64).to_be_bytes());
        context.update(tenant.as_bytes());
        context.update(value.as_bytes());
        format!("{}:{}", HEXLOWER.encode(&key.id), HEXLOWER.encode(context.sign().as_ref()))
    }

    /// HMAC-SHA256 of a token that somebody carries for us, with a key that follows from the one that seals.
    pub fn sign_token(&self, text: &[u8]) -> Vec<u8> {
        hmac::sign(&self.sealing().tokens, text).as_ref().to_vec()
    }

    /// Whether [`Keyring::sign_token`] made this of that text, with any key of the ring.
    pub fn signed_token(&self, text: &[u8], signature: &[u8]) -> bool {
        self.all().iter().any(|key| hmac::verify(&key.tokens, text, signature).is_ok())
    }

    /// Whether a sealed value should be sealed anew: it opens with a key that seals no longer.
    pub fn is_old(&self, sealed: &[u8]) -> bool {
        sealed.get(1..=KEY_ID).is_none_or(|id| id != self.sealing().id)
    }
}

/// Whether two fingerprints are of equal values. Nothing when one is missing, or they were made with different keys.
pub fn same_fingerprint(one: Option<&str>, other: Option<&str>) -> Option<bool> {
    let ((key, one), (other_key, other)) = (one?.split_once(':')?, other?.split_once(':')?);
    (key == other_key).then_some(one == other)
}

#[cfg(test)]
mod tests;
