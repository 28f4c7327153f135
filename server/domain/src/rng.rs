//! Randomness, and what is made of it: ids and secrets.

use crate::Clock;
use uuid::Builder;

/// Crockford's base 32, lower case, five bits to a character.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Bytes of a secret: 256 bits.
const SECRET_BYTES: usize = 32;
/// Characters of a secret: 256 bits, five to a character, the last character with one.
const SECRET_CHARS: usize = 52;

/// Where randomness comes from. Outside tests: the operating system's.
pub trait Rng: Send + Sync {
    /// Fills the bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The 128 bits of a new UUIDv7: ids made in different milliseconds sort by time.
pub fn new_uuid(clock: &dyn Clock, rng: &dyn Rng) -> u128 {
    let mut random = [0; 10];
    rng.fill(&mut random);
    Builder::from_unix_timestamp_millis(clock.now().millis(), &random)
        .into_uuid()
        .as_u128()
}

/// A new secret: 256 random bits as 52 lower-case Crockford characters.
pub fn new_secret(rng: &dyn Rng) -> String {
    let mut bytes = [0; SECRET_BYTES];
    rng.fill(&mut bytes);
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
    (0..SECRET_CHARS)
        .map(|place| (0..5).fold(0, |value, at| value << 1 | bit(place * 5 + at)))
        .map(|value| char::from(ALPHABET[usize::from(value)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Timestamp,
        testing::{ManualClock, SeededRng},
    };
    use std::collections::BTreeSet;
    use uuid::Uuid;

    struct Fixed(u8);
    impl Rng for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_secret_carries_all_256_bits() {
        assert_eq!(new_secret(&Fixed(0)), "0".repeat(52));
        assert_eq!(new_secret(&Fixed(0xff)), format!("{}g", "z".repeat(51)));
        let rng = SeededRng::new(1);
        let secrets: BTreeSet<String> = (0..100).map(|_| new_secret(&rng)).collect();
        assert_eq!(secrets.len(), 100);
        assert!(
            secrets
                .iter()
                .all(|secret| secret.len() == 52 && secret.bytes().all(|byte| ALPHABET.contains(&byte)))
        );
    }

    #[test]
    fn a_uuid_is_version_7_and_says_when() {
        let clock = ManualClock::at(Timestamp(1_700_000_000_123_456));
        let uuid = Uuid::from_u128(new_uuid(&clock, &SeededRng::new(2)));
        assert_eq!(uuid.get_version_num(), 7);
        assert_eq!(uuid.as_u128() >> 80, 1_700_000_000_123);
        let earlier = new_uuid(&clock, &Fixed(0xff));
        clock.advance(std::time::Duration::from_millis(1));
        assert!(earlier < new_uuid(&clock, &Fixed(0)));
    }
}
