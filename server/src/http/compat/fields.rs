//! Reading a JSON object as these vendors do: what is unknown is ignored, `null` is as good as absent, and what has the wrong type is
//! found field by field, so that each vendor can say it in its own words.
//!
//! **Contract.** Reading goes on behind what is wrong: [`Fields::finish`] gives all of it at once, in the order of the reading.

use serde_json::{Map, Value};

/// What a field has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// There.
    Required,
    /// A string.
    Text,
    /// `true` or `false`.
    Flag,
    /// A list.
    List,
    /// An object.
    Object,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// A field that is not what it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Its path: `callbackInformation.webhooks.successUrl`, `providerIds[1]`.
    pub path: String,
    /// What it has to be.
    pub rule: Rule,
}

/// An object that is being read.
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: String,
    wrong: Vec<Wrong>,
}

impl<'a> Fields<'a> {
    /// Reads this object.
    pub const fn of(object: &'a Map<String, Value>) -> Self {
        Self {
            object,
            path: String::new(),
            wrong: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// Says that a field breaks a rule.
    pub fn refuse(&mut self, name: &str, rule: Rule) {
        let path = self.path(name);
        self.wrong.push(Wrong { path, rule });
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    fn typed<T>(&mut self, name: &str, rule: Rule, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.get(name)?;
        let read = read(value);
        if read.is_none() {
            self.refuse(name, rule);
        }
        read
    }

    /// A text. An empty one is as good as absent.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let text = self.typed(name, Rule::Text, Value::as_str)?;
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A text that has to be there. What is wrong was noted when it is empty.
    pub fn required(&mut self, name: &str) -> String {
        let before = self.wrong.len();
        self.text(name).unwrap_or_else(|| {
            if self.wrong.len() == before {
                self.refuse(name, Rule::Required);
            }
            String::new()
        })
    }

    /// One of a few words. An empty text is as good as absent.
    pub fn choice<T: Copy>(&mut self, name: &str, words: &'static [&'static str], values: &[T]) -> Option<T> {
        let text = self.text(name)?;
        let found = words.iter().position(|word| *word == text).and_then(|at| values.get(at));
        if found.is_none() {
            self.refuse(name, Rule::OneOf(words));
        }
        found.copied()
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &str) -> Option<bool> {
        self.typed(name, Rule::Flag, Value::as_bool)
    }

    /// A list, as it came.
    pub fn list(&mut self, name: &str) -> Option<&'a [Value]> {
        self.typed(name, Rule::List, Value::as_array).map(Vec::as_slice)
    }

    /// A list of texts.
    pub fn texts(&mut self, name: &str) -> Option<Vec<String>> {
        let list = self.list(name)?;
        let mut texts = Vec::with_capacity(list.len());
        for (place, value) in list.iter().enumerate() {
            match value.as_str() {
                Some(text) => texts.push(text.to_owned()),
                None => self.refuse(&format!("{name}[{place}]"), Rule::Text),
            }
        }
        Some(texts)
    }

    /// An object, as it came.
    pub fn object(&mut self, name: &str) -> Option<&'a Map<String, Value>> {
        self.typed(name, Rule::Object, Value::as_object)
    }

    /// What is in an object.
    pub fn inside<T>(&mut self, name: &str, read: impl FnOnce(&mut Fields<'a>) -> T) -> Option<T> {
        let object = self.object(name)?;
        Some(self.part(name, object, read))
    }

    /// What is in each object of a list.
    pub fn each<T>(&mut self, name: &str, mut read: impl FnMut(&mut Fields<'a>) -> T) -> Option<Vec<T>> {
        let list = self.list(name)?;
        let mut all = Vec::with_capacity(list.len());
        for (place, value) in list.iter().enumerate() {
            let name = format!("{name}[{place}]");
            match value.as_object() {
                Some(object) => all.push(self.part(&name, object, &mut read)),
                None => self.refuse(&name, Rule::Object),
            }
        }
        Some(all)
    }

    fn part<T>(&mut self, name: &str, object: &'a Map<String, Value>, read: impl FnOnce(&mut Fields<'a>) -> T) -> T {
        let mut part = Fields {
            object,
            path: self.path(name),
            wrong: Vec::new(),
        };
        let value = read(&mut part);
        self.wrong.append(&mut part.wrong);
        value
    }

    /// The end of the reading.
    ///
    /// # Errors
    /// All that is wrong, in the order of the reading.
    pub fn finish(self) -> Result<(), Vec<Wrong>> {
        if self.wrong.is_empty() { Ok(()) } else { Err(self.wrong) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(json: Value) -> Map<String, Value> {
        match json {
            Value::Object(object) => object,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn what_is_null_empty_or_unknown_is_as_good_as_absent() {
        let body = object(json!({ "a": "", "b": null, "c": "x", "d": true, "more": 1 }));
        let mut fields = Fields::of(&body);
        assert_eq!(
            (fields.text("a"), fields.text("b"), fields.text("c")),
            (None, None, Some("x".into()))
        );
        assert_eq!((fields.flag("b"), fields.flag("d"), fields.texts("z")), (None, Some(true), None));
        assert_eq!(fields.finish(), Ok(()));
    }

    #[test]
    fn everything_that_is_wrong_is_said_with_its_path() {
        const WORDS: &[&str] = &["he", "en"];
        let body = object(json!({
            "id": "", "flag": "true", "words": ["a", 1], "language": "fr",
            "deep": { "list": [{ "n": 1 }, 2], "object": [] },
        }));
        let mut fields = Fields::of(&body);
        fields.required("id");
        fields.flag("flag");
        fields.texts("words");
        assert_eq!(fields.choice("language", WORDS, &[1, 2]), None);
        fields.inside("deep", |deep| {
            deep.each("list", |item| item.text("n"));
            deep.object("object");
        });
        let wrong = fields.finish().unwrap_err();
        let said: Vec<_> = wrong.iter().map(|wrong| (wrong.path.as_str(), wrong.rule)).collect();
        assert_eq!(
            said,
            [
                ("id", Rule::Required),
                ("flag", Rule::Flag),
                ("words[1]", Rule::Text),
                ("language", Rule::OneOf(WORDS)),
                ("deep.list[0].n", Rule::Text),
                ("deep.list[1]", Rule::Object),
                ("deep.object", Rule::Object),
            ]
        );
    }
}
