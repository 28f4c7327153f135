//! The headers that every answer of the public listener carries, and the policy of the widget's pages.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use gesher_domain::checks::origin;

/// What an answer may do that has no page of its own policy: nothing.
const CLOSED: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// No page of ours asks for any of these.
const DENIED: &str = "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), display-capture=(), encrypted-media=(), \
                      fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), magnetometer=(), microphone=(), midi=(), \
                      payment=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";

/// The policy of a page of the wizard.
pub(super) fn page_policy(nonce: &str, frame_ancestors: &[String]) -> HeaderValue {
    let ancestors = sources(frame_ancestors);
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(CLOSED))
}

/// The policy of a page that only explains.
pub(super) fn explaining_policy(frame_ancestors: &[String]) -> HeaderValue {
    let ancestors = sources(frame_ancestors);
    let policy =
        format!("default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}");
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(CLOSED))
}

/// The policy of a page without scripts that has a form.
pub(super) fn form_policy() -> HeaderValue {
    HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    )
}

/// Origins for a policy: nothing but a scheme, a host and a port gets into it, and no pattern does.
fn sources(origins: &[String]) -> String {
    let fit: Vec<_> = origins.iter().filter(|text| origin(text)).map(String::as_str).collect();
    if fit.is_empty() { "'none'".to_owned() } else { fit.join(" ") }
}

/// Puts what is missing into every answer. Laid around the whole public listener, so that a 404 has it too.
pub async fn secure(State(strict_transport): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    add(headers, header::CONTENT_SECURITY_POLICY, CLOSED);
    add(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(headers, header::REFERRER_POLICY, "no-referrer");
    add(headers, HeaderName::from_static("permissions-policy"), DENIED);
    add(
        headers,
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin-allow-popups",
    );
    add(headers, HeaderName::from_static("x-robots-tag"), "noindex");
    add(headers, header::CACHE_CONTROL, "no-store");
    if strict_transport {
        add(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ancestors(origins: &[&str]) -> String {
        let origins: Vec<_> = origins.iter().map(|&origin| origin.to_owned()).collect();
        let policy = page_policy("n", &origins);
        let policy = policy.to_str().expect("ascii");
        policy.rsplit("frame-ancestors ").next().unwrap_or_default().to_owned()
    }

    #[test]
    fn only_an_origin_gets_into_the_policy() {
        for origin in ["https://shop.example", "http://127.0.0.1:3001", "http://shop.localhost:3001"] {
            assert_eq!(ancestors(&[origin]), origin);
        }
        for other in [
            "*",
            "https://*",
            "https://*.example",
            "https:",
            "https://shop.example/",
            "https://a.example https://b.example",
            "'self'",
            "https://a.example; script-src *",
            "null",
            "",
        ] {
            assert_eq!(ancestors(&[other]), "'none'", "{other}");
            assert_eq!(ancestors(&["https://a.example", other]), "https://a.example", "{other}");
        }
    }

    #[test]
    fn each_of_several_origins_gets_into_the_policy_and_nobody_where_there_is_none() {
        assert_eq!(
            ancestors(&["https://a.example", "https://b.example:8443"]),
            "https://a.example https://b.example:8443"
        );
        assert_eq!(ancestors(&[]), "'none'");
    }
}
