//! The signature, and what a retry says of the try before.

use data_encoding::BASE64URL;
use ring::hmac;

/// `meld-signature`: base64url, with padding, of HMAC-SHA256 with the secret over `<timestamp>.<url>.<body>` (docs.meld.io, "Webhooks
/// Authentication"). The key is the secret's text as it is shown, whole.
pub fn signature(secret: &str, timestamp: &str, url: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    for part in [timestamp.as_bytes(), b".", url.as_bytes(), b".", body] {
        context.update(part);
    }
    BASE64URL.encode(context.sign().as_ref())
}

/// `Meld-Retry-Reason`: the three that the vendor has (docs.meld.io, "Webhooks Retries").
pub fn reason(status: Option<i64>, error: Option<&str>) -> String {
    match (status, error) {
        (Some(status), _) => format!("HTTP error: {status}"),
        (None, Some("timed_out")) => "Timeout".to_owned(),
        (None, _) => "Could not connect".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with another tool from the formula:
    /// `printf '%s' "$TIMESTAMP.$URL.$BODY" | openssl dgst -sha256 -hmac "$SECRET" -binary | basenc --base64url`.
    #[test]
    fn a_signature_is_what_openssl_says_too() {
        for (secret, timestamp, url, body, expected) in [
            (
                "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
                "2026-11-20T12:00:00.000Z",
                "https://shop.example/meld/hooks",
                r#"{"eventType":"WEBHOOK_TEST"}"#,
                "7gr0wgkQYylLAliomNJChBgTEp_bsNgDevhjMpiNXK8=",
            ),
            (
                "whsec_//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=",
                "2027-01-01T00:00:00.001Z",
                "https://shop.example:8443/hook?tenant=1&x=%20",
                r#"{"eventType":"BANK_LINKING_CONNECTION_COMPLETED","payload":{"institutionName":"בנק הפועלים"}}"#,
                "v3OivlvKXi6pr52RA6hT8LglHNong2vZMECrmvzdFqo=",
            ),
            ("a", "", "", "", "GOGFkQQ3tnHMAwuXOkSPvYMjZlvMyTA-VWgZ7v4mi_A="),
        ] {
            assert_eq!(signature(secret, timestamp, url, body.as_bytes()), expected);
        }
    }

    #[test]
    fn a_retry_says_one_of_three_reasons() {
        for (status, error, expected) in [
            (Some(500), Some("refused"), "HTTP error: 500"),
            (Some(204), Some("refused"), "HTTP error: 204"),
            (Some(302), Some("redirected"), "HTTP error: 302"),
            (None, Some("timed_out"), "Timeout"),
            (None, Some("connection_failed"), "Could not connect"),
            (None, Some("name_not_found"), "Could not connect"),
            (None, None, "Could not connect"),
        ] {
            assert_eq!(reason(status, error), expected);
        }
    }
}
