//! The served OpenAPI document as the source of tests: each operation with its parameters, and values that its schemas take.

mod complete;
mod fuzz;
mod isolation;
mod mutations;
mod once;
mod samples;
mod shapes;

use crate::world::World;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

/// The document.
pub struct Document(Value);

/// An operation of it.
pub struct Operation {
    pub id: String,
    /// `GET`, …
    pub method: String,
    /// With `{…}` where a parameter goes.
    pub path: String,
    described: Value,
}

impl Document {
    /// As it is served.
    pub async fn of(world: &World) -> Self {
        let answer = world.call("GET", "/v1/openapi.json", "", &[], None).await;
        assert_eq!(answer.status, StatusCode::OK);
        Self(answer.body)
    }

    /// All of it.
    pub const fn value(&self) -> &Value {
        &self.0
    }

    /// Every operation.
    pub fn operations(&self) -> Vec<Operation> {
        let paths = self.0["paths"].as_object().expect("paths");
        let operations = paths.iter().flat_map(|(path, methods)| {
            methods.as_object().expect("methods").iter().map(|(method, described)| Operation {
                id: described["operationId"].as_str().expect("an id").to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                described: described.clone(),
            })
        });
        operations.collect()
    }

    /// What a reference leads to; other schemas are themselves.
    pub fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(to) => self.resolve(self.0.pointer(to.trim_start_matches('#')).expect("a schema")),
            None => schema,
        }
    }
}

impl Operation {
    /// Names and schemas of the parameters in this place: `path`, `query`, `header`.
    pub fn parameters(&self, place: &str) -> Vec<(&str, &Value)> {
        let all = self.described["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        let here = all.iter().filter(|one| one["in"] == place);
        here.map(|one| (one["name"].as_str().expect("a name"), &one["schema"])).collect()
    }

    /// The schema of the body, where there is one.
    pub fn body(&self) -> Option<&Value> {
        self.described.pointer("/requestBody/content/application~1json/schema")
    }

    /// What is said of answers with this status.
    pub fn response(&self, status: u16) -> Option<&Value> {
        self.described["responses"].get(status.to_string())
    }

    /// Whether customers' tokens open it.
    pub fn opens_to_customers(&self) -> bool {
        let security = self.described["security"].as_array().map(Vec::as_slice).unwrap_or_default();
        security.iter().any(|one| one.get("customer_token").is_some())
    }
}

/// An answer, whole.
pub struct Whole {
    pub status: u16,
    pub content_type: String,
    pub body: Vec<u8>,
}

impl Whole {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// Sends a request as it is.
pub async fn send(world: &World, request: Request<Body>) -> Whole {
    let response = world.router.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let content_type = parts.headers.get("content-type");
    Whole {
        status: parts.status.as_u16(),
        content_type: content_type
            .map(|value| value.to_str().expect("ASCII").to_owned())
            .unwrap_or_default(),
        body: body.collect().await.expect("a body").to_bytes().to_vec(),
    }
}
