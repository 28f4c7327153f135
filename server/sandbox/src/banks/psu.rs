//! Who logs in: an Israeli national id, and what the fake banks make of it.

use std::fmt;

/// A national id that is well formed: nine digits, the last a check digit. Leading zeros do not matter.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct PsuId(String);

impl fmt::Debug for PsuId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PsuId(…)")
    }
}

impl PsuId {
    /// Reads up to nine digits; `None` when they are not an id.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        if typed.is_empty() || typed.len() > 9 || !typed.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let padded = format!("{typed:0>9}");
        let sum: u32 = padded
            .bytes()
            .enumerate()
            .map(|(place, byte)| {
                let digit = u32::from(byte - b'0') * (1 + place as u32 % 2);
                digit / 10 + digit % 10
            })
            .sum();
        (sum.is_multiple_of(10) && padded.bytes().any(|byte| byte != b'0')).then_some(Self(padded))
    }

    /// All nine digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What happens to this person at every fake bank.
    pub(crate) fn outcome(&self) -> Outcome {
        TEST_USERS
            .iter()
            .find(|(id, _)| *id == self.as_str())
            .map_or(Outcome::Active, |(_, outcome)| *outcome)
    }
}

/// What a fake bank does with a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Logs in and sees the accounts.
    Active,
    /// Refuses the consent at the code.
    Rejected,
    /// Consents, but other account holders have not.
    AwaitingCosigners,
    /// Consents; every call for data breaks.
    Broken,
    /// Consents; the bank's data service is out of order.
    Unavailable,
    /// Consents; the bank has suspended the access.
    Suspended,
}

/// People whose outcome is promised. Everybody else is [`Outcome::Active`].
pub(crate) const TEST_USERS: [(&str, Outcome); 10] = [
    ("043510023", Outcome::Active),
    ("321547416", Outcome::Active),
    ("001772268", Outcome::Active),
    ("008332884", Outcome::Active),
    ("058766718", Outcome::Active),
    ("050299338", Outcome::Rejected),
    ("064837123", Outcome::AwaitingCosigners),
    ("316159011", Outcome::Broken),
    ("316159029", Outcome::Unavailable),
    ("316159052", Outcome::Suspended),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_check_digit_letters_zeros_and_ten_digits_are_not_ids() {
        for wrong in ["", "123456789", "04351002x", "000000000", "0043510023", "04351002"] {
            assert_eq!(PsuId::parse(wrong), None, "{wrong}");
        }
        assert!(PsuId::parse("123456782").is_some());
    }

    #[test]
    fn every_test_user_is_an_id_with_and_without_leading_zeros() {
        for (id, outcome) in TEST_USERS {
            let whole = PsuId::parse(id).expect(id);
            assert_eq!(whole.outcome(), outcome);
            assert_eq!(PsuId::parse(id.trim_start_matches('0')), Some(whole));
        }
    }
}
