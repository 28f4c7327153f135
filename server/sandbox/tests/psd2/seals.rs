//! How a TPP signs its messages.

use crate::tpp::{Answer, Town};
use data_encoding::BASE64;
use gesher_sandbox::{Authority, Issued, Purpose};
use http::Method;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub const ID: &str = "99391c7e-ad88-49ec-a2ad-99ddcb1f7721";

/// A TPP's seal.
pub struct Seal {
    key: RsaKeyPair,
    pub certificate: String,
    pub key_id: String,
}

impl Seal {
    /// Issued by this authority for this purpose.
    pub fn new(authority: &Authority, purpose: Purpose, now: i64) -> Self {
        Self::of(&authority.issue(purpose, [7; 32], now).expect("a certificate"))
    }

    fn of(issued: &Issued) -> Self {
        let key = PrivatePkcs8KeyDer::from_pem_slice(issued.key.as_bytes()).expect("a key");
        let certificate = CertificateDer::from_pem_slice(issued.certificate.as_bytes()).expect("a certificate");
        let (_, read) = x509_parser::parse_x509_certificate(&certificate).expect("a certificate");
        Self {
            key: RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).expect("a key"),
            key_id: format!("SN={:X},CA=CN=Gesher%20Sandbox%20Test%20CA,O=Gesher%20Sandbox,C=IL", read.serial),
            certificate: BASE64.encode(&certificate),
        }
    }

    /// The headers that seal these and this body.
    pub fn headers(&self, headers: &[(&str, &str)], body: &str) -> Vec<(String, String)> {
        let digest = format!("SHA-256={}", BASE64.encode(&Sha256::digest(body)));
        let mut all: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        all.push(("digest".into(), digest));
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        let lines: Vec<String> = all.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), lines.join("\n").as_bytes(), &mut signature)
            .expect("a signature");
        let signature = format!(
            "keyId=\"{}\",algorithm=\"rsa-sha256\",headers=\"{}\",signature=\"{}\"",
            self.key_id,
            names.join(" "),
            BASE64.encode(&signature),
        );
        all.push(("signature".into(), signature));
        all.push(("tpp-signature-certificate".into(), self.certificate.clone()));
        all
    }

    /// A sealed call.
    pub async fn call(&self, town: &Town, method: Method, address: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        let mut all = vec![("x-request-id", ID)];
        all.extend_from_slice(headers);
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let sealed = self.headers(&all, &body);
        send(town, method, address, &sealed, body).await
    }
}

/// A call with these headers.
pub async fn send(town: &Town, method: Method, address: &str, headers: &[(String, String)], body: String) -> Answer {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    town.send(method, address, &headers, body).await
}
