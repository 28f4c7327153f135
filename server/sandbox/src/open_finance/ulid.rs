//! Ids as the vendor's look: 26 characters of Crockford's base 32, the moment first.

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// An id of this millisecond, with eighty bits of these hexadecimal digits.
pub(super) fn ulid(millisecond: i64, random: &str) -> String {
    let moment = u128::try_from(millisecond).unwrap_or(0) & ((1 << 48) - 1);
    let random = u128::from_str_radix(random, 16).unwrap_or(0) & ((1 << 80) - 1);
    let whole = (moment << 80) | random;
    (0..26)
        .rev()
        .map(|place| char::from(LETTERS[(whole >> (place * 5)) as usize & 31]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_begins_with_its_moment() {
        // The specification's own example of a moment: 1469918176385 is 01ARYZ6S41.
        let id = ulid(1_469_918_176_385, "ffffffffffffffffffffffffffffffff");
        assert_eq!(id, "01ARYZ6S41ZZZZZZZZZZZZZZZZ");
        assert!(ulid(1, "0") < ulid(2, "0"));
    }
}
