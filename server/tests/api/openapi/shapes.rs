//! Values that a schema of the document takes.

use super::Document;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;
use serde_json::{Map, Number, Value, json};

/// Deepest value.
const DEEPEST: u32 = 6;

/// Where the values come from: the same seed gives the same ones.
pub struct Shapes<'a> {
    pub document: &'a Document,
    pub rng: ChaCha8Rng,
    /// Whether fields that may be absent are.
    pub bare: bool,
}

impl Shapes<'_> {
    /// A number below this one.
    pub fn below(&mut self, end: usize) -> usize {
        let drawn = usize::try_from(self.rng.next_u32()).unwrap_or_default();
        drawn % end.max(1)
    }

    /// Whether, once in so many times.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub fn one<'b, T>(&mut self, of: &'b [T]) -> &'b T {
        let place = self.below(of.len());
        &of[place]
    }

    /// A value for the field of this name.
    pub fn value(&mut self, name: &str, schema: &Value, depth: u32) -> Value {
        let document = self.document;
        let schema = document.resolve(schema);
        for either in ["oneOf", "anyOf"] {
            if let Some(options) = schema[either].as_array() {
                let option = self.one(options).clone();
                return self.value(name, &option, depth);
            }
        }
        if let Some(values) = schema["enum"].as_array() {
            return self.one(values).clone();
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one.as_str()],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => vec!["string"],
        };
        match *self.one(&types) {
            "null" => Value::Null,
            "boolean" => json!(self.once_in(2)),
            "integer" | "number" => self.integer(schema),
            "array" => self.list(name, schema, depth),
            "object" => self.object(schema, depth),
            _ => self.text(name, schema),
        }
    }

    fn integer(&mut self, schema: &Value) -> Value {
        let least = schema["minimum"].as_i64().unwrap_or(0);
        let most = schema["maximum"].as_i64().unwrap_or(least + 1_000);
        let width = usize::try_from(most - least + 1).unwrap_or(1);
        Value::Number(Number::from(least + i64::try_from(self.below(width)).unwrap_or_default()))
    }

    fn list(&mut self, name: &str, schema: &Value, depth: u32) -> Value {
        let least = usize::try_from(schema["minItems"].as_u64().unwrap_or(0)).unwrap_or_default();
        let many = least + if depth < DEEPEST { self.below(3) } else { 0 };
        (0..many).map(|_| self.value(name, &schema["items"], depth + 1)).collect()
    }

    fn object(&mut self, schema: &Value, depth: u32) -> Value {
        let mut object = Map::new();
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let needed = required.iter().any(|one| one == name);
            if needed || !self.bare && depth < DEEPEST && self.once_in(3) {
                let value = self.value(name, property, depth + 1);
                object.insert(name.clone(), value);
            }
        }
        if schema["additionalProperties"].is_object() && !self.bare {
            for place in 0..self.below(3) {
                let value = self.value("", &schema["additionalProperties"], depth + 1);
                object.insert(format!("name_{place}"), value);
            }
        }
        Value::Object(object)
    }

    fn text(&mut self, name: &str, schema: &Value) -> Value {
        // What only a value of its own kind gets past the first check.
        let known: &[&str] = match name {
            "external_id" | "customer" => &["user-1", "user-2", "x"],
            "url" => &["http://127.0.0.1:9/", "https://127.0.0.1/x"],
            "parent_origin" => &["https://shop.example"],
            "redirect_url" => &["https://shop.example/back"],
            "institution_ids" | "institution_id" => &["sandbox-bank", "il-discount", "sandbox-redirect"],
            "psu_id" => &["043510023"],
            "psu_corporate_id" => &["510000003"],
            "events" => &["connection.status_changed"],
            "type" => &["connection.status_changed", "ping"],
            "reference" => &["name_0:value", "journey_id:J-17"],
            _ => &[],
        };
        if !known.is_empty() && !self.once_in(8) {
            return json!(self.one(known));
        }
        if let Some(example) = schema["example"].as_str().filter(|_| self.bare) {
            return json!(example);
        }
        match schema["format"].as_str() {
            Some("date-time") => json!(self.one(&["2027-01-01T00:00:00Z", "2027-01-01T02:00:00+02:00", "1970-01-01T00:00:00Z"])),
            Some("date") => json!(self.one(&["2026-11-01", "2025-12-31", "2027-01-01"])),
            _ => {
                let least = usize::try_from(schema["minLength"].as_u64().unwrap_or(0)).unwrap_or_default();
                let many = least.max(1) + self.below(12);
                json!(
                    (0..many)
                        .map(|_| *self.one(&['a', 'Z', '7', ' ', '-', 'ש', 'é', '"', '/']))
                        .collect::<String>()
                )
            }
        }
    }
}
