//! TypeScript types out of the JSON Schemas: for what [`schema`](super::schema) holds, not for any schema.

use super::schema;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// The part of `gesher.d.ts` below this line is made here; the SDK's own types stand above it.
pub const MESSAGES_BEGIN: &str = "  // From here on made by `gesher schema message-types`.\n";

/// The types of the messages that a host's page gets, as the end of the namespace `Gesher`.
pub fn messages() -> String {
    let document = schema::host_message();
    let definitions = object(&document["$defs"]);
    let envelope = document["allOf"]
        .as_array()
        .and_then(|parts| parts.iter().find(|part| part.get("properties").is_some()))
        .cloned()
        .unwrap_or_default();
    let payloads = variants(&definitions["HostPayload"], "type");
    let mut text = String::from(MESSAGES_BEGIN);
    let names: Vec<_> = payloads
        .iter()
        .map(|(name, _)| format!("\n    | {}Message", pascal(name)))
        .collect();
    let _ = writeln!(
        text,
        "\n  /** A message from the widget. Those that this script makes itself have `seq` 0. */\n  type Message ={};",
        names.concat()
    );
    let mut fields = body(&envelope, 2);
    fields.push_str("    type: Type;\n    payload: Payload;\n");
    let _ = writeln!(text, "\n  interface Envelope<Type extends string, Payload> {{\n{fields}  }}");
    for (name, variant) in &payloads {
        let pascal = pascal(name);
        let payload = &variant["properties"]["payload"];
        let _ = write!(
            text,
            "\n{}  type {pascal}Message = Envelope<'{name}', {pascal}Payload>;\n",
            comment(variant, 1)
        );
        if object(&payload["properties"]).is_empty() {
            let _ = writeln!(text, "  type {pascal}Payload = Record<string, never>;");
        } else {
            let _ = writeln!(text, "  interface {pascal}Payload {{\n{}  }}", body(payload, 2));
        }
    }
    for (name, schema) in definitions.iter().filter(|(name, _)| *name != "HostPayload") {
        text.push('\n');
        text.push_str(&definition("", name, schema, 1));
    }
    text.push_str("}\n");
    text
}

/// The types of events, as a module for a backend.
pub fn events() -> String {
    let document = schema::event();
    let kinds = variants(&document, "type");
    let mut text = String::from(
        "// Types of Gesher's events, as webhooks bring them and the API lists them. Made by `gesher schema event-types`.\n\n",
    );
    let names: Vec<_> = kinds.iter().map(|(name, _)| format!("\n  | {}Event", pascal(name))).collect();
    let _ = writeln!(text, "export type Event ={};", names.concat());
    for (name, kind) in &kinds {
        let _ = write!(
            text,
            "\n{}export interface {}Event {{\n{}}}\n",
            comment(kind, 0),
            pascal(name),
            body(kind, 1)
        );
    }
    for (name, schema) in object(&document["$defs"]).iter() {
        text.push('\n');
        text.push_str(&definition("export ", name, schema, 0));
    }
    text
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// The variants of a tagged union, by what their tag says.
fn variants(union: &Value, tag: &str) -> Vec<(String, Value)> {
    let variants = union["oneOf"].as_array().cloned().unwrap_or_default();
    variants
        .into_iter()
        .filter_map(|variant| Some((variant["properties"][tag]["enum"][0].as_str()?.to_owned(), variant)))
        .collect()
}

/// `connection.status_changed` is `ConnectionStatusChanged`.
fn pascal(name: &str) -> String {
    name.split(['.', '_'])
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_uppercase() + rest
        })
        .collect()
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

fn comment(schema: &Value, depth: usize) -> String {
    match schema["description"].as_str() {
        None => String::new(),
        Some(text) => format!(
            "{}/** {} */\n",
            indent(depth),
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        ),
    }
}

fn definition(export: &str, name: &str, schema: &Value, depth: usize) -> String {
    let pad = indent(depth);
    let comment = comment(schema, depth);
    if schema["properties"].is_object() {
        return format!("{comment}{pad}{export}interface {name} {{\n{}{pad}}}\n", body(schema, depth + 1));
    }
    let members: String = alternatives(schema, depth)
        .iter()
        .map(|member| format!("\n{pad}  | {member}"))
        .collect();
    format!("{comment}{pad}{export}type {name} ={members};\n")
}

/// The properties of an object, a line each.
fn body(schema: &Value, depth: usize) -> String {
    let required: Vec<_> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    object(&schema["properties"])
        .iter()
        .map(|(name, property)| {
            let optional = if required.contains(&name.as_str()) { "" } else { "?" };
            format!(
                "{}{}{name}{optional}: {};\n",
                comment(property, depth),
                indent(depth),
                of(property, depth)
            )
        })
        .collect()
}

fn of(schema: &Value, depth: usize) -> String {
    alternatives(schema, depth).join(" | ")
}

/// What a value of this schema can be.
fn alternatives(schema: &Value, depth: usize) -> Vec<String> {
    if let Some(target) = schema["$ref"].as_str() {
        return vec![target.rsplit('/').next().unwrap_or_default().to_owned()];
    }
    if let Some(value) = schema.get("const") {
        return vec![literal(value)];
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(literal).collect();
    }
    for union in ["oneOf", "anyOf"] {
        if let Some(members) = schema[union].as_array() {
            return members.iter().flat_map(|member| alternatives(member, depth)).collect();
        }
    }
    match &schema["type"] {
        Value::Array(types) => types
            .iter()
            .filter_map(Value::as_str)
            .map(|plain| plain_type(plain, schema, depth))
            .collect(),
        Value::String(plain) => vec![plain_type(plain, schema, depth)],
        _ => vec!["unknown".to_owned()],
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{text}'"),
        other => other.to_string(),
    }
}

fn plain_type(name: &str, schema: &Value, depth: usize) -> String {
    match name {
        "integer" | "number" => "number".to_owned(),
        "array" => {
            let items = of(&schema["items"], depth);
            if items.contains(' ') {
                format!("({items})[]")
            } else {
                format!("{items}[]")
            }
        }
        "object" if schema["properties"].is_object() => format!("{{\n{}{}}}", body(schema, depth + 1), indent(depth)),
        "object" => "Record<string, unknown>".to_owned(),
        other => other.to_owned(),
    }
}
