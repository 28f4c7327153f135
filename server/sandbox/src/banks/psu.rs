//! Who logs in: an Israeli national id, and what the fake banks make of it.

use crate::random::Dice;
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

    /// The test person with this passport; anybody else's passport is one of theirs, always the same. `None` when it is not a
    /// passport's number.
    pub(crate) fn of_passport(number: &str) -> Option<Self> {
        let number = number.trim().to_ascii_uppercase();
        if !(5..=20).contains(&number.len()) || !number.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let id = match PASSPORTS.iter().find(|(known, _)| *known == number) {
            Some((_, id)) => id,
            None => Dice::of(&[b"passport", number.as_bytes()]).pick(&PASSPORTS.map(|(_, id)| id)),
        };
        Some(Self(id.to_owned()))
    }

    /// Whether this person never answers in an app.
    pub(crate) fn is_silent(&self) -> bool {
        self.as_str() == SILENT
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

/// Passports and whose they are.
pub(crate) const PASSPORTS: [(&str, &str); 2] = [("P1234567", "043510023"), ("P7654321", "321547416")];

/// Who never answers in an app, of [`TEST_USERS`].
pub(crate) const SILENT: &str = "008332884";

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

    #[test]
    fn a_passport_is_one_of_the_test_people_always_the_same() {
        assert_eq!(PsuId::of_passport("p1234567"), PsuId::parse("043510023"));
        let other = PsuId::of_passport("ZZ999999").expect("a passport");
        assert_eq!(PsuId::of_passport("ZZ999999").as_ref(), Some(&other));
        assert!(
            TEST_USERS
                .iter()
                .any(|(id, outcome)| *id == other.as_str() && *outcome == Outcome::Active)
        );
        for wrong in ["", "P123", "P-1234567", "דרכון12", "P12345678901234567890"] {
            assert_eq!(PsuId::of_passport(wrong), None, "{wrong}");
        }
    }
}
