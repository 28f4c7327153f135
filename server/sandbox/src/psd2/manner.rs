//! Test users of these banks alone, and what is special about them here. At the other sandbox banks they are like anybody else.

use crate::banks::psu::PsuId;

/// What is special about a test user at these banks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Another account holder has to sign, and does so after [`COSIGNER_SECONDS`].
    CosignerSigns,
    /// Another account holder has to sign, and declines after [`COSIGNER_SECONDS`].
    CosignerDeclines,
    /// OAuth gives an access token alone: when its hour is over, the person has to come back.
    NoRefreshToken,
    /// Has one way to confirm alone: where others choose, there is nothing to choose.
    OneMethod,
    /// The bank takes this person's password from a TPP only encrypted.
    EncryptedPassword,
}

/// How long after the approval the other account holder decides.
pub(crate) const COSIGNER_SECONDS: i64 = 30;

/// Whose manner is promised.
pub(crate) const PSD2_USERS: [(&str, Manner); 5] = [
    ("316159045", Manner::CosignerSigns),
    ("316159060", Manner::CosignerDeclines),
    ("316159136", Manner::NoRefreshToken),
    ("316159144", Manner::OneMethod),
    ("316159151", Manner::EncryptedPassword),
];

/// A person's manner, if anything is special about them.
pub(crate) fn of(psu: &PsuId) -> Option<Manner> {
    PSD2_USERS.iter().find(|(id, _)| *id == psu.as_str()).map(|(_, manner)| *manner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::banks::psu::{Outcome, TEST_USERS};

    #[test]
    fn they_are_ids_and_nobody_elses() {
        for (id, manner) in PSD2_USERS {
            let psu = PsuId::parse(id).expect(id);
            assert_eq!((of(&psu), psu.outcome()), (Some(manner), Outcome::Active));
            assert!(TEST_USERS.iter().all(|(other, _)| *other != id));
        }
    }
}
