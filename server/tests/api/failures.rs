//! `docs/failures.md` says what the code says: a row of it that is old or missing fails here, with the row as it has to begin.

use gesher_app::host::reason_name;
use gesher_app::locale::failure_texts;
use gesher_contract::{ExitReason, FailureCode, Language, Proof};
use serde_json::{Value, to_value};
use std::collections::BTreeMap;

const PAGE: &str = include_str!("../../../docs/failures.md");
const TYPES: &str = include_str!("../../../public/gesher.d.ts");
const SDK: &str = include_str!("../../../public/gesher.js");

/// The cells of a section's table, by the code in the first one.
fn table(heading: &str) -> BTreeMap<String, Vec<String>> {
    let section = PAGE.split(&format!("\n## {heading}\n")).nth(1).expect("the section");
    let section = section.split("\n## ").next().unwrap_or_default();
    // The first row names the columns.
    let rows = section.lines().filter(|line| line.starts_with("| `")).skip(1);
    rows.map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
        let code = cells.next().unwrap_or_default().trim_matches('`').to_owned();
        (code, cells.collect())
    })
    .collect()
}

fn told(value: impl serde::Serialize) -> String {
    let Ok(Value::String(name)) = to_value(value) else {
        panic!("a name")
    };
    name
}

#[test]
fn every_failure_is_told_as_it_is() {
    let mut kept = table("Failures");
    let mut frames = table("From the frame alone");
    for code in FailureCode::ALL {
        let kept = if FailureCode::FROM_FRAME.contains(&code) {
            &mut frames
        } else {
            &mut kept
        };
        assert!(TYPES.contains(&format!("'{}'", code.as_str())), "{code:?} is not in the types");
        let failure = code.failure();
        let texts = failure_texts(Language::En, code, Proof::Code, None, "{institution}");
        let words = format!("{} {}", texts.message, texts.advice).replace(['\u{2068}', '\u{2069}'], "");
        let wanted = [
            told(failure.blame),
            if failure.retryable { "yes" } else { "no" }.to_owned(),
            format!("`{}`", told(failure.next_action)),
            words,
        ];
        let row = kept.remove(code.as_str()).unwrap_or_default();
        assert_eq!(
            row.get(..4),
            Some(&wanted[..]),
            "\n| `{}` | {} | what the host does |\n",
            code.as_str(),
            wanted.join(" | ")
        );
        assert!(
            row.get(4).is_some_and(|host| host.len() > 20),
            "what does the host do about {}?",
            code.as_str()
        );
    }
    assert!(kept.is_empty(), "no failures (any more): {:?}", kept.keys());
    assert!(frames.is_empty(), "not the frame's (any more): {:?}", frames.keys());
}

#[test]
fn what_is_said_of_answers_and_pictures_is_told_too() {
    for code in [FailureCode::WrongCode, FailureCode::CodeExpired] {
        for proof in [Proof::Answer, Proof::Picture] {
            let said = failure_texts(Language::En, code, proof, None, "").message;
            assert!(PAGE.replace('\n', " ").contains(&said), "{said}");
        }
    }
}

#[test]
fn every_end_is_told() {
    let mut kept = table("Ends");
    for reason in [
        ExitReason::Completed,
        ExitReason::Cancelled,
        ExitReason::NotListed,
        ExitReason::Expired,
        ExitReason::Failed,
    ] {
        // A new reason does not compile here until it is in the list above.
        let name = match reason {
            ExitReason::Completed | ExitReason::Cancelled | ExitReason::NotListed | ExitReason::Expired | ExitReason::Failed => {
                reason_name(reason)
            }
        };
        let row = kept.remove(name).unwrap_or_else(|| panic!("{name} is missing"));
        assert!(row.iter().all(|cell| !cell.is_empty()), "{name}");
    }
    assert!(kept.is_empty(), "no ends (any more): {:?}", kept.keys());
}

/// The SDK makes the failures that no server can tell of.
#[test]
fn the_sdks_own_failures_are_told_as_they_are() {
    let mut kept = table("From the SDK alone");
    let made = SDK
        .split("{ code: '")
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap_or_default());
    let mut known = 0;
    for failure in made {
        let code = failure.split('\'').next().unwrap_or_default();
        let field = |name: &str| {
            let value = failure.split(&format!("{name}: ")).nth(1).expect("a field");
            value.split(',').next().unwrap_or_default().trim().trim_matches('\'').to_owned()
        };
        let wanted = [
            field("blame"),
            if field("retryable") == "true" { "yes" } else { "no" }.to_owned(),
            format!("`{}`", field("next_action")),
        ];
        let row = kept.remove(code).unwrap_or_default();
        assert_eq!(row.get(..3), Some(&wanted[..]), "{code}");
        assert!(TYPES.contains(&format!("'{code}'")), "{code} is not in the types");
        known += 1;
    }
    assert!(known > 0 && kept.is_empty(), "not the SDK's (any more): {:?}", kept.keys());
}
