//! Host messages in a vendor's shape, said beside our own, so that a page that was written for that vendor works as it is.
//!
//! Only what the vendor documents is said: names that are not known are not made up, and a vendor's page takes the frame away
//! at the first word that it knows.

use super::Plain;
use gesher_contract::{Dialect, ExitReason, HostPayload};

/// What a vendor's message says that ours does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Whether the person has been sent on, and the widget waits for the bank.
    pub waits: bool,
    /// How many accounts were connected.
    pub accounts: u32,
    /// What the vendor calls the institution, where it has a name of its own for it.
    pub called: Option<String>,
}

/// The message in a vendor's shape, where the vendor has one for it.
pub fn in_dialect(dialect: Dialect, payload: &HostPayload, beside: &Beside) -> Option<Plain> {
    match dialect {
        Dialect::OpenFinance => open_finance(payload, beside.waits),
        Dialect::Meld => meld(payload, beside),
        Dialect::ConnectFi => None,
    }
}

/// `close`, `success` and `fail` end the visit. What the person can still mend is no `fail`.
fn open_finance(payload: &HostPayload, waits: bool) -> Option<Plain> {
    let (kind, connection) = match payload {
        HostPayload::Success { connection_id, .. } => ("success", Some(connection_id)),
        HostPayload::Exit { reason, .. } => match reason {
            ExitReason::Cancelled | ExitReason::NotListed => ("close", None),
            ExitReason::Failed | ExitReason::Expired => ("fail", None),
            // `success` was said before.
            ExitReason::Completed => return None,
        },
        _ => return None,
    };
    let mut message = vec![("source", if waits { "waiting" } else { "journey" }.into()), ("type", kind.into())];
    message.extend(connection.map(|id| ("connectionId", id.as_str().into())));
    Some(Plain::Object(message))
}

fn meld(payload: &HostPayload, beside: &Beside) -> Option<Plain> {
    let (event, more) = match payload {
        HostPayload::Ready { .. } => ("init", Vec::new()),
        HostPayload::Error { failure, support_code } => (
            "error",
            vec![("reason", failure.code.as_str().into()), ("details", support_code.as_str().into())],
        ),
        HostPayload::Exit {
            reason: ExitReason::Expired,
            ..
        } => ("error", vec![("reason", "expired".into()), ("details", Plain::Null)]),
        HostPayload::Success {
            institution_id,
            institution_name,
            ..
        } => (
            "connect_complete",
            vec![
                ("institutionId", beside.called.as_ref().unwrap_or(institution_id).as_str().into()),
                ("institutionName", institution_name.as_str().into()),
                ("accountCount", Plain::Number(beside.accounts)),
                // Accounts are read by the host's backend.
                ("accounts", Plain::Null),
            ],
        ),
        _ => return None,
    };
    let head = [("domain", "meld-connect".into()), ("eventName", event.into())];
    Some(Plain::Object(head.into_iter().chain(more).collect()))
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;
    use gesher_contract::{FailureCode, Language, StepName};
    use serde_json::{Value, json as object};

    fn success() -> HostPayload {
        HostPayload::Success {
            public_token: Some("public_x".into()),
            connection_id: "conn_x".into(),
            institution_id: "il-leumi".into(),
            institution_name: "Bank Leumi".into(),
            state: Some("hush".into()),
        }
    }

    fn payloads() -> [HostPayload; 11] {
        let exit = |reason| HostPayload::Exit { reason, query: None };
        [
            HostPayload::Ready { language: Language::He },
            HostPayload::Step { name: StepName::Picker },
            HostPayload::Resize { height: 640 },
            HostPayload::RedirectOpened {},
            success(),
            HostPayload::Error {
                failure: FailureCode::WrongCredentials.failure(),
                support_code: "AB12-CD34".into(),
            },
            exit(ExitReason::Cancelled),
            HostPayload::Exit {
                reason: ExitReason::NotListed,
                query: Some("hush".into()),
            },
            exit(ExitReason::Failed),
            exit(ExitReason::Expired),
            exit(ExitReason::Completed),
        ]
    }

    fn said(dialect: Dialect, beside: &Beside) -> Vec<Value> {
        let said = payloads().into_iter().filter_map(|payload| in_dialect(dialect, &payload, beside));
        said.map(|plain| json(&plain)).collect()
    }

    #[test]
    fn open_finance_hears_how_it_ended_and_nothing_else() {
        let types = |source| {
            [
                object!({ "source": source, "type": "success", "connectionId": "conn_x" }),
                object!({ "source": source, "type": "close" }),
                object!({ "source": source, "type": "close" }),
                object!({ "source": source, "type": "fail" }),
                object!({ "source": source, "type": "fail" }),
            ]
        };
        assert_eq!(said(Dialect::OpenFinance, &Beside::default()), types("journey"));
        let waits = Beside {
            waits: true,
            ..Beside::default()
        };
        assert_eq!(said(Dialect::OpenFinance, &waits), types("waiting"));
    }

    #[test]
    fn meld_hears_of_the_beginning_of_errors_and_of_the_connection() {
        let beside = Beside {
            accounts: 3,
            ..Beside::default()
        };
        let event = |name: &str, more: Value| {
            let mut event = object!({ "domain": "meld-connect", "eventName": name });
            for (key, value) in more.as_object().expect("an object") {
                event[key] = value.clone();
            }
            event
        };
        assert_eq!(
            said(Dialect::Meld, &beside),
            [
                event("init", object!({})),
                event(
                    "connect_complete",
                    object!({ "institutionId": "il-leumi", "institutionName": "Bank Leumi", "accountCount": 3, "accounts": null })
                ),
                event("error", object!({ "reason": "wrong_credentials", "details": "AB12-CD34" })),
                event("error", object!({ "reason": "expired", "details": null })),
            ]
        );
    }

    #[test]
    fn meld_hears_its_own_name_of_the_institution() {
        let beside = Beside {
            called: Some("leumi".into()),
            ..Beside::default()
        };
        let said = json(&in_dialect(Dialect::Meld, &success(), &beside).expect("an event"));
        assert_eq!(
            (&said["institutionId"], &said["institutionName"]),
            (&object!("leumi"), &object!("Bank Leumi"))
        );
    }

    #[test]
    fn no_vendor_is_given_the_public_token_or_the_state() {
        for dialect in [Dialect::OpenFinance, Dialect::Meld] {
            let said = in_dialect(dialect, &success(), &Beside::default()).map(|plain| json(&plain).to_string());
            assert!(said.is_some_and(|said| !said.contains("public_x") && !said.contains("hush")));
        }
    }
}
