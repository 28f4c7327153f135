//! RSA-SHA256 with PKCS #1 v1.5 padding: how a live client signs its requests, and how Salt Edge signs its callbacks. Keys are PEM, as
//! operators have them from openssl and from Salt Edge's documentation; signatures are base64.

use data_encoding::BASE64;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};

/// `rsaEncryption` with its empty parameters (RFC 8017, appendix C).
const RSA_ENCRYPTION: [u8; 13] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;

/// What is between the lines that name this kind of PEM.
fn pem(text: &str, kind: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {kind}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {kind}-----"))?;
    // A setting is one line: breaks may come as spaces or as the two letters `\n`.
    let body: String = body.replace("\\n", " ").split_ascii_whitespace().collect();
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

/// A private key that requests are signed with. Cannot be printed.
pub struct Signer(RsaKeyPair);

impl Signer {
    /// Reads a `PRIVATE KEY` (PKCS #8) or an `RSA PRIVATE KEY` (PKCS #1) of at least 2048 bits.
    pub fn from_pem(text: &str) -> Option<Self> {
        let pair = match (pem(text, "PRIVATE KEY"), pem(text, "RSA PRIVATE KEY")) {
            (Some(der), _) => RsaKeyPair::from_pkcs8(&der),
            (None, Some(der)) => RsaKeyPair::from_der(&der),
            (None, None) => return None,
        };
        pair.ok().map(Self)
    }

    /// The signature of `Expires-at|METHOD|url|body`.
    pub fn sign(&self, expires_at: i64, method: &str, url: &str, body: &str) -> Option<String> {
        let text = format!("{expires_at}|{method}|{url}|{body}");
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
            .ok()?;
        Some(BASE64.encode(&signature))
    }
}

/// The public key of which the private one signs callbacks: DER of `RSAPublicKey`.
pub struct Verifier(Vec<u8>);

impl Verifier {
    /// Reads a `PUBLIC KEY` (SubjectPublicKeyInfo) that is an RSA key.
    pub fn from_pem(text: &str) -> Option<Self> {
        let der = pem(text, "PUBLIC KEY")?;
        let (info, _) = value(SEQUENCE, &der)?;
        let (algorithm, rest) = value(SEQUENCE, info)?;
        let (bits, _) = value(BIT_STRING, rest)?;
        let key = bits.strip_prefix(&[0])?;
        value(SEQUENCE, key)?;
        (algorithm == RSA_ENCRYPTION).then(|| Self(key.to_vec()))
    }

    /// Whether this is the signature of a callback: `callback_url|body`.
    pub fn verifies(&self, callback_url: &str, body: &[u8], signature: &str) -> bool {
        let Ok(signature) = BASE64.decode(signature.as_bytes()) else {
            return false;
        };
        let mut text = format!("{callback_url}|").into_bytes();
        text.extend_from_slice(body);
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.0);
        key.verify(&text, &signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys for this test alone, made with openssl: they open nothing.
    const PKCS8: &str = include_str!("../../../sandbox/tests/salt_edge/client-key.pem");
    const PUBLIC: &str = include_str!("../../../sandbox/tests/salt_edge/client-key.pub.pem");

    #[test]
    fn what_is_signed_verifies_over_the_same_text_alone() {
        let signer = Signer::from_pem(PKCS8).expect("a key");
        let verifier = Verifier::from_pem(PUBLIC).expect("a key");
        let signature = signer.sign(60, "GET", "https://x.example/a?b=c", "").expect("a signature");
        assert!(verifier.verifies("60|GET|https://x.example/a?b=c", b"", &signature));
        assert!(!verifier.verifies("61|GET|https://x.example/a?b=c", b"", &signature));
        assert!(!verifier.verifies("60|GET|https://x.example/a?b=c", b" ", &signature));
        assert!(!verifier.verifies("60|GET|https://x.example/a?b=c", b"", "*"));
    }

    #[test]
    fn a_key_on_one_line_is_read_and_what_is_no_key_is_not() {
        for line in [PKCS8.replace('\n', " "), PKCS8.replace('\n', "\\n")] {
            assert!(Signer::from_pem(&line).is_some());
        }
        for wrong in ["", "secret", PUBLIC, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"] {
            assert!(Signer::from_pem(wrong).is_none());
        }
        assert!(Verifier::from_pem(PKCS8).is_none());
    }
}
