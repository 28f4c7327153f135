//! A query string that does not fit, said in our own words: which parameter, and what it has to be.

use super::problem::Problem;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;

/// The refusal of a query.
pub(super) fn bad_query(rejection: QueryRejection) -> Problem {
    let text = rejection.body_text();
    let text = text.split_once("query string: ").map_or(text.as_str(), |(_, text)| text);
    // A value that does not fit is told as `name: what`, a name that is none or is missing between backticks.
    let plain = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let (named, what) = match text.split_once(": ") {
        Some((name, what)) if plain(name) => (Some(name), what),
        _ => (None, text),
    };
    let field = named.or_else(|| quoted(text).next());
    match field {
        Some(field) => Problem::invalid("invalid_query", field, format!("{}.", rule(field, what))),
        None => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_query",
            "The query is name=value, apart by &, with %XX for what is no letter or digit.",
        ),
    }
}

/// What a parameter has to be, by what its reader said of it.
pub(super) fn rule(field: &str, what: &str) -> String {
    let expected = || quoted(what).skip(1).collect::<Vec<_>>().join(", ");
    if what.starts_with("unknown field") {
        match expected().as_str() {
            "" => format!("This address takes no parameter {field}, and no other one"),
            known => format!("This address takes no parameter {field}; it takes {known}"),
        }
    } else if what.starts_with("unknown variant") {
        format!("{field} is one of {}", expected())
    } else if what.starts_with("duplicate field") {
        format!("{field} is given more than once")
    } else if what.starts_with("missing field") {
        format!("{field} is missing")
    } else if what.contains("`true` or `false`") {
        format!("{field} is true or false")
    } else if what.contains("integer") || what.contains("digit") || what.contains("number") {
        format!("{field} is a whole number")
    } else {
        format!("{field} is not written as it has to be")
    }
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::extract::Query;
    use axum::http::Uri;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only their reading is tested")]
    struct Asked {
        limit: Option<i64>,
        deep: Option<bool>,
        kind: Option<Kind>,
        since: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Bank,
        Card,
    }

    fn told(query: &str) -> (Option<String>, String) {
        let uri: Uri = format!("/x?{query}").parse().expect("an address");
        let problem = bad_query(Query::<Asked>::try_from_uri(&uri).expect_err("refused"));
        assert_eq!((problem.status, problem.code), (422, "invalid_query"));
        (problem.field, problem.detail)
    }

    #[test]
    fn each_mistake_names_the_parameter_and_its_rule() {
        for (query, field, detail) in [
            ("since=1&limit=many", "limit", "limit is a whole number."),
            ("since=1&limit=", "limit", "limit is a whole number."),
            ("since=1&limit=99999999999999999999", "limit", "limit is a whole number."),
            ("since=1&deep=yes", "deep", "deep is true or false."),
            ("since=1&kind=shop", "kind", "kind is one of bank, card."),
            ("since=1&since=2", "since", "since is given more than once."),
            ("limit=1", "since", "since is missing."),
            (
                "since=1&colour=red",
                "colour",
                "This address takes no parameter colour; it takes limit, deep, kind, since.",
            ),
        ] {
            assert_eq!(told(query), (Some(field.to_owned()), detail.to_owned()), "{query}");
        }
    }
}
