//! What a careless or hostile caller makes of a request that would do.

use super::samples::{self, Samples};
use super::shapes::Shapes;
use super::{Document, Operation};
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use serde_json::{Value, json};

/// Texts that break what reads them carelessly.
const TEXTS: [&str; 14] = [
    "",
    " ",
    "\0",
    "\u{202e}\u{5d0}",
    "\u{feff}",
    "👩‍👩‍👧",
    "' OR 1=1 --",
    "../../etc/passwd",
    "%00",
    "<script>",
    "{}",
    "-0",
    "1e999",
    "conn_",
];

/// Makes requests of one operation after the other.
pub struct Caller<'a> {
    shapes: Shapes<'a>,
    samples: &'a Samples,
    keys: Vec<Option<HeaderValue>>,
}

impl<'a> Caller<'a> {
    /// With these keys, of which the first is the good one.
    pub fn new(document: &'a Document, samples: &'a Samples, keys: Vec<Option<HeaderValue>>, seed: u64) -> Self {
        Self {
            shapes: Shapes {
                document,
                rng: ChaCha8Rng::seed_from_u64(seed),
                bare: false,
            },
            samples,
            keys,
        }
    }

    /// A request: as it has to be, or with something wrong in it. With what says how it was made.
    pub fn request(&mut self, operation: &Operation) -> (Request<Body>, String) {
        self.shapes.bare = self.shapes.once_in(4);
        let path = self.path(operation);
        let query = self.query(operation);
        let key = match self.shapes.once_in(6) {
            true => self.shapes.one(&self.keys).clone(),
            false => self.keys[0].clone(),
        };
        let (body, kind) = self.body(operation);
        let idempotency = self.idempotency_key(operation);
        let said = format!(
            "{} {path}{query} as {kind:?}, key {key:?}, once {idempotency:?}: {}",
            operation.method,
            String::from_utf8_lossy(&body[..body.len().min(600)])
        );
        let mut request = Request::builder().method(operation.method.as_str()).uri(format!("{path}{query}"));
        if let Some(key) = key {
            request = request.header("authorization", key);
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        if let Some(once) = idempotency {
            request = request.header("idempotency-key", once);
        }
        (request.body(Body::from(body)).expect("a request"), said)
    }

    fn path(&mut self, operation: &Operation) -> String {
        let mut path = operation.path.clone();
        for (name, _) in operation.parameters("path") {
            let own = self.samples.id(samples::of_path(&operation.path)).to_owned();
            let id = match self.shapes.below(12) {
                0 => {
                    let all: Vec<_> = self.samples.all().map(|(_, id)| id.to_owned()).collect();
                    self.shapes.one(&all).clone()
                }
                1 => own[..own.len() - 1].to_owned(),
                2 => own.to_uppercase(),
                3 => format!("{own}%00"),
                4 => "%FF".to_owned(),
                5 => "%2e%2e%2fv1".to_owned(),
                6 => "a".repeat(3_000),
                7 => url::form_urlencoded::byte_serialize(self.shapes.one(&TEXTS).as_bytes()).collect::<String>() + "%20",
                _ => own,
            };
            path = path.replace(&format!("{{{name}}}"), &id);
        }
        path
    }

    fn query(&mut self, operation: &Operation) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for (name, schema) in operation.parameters("query") {
            if !self.shapes.once_in(3) {
                continue;
            }
            let value = match self.shapes.below(4) {
                0 => (*self.shapes.one(&TEXTS)).to_owned(),
                1 => (*self.shapes.one(&[
                    "0",
                    "-1",
                    "201",
                    "501",
                    "9223372036854775807",
                    "9223372036854775808",
                    "1.5",
                    "null",
                    "true",
                ]))
                .to_owned(),
                2 if name == "cursor" => {
                    let plain = *self.shapes.one(&[
                        "",
                        "x",
                        "2026-11-01 x",
                        "2026-99-99 txn_x",
                        "-1",
                        "9999999999999999999",
                        "\0",
                        "evt_",
                    ]);
                    data_encoding::BASE64URL_NOPAD.encode(plain.as_bytes())
                }
                _ => match self.shapes.value(name, schema, 0) {
                    Value::String(text) => text,
                    other => other.to_string(),
                },
            };
            let value = match samples::of_field(&operation.id, name) {
                Some(kind) if self.shapes.once_in(2) => self.samples.id(kind.name).to_owned(),
                _ => value,
            };
            pairs.append_pair(name, &value);
            if self.shapes.once_in(20) {
                pairs.append_pair(name, &value);
            }
        }
        if self.shapes.once_in(25) {
            pairs.append_pair("colour", "red");
        }
        let query = pairs.finish();
        match (query.is_empty(), self.shapes.once_in(30)) {
            (_, true) => format!("?{query}&%FF=%FF&=&&"),
            (true, _) => String::new(),
            _ => format!("?{query}"),
        }
    }

    fn body(&mut self, operation: &Operation) -> (Vec<u8>, Option<HeaderValue>) {
        let json = HeaderValue::from_static("application/json");
        let Some(schema) = operation.body() else {
            return match self.shapes.once_in(10) {
                true => (b"{}".to_vec(), Some(json)),
                false => (Vec::new(), None),
            };
        };
        let schema = schema.clone();
        let mut value = self.shapes.value("", &schema, 0);
        for _ in 0..self.shapes.below(3) {
            self.spoil(&mut value);
        }
        let text = value.to_string();
        let body = match self.shapes.below(24) {
            0 => text.as_bytes()[..text.len() / 2].to_vec(),
            1 => format!("{text} {text}").into_bytes(),
            2 => Vec::new(),
            3 => b"\xff\xfe{}".to_vec(),
            4 => "[".repeat(20_000).into_bytes(),
            5 => text.replacen('{', "{\"customer\": \"\\ud800\", ", 1).into_bytes(),
            6 => format!("\u{feff}{text}").into_bytes(),
            7 => "x".repeat(300_000).into_bytes(),
            _ => text.into_bytes(),
        };
        let kind = match self.shapes.below(20) {
            0 => None,
            1 => Some(HeaderValue::from_static("text/plain")),
            2 => Some(HeaderValue::from_static("multipart/form-data; boundary=x")),
            3 => Some(HeaderValue::from_static("application/json; charset=utf-8")),
            4 => Some(HeaderValue::from_bytes(b"\xff").expect("a value")),
            _ => Some(json),
        };
        (body, kind)
    }

    /// Changes one thing in a value.
    fn spoil(&mut self, value: &mut Value) {
        let deeper = match value {
            Value::Object(object) if !object.is_empty() && !self.shapes.once_in(3) => {
                let place = self.shapes.below(object.len());
                object.values_mut().nth(place)
            }
            Value::Array(list) if !list.is_empty() && !self.shapes.once_in(3) => {
                let place = self.shapes.below(list.len());
                list.get_mut(place)
            }
            _ => None,
        };
        if let Some(deeper) = deeper {
            return self.spoil(deeper);
        }
        match value {
            Value::Object(object) if self.shapes.once_in(2) => {
                let place = self.shapes.below(object.len());
                if let Some(name) = object.keys().nth(place).cloned().filter(|_| self.shapes.once_in(2)) {
                    object.remove(&name);
                } else {
                    object.insert((*self.shapes.one(&["colour", "", "__proto__", "id"])).to_owned(), json!(1));
                }
            }
            _ => {
                let long = "a".repeat(5_000);
                let many: Vec<_> = (0..150).map(|place| place.to_string()).collect();
                *value = match self.shapes.below(10) {
                    0 => Value::Null,
                    1 => json!(-1),
                    2 => json!(1.5e300),
                    3 => json!(true),
                    4 => json!([]),
                    5 => json!({}),
                    6 => json!(long),
                    7 => json!(many),
                    _ => json!(self.shapes.one(&TEXTS)),
                };
            }
        }
    }

    fn idempotency_key(&mut self, operation: &Operation) -> Option<HeaderValue> {
        let takes = operation.parameters("header").iter().any(|(name, _)| *name == "Idempotency-Key");
        if !takes || !self.shapes.once_in(3) {
            return None;
        }
        let long = "k".repeat(256);
        Some(match self.shapes.below(5) {
            0 => HeaderValue::from_static(""),
            1 => HeaderValue::from_str(&long).expect("a value"),
            2 => HeaderValue::from_bytes(b"\xe9").expect("a value"),
            3 => HeaderValue::from_static("the same again"),
            _ => HeaderValue::from(self.shapes.below(1_000)),
        })
    }
}
