//! The API's document as one page that people read: every operation, every object, every event, without a script.

use super::schema;
use leptos::prelude::*;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Where the page's style sheet is.
pub const STYLE_ADDRESS: &str = "/docs/style.css";
/// The page's style sheet.
pub const STYLE: &str = include_str!("page.css");
/// Methods in the order in which a reader looks for them.
const METHODS: [&str; 5] = ["post", "get", "patch", "put", "delete"];

/// The page of this OpenAPI document, without its doctype.
pub fn render(document: &Value) -> String {
    let owner = Owner::new();
    owner.with(|| page(document).to_html())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn entries(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// Plain text with `code` in it.
fn prose(text: &str) -> impl IntoView + use<> {
    text.split('`')
        .map(str::to_owned)
        .enumerate()
        .map(|(place, part)| {
            if place % 2 == 1 {
                view! { <code>{part}</code> }.into_any()
            } else {
                part.into_any()
            }
        })
        .collect_view()
}

/// An operation with where it stands.
struct Operation {
    method: &'static str,
    path: String,
    what: Value,
}

fn by_tag(document: &Value) -> BTreeMap<String, Vec<Operation>> {
    let mut tags: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for (path, item) in entries(&document["paths"]) {
        for method in METHODS {
            let what = item[method].clone();
            if what.is_object() {
                tags.entry(text(&what["tags"][0])).or_default().push(Operation {
                    method,
                    path: path.clone(),
                    what,
                });
            }
        }
    }
    tags
}

fn page(document: &Value) -> impl IntoView + use<> {
    let title = format!("{} API", text(&document["info"]["title"]));
    let tags = by_tag(document);
    let schemas = entries(&document["components"]["schemas"]);
    let nav = tags
        .keys()
        .map(|tag| view! { <li><a href=format!("#{tag}")>{tag.clone()}</a></li> })
        .collect_view();
    let operations = tags
        .iter()
        .map(|(tag, operations)| {
            let all = operations.iter().map(operation).collect_view();
            view! { <section id=tag.clone()><h2>{tag.clone()}</h2>{all}</section> }
        })
        .collect_view();
    let objects = schemas.iter().map(|(name, schema)| described(name, schema)).collect_view();
    let messages = message_definitions(&schemas);
    view! {
        <html lang="en" dir="ltr">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title>{title.clone()}</title>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=STYLE_ADDRESS />
            </head>
            <body>
                <a class="skip" href="#main">"Skip to the reference"</a>
                <header>
                    <h1>{title}</h1>
                    <p>{prose(&text(&document["info"]["description"]))}</p>
                    <p>
                        "For programs: " <a href="/v1/openapi.json">"OpenAPI 3.1"</a> ", JSON Schemas of "
                        <a href="/v1/schemas/host-message.json">"host messages"</a> " and " <a href="/v1/schemas/event.json">"events"</a>
                        ", TypeScript types of " <a href="/gesher.d.ts">"host messages"</a> " and " <a href="/gesher-events.d.ts">"events"</a> "."
                    </p>
                </header>
                <nav aria-label="Contents">
                    <ul>
                        {nav}
                        <li><a href="#messages">"host messages"</a></li>
                        <li><a href="#objects">"objects"</a></li>
                    </ul>
                </nav>
                <main id="main">
                    {operations}
                    <section id="messages"><h2>"host messages"</h2>{messages}</section>
                    <section id="objects"><h2>"objects"</h2>{objects}</section>
                </main>
            </body>
        </html>
    }
}

fn operation(operation: &Operation) -> impl IntoView + use<> {
    let Operation { method, path, what } = operation;
    let id = text(&what["operationId"]);
    let key = what["security"].as_array().is_some_and(|needs| !needs.is_empty());
    let parameters = what["parameters"].as_array().cloned().unwrap_or_default();
    let body = what["requestBody"]["content"]["application/json"]["schema"].clone();
    let responses = entries(&what["responses"]);
    let example = curl(method, path, key, body.is_object());
    view! {
        <article id=id>
            <h3><span class=format!("method {method}")>{method.to_uppercase()}</span> " " <code>{path.clone()}</code></h3>
            <p><strong>{prose(&text(&what["summary"]))}</strong></p>
            <p>{prose(&text(&what["description"]))}</p>
            {(!parameters.is_empty()).then(|| view! {
                <table>
                    <caption>"Parameters"</caption>
                    <tbody>{parameters.iter().map(parameter).collect_view()}</tbody>
                </table>
            })}
            {body.is_object().then(|| view! { <p>"Body: " {shape(&body)}</p> })}
            <table>
                <caption>"Answers"</caption>
                <tbody>{responses.iter().map(|(status, response)| answer(status, response)).collect_view()}</tbody>
            </table>
            <pre><code>{example}</code></pre>
        </article>
    }
}

fn parameter(parameter: &Value) -> impl IntoView + use<> {
    let required = parameter["required"].as_bool().unwrap_or_default();
    view! {
        <tr>
            <th scope="row"><code>{text(&parameter["name"])}</code></th>
            <td>{text(&parameter["in"])} {required.then_some(", required")}</td>
            <td>{shape(&parameter["schema"])}</td>
            <td>{prose(&text(&parameter["description"]))}</td>
        </tr>
    }
}

fn answer(status: &str, response: &Value) -> impl IntoView + use<> {
    let schema = entries(&response["content"])
        .values()
        .next()
        .map(|content| content["schema"].clone());
    view! {
        <tr>
            <th scope="row">{status.to_owned()}</th>
            <td>{schema.map(|schema| shape(&schema))}</td>
            <td>{prose(&text(&response["description"]))}</td>
        </tr>
    }
}

/// The call as it is typed.
fn curl(method: &str, path: &str, key: bool, body: bool) -> String {
    let method = match method {
        "get" => String::new(),
        other => format!(" -X {}", other.to_uppercase()),
    };
    let key = if key { " -H \"Authorization: Bearer $GESHER_API_KEY\"" } else { "" };
    let body = if body {
        " -H 'Content-Type: application/json' -d @body.json"
    } else {
        ""
    };
    format!("curl{method} \"$GESHER_URL{path}\"{key}{body}")
}

/// A schema in a line: a link, a list of values, or a plain type.
fn shape(schema: &Value) -> AnyView {
    if let Some(name) = schema["$ref"].as_str().and_then(|target| target.rsplit('/').next()) {
        let name = name.to_owned();
        return view! { <a href=format!("#{name}")>{name.clone()}</a> }.into_any();
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> = values.iter().map(text).collect();
        return view! { <code>{values.join(" · ")}</code> }.into_any();
    }
    if let Some(members) = schema["oneOf"].as_array().or_else(|| schema["allOf"].as_array()) {
        let of_objects = members.iter().any(|member| member["properties"].is_object());
        let parts = members.iter().enumerate().map(|(place, member)| {
            let part = if of_objects { fields(member).into_any() } else { shape(member) };
            view! { {(place > 0 && !of_objects).then_some(" or ")} {part} }
        });
        return parts.collect_view().into_any();
    }
    if schema["type"] == "array" {
        return view! { "list of " {shape(&schema["items"])} }.into_any();
    }
    if schema["properties"].is_object() {
        return fields(schema).into_any();
    }
    let types: Vec<_> = match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect(),
        plain => vec![text(plain)],
    };
    types.join(" or ").into_any()
}

/// An object's fields.
fn fields(schema: &Value) -> impl IntoView + use<> {
    let required: Vec<_> = schema["required"].as_array().into_iter().flatten().map(text).collect();
    let rows = entries(&schema["properties"])
        .into_iter()
        .map(|(name, field)| {
            let optional = !required.contains(&name);
            view! {
                <tr>
                    <th scope="row"><code>{name}</code></th>
                    <td>{shape(&field)} {optional.then_some(", optional")}</td>
                    <td>{prose(&text(&field["description"]))}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="object">
            <p>{prose(&text(&schema["description"]))}</p>
            <table><tbody>{rows}</tbody></table>
        </div>
    }
}

fn described(name: &str, schema: &Value) -> impl IntoView + use<> {
    let lead = (!schema["properties"].is_object()).then(|| prose(&text(&schema["description"])));
    view! { <article id=name.to_owned()><h3>{name.to_owned()}</h3><p>{lead}</p>{shape(schema)}</article> }
}

/// What messages have, and their objects that the API's document does not have.
fn message_definitions(known: &Map<String, Value>) -> impl IntoView + use<> {
    let document = schema::host_message();
    let envelope = document["allOf"]
        .as_array()
        .and_then(|parts| parts.iter().find(|part| part["properties"].is_object()).cloned())
        .unwrap_or_default();
    let more = entries(&document["$defs"])
        .iter()
        .filter(|(name, _)| !known.contains_key(*name))
        .map(|(name, schema)| described(name, schema))
        .collect_view();
    view! { <p>"What the frame tells the page around it by " <code>"postMessage"</code> "."</p> {fields(&envelope)} {more} }
}
