//! Requests made from the document, good ones and spoiled ones: no answer is a failure of the server's, and each is one that the
//! document describes for its operation, down to the last field.

use super::mutations::Caller;
use super::samples::Samples;
use super::{Document, Operation, Whole, send};
use crate::world::{ORIGIN, World, add_tenant};
use axum::body::Body;
use axum::http::{HeaderValue, Request};
use gesher_contract::TenantTag;
use gesher_server::tenants::Mode;
use jsonschema::{Draft, Validator};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Requests of each operation.
const EACH: usize = 150;
/// What they are made from; every run makes the same ones.
const SEED: u64 = 20_261_120;

/// Checks answers against the document.
struct Checker<'a> {
    document: &'a Document,
    known: BTreeMap<(String, u16), Validator>,
    /// Every `code` that came.
    codes: BTreeSet<String>,
}

impl Checker<'_> {
    /// What is wrong with an answer.
    fn check(&mut self, operation: &Operation, answer: &Whole) -> Result<(), String> {
        if answer.status >= 500 {
            return Err(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
        }
        let described = operation.response(answer.status).ok_or_else(|| {
            format!(
                "{} is not in the document: {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            )
        })?;
        let Some(content) = described["content"].as_object().filter(|content| !content.is_empty()) else {
            return if answer.body.is_empty() {
                Ok(())
            } else {
                Err("there is a body".to_owned())
            };
        };
        let Some(content) = content.get(&answer.content_type) else {
            return Err(format!("{} comes as {:?}", answer.status, answer.content_type));
        };
        let document = self.document.value();
        let validator = self.known.entry((operation.id.clone(), answer.status)).or_insert_with(|| {
            let mut schema = content["schema"].clone();
            schema["components"] = document["components"].clone();
            let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
            options.build(&schema).expect("a schema")
        });
        let value: Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
        self.codes.extend(value["code"].as_str().map(str::to_owned));
        let wrong: Vec<_> = validator
            .iter_errors(&value)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(format!("{}: {wrong:?} in {value}", answer.status))
        }
    }
}

fn bearer(key: &str) -> Option<HeaderValue> {
    Some(HeaderValue::from_str(&format!("Bearer {key}")).expect("a value"))
}

#[tokio::test]
async fn no_request_gets_an_answer_that_the_document_does_not_know() {
    let world = World::new().await;
    let document = Document::of(&world).await;
    let own = add_tenant(&world.core, &TenantTag::from_random(31), &[ORIGIN], &["https://shop.example/back"]).await;
    let samples = Samples::of(&world, &own, "user-1").await;
    let token = world.call("POST", "/v1/customers/user-1/tokens", &own, &[], None).await;
    let live = world.add_key(&TenantTag::from_random(31), Mode::Live).await;
    let keys = vec![
        bearer(&own),
        bearer(&live),
        bearer(token.body["token"].as_str().expect("a token")),
        bearer(&world.key),
        bearer("gk_test_nonsense"),
        Some(HeaderValue::from_static("Basic dXNlcjpwYXNz")),
        Some(HeaderValue::from_bytes(b"Bearer \xff").expect("a value")),
        None,
    ];
    let mut checker = Checker {
        document: &document,
        known: BTreeMap::new(),
        codes: BTreeSet::new(),
    };
    // What changes comes late, and what deletes last: before, there is something to read and to act on.
    let mut operations = document.operations();
    let rank = |method: &str| ["GET", "POST", "PUT", "PATCH", "DELETE"].iter().position(|one| *one == method);
    // With a customer go links and tokens.
    operations.sort_by_key(|one| (rank(&one.method), one.path.starts_with("/v1/customers")));
    let mut caller = Caller::new(&document, &samples, keys, SEED);
    let mut wrong = BTreeMap::new();
    let mut good = BTreeSet::new();
    for operation in &operations {
        for _ in 0..EACH {
            let (request, said) = caller.request(operation);
            world.clock.advance(Duration::from_millis(1));
            let answer = send(&world, request).await;
            if answer.status < 300 {
                good.insert(operation.id.clone());
            }
            if let Err(why) = checker.check(operation, &answer) {
                wrong
                    .entry((operation.id.clone(), answer.status))
                    .or_insert(format!("{said}\n    {why}"));
            }
        }
    }
    let list: Vec<_> = wrong.values().map(String::as_str).collect();
    assert!(list.is_empty(), "{}", list.join("\n"));
    let all: BTreeSet<_> = operations.iter().map(|one| one.id.clone()).collect();
    let never: Vec<_> = all.difference(&good).filter(|id| *id != "exchangePublicToken").collect();
    assert_eq!(never, Vec::<&String>::new(), "no request of these was good");
    let reference = include_str!("../../../../docs/API.md");
    let unnamed: Vec<_> = checker
        .codes
        .iter()
        .filter(|code| !reference.contains(&format!("`{code}`")))
        .collect();
    assert_eq!(unnamed, Vec::<&String>::new(), "docs/API.md does not name these codes");
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_said() {
    let world = World::new().await;
    let document = Document::of(&world).await;
    let mut taken: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in document.operations() {
        taken.entry(operation.path).or_default().insert(operation.method);
    }
    for (template, methods) in taken {
        let path = template.replace(['{', '}'], "x");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "BREW"] {
            if methods.contains(method) {
                continue;
            }
            let request = Request::builder()
                .method(method)
                .uri(&path)
                .header("authorization", format!("Bearer {}", world.key))
                .body(Body::empty());
            let answer = send(&world, request.expect("a request")).await;
            assert_eq!(
                (answer.status, answer.json()["code"].as_str()),
                (405, Some("method_not_allowed")),
                "{method} {path}"
            );
            assert_eq!(answer.content_type, "application/problem+json");
        }
    }
}
