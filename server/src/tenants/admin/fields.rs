//! What the texts of a tenant have to be.

use super::Refused;
use crate::limits;
use crate::providers::Setting;
use gesher_domain::branding::Name;
use gesher_domain::checks::origin;
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::{BTreeMap, BTreeSet};

/// Longest name of a tenant, and longest label of a key.
const LONGEST_NAME: usize = 100;
/// Most origins, and most redirect URLs.
const MOST: usize = 100;
/// Longest redirect URL.
const LONGEST_URL: usize = 2_000;
/// Longest credential at a provider: a key in PEM with its certificates.
const LONGEST_CREDENTIAL: usize = 16 * 1024;

fn wrong(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Refused {
    Refused::Field {
        field: field.into(),
        code,
        detail: detail.into(),
    }
}

/// A tenant's name: something that can be read.
pub(super) fn name(text: &str) -> Result<String, Refused> {
    let fits = text.chars().count() <= LONGEST_NAME && !text.chars().any(char::is_control) && Name::clean(text).is_some();
    let detail = "A name has 1 to 100 characters, a letter or digit among them, and no control characters.";
    fits.then(|| text.to_owned()).ok_or_else(|| wrong("name", "invalid_name", detail))
}

/// What an operator calls a key.
pub(super) fn label(text: &str) -> Result<String, Refused> {
    let fits = !text.is_empty() && text.chars().count() <= LONGEST_NAME && !text.chars().any(char::is_control);
    let detail = "A label has 1 to 100 characters and no control characters.";
    fits.then(|| text.to_owned()).ok_or_else(|| wrong("label", "invalid_label", detail))
}

/// Days without a refresh after which a host is reminded.
pub(super) fn refresh_reminder_days(days: i64) -> Result<i64, Refused> {
    let detail = "refresh_reminder_days is 1 to 90.";
    (1..=90)
        .contains(&days)
        .then_some(days)
        .ok_or_else(|| wrong("refresh_reminder_days", "invalid_refresh_reminder_days", detail))
}

/// Requests a second of a key.
pub(super) fn rate(field: &str, wanted: Option<u32>, otherwise: i64) -> Result<i64, Refused> {
    match wanted {
        None => Ok(otherwise),
        Some(rate) if rate <= limits::MOST => Ok(rate.into()),
        Some(_) => Err(wrong(
            field,
            "invalid_rate",
            format!("A rate is 0, for any number of requests, to {} a second.", limits::MOST),
        )),
    }
}

/// What is set at a provider: what it takes, all that it needs, and values that are some.
pub(super) fn settings(takes: &[Setting], set: &BTreeMap<String, SecretString>) -> Result<(), Refused> {
    if takes.is_empty() {
        return Err(wrong("fields", "nothing_to_set", "This provider takes no credentials."));
    }
    for (name, value) in set {
        let field = format!("fields.{name}");
        if !takes.iter().any(|setting| setting.name == name) {
            let names: Vec<_> = takes.iter().map(|setting| setting.name).collect();
            return Err(wrong(field, "unknown_field", format!("This provider takes: {}.", names.join(", "))));
        }
        let value = value.expose_secret();
        if value.trim().is_empty() || value.len() > LONGEST_CREDENTIAL || value.contains('\0') {
            let detail = format!("A value has 1 to {LONGEST_CREDENTIAL} bytes, something that can be seen among them.");
            return Err(wrong(field, "invalid_value", detail));
        }
    }
    match takes.iter().find(|setting| setting.required && !set.contains_key(setting.name)) {
        Some(missing) => Err(wrong(
            format!("fields.{}", missing.name),
            "field_missing",
            format!("It is needed: {}.", missing.about),
        )),
        None => Ok(()),
    }
}

/// Origins, each once.
pub(super) fn origins(list: Vec<String>) -> Result<Vec<String>, Refused> {
    each_once("allowed_origins", list, |text| {
        let detail = "An origin is written as browsers write it: https, host in lower case, port unless it is 443, no slash at the end; \
                      http on this machine only.";
        if origin(text) { Ok(()) } else { Err(("invalid_origin", detail)) }
    })
}

/// Redirect URLs, each once, in the order in which they are given.
pub(super) fn redirect_urls(list: Vec<String>, plain_http: bool) -> Result<Vec<String>, Refused> {
    each_once("redirect_urls", list, |text| {
        let invalid = (
            "invalid_redirect_url",
            "A redirect URL is absolute, with a host, at most 2000 visible ASCII characters, without user, password and fragment.",
        );
        // What a parser would take out (tabs, spaces, letters that it would encode) never gets to it.
        if text.len() > LONGEST_URL || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(invalid);
        }
        let url = url::Url::parse(text).map_err(|_| invalid)?;
        let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        // `https:host` and `https:\\host` parse too.
        let absolute = text.starts_with("https://") || text.starts_with("http://");
        if !bare || !absolute || text.contains('\\') || url.host_str().is_none() {
            return Err(invalid);
        }
        if url.scheme() == "http" && !plain_http {
            return Err((
                "redirect_url_not_https",
                "A redirect URL begins with https; http is for demo mode alone.",
            ));
        }
        Ok(())
    })
}

fn each_once(
    field: &str,
    list: Vec<String>,
    check: impl Fn(&str) -> Result<(), (&'static str, &'static str)>,
) -> Result<Vec<String>, Refused> {
    if list.len() > MOST {
        return Err(wrong(field, "too_many", format!("{field} has at most {MOST} entries.")));
    }
    let mut seen = BTreeSet::new();
    for (place, text) in list.iter().enumerate() {
        check(text).map_err(|(code, detail)| wrong(format!("{field}[{place}]"), code, detail))?;
        if !seen.insert(text) {
            return Err(wrong(
                format!("{field}[{place}]"),
                "named_twice",
                "This entry stands in the list before.",
            ));
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(outcome: Result<Vec<String>, Refused>) -> Option<&'static str> {
        match outcome {
            Ok(_) => None,
            Err(Refused::Field { code, .. }) => Some(code),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_redirect_url_is_absolute_and_goes_where_it_seems_to_go() {
        let one = |text: &str, plain_http| code(redirect_urls(vec![text.to_owned()], plain_http));
        for good in ["https://shop.example/back?a=b", "https://shop.example", "https://192.0.2.7:8443/x"] {
            assert_eq!(one(good, false), None, "{good}");
        }
        for bad in [
            "",
            "/back",
            "shop.example/back",
            "https:shop.example",
            "https:\\\\shop.example",
            "https://shop.example\\@evil.example/",
            "https://shop.example/#done",
            "https://shop.example/#",
            "https://user@shop.example/",
            "https://:pass@shop.example/",
            "https://shop.example/a b",
            "https://shop.example/\n",
            "https://שופ.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://shop.example/",
            "https://",
        ] {
            assert_eq!(one(bad, true), Some("invalid_redirect_url"), "{bad}");
        }
        assert_eq!(one("http://shop.example/", false), Some("redirect_url_not_https"));
        assert_eq!(one("http://shop.example/", true), None);
        let long = format!("https://shop.example/{}", "a".repeat(LONGEST_URL));
        assert_eq!(one(&long, false), Some("invalid_redirect_url"));
    }

    #[test]
    fn a_list_names_each_entry_once_and_has_an_end() {
        let many = (0..=MOST).map(|n| format!("https://shop-{n}.example")).collect();
        assert_eq!(code(origins(many)), Some("too_many"));
        let twice = vec!["https://shop.example".to_owned(); 2];
        assert_eq!(code(origins(twice)), Some("named_twice"));
        assert_eq!(code(origins(vec!["https://shop.example/".to_owned()])), Some("invalid_origin"));
    }

    #[test]
    fn a_name_can_be_read() {
        for bad in ["", " ", "\u{202e}\u{200b}", "a\nb", &"a".repeat(LONGEST_NAME + 1)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
        assert!(name("חנות").is_ok() && label("backend 2").is_ok() && label("").is_err());
    }
}
