//! Who logs in at the connect page. `username` with `secret`, which Salt Edge gives for its own fake banks, is a test person; a national
//! id in place of `username` chooses what happens, as everywhere in this sandbox. That the code is `12345` is ours.

use crate::banks::psu::{Outcome, PsuId};

const LOGIN: &str = "username";
const PASSWORD: &str = "secret";
/// Who `username` is.
const ANYBODY: &str = "043510023";
/// The code of the interactive step.
pub(super) const CODE: &str = "12345";

/// What is special about a person here alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Their data are fetched for [`LATE_SECONDS`] after they have gone back.
    Late,
    /// Each page of a list begins with the end of the one before, and each callback comes twice.
    Double,
}

/// How long a late fetch takes.
pub(super) const LATE_SECONDS: i64 = 8;

/// Whose manner is promised.
const MANNERS: [(&str, Manner); 2] = [("317159002", Manner::Late), ("317159010", Manner::Double)];

/// Why data could not be fetched: the error class and what is said about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fail {
    InvalidCredentials,
    InvalidInteractiveCredentials,
    CredentialsNotMatch,
    ProviderAccessNotGranted,
    ProviderError,
    ProviderUnavailable,
}

impl Fail {
    /// The published class.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::InvalidCredentials => "InvalidCredentials",
            Self::InvalidInteractiveCredentials => "InvalidInteractiveCredentials",
            Self::CredentialsNotMatch => "CredentialsNotMatch",
            Self::ProviderAccessNotGranted => "ProviderAccessNotGranted",
            Self::ProviderError => "ProviderError",
            Self::ProviderUnavailable => "ProviderUnavailable",
        }
    }

    /// What is said about it.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::InvalidCredentials => "Invalid credentials.",
            Self::InvalidInteractiveCredentials => "Invalid interactive credentials.",
            Self::CredentialsNotMatch => "The credentials are not those that the connection was made with.",
            Self::ProviderAccessNotGranted => "The customer denied access to their data on the provider's page.",
            Self::ProviderError => "An error on the provider's side.",
            Self::ProviderUnavailable => "The provider is temporarily unavailable.",
        }
    }
}

/// Who this is, when login and password are right.
pub(super) fn log_in(login: &str, password: &str) -> Option<PsuId> {
    let login = login.trim();
    let psu = PsuId::parse(if login == LOGIN { ANYBODY } else { login })?;
    (password == PASSWORD).then_some(psu)
}

/// A person's manner, if anything is special about them.
pub(super) fn manner(psu: &PsuId) -> Option<Manner> {
    MANNERS.iter().find(|(id, _)| *id == psu.as_str()).map(|(_, manner)| *manner)
}

/// What becomes of a fetch of this person's data. Other account holders and a suspension are nothing that Salt Edge tells of here.
pub(super) fn fetch(psu: &PsuId) -> Result<(), Fail> {
    match psu.outcome() {
        Outcome::Active | Outcome::AwaitingCosigners | Outcome::Suspended => Ok(()),
        Outcome::Rejected => Err(Fail::ProviderAccessNotGranted),
        Outcome::Broken => Err(Fail::ProviderError),
        Outcome::Unavailable => Err(Fail::ProviderUnavailable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::banks::psu::TEST_USERS;

    #[test]
    fn a_login_is_the_published_word_or_an_id_and_the_password_counts() {
        assert_eq!(log_in("username", "secret"), PsuId::parse(ANYBODY));
        assert_eq!(log_in(" 050299338 ", "secret"), PsuId::parse("050299338"));
        assert_eq!(log_in("username", "pass"), None);
        assert_eq!(log_in("somebody", "secret"), None);
    }

    #[test]
    fn the_special_are_ids_and_nobody_elses() {
        for (id, expected) in MANNERS {
            let psu = PsuId::parse(id).expect(id);
            assert_eq!((manner(&psu), fetch(&psu)), (Some(expected), Ok(())));
            assert!(TEST_USERS.iter().all(|(other, _)| *other != id));
            assert_eq!(crate::trouble::of(&psu), None);
        }
    }
}
