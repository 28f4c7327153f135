//! RSA-SHA256 with PKCS #1 v1.5 padding, as clients sign requests and Salt Edge signs callbacks; keys come as PEM, signatures as base64.

use data_encoding::BASE64;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};

/// Bytes of the shortest modulus that is taken: 2048 bits.
const SHORTEST: usize = 256;
/// `rsaEncryption` with its empty parameters (RFC 8017, appendix C).
const RSA_ENCRYPTION: [u8; 13] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/// A public key: DER of `RSAPublicKey`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PublicKey(Vec<u8>);

/// A private key.
pub(super) struct PrivateKey(RsaKeyPair);

/// What is between the lines that name this kind of PEM.
fn pem(text: &str, kind: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {kind}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {kind}-----"))?;
    let body: String = body.split_ascii_whitespace().collect();
    BASE64.decode(body.as_bytes()).ok()
}

/// Content of the first DER value, which must have this tag, and what comes after it.
fn value(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (head, rest) = der.split_at_checked(2)?;
    if head[0] != tag {
        return None;
    }
    let (length, rest) = match head[1] {
        short @ 0..=0x7f => (usize::from(short), rest),
        0x81 => rest.split_first().map(|(length, rest)| (usize::from(*length), rest))?,
        0x82 => rest
            .split_first_chunk::<2>()
            .map(|(length, rest)| (usize::from(u16::from_be_bytes(*length)), rest))?,
        _ => return None,
    };
    rest.split_at_checked(length)
}

impl PublicKey {
    /// Reads a `PUBLIC KEY` (SubjectPublicKeyInfo) that is an RSA key of at least 2048 bits.
    pub(super) fn from_pem(text: &str) -> Option<Self> {
        let der = pem(text, "PUBLIC KEY")?;
        let (info, _) = value(SEQUENCE, &der)?;
        let (algorithm, rest) = value(SEQUENCE, info)?;
        let (bits, _) = value(BIT_STRING, rest)?;
        let key = bits.strip_prefix(&[0])?;
        let (numbers, _) = value(SEQUENCE, key)?;
        let (modulus, _) = value(INTEGER, numbers)?;
        (algorithm == RSA_ENCRYPTION && modulus.len() >= SHORTEST).then(|| Self(key.to_vec()))
    }

    /// Whether this is the owner's signature of the text.
    pub(super) fn verifies(&self, text: &[u8], signature: &str) -> bool {
        let Ok(signature) = BASE64.decode(signature.as_bytes()) else {
            return false;
        };
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.0);
        key.verify(text, &signature).is_ok()
    }
}

impl PrivateKey {
    /// Reads a `PRIVATE KEY` (PKCS #8).
    pub(super) fn from_pem(text: &str) -> Option<Self> {
        RsaKeyPair::from_pkcs8(&pem(text, "PRIVATE KEY")?).ok().map(Self)
    }

    /// The signature of the text.
    pub(super) fn sign(&self, text: &[u8]) -> Option<String> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature).ok()?;
        Some(BASE64.encode(&signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salt_edge::{CALLBACK_KEY, PRIVATE_CALLBACK_KEY};

    #[test]
    fn what_the_one_signs_the_other_verifies_and_nothing_else() {
        let (private, public) = (PrivateKey::from_pem(PRIVATE_CALLBACK_KEY), PublicKey::from_pem(CALLBACK_KEY));
        let (private, public) = (private.expect("a key"), public.expect("a key"));
        let signature = private.sign(b"url|body").expect("a signature");
        assert!(public.verifies(b"url|body", &signature));
        assert!(!public.verifies(b"url|bodY", &signature));
        assert!(!public.verifies(b"url|body", "not base64!"));
    }

    #[test]
    fn what_is_no_rsa_key_in_pem_is_refused() {
        let cut = CALLBACK_KEY.replace("MIIB", "MIIC");
        let ec = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAAAA\n-----END PUBLIC KEY-----";
        for wrong in ["", "MIIB", ec, &cut, PRIVATE_CALLBACK_KEY] {
            assert_eq!(PublicKey::from_pem(wrong), None, "{wrong}");
        }
    }
}
