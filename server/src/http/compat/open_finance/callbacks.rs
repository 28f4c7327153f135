//! `callbackInformation`: who is told of the outcome, and how they know that it is us.

use super::refusal::said;
use crate::callbacks::auth::{Basic, Headers, Oauth};
use crate::callbacks::{Auth, NewCallback, Outcome};
use crate::http::compat::fields::{Fields, Rule};
use data_encoding::BASE64;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// `products` of a webhook.
const PRODUCTS: &[&str] = &["CONNECTIONS", "PAYMENTS", "DECISION", "SESSIONS"];
/// The address of each outcome.
const ADDRESSES: [(&str, Outcome); 3] = [
    ("successUrl", Outcome::Success),
    ("failUrl", Outcome::Fail),
    ("abortUrl", Outcome::Abort),
];

/// The field that holds the address of an outcome.
pub(super) const fn address(on: Outcome) -> &'static str {
    match on {
        Outcome::Success => ADDRESSES[0].0,
        Outcome::Fail => ADDRESSES[1].0,
        Outcome::Abort => ADDRESSES[2].0,
    }
}

/// What opens the receiver: each of the vendor's three ways, where it is switched on.
struct Ways {
    basic: Option<Basic>,
    oauth: Option<Oauth>,
    headers: BTreeMap<String, SecretString>,
}

/// Reads `callbackInformation`. `broken` gathers what no rule of a single field says.
pub(super) fn read(fields: &mut Fields<'_>, broken: &mut Vec<String>) -> Vec<NewCallback> {
    let read = fields.inside("callbackInformation", |information| {
        information.inside("webhooks", |hooks| webhooks(hooks, broken))
    });
    read.flatten().unwrap_or_default()
}

fn webhooks(hooks: &mut Fields<'_>, broken: &mut Vec<String>) -> Vec<NewCallback> {
    let enabled = hooks.flag("enabled").unwrap_or(false);
    let addresses = ADDRESSES.map(|(name, on)| hooks.text(name).map(|url| (url, on)));
    let products = hooks.texts("products").unwrap_or_default();
    for (place, product) in products.iter().enumerate() {
        if !PRODUCTS.contains(&product.as_str()) {
            hooks.refuse(&format!("products[{place}]"), Rule::OneOf(PRODUCTS));
        }
    }
    let ways = Ways {
        basic: hooks.inside("basic", basic).flatten(),
        oauth: hooks.inside("oauth", oauth).flatten(),
        headers: headers(hooks),
    };
    let wanted = enabled && (products.is_empty() || products.iter().any(|product| product == "CONNECTIONS"));
    if !wanted || addresses.iter().all(Option::is_none) {
        return Vec::new();
    }
    let Some(auth) = auth(ways) else {
        let both = "cannot be enabled with basic or customHeaders";
        broken.push(said("callbackInformation.webhooks.oauth", both));
        return Vec::new();
    };
    let told = |(url, on)| NewCallback {
        on: vec![on],
        url,
        auth: auth.clone(),
    };
    addresses.into_iter().flatten().map(told).collect()
}

fn basic(fields: &mut Fields<'_>) -> Option<Basic> {
    let enabled = fields.flag("enabled").unwrap_or(false);
    fields.text("tokenUrl");
    let (username, password) = (fields.text("username"), fields.text("password"));
    enabled.then(|| Basic {
        username: username.unwrap_or_default(),
        password: password.unwrap_or_default().into(),
    })
}

fn oauth(fields: &mut Fields<'_>) -> Option<Oauth> {
    let enabled = fields.flag("enabled").unwrap_or(false);
    let (client_id, client_secret) = (fields.text("clientId"), fields.text("clientSecret"));
    let (audience, scope, token_url) = (fields.text("audience"), fields.text("scope"), fields.text("tokenUrl"));
    enabled.then(|| Oauth {
        token_url: token_url.unwrap_or_default(),
        client_id: client_id.unwrap_or_default(),
        client_secret: client_secret.unwrap_or_default().into(),
        scope,
        audience,
    })
}

fn headers(hooks: &mut Fields<'_>) -> BTreeMap<String, SecretString> {
    let Some(object) = hooks.object("customHeaders") else {
        return BTreeMap::new();
    };
    let read = |own: &mut Fields<'_>| {
        let names = object.keys();
        names.filter_map(|name| Some((name.clone(), own.text(name)?.into()))).collect()
    };
    hooks.inside("customHeaders", read).unwrap_or_default()
}

/// The one way that a callback goes; nothing where they do not go together.
fn auth(ways: Ways) -> Option<Auth> {
    let Ways { basic, oauth, mut headers } = ways;
    match (basic, oauth) {
        (None, None) if headers.is_empty() => Some(Auth::None),
        (Some(basic), None) if headers.is_empty() => Some(Auth::Basic(basic)),
        (None, Some(oauth)) if headers.is_empty() => Some(Auth::Oauth(oauth)),
        (None, None) => Some(Auth::Headers(Headers(headers))),
        (Some(basic), None) => {
            let pair = format!("{}:{}", basic.username, basic.password.expose_secret());
            let value = format!("Basic {}", BASE64.encode(pair.as_bytes()));
            headers.insert("authorization".to_owned(), value.into());
            Some(Auth::Headers(Headers(headers)))
        }
        (_, Some(_)) => None,
    }
}

/// `callbackInformation` as it is read back: without what opens the receiver.
pub(super) fn shown(information: &Value) -> Value {
    let mut shown = information.clone();
    let hooks = shown.get_mut("webhooks").and_then(Value::as_object_mut);
    if let Some(hooks) = hooks {
        for (part, secret) in [("oauth", "clientSecret"), ("basic", "password")] {
            if let Some(secret) = hooks.get_mut(part).and_then(|part| part.get_mut(secret)) {
                *secret = Value::Null;
            }
        }
        if let Some(headers) = hooks.get_mut("customHeaders").and_then(Value::as_object_mut) {
            headers.values_mut().for_each(|value| *value = Value::Null);
        }
        keep(
            hooks,
            &[
                "enabled",
                "successUrl",
                "failUrl",
                "abortUrl",
                "oauth",
                "basic",
                "customHeaders",
                "products",
            ],
        );
    }
    if let Some(information) = shown.as_object_mut() {
        keep(information, &["webhooks"]);
    }
    shown
}

/// Leaves out what the vendor does not know: nobody can say whether it is a secret.
fn keep(object: &mut Map<String, Value>, names: &[&str]) {
    object.retain(|name, _| names.contains(&name.as_str()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(hooks: Value) -> Result<Vec<NewCallback>, usize> {
        let body = json!({ "callbackInformation": { "webhooks": hooks } });
        let mut fields = Fields::of(body.as_object().unwrap());
        let mut broken = Vec::new();
        let told = read(&mut fields, &mut broken);
        let wrong = fields.finish().err().map_or(0, |wrong| wrong.len()) + broken.len();
        if wrong == 0 { Ok(told) } else { Err(wrong) }
    }

    #[test]
    fn each_address_is_told_of_its_outcome_by_the_way_that_is_on() {
        let hooks = json!({
            "enabled": true, "successUrl": "https://a.example/s", "failUrl": null, "abortUrl": "https://a.example/a",
            "basic": { "enabled": true, "username": "u", "password": "p" }, "oauth": { "enabled": false }, "products": ["CONNECTIONS"],
        });
        let told = told(hooks).unwrap();
        let seen: Vec<_> = told.iter().map(|one| (one.on.as_slice(), one.url.as_str())).collect();
        assert_eq!(
            seen,
            [
                ([Outcome::Success].as_slice(), "https://a.example/s"),
                ([Outcome::Abort].as_slice(), "https://a.example/a"),
            ]
        );
        assert!(matches!(&told[0].auth, Auth::Basic(basic) if basic.username == "u"));
    }

    #[test]
    fn nobody_is_told_where_it_is_off_or_of_something_else() {
        let url = "https://a.example/s";
        for hooks in [
            json!({ "successUrl": url }),
            json!({ "enabled": false, "successUrl": url }),
            json!({ "enabled": true, "successUrl": url, "products": ["PAYMENTS"] }),
            json!({ "enabled": true, "successUrl": "" }),
        ] {
            assert_eq!(told(hooks.clone()).map(|told| told.len()), Ok(0), "{hooks}");
        }
        assert_eq!(told(json!({ "enabled": true, "successUrl": url })).map(|told| told.len()), Ok(1));
        assert_eq!(
            told(json!({ "products": ["LOANS"], "enabled": "yes" })).map(|told| told.len()),
            Err(2)
        );
    }

    #[test]
    fn headers_go_with_a_password_and_not_with_a_token() {
        let mut hooks = json!({
            "enabled": true, "successUrl": "https://a.example/s", "customHeaders": { "x-key": "k" },
            "basic": { "enabled": true, "username": "u", "password": "p" },
        });
        let Auth::Headers(Headers(headers)) = told(hooks.clone()).unwrap().remove(0).auth else {
            panic!("no headers");
        };
        let seen: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
        assert_eq!(seen, [("authorization", "Basic dTpw"), ("x-key", "k")]);
        hooks["oauth"] = json!({ "enabled": true });
        assert_eq!(told(hooks).map(|told| told.len()), Err(1));
    }

    #[test]
    fn what_opens_a_receiver_is_not_read_back() {
        let information = json!({ "webhooks": {
            "enabled": true, "successUrl": "https://a.example/s", "basic": { "username": "u", "password": "secret-1" },
            "oauth": { "clientId": "c", "clientSecret": "secret-2" }, "customHeaders": { "x-key": "secret-3" }, "more": "secret-4",
        }});
        let shown = shown(&information);
        assert!(!shown.to_string().contains("secret-"), "{shown}");
        assert_eq!(shown["webhooks"]["basic"], json!({ "username": "u", "password": null }));
        assert_eq!(shown["webhooks"]["customHeaders"], json!({ "x-key": null }));
    }
}
