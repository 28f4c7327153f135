//! The seal of a message: `Digest`, `Signature` and the certificate, as the Implementation Guidelines (1.3, section 12) have them.
//!
//! The signing string is that of draft-cavage-http-signatures-10. `keyId` is the certificate's serial number and its issuer, the
//! issuer as the interface file's example writes it: the most particular part first, spaces percent-encoded.

use super::setting::{QSEALC_CERTIFICATE, QSEALC_KEY};
use crate::providers::Settings;
use data_encoding::BASE64;
use reqwest::Request;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret as _;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::x509::X509Name;

/// What is signed, where it is there: who is calling and for whom, and where a person is led.
const SIGNED: [&str; 8] = [
    "digest",
    "x-request-id",
    "psu-id",
    "psu-id-type",
    "psu-corporate-id",
    "tpp-redirect-uri",
    "consent-id",
    "psu-ip-address",
];

/// Why there is no seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The setting is not set.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// The certificate cannot be read.
    #[error("qsealc_certificate is no certificate in PEM")]
    Certificate,
    /// The key cannot be read.
    #[error("qsealc_key is no RSA key in PEM of 2048 bits or more")]
    Key,
    /// They do not belong together.
    #[error("qsealc_key is not the key of qsealc_certificate")]
    Apart,
    /// A message could not be signed.
    #[error("a message could not be signed")]
    Unsigned,
}

/// A tenant's seal.
pub struct Seal {
    key: RsaKeyPair,
    certificate: String,
    key_id: String,
    /// The last moment at which the certificate is good, in seconds since the epoch.
    pub good_until: i64,
}

impl Seal {
    /// The one that is set.
    ///
    /// # Errors
    /// [`SealError`], which tells nothing of what is set.
    pub fn of(settings: &Settings) -> Result<Self, SealError> {
        let set = |name| settings.get(name).ok_or(SealError::Missing(name));
        let certificate = CertificateDer::from_pem_slice(set(QSEALC_CERTIFICATE)?.expose_secret().as_bytes());
        let certificate = certificate.map_err(|_| SealError::Certificate)?;
        let (_, read) = X509Certificate::from_der(&certificate).map_err(|_| SealError::Certificate)?;
        let key = PrivateKeyDer::from_pem_slice(set(QSEALC_KEY)?.expose_secret().as_bytes()).map_err(|_| SealError::Key)?;
        let key = match &key {
            PrivateKeyDer::Pkcs8(key) => RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(key) => RsaKeyPair::from_der(key.secret_pkcs1_der()),
            _ => return Err(SealError::Key),
        };
        let key = key.map_err(|_| SealError::Key)?;
        if read.public_key().subject_public_key.as_ref() != ring::signature::KeyPair::public_key(&key).as_ref() {
            return Err(SealError::Apart);
        }
        let issuer = written(read.issuer()).ok_or(SealError::Certificate)?;
        Ok(Self {
            key_id: format!("SN={:X},CA={issuer}", read.serial),
            good_until: read.validity().not_after.timestamp(),
            certificate: BASE64.encode(&certificate),
            key,
        })
    }

    /// Seals a request as it is about to be sent.
    ///
    /// # Errors
    /// [`SealError::Unsigned`]
    pub fn put_on(&self, request: &mut Request) -> Result<(), SealError> {
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        let digest = format!("SHA-256={}", BASE64.encode(&Sha256::digest(body)));
        let headers = request.headers_mut();
        insert(headers, "digest", &digest)?;
        let present: Vec<&str> = SIGNED.into_iter().filter(|name| headers.contains_key(*name)).collect();
        let line = |name: &&str| Some(format!("{name}: {}", headers.get(*name)?.to_str().ok()?.trim()));
        let lines: Option<Vec<String>> = present.iter().map(line).collect();
        let signed = lines.ok_or(SealError::Unsigned)?.join("\n");
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| SealError::Unsigned)?;
        let signature = format!(
            "keyId=\"{}\",algorithm=\"rsa-sha256\",headers=\"{}\",signature=\"{}\"",
            self.key_id,
            present.join(" "),
            BASE64.encode(&signature),
        );
        insert(headers, "signature", &signature)?;
        insert(headers, "tpp-signature-certificate", &self.certificate)
    }
}

fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) -> Result<(), SealError> {
    let value = HeaderValue::from_str(value).map_err(|_| SealError::Unsigned)?;
    headers.insert(HeaderName::from_static(name), value);
    Ok(())
}

/// A name in the order of RFC 4514 with the short names of RFC 4519; others by their numbers. In a header's quotes no quote can
/// stand, and no comma within a value: both are percent-encoded, as spaces are.
fn written(name: &X509Name<'_>) -> Option<String> {
    let mut parts = Vec::new();
    for attribute in name.iter_attributes() {
        let kind = attribute.attr_type().to_id_string();
        let kind = match kind.as_str() {
            "2.5.4.3" => "CN",
            "2.5.4.6" => "C",
            "2.5.4.7" => "L",
            "2.5.4.8" => "ST",
            "2.5.4.10" => "O",
            "2.5.4.11" => "OU",
            other => other,
        };
        let encoded: String = attribute.as_str().ok()?.bytes().map(escaped).collect();
        parts.push(format!("{kind}={encoded}"));
    }
    parts.reverse();
    Some(parts.join(","))
}

fn escaped(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~&'()/:@".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesher_sandbox::{Authority, Purpose};
    use secrecy::SecretString;

    const NOW: i64 = 1_795_176_000_000_000;

    fn set(certificate: &str, key: &str) -> Settings {
        let set = [(QSEALC_CERTIFICATE, certificate), (QSEALC_KEY, key)];
        let set = set.into_iter().filter(|(_, value)| !value.is_empty());
        set.map(|(name, value)| (name.to_owned(), SecretString::from(value))).collect()
    }

    #[test]
    fn a_seal_covers_what_is_there_and_names_its_certificate() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let issued = Authority::new(NOW).unwrap().issue(Purpose::Seal, [1; 32], NOW).unwrap();
        let seal = Seal::of(&set(&issued.certificate, &issued.key)).unwrap();
        assert!(seal.key_id.starts_with("SN=") && seal.key_id.ends_with(",CA=CN=Gesher%20Sandbox%20Test%20CA,O=Gesher%20Sandbox,C=IL"));
        let client = crate::outbound::client(false).unwrap();
        let request = client
            .get("https://bank.example/v1/accounts")
            .header("X-Request-ID", "1")
            .header("Consent-ID", "2");
        let mut request = request.header("Accept", "application/json").build().unwrap();
        seal.put_on(&mut request).unwrap();
        let header = |name: &str| request.headers()[name].to_str().unwrap();
        // The SHA-256 of nothing.
        assert_eq!(header("digest"), "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert!(header("signature").contains("headers=\"digest x-request-id consent-id\""));
        let signed = format!("digest: {}\nx-request-id: 1\nconsent-id: 2", header("digest"));
        let value = header("signature").split("signature=\"").nth(1).unwrap().trim_end_matches('"');
        let key = ring::signature::KeyPair::public_key(&seal.key).as_ref().to_vec();
        ring::signature::UnparsedPublicKey::new(&ring::signature::RSA_PKCS1_2048_8192_SHA256, key)
            .verify(signed.as_bytes(), &BASE64.decode(value.as_bytes()).unwrap())
            .expect("the signature is of these lines");
    }

    #[test]
    fn what_makes_no_seal_is_called_by_its_name() {
        let authority = Authority::new(NOW).unwrap();
        let issue = |entropy| authority.issue(Purpose::Seal, [entropy; 32], NOW).unwrap();
        let (one, other) = (issue(1), issue(2));
        let error = |certificate: &str, key: &str| Seal::of(&set(certificate, key)).err();
        assert_eq!(error("", &one.key), Some(SealError::Missing(QSEALC_CERTIFICATE)));
        assert_eq!(error(&one.certificate, ""), Some(SealError::Missing(QSEALC_KEY)));
        assert_eq!(error("hello", &one.key), Some(SealError::Certificate));
        assert_eq!(error(&one.certificate, "hello"), Some(SealError::Key));
        assert_eq!(error(&one.certificate, &other.key), Some(SealError::Apart));
    }

    #[test]
    fn nothing_of_a_name_ends_the_headers_quotes() {
        let encoded: String = "A \"B\", C=D".bytes().map(escaped).collect();
        assert_eq!(encoded, "A%20%22B%22%2C%20C%3DD");
    }
}
