//! What the frame says to the host page, as a plain JavaScript object.
//!
//! [`HostMessage`]'s own serde shape needs a serialiser that the WebAssembly would carry whole; the shape is small, so it
//! is written here a second time, and a test holds it equal to serde's for every message.

mod dialect;

use crate::shown::{Facts, Stage};
pub use dialect::{Beside, in_dialect};
use gesher_contract::{ExitReason, Failure, HostMessage, HostPayload, StepName};

/// A JavaScript value, before there is JavaScript.
#[derive(Clone, Debug, PartialEq)]
pub enum Plain {
    /// `null`.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A number.
    Number(u32),
    /// A text.
    Text(String),
    /// An object.
    Object(Vec<(&'static str, Self)>),
}

impl From<&str> for Plain {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The name of an exit's reason.
pub const fn reason_name(reason: ExitReason) -> &'static str {
    match reason {
        ExitReason::Completed => "completed",
        ExitReason::Cancelled => "cancelled",
        ExitReason::NotListed => "not_listed",
        ExitReason::Expired => "expired",
        ExitReason::Failed => "failed",
    }
}

fn failure(failure: &Failure) -> Plain {
    use gesher_contract::{Blame, NextAction};
    let blame = match failure.blame {
        Blame::User => "user",
        Blame::Institution => "institution",
        Blame::Provider => "provider",
        Blame::Host => "host",
        Blame::Gesher => "gesher",
    };
    let next_action = match failure.next_action {
        NextAction::TryAgain => "try_again",
        NextAction::StartOver => "start_over",
        NextAction::ComeBackLater => "come_back_later",
        NextAction::AskInstitution => "ask_institution",
        NextAction::AskHost => "ask_host",
        NextAction::None => "none",
    };
    Plain::Object(vec![
        ("code", failure.code.as_str().into()),
        ("blame", blame.into()),
        ("retryable", Plain::Flag(failure.retryable)),
        ("next_action", next_action.into()),
    ])
}

/// The screen's name for the host page.
pub const fn step_of(stage: &Stage) -> StepName {
    match stage {
        Stage::Picker => StepName::Picker,
        Stage::Form { challenge: true, .. } => StepName::Code,
        Stage::Form { .. } => StepName::Form,
        Stage::Accounts => StepName::Accounts,
        Stage::Leaving { launched: false, .. } => StepName::Leaving,
        Stage::Leaving { launched: true, .. } => StepName::AtBank,
        Stage::Waiting { .. } => StepName::Waiting,
        Stage::Progress { .. } | Stage::UnderWay => StepName::Progress,
        Stage::Success { .. } => StepName::Success,
        Stage::Failed { .. } => StepName::Failed,
        Stage::Over { .. } | Stage::TakenOver { .. } => StepName::Over,
    }
}

/// What a vendor's messages say of a screen beside ours; of one that ends the visit what was true before it.
pub fn beside(stage: &Stage, before: Beside) -> Beside {
    match stage {
        Stage::Success { accounts, called, .. } => Beside {
            accounts: *accounts,
            called: called.clone(),
            ..before
        },
        Stage::Failed { .. } | Stage::Over { .. } | Stage::TakenOver { .. } => before,
        stage => Beside {
            waits: matches!(step_of(stage), StepName::AtBank | StepName::Waiting | StepName::Progress),
            ..before
        },
    }
}

/// What a screen brings for the host page.
pub fn message_of(facts: &Facts) -> Option<HostPayload> {
    let error = |failure| HostPayload::Error {
        failure,
        support_code: facts.support_code.clone(),
    };
    match &facts.stage {
        Stage::Form { notice: Some(failure), .. } | Stage::Failed { failure, .. } => Some(error(*failure)),
        Stage::Success {
            public_token,
            announced: true,
            connection_id,
            state,
            ..
        } => {
            let (institution_id, institution_name) = facts.institution.clone()?;
            let (public_token, connection_id, state) = (public_token.clone(), connection_id.clone(), state.clone());
            Some(HostPayload::Success {
                public_token,
                connection_id,
                institution_id,
                institution_name,
                state,
            })
        }
        // Nobody asked for the end of the time: the person reads of it first, and the exit follows the press.
        Stage::Over { reason, .. } if *reason != ExitReason::Expired => Some(exit(&facts.stage, *reason)),
        _ => None,
    }
}

/// The end, at this screen.
pub fn exit(stage: &Stage, reason: ExitReason) -> HostPayload {
    let query = match stage {
        Stage::Over { searched, .. } => searched.clone(),
        _ => None,
    };
    HostPayload::Exit { reason, query }
}

/// The message as the host page gets it.
pub fn plain(message: &HostMessage) -> Plain {
    let (kind, payload) = match &message.payload {
        HostPayload::Ready { language } => ("ready", vec![("language", language.code().into())]),
        HostPayload::Resize { height } => ("resize", vec![("height", Plain::Number(*height))]),
        HostPayload::Step { name } => ("step", vec![("name", name.as_str().into())]),
        HostPayload::InstitutionSelected { institution_id, name } => (
            "institution_selected",
            vec![("institution_id", institution_id.as_str().into()), ("name", name.as_str().into())],
        ),
        HostPayload::RedirectOpened {} => ("redirect_opened", vec![]),
        HostPayload::MfaRequired {} => ("mfa_required", vec![]),
        HostPayload::Progress { stage } => ("progress", vec![("stage", stage.as_str().into())]),
        HostPayload::Success {
            public_token,
            connection_id,
            institution_id,
            institution_name,
            state,
        } => (
            "success",
            vec![
                ("public_token", public_token.as_deref().map_or(Plain::Null, Plain::from)),
                ("connection_id", connection_id.as_str().into()),
                ("institution_id", institution_id.as_str().into()),
                ("institution_name", institution_name.as_str().into()),
                ("state", state.as_deref().map_or(Plain::Null, Plain::from)),
            ],
        ),
        HostPayload::Error {
            failure: cause,
            support_code,
        } => (
            "error",
            vec![("failure", failure(cause)), ("support_code", support_code.as_str().into())],
        ),
        HostPayload::Exit { reason, query } => (
            "exit",
            vec![
                ("reason", reason_name(*reason).into()),
                ("query", query.as_deref().map_or(Plain::Null, Plain::from)),
            ],
        ),
    };
    Plain::Object(vec![
        ("source", message.source.as_str().into()),
        ("version", Plain::Number(message.version)),
        ("id", message.id.as_str().into()),
        ("seq", Plain::Number(message.seq)),
        ("session", message.session.as_str().into()),
        ("ts", message.ts.as_str().into()),
        ("type", kind.into()),
        ("payload", Plain::Object(payload)),
    ])
}

/// The value as JSON.
#[cfg(any(test, feature = "ssr"))]
pub fn json(plain: &Plain) -> serde_json::Value {
    match plain {
        Plain::Null => serde_json::Value::Null,
        Plain::Flag(flag) => (*flag).into(),
        Plain::Number(number) => (*number).into(),
        Plain::Text(text) => text.as_str().into(),
        Plain::Object(entries) => entries.iter().map(|(key, value)| ((*key).to_owned(), json(value))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesher_contract::{FailureCode, Language, ProgressStage, SOURCE, VERSION};

    #[test]
    fn every_message_is_what_serde_makes_of_it() {
        let text = || "x".to_owned();
        let mut payloads = vec![
            HostPayload::Ready { language: Language::He },
            HostPayload::Resize { height: 640 },
            HostPayload::InstitutionSelected {
                institution_id: text(),
                name: text(),
            },
            HostPayload::RedirectOpened {},
            HostPayload::MfaRequired {},
        ];
        payloads.extend([ProgressStage::Connecting, ProgressStage::Fetching].map(|stage| HostPayload::Progress { stage }));
        payloads.extend(
            [
                StepName::Picker,
                StepName::Form,
                StepName::Code,
                StepName::Accounts,
                StepName::Leaving,
                StepName::AtBank,
                StepName::Waiting,
                StepName::Progress,
                StepName::Success,
                StepName::Failed,
                StepName::Over,
            ]
            .map(|name| HostPayload::Step { name }),
        );
        for state in [None, Some(text())] {
            let (connection_id, institution_id, institution_name) = (text(), text(), text());
            payloads.push(HostPayload::Success {
                public_token: state.clone(),
                connection_id,
                institution_id,
                institution_name,
                state,
            });
        }
        payloads.extend(FailureCode::ALL.map(|code| HostPayload::Error {
            failure: code.failure(),
            support_code: text(),
        }));
        for reason in [
            ExitReason::Completed,
            ExitReason::Cancelled,
            ExitReason::NotListed,
            ExitReason::Expired,
            ExitReason::Failed,
        ] {
            payloads.extend([None, Some(text())].map(|query| HostPayload::Exit { reason, query }));
        }
        for (seq, payload) in (1..).zip(payloads) {
            let (source, id, session, ts) = (SOURCE.to_owned(), text(), text(), text());
            let message = HostMessage {
                source,
                version: VERSION,
                id,
                seq,
                session,
                ts,
                payload,
            };
            assert_eq!(
                json(&plain(&message)),
                serde_json::to_value(&message).expect("a message serialises")
            );
        }
    }
}
