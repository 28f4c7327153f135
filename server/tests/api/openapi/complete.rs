//! The document says all that there is to say.

use super::Document;
use crate::world::World;
use serde_json::Value;

#[tokio::test]
async fn every_operation_is_described_whole() {
    let world = World::new().await;
    let document = Document::of(&world).await;
    for operation in document.operations() {
        let name = format!("{} {}", operation.method, operation.path);
        assert!(
            operation.described["summary"].as_str().is_some_and(|text| !text.is_empty()),
            "{name} has no summary"
        );
        assert!(operation.described["tags"][0].is_string(), "{name} has no tag");
        let named: Vec<_> = operation.path.split(['{', '}']).skip(1).step_by(2).collect();
        let described: Vec<_> = operation.parameters("path").into_iter().map(|(name, _)| name).collect();
        assert_eq!(named, described, "{name}");
        let all = operation.described["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
        for parameter in all {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
            assert!(!parameter["schema"].to_string().contains("null"), "{name}: {parameter}");
            assert_eq!(parameter["required"] == true, parameter["in"] == "path", "{name}: {parameter}");
        }
        let responses = operation.described["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
        for (status, response) in responses {
            assert!(
                response["description"].as_str().is_some_and(|text| !text.is_empty()),
                "{name}: {status} is not described"
            );
            let content = response["content"].as_object();
            let types: Vec<_> = content
                .map(|content| content.keys().map(String::as_str).collect())
                .unwrap_or_default();
            let right: &[&str] = match status.as_str() {
                "204" => &[],
                status if status.starts_with('2') => &["application/json"],
                _ => &["application/problem+json"],
            };
            assert_eq!(types, right, "{name}: {status}");
        }
        let mut expected = vec!["401", "429", "503"];
        if operation.body().is_some() {
            expected.extend(["400", "413", "415", "422"]);
        }
        if !named.is_empty() {
            expected.push("404");
        }
        if !operation.opens_to_customers() {
            expected.push("403");
        }
        for status in expected {
            assert!(responses.contains_key(status), "{name} has no {status}");
        }
    }
}

/// What a reference leads to is there: the document of a route may name a schema that nothing else does.
#[tokio::test]
async fn every_reference_leads_somewhere() {
    let world = World::new().await;
    let document = Document::of(&world).await;
    let mut open = vec![document.value()];
    let mut seen = 0;
    while let Some(value) = open.pop() {
        if let Some(to) = value["$ref"].as_str() {
            assert!(document.value().pointer(to.trim_start_matches('#')).is_some(), "{to}");
            seen += 1;
        }
        match value {
            Value::Object(object) => open.extend(object.values()),
            Value::Array(list) => open.extend(list),
            _ => {}
        }
    }
    assert!(seen > 50);
}

/// A field without a description leaves its reader to guess.
#[tokio::test]
async fn every_field_of_every_schema_is_described() {
    let world = World::new().await;
    let document = Document::of(&world).await;
    let schemas = document.value()["components"]["schemas"].as_object().expect("schemas");
    let mut bare = Vec::new();
    for (name, schema) in schemas {
        visit(&document, name, schema, &mut bare);
    }
    assert_eq!(bare, Vec::<String>::new());
}

fn visit(document: &Document, at: &str, schema: &Value, bare: &mut Vec<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        for (name, property) in properties {
            let at = format!("{at}.{name}");
            let said = |value: &Value| value["description"].as_str().is_some_and(|text| !text.is_empty());
            let options = property["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
            let is_constant = property["enum"].as_array().is_some_and(|values| values.len() == 1);
            let is_group = property["properties"].is_object();
            if !(said(property) || is_constant || is_group || options.iter().any(said) || said(document.resolve(property))) {
                bare.push(at.clone());
            }
            visit(document, &at, property, bare);
        }
    }
    for (place, option) in schema["oneOf"].as_array().into_iter().flatten().enumerate() {
        visit(document, &format!("{at}/{place}"), option, bare);
    }
    if schema["items"].is_object() {
        visit(document, at, &schema["items"], bare);
    }
}
