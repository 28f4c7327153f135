//! What goes between a provider and its institutions: counted, and broken on demand.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use futures::stream::{self, StreamExt as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How answers are broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// 503, with nothing that anybody specified.
    Down,
    /// 200, and a page for people.
    Garbage,
    /// The right answer, cut off in the middle of its body.
    Half,
    /// No answer before anybody's patience ends. What was asked is acted on.
    Silent,
    /// More than anybody reads.
    Endless,
    /// A redirect to another host.
    Elsewhere,
    /// The right answer, with each entry of its lists twice.
    Twice,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

#[derive(Default)]
struct Inner {
    calls: Vec<Call>,
    broken: Option<(Break, String)>,
    /// So many broken answers are left; more than enough when absent.
    left: Option<u32>,
}

/// See the module.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Inner>>);

impl Wire {
    /// Stands before this server.
    pub fn before(&self, router: Router) -> Router {
        router.layer(from_fn_with_state(self.clone(), pass))
    }

    /// Breaks the answers to calls with this in `METHOD path`, so often or from now on.
    pub fn break_(&self, how: Break, part: &str, times: Option<u32>) {
        let mut inner = self.0.lock().expect("a wire");
        inner.broken = Some((how, part.to_owned()));
        inner.left = times;
    }

    /// Breaks nothing any more.
    pub fn mend(&self) {
        self.0.lock().expect("a wire").broken = None;
    }

    /// The calls since the last time that this was asked.
    pub fn taken(&self) -> Vec<Call> {
        std::mem::take(&mut self.0.lock().expect("a wire").calls)
    }
}

async fn pass(State(wire): State<Wire>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap_or_default();
    let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
    let how = {
        let mut inner = wire.0.lock().expect("a wire");
        inner.calls.push(Call {
            method: method.clone(),
            path: path.clone(),
            headers: parts.headers.clone(),
            body: body.clone(),
        });
        let call = format!("{method} {path}");
        let how = inner.broken.as_ref().filter(|(_, part)| call.contains(part)).map(|(how, _)| *how);
        match (how, inner.left) {
            (Some(_), Some(0)) => None,
            (Some(how), Some(left)) => {
                inner.left = Some(left - 1);
                Some(how)
            }
            (how, _) => how,
        }
    };
    let request = Request::from_parts(parts, Body::from(body));
    match how {
        None => next.run(request).await,
        Some(Break::Down) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(Break::Garbage) => ([(header::CONTENT_TYPE, "text/html")], "<h1>Have a nice day</h1>").into_response(),
        Some(Break::Silent) => {
            let answer = next.run(request).await;
            tokio::time::sleep(super::PATIENCE * 4).await;
            answer
        }
        Some(Break::Elsewhere) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "http://127.0.0.1:9/elsewhere")]).into_response(),
        Some(Break::Endless) => {
            let chunk = Bytes::from(vec![b' '; 64 * 1024]);
            let endless = stream::repeat(chunk).take(512).map(Ok::<_, std::io::Error>);
            ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(endless)).into_response()
        }
        Some(Break::Half) => half(next.run(request).await).await,
        Some(Break::Twice) => twice(next.run(request).await).await,
    }
}

/// The head promises more than comes.
async fn half(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let body = to_bytes(body, 1 << 24).await.unwrap_or_default();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let first = body.slice(..body.len() / 2);
    let broken = stream::once(async move { Ok(first) }).chain(stream::once(async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(std::io::Error::other("cut off"))
    }));
    Response::from_parts(parts, Body::from_stream(broken))
}

async fn twice(answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let body = to_bytes(body, 1 << 24).await.unwrap_or_default();
    let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(&body) else {
        return Response::from_parts(parts, Body::from(body));
    };
    double(&mut value);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(value.to_string()))
}

/// Each entry of each list of objects twice.
fn double(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(entries) => {
            entries.iter_mut().for_each(double);
            if entries.iter().all(serde_json::Value::is_object) {
                *entries = entries.iter().flat_map(|entry| [entry.clone(), entry.clone()]).collect();
            }
        }
        serde_json::Value::Object(fields) => fields.values_mut().for_each(double),
        _ => {}
    }
}
