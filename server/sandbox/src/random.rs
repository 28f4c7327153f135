//! Randomness. [`Ids`] makes names that nobody can guess; [`Dice`] makes the same choices again for the same names.

use data_encoding::HEXLOWER;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use sha2::{Digest, Sha256};
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

/// SHA-256 of the parts, each with its length before it, so that no two lists of parts run together.
pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Makes ids of logins, consents and visits.
pub(crate) struct Ids(Mutex<ChaCha12Rng>);

impl Ids {
    /// From the configured seed and the moment of the start, so that a restart does not repeat itself.
    pub(crate) fn new(seed: u64, started_at: i64) -> Self {
        let start = digest(&[b"ids", &seed.to_be_bytes(), &started_at.to_be_bytes()]);
        Self(Mutex::new(ChaCha12Rng::from_seed(start)))
    }

    /// Thirty-two random hexadecimal digits.
    pub(crate) fn fresh(&self) -> String {
        let mut bytes = [0; 16];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        HEXLOWER.encode(&bytes)
    }
}

/// Choices that follow from names alone.
pub(crate) struct Dice(ChaCha12Rng);

impl Dice {
    /// The dice of these names.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        Self(ChaCha12Rng::from_seed(digest(parts)))
    }

    /// A number of the range.
    pub(crate) fn number(&mut self, range: RangeInclusive<i64>) -> i64 {
        self.0.random_range(range)
    }

    /// Whether something that happens this often of a hundred times happens now.
    pub(crate) fn percent(&mut self, chance: i64) -> bool {
        self.number(1..=100) <= chance
    }

    /// One of the choices, which must not be empty.
    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.0.random_range(0..choices.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_names_throw_the_same_dice_and_others_do_not() {
        let throw = |parts: &[&[u8]]| Dice::of(parts).number(0..=i64::MAX);
        assert_eq!(throw(&[b"a", b"b"]), throw(&[b"a", b"b"]));
        assert_ne!(throw(&[b"a", b"b"]), throw(&[b"ab", b""]));
    }

    #[test]
    fn ids_do_not_repeat_after_a_restart() {
        let (first, second) = (Ids::new(1, 10), Ids::new(1, 11));
        let id = first.fresh();
        assert_eq!(id.len(), 32);
        assert_ne!(id, first.fresh());
        assert_ne!(id, second.fresh());
    }
}
