//! What is told about the interface is what the code says: schemas, types, the reference pages.

use crate::web::Person;
use crate::world::World;
use axum::http::StatusCode;
use gesher_server::reference::{schema, typescript};
use serde_json::Value;

const PAGE: &str = include_str!("../../../docs/events-and-messages.md");
const TYPES: &str = include_str!("../../../public/gesher.d.ts");
const EVENT_TYPES: &str = include_str!("../../../public/gesher-events.d.ts");

fn kept(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// `gesher schema <what>` writes each of these anew.
#[test]
fn schemas_and_types_in_the_repository_are_those_of_the_code() {
    let old = "is old: write it with `gesher schema`";
    assert!(
        kept(include_str!("../../../docs/schemas/host-message.json")) == schema::host_message(),
        "docs/schemas/host-message.json {old}"
    );
    assert!(
        kept(include_str!("../../../docs/schemas/event.json")) == schema::event(),
        "docs/schemas/event.json {old}"
    );
    assert!(EVENT_TYPES == typescript::events(), "public/gesher-events.d.ts {old}");
    let messages = TYPES.find(typescript::MESSAGES_BEGIN).map(|at| &TYPES[at..]);
    assert!(messages == Some(&typescript::messages()), "the end of public/gesher.d.ts {old}");
}

/// The names of an object's fields, and of those within.
fn fields(schema: &Value) -> Vec<String> {
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    properties
        .iter()
        .flat_map(|(name, field)| std::iter::once(name.clone()).chain(fields(field)))
        .collect()
}

#[test]
fn the_page_of_messages_and_events_names_each_and_all_that_they_carry() {
    let (messages, events) = (schema::host_message(), schema::event());
    let mut missing = Vec::new();
    for union in [&messages["$defs"]["HostPayload"], &events] {
        for variant in union["oneOf"].as_array().expect("variants") {
            let name = &variant["properties"]["type"]["enum"][0];
            for wanted in fields(variant)
                .into_iter()
                .chain(name.as_str().map(str::to_owned))
                .filter(|wanted| !PAGE.contains(&format!("`{wanted}`")) && !PAGE.contains(&format!("\"{wanted}\"")))
            {
                missing.push(format!("{name}: {wanted}"));
            }
        }
    }
    for list in ["StepName", "ProgressStage", "ExitReason"] {
        for name in messages["$defs"][list]["enum"].as_array().expect("names") {
            if !PAGE.contains(&format!("`{}`", name.as_str().unwrap_or_default())) {
                missing.push(format!("{list}: {name}"));
            }
        }
    }
    for reason in events["$defs"]["Reason"]["enum"].as_array().expect("reasons") {
        if !PAGE.contains(&format!("`{}`", reason.as_str().unwrap_or_default())) {
            missing.push(format!("reason: {reason}"));
        }
    }
    assert!(missing.is_empty(), "docs/events-and-messages.md does not name {missing:#?}");
}

#[tokio::test]
async fn the_reference_page_shows_every_operation_and_loads_nothing_from_elsewhere() {
    let world = World::new().await;
    let page = Person::new(&world).get("/docs", "none").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    let policy = page.headers["content-security-policy"].to_str().expect("text");
    assert!(policy.starts_with("default-src 'none'; style-src 'self'"), "{policy}");
    let document = serde_json::to_value(gesher_server::http::v1::openapi()).expect("a document");
    let mut shown = 0;
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("methods") {
            let id = operation["operationId"].as_str().expect("an id");
            assert!(page.text.contains(&format!("<article id=\"{id}\">")), "{method} {path}");
            shown += 1;
        }
    }
    assert!(shown > 15, "{shown} operations");
    for (name, _) in document["components"]["schemas"].as_object().expect("objects") {
        assert!(page.text.contains(&format!("<article id=\"{name}\">")), "{name}");
    }
    for target in page.text.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(page.text.contains(&format!("id=\"{target}\"")), "nothing is called {target}");
    }
    for wrong in ["<script", "style=", "src=\"http", "href=\"http"] {
        assert!(!page.text.contains(wrong), "{wrong}");
    }
    let style = Person::new(&world).get("/docs/style.css", "same-origin").await;
    assert_eq!(
        (style.status, style.headers["content-type"].to_str().ok()),
        (StatusCode::OK, Some("text/css; charset=utf-8"))
    );
    assert!(!style.text.contains("url("), "the style loads nothing");
}

#[tokio::test]
async fn the_schemas_are_served() {
    let world = World::new().await;
    for (path, wanted) in [
        ("/v1/schemas/host-message.json", schema::host_message()),
        ("/v1/schemas/event.json", schema::event()),
    ] {
        let answer = world.call("GET", path, "", &[], None).await;
        assert_eq!((answer.status, answer.body), (StatusCode::OK, wanted), "{path}");
    }
}
