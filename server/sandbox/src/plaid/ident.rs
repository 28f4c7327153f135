//! Identifiers as Plaid writes them: letters of both cases and digits, or a UUID after a word.

use crate::random::digest;

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An identifier of up to 64 letters that follows from these names.
pub(super) fn of(parts: &[&[u8]], length: usize) -> String {
    let first = digest(parts);
    let second = digest(&[&first]);
    let bytes = first.iter().chain(&second).take(length);
    bytes.map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

/// Thirty-two hexadecimal digits, as a UUID of version 4 is written: Gesher's own link tokens are of version 8.
pub(super) fn uuid(hex: &str) -> String {
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    let third = format!("4{}", part(13, 16));
    [part(0, 8), part(8, 12), &third, part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_names_make_the_same_identifier_of_the_wanted_length() {
        assert_eq!(of(&[b"a"], 37), of(&[b"a"], 37));
        assert_ne!(of(&[b"a"], 37), of(&[b"b"], 37));
        assert_eq!(of(&[b"a"], 37).len(), 37);
        assert_eq!(uuid("00112233445566778899aabbccddeeff"), "00112233-4455-4677-8899-aabbccddeeff");
    }
}
