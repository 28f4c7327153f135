//! Holds recorded traffic against the interface file of the standard.
//!
//! **Contract.** [`Recorder::wrap`] puts a recorder before a router; whoever then calls it, [`Contract::problems`] says of each
//! exchange what does not fit the file, in both directions. `openapi.json` is a reduced copy of the Berlin Group's file and says so.
//! A test of another crate takes this folder in with `#[path]`.

mod schema;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use futures::stream;
use http::{HeaderMap, Method, StatusCode, Uri};
use schema::Schemas;
use serde_json::Value;
use std::sync::{Arc, Mutex};

const LARGEST: usize = 1024 * 1024;

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The request's method.
    pub method: Method,
    /// The request's address.
    pub uri: Uri,
    /// The request's headers.
    pub sent_headers: HeaderMap,
    /// The request's body.
    pub sent: Bytes,
    /// The answer's status.
    pub status: StatusCode,
    /// The answer's headers.
    pub headers: HeaderMap,
    /// The answer's body.
    pub body: Bytes,
}

/// Writes down what passes through it to the XS2A interface; other addresses pass unseen.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Vec<Exchange>>>);

impl Recorder {
    /// The router, with this recorder before it.
    pub fn wrap(&self, router: Router) -> Router {
        router.layer(from_fn_with_state(self.clone(), record))
    }

    /// Everything written down, in order.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.0.lock().expect("no test panicked while recording").clone()
    }
}

async fn record(State(recorder): State<Recorder>, request: Request, next: Next) -> Response {
    if operation_path(request.uri()).is_none() {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let sent = to_bytes(body, LARGEST).await.expect("a small request");
    let answer = next.run(Request::from_parts(head.clone(), Body::from(sent.clone()))).await;
    let (answer_head, body) = answer.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        // It broke off, and does so for who is asking; nothing of it can be held against the file.
        let broken = stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) });
        return Response::from_parts(answer_head, Body::from_stream(broken));
    };
    recorder.0.lock().expect("no test panicked while recording").push(Exchange {
        method: head.method,
        uri: head.uri,
        sent_headers: head.headers,
        sent,
        status: answer_head.status,
        headers: answer_head.headers.clone(),
        body: body.clone(),
    });
    Response::from_parts(answer_head, Body::from(body))
}

/// Lists that banks in Israel have beside the standard's, of which its file knows nothing.
const BESIDE: [&str; 3] = ["/v1/cards", "/v1/savings", "/v1/loans"];

/// The part of an address that the file knows.
fn operation_path(uri: &Uri) -> Option<&str> {
    let path = uri.path().find("/v1/").map(|at| &uri.path()[at..])?;
    BESIDE.iter().all(|beside| !path.starts_with(beside)).then_some(path)
}

/// The interface file.
pub struct Contract {
    file: Value,
    schemas: Schemas,
}

impl Contract {
    /// Reads the copy beside this file.
    pub fn load() -> Self {
        let file: Value = serde_json::from_str(include_str!("openapi.json")).expect("JSON");
        let schemas = Schemas::new(file["schemas"].clone());
        Self { file, schemas }
    }

    /// The file's operations, as `METHOD /path`.
    pub fn operations(&self) -> Vec<String> {
        self.list().iter().map(name).collect()
    }

    fn list(&self) -> &Vec<Value> {
        self.file["operations"].as_array().expect("operations")
    }

    /// The operation that an exchange is an example of.
    pub fn operation(&self, exchange: &Exchange) -> Option<String> {
        self.find(exchange).map(name)
    }

    fn find(&self, exchange: &Exchange) -> Option<&Value> {
        let path = operation_path(&exchange.uri)?;
        self.list()
            .iter()
            .find(|operation| operation["method"] == exchange.method.as_str() && fits(operation["path"].as_str().expect("a path"), path))
    }

    /// What does not fit. A request is only judged when it was taken: a refused one may well be wrong.
    pub fn problems(&self, exchange: &Exchange) -> Vec<String> {
        let Some(operation) = self.find(exchange) else {
            // An address that the file does not know may be refused and nothing else.
            let refused = exchange.status.is_client_error();
            let problem = || format!("{} {}: no such operation", exchange.method, exchange.uri);
            return (!refused).then(problem).into_iter().collect();
        };
        let mut problems = self.answer_problems(operation, exchange);
        if exchange.status.is_success() {
            problems.extend(self.request_problems(operation, exchange));
        }
        let name = name(operation);
        problems.into_iter().map(|problem| format!("{name}: {problem}")).collect()
    }

    fn request_problems(&self, operation: &Value, exchange: &Exchange) -> Vec<String> {
        let mut problems = Vec::new();
        for parameter in operation["parameters"].as_array().expect("parameters") {
            let name = parameter["name"].as_str().expect("a name");
            let sent = match parameter["in"].as_str() {
                Some("header") => exchange
                    .sent_headers
                    .get(name)
                    .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
                _ => query(&exchange.uri, name),
            };
            match sent {
                Some(text) => problems.extend(self.schemas.text_problems(&parameter["schema"], &text, name)),
                None if parameter["required"] == true => problems.push(format!("{name} is missing")),
                None => {}
            }
        }
        if let Some(schema) = operation.get("request").filter(|_| !exchange.sent.is_empty()) {
            match serde_json::from_slice(&exchange.sent) {
                Ok(body) => problems.extend(self.schemas.problems(schema, &body, "request")),
                Err(_) => problems.push("the request is no JSON".into()),
            }
        }
        problems
    }

    fn answer_problems(&self, operation: &Value, exchange: &Exchange) -> Vec<String> {
        let Some(known) = operation["responses"].get(exchange.status.as_str()) else {
            return vec![format!("{} is no status of it", exchange.status)];
        };
        let mut problems = Vec::new();
        for name in known["required_headers"].as_array().expect("headers") {
            let name = name.as_str().expect("a name");
            // An echo needs what it echoes.
            let due = name != "X-Request-ID" || exchange.sent_headers.contains_key(name);
            if due && !exchange.headers.contains_key(name) {
                problems.push(format!("{}: the header {name} is missing", exchange.status));
            }
        }
        for (name, schema) in known["headers"].as_object().expect("headers") {
            if let Some(value) = exchange.headers.get(name).and_then(|value| value.to_str().ok()) {
                problems.extend(self.schemas.text_problems(schema, value, name));
            }
        }
        match (known.get("body"), exchange.body.is_empty()) {
            (None, true) => {}
            (None, false) => problems.push(format!("{}: the file knows no body", exchange.status)),
            (Some(_), true) => problems.push(format!("{}: no body", exchange.status)),
            (Some(schema), false) => match serde_json::from_slice(&exchange.body) {
                Ok(body) => problems.extend(self.schemas.problems(schema, &body, exchange.status.as_str())),
                Err(_) => problems.push(format!("{}: no JSON", exchange.status)),
            },
        }
        problems
    }
}

fn name(operation: &Value) -> String {
    let part = |name: &str| operation[name].as_str().expect("text").to_owned();
    format!("{} {}", part("method"), part("path"))
}

/// Whether an address is one of this template.
fn fits(template: &str, path: &str) -> bool {
    let (mut wanted, mut there) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), there.next()) {
            (None, None) => return true,
            (Some(wanted), Some(there)) if wanted.starts_with('{') || wanted == there => {}
            _ => return false,
        }
    }
}

fn query(uri: &Uri, name: &str) -> Option<String> {
    let pairs = url::form_urlencoded::parse(uri.query()?.as_bytes());
    pairs.into_owned().find(|(key, _)| key == name).map(|(_, value)| value)
}
