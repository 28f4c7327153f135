//! Checks JSON against the schemas of the interface file, with the keywords that the file uses and no others.
//!
//! It is stricter than the file in two ways: a pattern must fit the whole text, and a field that its object's schema does not name
//! is a problem unless the schema allows others. It is milder in one: the alternatives of a `oneOf` overlap in the file, so at least
//! one must fit.

use regex::Regex;
use serde_json::{Map, Value};

/// The schemas that others refer to.
pub struct Schemas(Map<String, Value>);

impl Schemas {
    /// From the file's `schemas`.
    pub fn new(schemas: Value) -> Self {
        match schemas {
            Value::Object(schemas) => Self(schemas),
            _ => panic!("schemas are an object"),
        }
    }

    /// What is wrong with a header or query parameter.
    pub fn text_problems(&self, schema: &Value, text: &str, at: &str) -> Vec<String> {
        let typed = match self.resolve(schema)["type"].as_str() {
            Some("boolean") => text.parse().map(Value::Bool).ok(),
            Some("integer") => text.parse::<i64>().map(Value::from).ok(),
            _ => None,
        };
        self.problems(schema, &typed.unwrap_or_else(|| Value::from(text)), at)
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(name) => {
                let name = name.rsplit('/').next().expect("a name");
                self.resolve(self.0.get(name).unwrap_or_else(|| panic!("no schema {name}")))
            }
            None => schema,
        }
    }

    /// What is wrong with a value. `at` says where it stands.
    pub fn problems(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let schema = self.resolve(schema).as_object().expect("a schema");
        let mut problems = Vec::new();
        for (keyword, wanted) in schema {
            match keyword.as_str() {
                "properties" | "additionalProperties" => {}
                "allOf" => problems.extend(list(wanted).iter().flat_map(|one| self.problems(one, value, at))),
                "oneOf" => {
                    let tried: Vec<_> = list(wanted).iter().map(|one| self.problems(one, value, at)).collect();
                    if tried.iter().all(|problems| !problems.is_empty()) {
                        problems.push(format!("{at}: fits no alternative: {tried:?}"));
                    }
                }
                "items" => {
                    let items = value.as_array().into_iter().flatten().enumerate();
                    problems.extend(items.flat_map(|(place, item)| self.problems(wanted, item, &format!("{at}[{place}]"))));
                }
                _ if holds(keyword, wanted, value) => {}
                _ => problems.push(format!("{at}: {value} breaks {keyword} {wanted}")),
            }
        }
        if let Some(fields) = value.as_object() {
            problems.extend(fields.iter().flat_map(|(name, value)| self.field(schema, name, value, at)));
        }
        problems
    }

    fn field(&self, schema: &Map<String, Value>, name: &str, value: &Value, at: &str) -> Vec<String> {
        let at = format!("{at}.{name}");
        let named = schema.get("properties").and_then(|properties| properties.get(name));
        match (named, schema.get("additionalProperties")) {
            (Some(one), _) => self.problems(one, value, &at),
            (None, Some(other)) if other.is_object() => self.problems(other, value, &at),
            (None, Some(Value::Bool(true))) => Vec::new(),
            (None, None) if !schema.contains_key("properties") => Vec::new(),
            _ => vec![format!("{at}: no such field")],
        }
    }
}

fn list(value: &Value) -> &Vec<Value> {
    value.as_array().expect("a list")
}

/// Whether a value keeps a keyword. A keyword that is about another type holds.
fn holds(keyword: &str, wanted: &Value, value: &Value) -> bool {
    let number = || usize::try_from(wanted.as_u64().expect("a number")).expect("a small number");
    let text = value.as_str();
    match keyword {
        "type" => match wanted.as_str().expect("a type") {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            other => panic!("no type {other}"),
        },
        "required" => list(wanted).iter().all(|name| value.get(name.as_str().expect("a name")).is_some()),
        "enum" => list(wanted).contains(value),
        "maxLength" => text.is_none_or(|text| text.chars().count() <= number()),
        "minLength" => text.is_none_or(|text| text.chars().count() >= number()),
        "maxItems" => value.as_array().is_none_or(|items| items.len() <= number()),
        "minProperties" => value.as_object().is_none_or(|fields| fields.len() >= number()),
        "minimum" => value.as_i64().is_none_or(|value| value >= wanted.as_i64().expect("a number")),
        "exclusiveMinimum" => wanted == false,
        "pattern" => {
            let pattern = Regex::new(&format!("^(?:{})$", wanted.as_str().expect("a pattern"))).expect("a pattern");
            text.is_none_or(|text| pattern.is_match(text))
        }
        "format" => text.is_none_or(|text| has_format(wanted.as_str().expect("a format"), text)),
        other => panic!("the checker does not know the keyword {other}"),
    }
}

fn has_format(format: &str, text: &str) -> bool {
    match format {
        "date" => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        "uuid" => text.len() == 36 && uuid::Uuid::try_parse(text).is_ok(),
        "uri" => url::Url::parse(text).is_ok(),
        // The file's header Location; it may be relative.
        "url" => url::Url::parse("http://localhost").and_then(|base| base.join(text)).is_ok(),
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "byte" => data_encoding::BASE64.decode(text.as_bytes()).is_ok(),
        other => panic!("the checker does not know the format {other}"),
    }
}
