//! The texts of `locales/<code>.json`, by language and key.
//!
//! **Goal.** Everything that a person reads comes from here, and a key that is missing somewhere does not compile.
//! **Contract.** `build.rs` makes [`Key`] (the few texts that WebAssembly says by itself) and `ServerKey` (texts that only the
//! server writes). A placeholder is `{name}`; what is put in is isolated, so that a Latin name in a Hebrew sentence, or
//! the other way round, does not turn the sentence's order over.

use gesher_contract::Language;

include!(concat!(env!("OUT_DIR"), "/locale.rs"));

#[cfg(feature = "ssr")]
pub use server::*;

/// First strong isolate and pop directional isolate, around what is put into a text.
const ISOLATE: (&str, &str) = ("\u{2068}", "\u{2069}");

/// A text with its placeholders filled in.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, behind)) = after.split_once('}') else { break };
        filled.push_str(before);
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            filled.push_str(ISOLATE.0);
            filled.push_str(value);
            filled.push_str(ISOLATE.1);
        }
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

/// The text of a key, filled in.
pub fn say(language: Language, key: Key, values: &[(&str, &str)]) -> String {
    fill(text(language, key), values)
}

#[cfg(feature = "ssr")]
mod server {
    use super::{ServerKey as K, fill, server_text};
    use crate::trouble::Trouble;
    use gesher_contract::{FailureCode, Language, Proof};

    /// What a person is told about a failure.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct FailureTexts {
        /// One sentence: what happened, with the tries that are left.
        pub message: String,
        /// One sentence: what to do.
        pub advice: String,
        /// The label of the way on; `None` when this session has none.
        pub way_on: Option<String>,
    }

    /// What is wrong with a field.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum FieldProblem {
        /// Empty.
        Required,
        /// Shorter than so many characters; 0 where the number says nothing.
        TooShort(u32),
        /// Longer than so many characters; 0 where the number says nothing.
        TooLong(u32),
        /// Something else than digits.
        DigitsOnly,
        /// A national id with a wrong check digit.
        CheckDigit,
        /// Something else than a passport's letters and digits.
        Passport,
        /// Not one of the options.
        NotAnOption,
        /// Another value than the one that the host fixed.
        Locked,
        /// Another person's id than the one that the account was connected with.
        OtherPerson,
    }

    fn counted(language: Language, one: K, other: K, count: u32) -> String {
        let key = if count == 1 { one } else { other };
        fill(server_text(language, key), &[("count", &count.to_string())])
    }

    /// What to tell a person about a failure, after they were asked for this proof. `tries_left` is said where trying again is
    /// possible.
    pub fn failure_texts(language: Language, code: FailureCode, proof: Proof, tries_left: Option<u32>, institution: &str) -> FailureTexts {
        use FailureCode as F;
        let (message, advice, way_on) = match code {
            F::WrongCode if proof == Proof::Answer => (K::WrongAnswer, K::WrongAnswerAdvice, Some(K::WrongCodeWayOn)),
            F::WrongCode if proof == Proof::Picture => (K::WrongPicture, K::WrongPictureAdvice, Some(K::WrongCodeWayOn)),
            F::CodeExpired if proof == Proof::Answer => (K::AnswerExpired, K::AnswerExpiredAdvice, Some(K::CodeExpiredWayOn)),
            F::CodeExpired if proof == Proof::Picture => (K::PictureExpired, K::PictureExpiredAdvice, Some(K::CodeExpiredWayOn)),
            F::WrongCredentials => (K::WrongCredentials, K::WrongCredentialsAdvice, Some(K::WrongCredentialsWayOn)),
            F::WrongCode => (K::WrongCode, K::WrongCodeAdvice, Some(K::WrongCodeWayOn)),
            F::CodeExpired => (K::CodeExpired, K::CodeExpiredAdvice, Some(K::CodeExpiredWayOn)),
            F::LoginLocked => (K::LoginLocked, K::LoginLockedAdvice, Some(K::LoginLockedWayOn)),
            F::TooManyTries => (K::TooManyTries, K::TooManyTriesAdvice, Some(K::TooManyTriesWayOn)),
            F::ConsentRejected => (K::ConsentRejected, K::ConsentRejectedAdvice, None),
            F::CancelledAtInstitution => (
                K::CancelledAtInstitution,
                K::CancelledAtInstitutionAdvice,
                Some(K::CancelledAtInstitutionWayOn),
            ),
            F::InstitutionUnavailable => (
                K::InstitutionUnavailable,
                K::InstitutionUnavailableAdvice,
                Some(K::InstitutionUnavailableWayOn),
            ),
            F::BadInstitutionAnswer => (
                K::BadInstitutionAnswer,
                K::BadInstitutionAnswerAdvice,
                Some(K::BadInstitutionAnswerWayOn),
            ),
            F::TimedOut => (K::TimedOut, K::TimedOutAdvice, Some(K::TimedOutWayOn)),
            F::OutcomeUnknown => (K::OutcomeUnknown, K::OutcomeUnknownAdvice, Some(K::OutcomeUnknownWayOn)),
            F::OtherBrowser => (K::OtherBrowser, K::OtherBrowserAdvice, Some(K::OtherBrowserWayOn)),
            F::CustomerMismatch => (K::CustomerMismatch, K::CustomerMismatchAdvice, None),
            F::LockNotTaken => (K::LockNotTaken, K::LockNotTakenAdvice, None),
            F::NoAccountFits => (K::NoAccountFits, K::NoAccountFitsAdvice, Some(K::NoAccountFitsWayOn)),
            F::AccessSuspended => (K::AccessSuspended, K::AccessSuspendedAdvice, None),
            F::LoginNotSupported => (K::LoginNotSupported, K::LoginNotSupportedAdvice, Some(K::LoginNotSupportedWayOn)),
            F::Internal => (K::Internal, K::InternalAdvice, Some(K::InternalWayOn)),
            F::Offline => return frame_texts(language, Trouble::Offline),
            F::GesherUnreachable => return frame_texts(language, Trouble::Unreachable),
            F::TooManyRequests => return frame_texts(language, Trouble::TooMany),
        };
        let told = |key| fill(server_text(language, key), &[("institution", institution)]);
        let tries = match (code, tries_left) {
            (F::WrongCredentials | F::WrongCode, Some(left)) if left > 0 => {
                format!(" {}", counted(language, K::TriesLeftOne, K::TriesLeftOther, left))
            }
            _ => String::new(),
        };
        FailureTexts {
            message: told(message) + &tries,
            advice: told(advice),
            way_on: way_on.map(told),
        }
    }

    /// What to do when not only the institution's tries are used up but the whole session's.
    pub fn last_tries_advice(language: Language, institution: &str) -> String {
        fill(server_text(language, K::TooManyTriesLastAdvice), &[("institution", institution)])
    }

    /// What the frame says of a failure that it alone makes.
    fn frame_texts(language: Language, trouble: Trouble) -> FailureTexts {
        let (message, advice) = trouble.keys();
        let told = |key| super::text(language, key).to_owned();
        FailureTexts {
            message: told(message),
            advice: told(advice),
            way_on: Some(told(super::Key::TryAgain)),
        }
    }

    /// What to tell a person beside a field.
    pub fn field_text(language: Language, problem: FieldProblem) -> String {
        match problem {
            FieldProblem::Required => server_text(language, K::FieldRequired).to_owned(),
            FieldProblem::TooShort(0) => server_text(language, K::FieldTooShort).to_owned(),
            FieldProblem::TooLong(0) => server_text(language, K::FieldTooLong).to_owned(),
            FieldProblem::TooShort(least) => counted(language, K::FieldTooShortOne, K::FieldTooShortOther, least),
            FieldProblem::TooLong(most) => counted(language, K::FieldTooLongOne, K::FieldTooLongOther, most),
            FieldProblem::DigitsOnly => server_text(language, K::FieldDigitsOnly).to_owned(),
            FieldProblem::CheckDigit => super::text(language, super::Key::CheckDigit).to_owned(),
            FieldProblem::Passport => server_text(language, K::FieldPassport).to_owned(),
            FieldProblem::NotAnOption => server_text(language, K::FieldNotAnOption).to_owned(),
            FieldProblem::Locked => server_text(language, K::FieldLocked).to_owned(),
            FieldProblem::OtherPerson => server_text(language, K::FieldOtherPerson).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_filled_and_isolated() {
        assert_eq!(
            fill("to {a} and {b}.", &[("a", "x"), ("b", "y")]),
            "to \u{2068}x\u{2069} and \u{2068}y\u{2069}."
        );
        assert_eq!(fill("a { b", &[]), "a { b");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn every_failure_has_its_texts_in_every_language() {
        use gesher_contract::{FailureCode, Proof};
        for language in Language::ALL {
            for (code, proof) in FailureCode::ALL
                .into_iter()
                .flat_map(|code| [Proof::Code, Proof::Answer, Proof::Picture].map(|proof| (code, proof)))
            {
                let texts = failure_texts(language, code, proof, Some(1), "Bank");
                assert!(!texts.message.is_empty() && !texts.advice.is_empty());
                assert_eq!(texts.way_on.is_some(), code.failure().retryable, "{code:?} {language:?}");
            }
        }
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn only_a_code_is_called_a_code() {
        use gesher_contract::{FailureCode, Proof};
        for code in [FailureCode::WrongCode, FailureCode::CodeExpired] {
            for (language, word) in [(Language::En, "code"), (Language::He, "קוד")] {
                let said = |proof| {
                    let texts = failure_texts(language, code, proof, Some(2), "Bank");
                    format!("{} {}", texts.message, texts.advice)
                };
                assert!(said(Proof::Code).contains(word));
                for other in [Proof::Answer, Proof::Picture] {
                    assert!(!said(other).contains(word), "{}", said(other));
                }
                assert_ne!(said(Proof::Answer), said(Proof::Picture));
            }
        }
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn one_try_is_not_told_as_several() {
        use gesher_contract::{FailureCode, Proof};
        let message = |left| failure_texts(Language::En, FailureCode::WrongCode, Proof::Code, left, "Bank").message;
        assert_eq!(message(Some(1)), "That code isn’t right. One try is left.");
        assert_eq!(message(Some(2)), "That code isn’t right. \u{2068}2\u{2069} tries are left.");
        assert_eq!(message(None), "That code isn’t right.");
    }
}
