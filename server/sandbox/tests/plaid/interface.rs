//! Holds answers and webhooks against the names and types of Plaid's interface file.

use serde_json::Value;

pub struct Interface(Value);

impl Interface {
    pub fn load() -> Self {
        Self(serde_json::from_str(include_str!("interface.json")).expect("JSON"))
    }

    /// The endpoints that it knows.
    pub fn endpoints(&self) -> Vec<String> {
        self.0["answers"].as_object().expect("answers").keys().cloned().collect()
    }

    /// What of an answer does not fit. A refusal is an error's object.
    pub fn answer_problems(&self, path: &str, is_success: bool, answer: &Value) -> Vec<String> {
        let name = if is_success {
            self.0["answers"][path].as_str()
        } else {
            Some("PlaidError")
        };
        match name {
            Some(name) => self.problems(name, answer, path),
            None => vec![format!("{path}: no such endpoint")],
        }
    }

    /// What of a webhook does not fit.
    pub fn webhook_problems(&self, webhook: &Value) -> Vec<String> {
        let part = |name: &str| webhook[name].as_str().unwrap_or_default();
        let kind = format!("{} {}", part("webhook_type"), part("webhook_code"));
        match self.0["webhooks"][&kind].as_str() {
            Some(name) => self.problems(name, webhook, &kind),
            None => vec![format!("{kind}: no such webhook")],
        }
    }

    fn problems(&self, wanted: &str, value: &Value, at: &str) -> Vec<String> {
        if let Some(wanted) = wanted.strip_suffix('?') {
            return if value.is_null() {
                Vec::new()
            } else {
                self.problems(wanted, value, at)
            };
        }
        if let Some(inner) = wanted.strip_prefix('[').and_then(|wanted| wanted.strip_suffix(']')) {
            let Some(list) = value.as_array() else {
                return vec![format!("{at}: no list")];
            };
            return list.iter().flat_map(|one| self.problems(inner, one, at)).collect();
        }
        let text = value.as_str();
        let fits = match wanted {
            "any" => true,
            "string" => text.is_some(),
            "number" => value.is_number(),
            "integer" => value.is_i64(),
            "boolean" => value.is_boolean(),
            "date" => text.is_some_and(|text| text.parse::<jiff::civil::Date>().is_ok() && text.len() == 10),
            "datetime" => text.is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
            name => match self.0["objects"].get(name) {
                Some(object) => return self.object_problems(object, value, at),
                None => text.is_some_and(|text| name.split('|').any(|one| one == text)),
            },
        };
        if fits {
            Vec::new()
        } else {
            vec![format!("{at}: {value} is no {wanted}")]
        }
    }

    fn object_problems(&self, object: &Value, value: &Value, at: &str) -> Vec<String> {
        let Some(fields) = value.as_object() else {
            return vec![format!("{at}: no object")];
        };
        let (required, optional) = (object[0].as_object().expect("required"), object[1].as_object().expect("optional"));
        let missing = required.keys().filter(|name| !fields.contains_key(*name));
        let mut problems: Vec<String> = missing.map(|name| format!("{at}.{name} is missing")).collect();
        for (name, value) in fields {
            match required.get(name).or_else(|| optional.get(name)).and_then(Value::as_str) {
                Some(wanted) => problems.extend(self.problems(wanted, value, &format!("{at}.{name}"))),
                None => problems.push(format!("{at}.{name} is not known")),
            }
        }
        problems
    }
}

#[test]
fn it_sees_what_is_missing_unknown_or_of_another_type() {
    let interface = Interface::load();
    let good = serde_json::json!({ "access_token": "a", "item_id": "i", "request_id": "r" });
    let path = "item/public_token/exchange";
    assert!(interface.answer_problems(path, true, &good).is_empty());
    for (name, value) in [("item_id", Value::Null), ("more", Value::from(1))] {
        let mut bad = good.clone();
        bad[name] = value;
        assert_eq!(interface.answer_problems(path, true, &bad).len(), 1, "{name}");
    }
    assert_eq!(interface.answer_problems(path, true, &serde_json::json!({})).len(), 3);
}
