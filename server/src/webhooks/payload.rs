//! What is sent, which is also what the API lists: an event, and nothing about a person.
//!
//! **Contract.** `{ type, timestamp, data }`, as Standard Webhooks has it. `data` is what [`EventKind`] says of the kind and
//! whose event it is; there is no second list of fields, here or in the schema.

use gesher_contract::{Event, EventKind};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::openapi::schema::{ObjectBuilder, OneOf, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

/// An event, as webhooks send it and the API lists it.
#[derive(Debug, Serialize)]
pub struct EventView {
    /// What happened.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// When it happened.
    pub timestamp: String,
    /// The event's id, the connection and the place in its life if it is about one, and what the kind has to say.
    pub data: Map<String, Value>,
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        let kind = event.kind.name();
        let mut data = match serde_json::to_value(&event) {
            Ok(Value::Object(data)) => data,
            _ => Map::new(),
        };
        data.remove("type");
        data.remove("created_at");
        Self {
            kind,
            timestamp: event.created_at,
            data,
        }
    }
}

/// The event in a row's body, as it is shown. Nothing when this version does not know its kind.
pub fn view(body: &str) -> Option<EventView> {
    serde_json::from_str::<Event>(body).ok().map(Into::into)
}

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

/// One kind of event: [`EventKind`]'s own schema of it, with what every event has.
fn kind_schema(kind: &Schema) -> Option<Schema> {
    let Schema::Object(kind) = kind else { return None };
    let name = kind.properties.get("type")?;
    let about_a_connection = serde_json::to_value(name)
        .ok()?
        .pointer("/enum/0")?
        .as_str()?
        .starts_with("connection.");
    let mut data = ObjectBuilder::new().schema_type(Type::Object);
    data = data
        .property("id", text("The event's id, which is also the `webhook-id`."))
        .required("id");
    if about_a_connection {
        let seq = ObjectBuilder::new().schema_type(Type::Integer).description(Some(
            "Place in the connection's life, from 1 without gaps. Webhooks may arrive in another order.",
        ));
        data = data
            .property("connection_id", text("The connection."))
            .property("seq", seq)
            .required("connection_id")
            .required("seq");
    }
    for (field, schema) in kind.properties.iter().filter(|(field, _)| *field != "type") {
        data = data.property(field, schema.clone());
        if kind.required.contains(field) {
            data = data.required(field);
        }
    }
    let whole = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(kind.description.clone())
        .property("type", name.clone())
        .property("timestamp", text("When it happened, RFC 3339 UTC."))
        .property("data", data)
        .required("type")
        .required("timestamp")
        .required("data");
    Some(whole.build().into())
}

impl PartialSchema for EventView {
    fn schema() -> RefOr<Schema> {
        let mut kinds = OneOf::new();
        kinds.description = Some("An event, as webhooks send it and the API lists it.".to_owned());
        if let RefOr::T(Schema::OneOf(found)) = EventKind::schema() {
            kinds.items = found
                .items
                .iter()
                .filter_map(|kind| match kind {
                    RefOr::T(kind) => kind_schema(kind).map(RefOr::T),
                    RefOr::Ref(_) => None,
                })
                .collect();
        }
        Schema::OneOf(kinds).into()
    }
}

impl ToSchema for EventView {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        EventKind::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_has_every_kind_of_event_with_its_own_fields() {
        let schema = serde_json::to_value(EventView::schema()).expect("a schema");
        let kinds = schema["oneOf"].as_array().expect("kinds");
        let names: Vec<_> = kinds.iter().map(|kind| kind["properties"]["type"]["enum"][0].as_str()).collect();
        assert_eq!(names, EventKind::NAMES.map(Some));
        for kind in kinds {
            assert_eq!(kind["required"], serde_json::json!(["type", "timestamp", "data"]), "{kind}");
            assert!(kind["properties"]["data"]["properties"]["type"].is_null(), "{kind}");
        }
        let changed = &kinds[0]["properties"]["data"];
        assert_eq!(changed["properties"]["seq"]["type"], "integer");
        assert!(changed["properties"]["from"].is_object(), "{changed}");
        let disabled = EventKind::NAMES.iter().position(|name| *name == EventKind::ENDPOINT_DISABLED);
        let disabled = &kinds[disabled.expect("a kind")]["properties"]["data"]["properties"];
        assert!(disabled["endpoint_id"].is_object() && disabled["seq"].is_null(), "{disabled}");
    }
}
