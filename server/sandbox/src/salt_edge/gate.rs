//! What every call of the interface passes: the API key in `App-id` and `Secret`, and for a live client `Expires-at` and `Signature`.
//! That comes before the route is looked for. An answer that refuses gets its body here, and a tester's trouble spoils answers here.
//!
//! A signature is over `Expires-at|METHOD|url|body`, the address in full with its query. The sandbox does not know by which name it
//! is reached, so the address is that of the `Host` header, with http or with https.

use super::desk::Spoilt;
use super::moment::Moment;
use super::refusal::Refusal;
use super::{ApiKey, SaltEdge};
use crate::trouble;
use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{OriginalUri, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, Method};
use serde_json::json;
use std::sync::Arc;

/// Seconds that `Expires-at` may be away.
const LONGEST: i64 = 3600;

/// Who calls: the API key's App-id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller(pub(super) &'static str);

/// The layer.
pub(super) async fn pass(State(salt_edge): State<Arc<SaltEdge>>, request: Request, next: Next) -> Response {
    let answer = match check(&salt_edge, request).await {
        Ok((caller, request)) => {
            let action = action(request.method(), request.uri().path());
            let client = salt_edge.desk().client(caller.0).and_then(|client| client.spoil(&action));
            match client {
                None => next.run(request).await,
                Some(Spoilt::Busy) => Refusal::TooManyRequests.into_response(),
                Some(Spoilt::Broken) => Refusal::InternalServerError.into_response(),
                Some(Spoilt::By(trouble::Trouble::Down)) => Refusal::Unavailable.into_response(),
                Some(Spoilt::By(what)) => return trouble::spoil_by(what, next.run(request).await).await,
            }
        }
        Err(refusal) => refusal.into_response(),
    };
    finished(&salt_edge, answer)
}

/// The name by which a tester makes trouble with an action: its method and the words of its path.
fn action(method: &Method, path: &str) -> String {
    let words = path
        .split('/')
        .filter(|word| !word.is_empty() && !word.bytes().all(|byte| byte.is_ascii_digit()));
    let words: Vec<&str> = words.collect();
    format!("{method} /{}", words.join("/"))
}

/// An answer with the body that a refusal has.
fn finished(salt_edge: &SaltEdge, mut answer: Response) -> Response {
    let Some(refusal) = answer.extensions_mut().remove::<Refusal>() else {
        return answer;
    };
    let (_, class, message) = refusal.parts();
    if class.is_empty() {
        return answer;
    }
    let mut body = json!({
        "error": {
            "class": class,
            "message": message,
            "documentation_url": format!("https://docs.saltedge.com/v6/#errors-{}", anchor(class)),
            "request_id": salt_edge.ids.fresh(),
        }
    });
    if let Refusal::ConnectionCannotBeRefreshed(at) = refusal {
        body["next_refresh_possible_at"] = json!(at.map(Moment::stamp));
    }
    (answer.status(), Json(body)).into_response()
}

/// A class as its place in the documentation is called: words with underscores.
fn anchor(class: &str) -> String {
    let mut anchor = String::with_capacity(class.len() + 4);
    let mut after_small = false;
    for letter in class.chars() {
        if letter.is_ascii_uppercase() && after_small {
            anchor.push('_');
        }
        after_small = letter.is_ascii_lowercase();
        anchor.push(letter.to_ascii_lowercase());
    }
    anchor
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name)?.to_str().ok()?;
    (!value.is_empty()).then_some(value)
}

async fn check(salt_edge: &SaltEdge, request: Request) -> Result<(Caller, Request), Refusal> {
    let (mut head, body) = request.into_parts();
    let app = header(&head.headers, "App-id").ok_or(Refusal::AppIdNotProvided)?;
    let secret = header(&head.headers, "Secret").ok_or(Refusal::SecretNotProvided)?;
    let key = {
        let mut desk = salt_edge.desk();
        let client = desk.client(app).filter(|client| client.key.secret == secret);
        client.ok_or(Refusal::ApiKeyNotFound)?.key
    };
    let body = to_bytes(body, crate::BODY).await.map_err(|_| Refusal::WrongRequestFormat)?;
    check_signature(salt_edge, key, &head, &body)?;
    let caller = Caller(key.app_id);
    head.extensions.insert(caller);
    Ok((caller, Request::from_parts(head, Body::from(body))))
}

/// A client that is not live need not sign; what it signs all the same has to be right.
fn check_signature(salt_edge: &SaltEdge, key: &ApiKey, head: &Parts, body: &Bytes) -> Result<(), Refusal> {
    let public = salt_edge.desk().client(key.app_id).and_then(|client| client.public_key.clone());
    let signature = header(&head.headers, "Signature");
    if !key.live && (signature.is_none() || public.is_none()) {
        return Ok(());
    }
    let public = public.ok_or(Refusal::PublicKeyNotProvided)?;
    let expires = header(&head.headers, "Expires-at").ok_or(Refusal::MissingExpiresAt)?;
    let signature = signature.ok_or(Refusal::MissingSignature)?;
    let at: i64 = expires.parse().map_err(|_| Refusal::ExpiresAtInvalid)?;
    let now = salt_edge.now().second();
    if at > now + LONGEST {
        return Err(Refusal::ExpiresAtInvalid);
    }
    if at < now {
        return Err(Refusal::RequestExpired);
    }
    let uri = head.extensions.get::<OriginalUri>().map_or(&head.uri, |original| &original.0);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = header(&head.headers, HOST.as_str()).or_else(|| uri.authority().map(|host| host.as_str()));
    let host = host.ok_or(Refusal::SignatureNotMatch)?;
    let right = ["http", "https"].into_iter().any(|scheme| {
        let mut text = format!("{expires}|{}|{scheme}://{host}{path}|", head.method).into_bytes();
        text.extend_from_slice(body);
        public.verifies(&text, signature)
    });
    if right { Ok(()) } else { Err(Refusal::SignatureNotMatch) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_called_by_the_words_of_its_path() {
        assert_eq!(action(&Method::POST, "/connections/connect"), "POST /connections/connect");
        assert_eq!(action(&Method::POST, "/connections/123/refresh"), "POST /connections/refresh");
        assert_eq!(action(&Method::DELETE, "/connections/123"), "DELETE /connections");
    }

    #[test]
    fn a_class_is_anchored_in_words() {
        assert_eq!(anchor("AppIdNotProvided"), "app_id_not_provided");
        assert_eq!(anchor("ReturnURLInvalid"), "return_urlinvalid");
    }
}
