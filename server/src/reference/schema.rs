//! JSON Schema 2020-12 of what Gesher says by itself: host messages and events.

use crate::webhooks::payload::EventView;
use gesher_contract::{FailureCode, HostMessage, SOURCE, VERSION};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// Where the API's document keeps its schemas, and where these documents do.
const COMPONENTS: &str = "#/components/schemas/";
const DEFINITIONS: &str = "#/$defs/";

/// The schema of the messages that a host's page gets.
pub fn host_message() -> Value {
    let mut document = document::<HostMessage>("Host message");
    if let Some(Value::Array(codes)) = document.pointer_mut("/$defs/FailureCode/enum") {
        codes.extend(FailureCode::FROM_SDK.map(Value::from));
    }
    // What never changes in this version.
    if let Some(Value::Array(parts)) = document.get_mut("allOf") {
        for properties in parts.iter_mut().filter_map(|part| part.get_mut("properties")) {
            properties["source"]["const"] = SOURCE.into();
            properties["version"]["const"] = VERSION.into();
        }
    }
    document
}

/// The schema of the events that webhooks bring and the API lists.
pub fn event() -> Value {
    document::<EventView>("Event")
}

fn document<T: ToSchema>(title: &str) -> Value {
    let mut found = Vec::new();
    T::schemas(&mut found);
    let definitions: Map<String, Value> = found
        .into_iter()
        .filter_map(|(name, schema)| Some((name, serde_json::to_value(schema).ok()?)))
        .collect();
    let mut document = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "title": title });
    if let (Some(document), Ok(Value::Object(root))) = (document.as_object_mut(), serde_json::to_value(T::schema())) {
        document.extend(root);
    }
    document["$defs"] = Value::Object(used(&document, definitions));
    point_to_definitions(&mut document);
    document
}

/// The definitions that the document needs, through each other.
fn used(document: &Value, all: Map<String, Value>) -> Map<String, Value> {
    let mut needed = Map::new();
    let mut open = vec![document.to_string()];
    while let Some(text) = open.pop() {
        for (name, schema) in &all {
            if text.contains(&format!("\"{COMPONENTS}{name}\"")) && !needed.contains_key(name) {
                needed.insert(name.clone(), schema.clone());
                open.push(schema.to_string());
            }
        }
    }
    needed
}

fn point_to_definitions(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            if let Some(Value::String(target)) = entries.get_mut("$ref") {
                *target = target.replace(COMPONENTS, DEFINITIONS);
            }
            entries.values_mut().for_each(point_to_definitions);
        }
        Value::Array(items) => items.iter_mut().for_each(point_to_definitions),
        _ => {}
    }
}
