//! The seal of a message: that it is signed, by whom, and that nothing of it was changed.
//!
//! As the Implementation Guidelines (1.3, section 12) have it: `Digest` is of the body, `Signature` is RSA with SHA-256 over the
//! headers that it lists (draft-cavage-http-signatures-10), `keyId` names the certificate by its serial number and issuer, and
//! `TPP-Signature-Certificate` is the certificate.

use super::moment::Moment;
use super::refusal::Refusal;
use data_encoding::BASE64;
use http::HeaderMap;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::x509::X509Name;

/// Headers that every signature has to cover.
const ALWAYS: [&str; 2] = ["digest", "x-request-id"];
/// Headers that it has to cover where they are there.
const WHERE_THERE: [&str; 4] = ["psu-id", "psu-corporate-id", "tpp-redirect-uri", "date"];

/// Checks the seal of a message. `authority` is the certificate of the only authority that counts.
pub(super) fn check(headers: &HeaderMap, body: &[u8], authority: &[u8], now: Moment) -> Result<(), Refusal> {
    let signature = text(headers, "signature").ok_or(Refusal::SignatureMissing)?;
    let certificate = text(headers, "tpp-signature-certificate").ok_or(Refusal::CertificateMissing)?;
    let certificate = BASE64.decode(certificate.as_bytes()).map_err(|_| Refusal::CertificateInvalid)?;
    let (rest, certificate) = X509Certificate::from_der(&certificate).map_err(|_| Refusal::CertificateInvalid)?;
    if !rest.is_empty() {
        return Err(Refusal::CertificateInvalid);
    }
    check_certificate(&certificate, authority, now)?;
    let signature = parameters(signature).ok_or(Refusal::SignatureInvalid)?;
    let parameter = |name: &str| signature.get(name).copied().ok_or(Refusal::SignatureInvalid);
    let listed: Vec<String> = parameter("headers")?.split(' ').map(str::to_ascii_lowercase).collect();
    let covers = |name: &&str| listed.iter().any(|listed| listed == name);
    let due = |name: &&str| ALWAYS.contains(name) || headers.contains_key(*name);
    let all_covered = ALWAYS.iter().chain(&WHERE_THERE).filter(|name| due(name)).all(covers);
    if parameter("algorithm")? != "rsa-sha256" || !all_covered || !names(parameter("keyId")?, &certificate) {
        return Err(Refusal::SignatureInvalid);
    }
    let digest = format!("SHA-256={}", BASE64.encode(&Sha256::digest(body)));
    if text(headers, "digest") != Some(&digest) {
        return Err(Refusal::SignatureInvalid);
    }
    let lines: Option<Vec<String>> = listed
        .iter()
        .map(|name| Some(format!("{name}: {}", text(headers, name)?)))
        .collect();
    let signed = lines.ok_or(Refusal::SignatureInvalid)?.join("\n");
    let value = BASE64
        .decode(parameter("signature")?.as_bytes())
        .map_err(|_| Refusal::SignatureInvalid)?;
    let key = certificate.public_key().subject_public_key.as_ref();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
        .verify(signed.as_bytes(), &value)
        .map_err(|_| Refusal::SignatureInvalid)
}

/// A header that stands there once.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value.trim())
}

/// That the authority gave the certificate, for seals, and that it is valid now.
fn check_certificate(certificate: &X509Certificate<'_>, authority: &[u8], now: Moment) -> Result<(), Refusal> {
    let (_, authority) = X509Certificate::from_der(authority).map_err(|_| Refusal::CertificateInvalid)?;
    let given =
        certificate.issuer().as_raw() == authority.subject().as_raw() && certificate.verify_signature(Some(authority.public_key())).is_ok();
    let usage = certificate.key_usage().ok().flatten();
    // That is how a seal's certificate differs from a website's.
    let seals = usage.is_some_and(|usage| usage.value.non_repudiation());
    if !given || !seals || certificate.is_ca() {
        return Err(Refusal::CertificateInvalid);
    }
    let (seconds, validity) = (now.0.div_euclid(1_000_000), certificate.validity());
    if validity.not_before.timestamp() <= seconds && seconds <= validity.not_after.timestamp() {
        Ok(())
    } else {
        Err(Refusal::CertificateExpired)
    }
}

/// `name="value"`, separated by commas; a value may have commas in it.
fn parameters(header: &str) -> Option<BTreeMap<&str, &str>> {
    let mut found = BTreeMap::new();
    let mut rest = header.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"")?;
        let (value, after) = after.split_once('"')?;
        found.insert(name.trim(), value);
        rest = after.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    Some(found)
}

/// Whether a `keyId` (`SN=…,CA=…`) names this certificate. Serial numbers are hexadecimal; spaces in names are percent-encoded.
fn names(key_id: &str, certificate: &X509Certificate<'_>) -> bool {
    let Some((serial, issuer)) = key_id.strip_prefix("SN=").and_then(|rest| rest.split_once(",CA=")) else {
        return false;
    };
    let bare = |digits: &str| digits.trim_start_matches('0').to_ascii_lowercase();
    bare(serial) == bare(&format!("{:x}", certificate.serial)) && attributes_written(issuer) == attributes(certificate.issuer())
}

/// A name as it is written, in whatever order.
fn attributes_written(name: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    for part in name.split(',') {
        let bytes: Vec<u8> = url::form_urlencoded::parse(format!("v={}", part.trim().replace('+', "%2B").replace('=', "%3D")).as_bytes())
            .flat_map(|(_, value)| value.into_owned().into_bytes())
            .collect();
        parts.push(String::from_utf8(bytes).ok()?);
    }
    parts.sort();
    Some(parts)
}

/// The same of a certificate's name.
fn attributes(name: &X509Name<'_>) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    for attribute in name.iter_attributes() {
        let kind = match attribute.attr_type().to_id_string().as_str() {
            "2.5.4.3" => "CN",
            "2.5.4.6" => "C",
            "2.5.4.10" => "O",
            "2.5.4.11" => "OU",
            _ => return None,
        };
        parts.push(format!("{kind}={}", attribute.as_str().ok()?));
    }
    parts.sort();
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_have_commas_and_equals_signs() {
        let header = r#"keyId="SN=9FA1,CA=CN=A%20B,O=C",algorithm="rsa-sha256", headers="digest date",signature="YQ==""#;
        let read = parameters(header).expect("parameters");
        assert_eq!(read["keyId"], "SN=9FA1,CA=CN=A%20B,O=C");
        assert_eq!((read["headers"], read["signature"]), ("digest date", "YQ=="));
        for broken in ["keyId", "keyId=\"a", "keyId=\"a\" x", "keyId=a"] {
            assert_eq!(parameters(broken), None, "{broken}");
        }
    }

    #[test]
    fn names_are_the_same_in_any_order_and_with_or_without_percent_signs() {
        let written = attributes_written("CN=D-TRUST%20CA%202-1,O=D-Trust%20GmbH,C=DE");
        assert_eq!(written, attributes_written("C=DE, O=D-Trust GmbH, CN=D-TRUST CA 2-1"));
        assert_ne!(written, attributes_written("C=DE"));
    }
}
