//! The bank in an account number (IBAN, ISO 13616).
//!
//! **Contract.** What is typed may be part of an IBAN: its bank is known as soon as the bank's code is complete. A whole one
//! must have the right check digits, and nothing may be longer than its country's IBANs are.

mod structures;

use structures::STRUCTURES;

/// The country, two letters, and the two check digits come before a country's own part.
const HEAD: usize = 4;

struct Structure {
    country: &'static str,
    /// What each character of the country's own part is of: `n`, `a` or `c`.
    characters: Vec<u8>,
    /// Where in it the bank's code begins and ends.
    bank: (usize, usize),
}

impl Structure {
    fn of(country: &str) -> Option<Self> {
        let at = STRUCTURES.binary_search_by_key(&country, |row| row.0).ok()?;
        let &(country, pieces, begin, end) = STRUCTURES.get(at)?;
        let mut characters = Vec::new();
        let mut length = 0;
        for character in pieces.bytes() {
            if character.is_ascii_digit() {
                length = length * 10 + usize::from(character - b'0');
            } else {
                characters.extend(std::iter::repeat_n(character, length));
                length = 0;
            }
        }
        Some(Self {
            country,
            characters,
            bank: (begin, end),
        })
    }

    fn fits(&self, own_part: &[u8]) -> bool {
        own_part.len() <= self.characters.len() && own_part.iter().zip(&self.characters).all(|(&typed, &class)| is_of(typed, class))
    }
}

fn is_of(character: u8, class: u8) -> bool {
    match class {
        b'n' => character.is_ascii_digit(),
        b'a' => character.is_ascii_uppercase(),
        _ => character.is_ascii_digit() || character.is_ascii_uppercase(),
    }
}

/// Whether the structure of the country's IBANs is known.
#[cfg(test)]
pub(crate) fn known(country: &str) -> bool {
    Structure::of(country).is_some()
}

/// The country (ISO 3166-1 alpha-2) and the bank's code, as it stands there, of an IBAN or of its beginning.
///
/// Case, spaces, hyphens, signs that steer the direction of writing and a leading `IBAN` do not matter. Nothing when it
/// is no IBAN, when it ends before the bank's code does, or when it is whole and its check digits are wrong.
pub fn bank_of(typed: &str) -> Option<(&'static str, String)> {
    // No IBAN is near as long, however it is parted.
    if typed.len() > 200 {
        return None;
    }
    let plain: String = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    // A letter of another script is in no IBAN; dropping it would find one where there is none.
    if typed.chars().any(|letter| letter.is_alphanumeric() && !letter.is_ascii()) {
        return None;
    }
    let plain = plain.strip_prefix("IBAN").unwrap_or(&plain);
    let structure = Structure::of(plain.get(..2)?)?;
    let own_part = plain.get(HEAD..)?;
    let digits = plain.get(2..HEAD)?.bytes().all(|digit| digit.is_ascii_digit());
    let whole = own_part.len() == structure.characters.len();
    if !digits || !structure.fits(own_part.as_bytes()) || (whole && remainder(plain) != 1) {
        return None;
    }
    let (begin, end) = structure.bank;
    own_part.get(begin..end).map(|code| (structure.country, code.to_owned()))
}

/// How the IBANs of a bank begin, with `?` for what differs between them: `IL??010`. Nothing when the country's IBANs
/// are not known, or no bank code of that country is written like this one. A shorter code of digits is filled up with
/// zeros.
pub fn prefix(country: &str, code: &str) -> Option<String> {
    let structure = Structure::of(country)?;
    let (begin, end) = structure.bank;
    let classes = structure.characters.get(begin..end)?;
    let padded = format!("{code:0>width$}", width = end - begin);
    let may_pad = code.bytes().all(|digit| digit.is_ascii_digit()) && !code.is_empty();
    let fits = padded.len() == classes.len() && padded.bytes().zip(classes).all(|(typed, &class)| is_of(typed, class));
    let whole = padded == code || may_pad;
    (fits && whole).then(|| format!("{country}??{}{padded}", "?".repeat(begin)))
}

/// ISO 7064 MOD 97-10 of an IBAN of capital letters and digits: one when its check digits are right.
fn remainder(iban: &str) -> u32 {
    let (head, own_part) = iban.split_at(HEAD);
    own_part
        .chars()
        .chain(head.chars())
        .filter_map(|character| character.to_digit(36))
        .fold(0, |rest, value| {
            let shift = if value > 9 { 100 } else { 10 };
            (rest * shift + value) % 97
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesher_domain::checks;
    use proptest::prelude::*;

    fn of(typed: &str) -> Option<(&'static str, String)> {
        bank_of(typed)
    }

    fn bank(country: &'static str, code: &str) -> Option<(&'static str, String)> {
        Some((country, code.to_owned()))
    }

    #[test]
    fn the_registry_of_structures_is_in_order() {
        assert!(STRUCTURES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (country, pieces, begin, end) in STRUCTURES {
            let structure = Structure::of(country).unwrap();
            assert!(checks::country(country) || *country == "XK", "{country}");
            assert!(begin < end && *end <= structure.characters.len(), "{country}");
            assert!(structure.characters.iter().all(|class| b"nac".contains(class)), "{pieces}");
            // ISO 13616: at most 34 characters.
            assert!((11..=30).contains(&structure.characters.len()), "{country}");
        }
    }

    #[test]
    fn a_whole_number_names_its_bank() {
        // The examples of the IBAN registry.
        for (iban, country, code) in [
            ("IL620108000000099999999", "IL", "010"),
            ("DE89370400440532013000", "DE", "37040044"),
            ("GB29NWBK60161331926819", "GB", "NWBK"),
            ("FR1420041010050500013M02606", "FR", "20041"),
            ("IT60X0542811101000000123456", "IT", "05428"),
            ("SI56263300012039086", "SI", "26330"),
            ("NO9386011117947", "NO", "8601"),
            ("MT84MALT011000012345MTLCAST001S", "MT", "MALT"),
            ("BR1800360305000010009795493C1", "BR", "00360305"),
        ] {
            assert_eq!(of(iban), bank(country, code), "{iban}");
        }
        assert_eq!(of("iban: de89 3704-0044 0532 0130 00"), bank("DE", "37040044"));
        assert_eq!(of("\u{202a}IL62 0108 0000 0009 9999 999\u{202c}"), bank("IL", "010"));
    }

    #[test]
    fn a_beginning_names_its_bank_as_soon_as_the_code_is_whole() {
        assert_eq!((of("IL62"), of("IL62 01"), of("IL62 010")), (None, None, bank("IL", "010")));
        assert_eq!((of("IT60X0542"), of("it60x05428")), (None, bank("IT", "05428")));
        assert_eq!(of("DE8937040044"), bank("DE", "37040044"));
    }

    #[test]
    fn what_is_no_iban_names_none() {
        for text in [
            "",
            "I",
            "leumi",
            "IL",
            "10",
            "XX00123456789",
            "ILAA010",
            "DE893704004X",
            "GB29NWB1",
            "IL62ה010",
            "IL620108000000099999998",
            "DE88370400440532013000",
            "IL6201080000000999999990",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn a_bank_is_known_by_how_its_numbers_begin() {
        assert_eq!(prefix("IL", "10").as_deref(), Some("IL??010"));
        assert_eq!(prefix("IL", "010").as_deref(), Some("IL??010"));
        assert_eq!(prefix("IT", "05428").as_deref(), Some("IT???05428"));
        assert_eq!(prefix("GB", "NWBK").as_deref(), Some("GB??NWBK"));
        for (country, code) in [
            ("IL", ""),
            ("IL", "0010"),
            ("GB", "NWB"),
            ("GB", "12"),
            ("US", "1"),
            ("il", "10"),
            ("IL", "1A"),
        ] {
            assert_eq!(prefix(country, code), None, "{country} {code}");
        }
    }

    proptest! {
        #[test]
        fn anything_may_be_typed(text in "\\PC{0,60}") {
            bank_of(&text);
        }

        #[test]
        fn a_prefix_is_read_back(at in 0..STRUCTURES.len(), code in "[0-9]{1,9}") {
            let country = STRUCTURES[at].0;
            if let Some(prefix) = prefix(country, &code) {
                // A letter where the structure asks for one: Italy's check letter is the only one before a code.
                let letter = if matches!(country, "IT" | "SM") { "X" } else { "0" };
                let typed = format!("{}00{}", &prefix[..2], prefix[4..].replace('?', letter));
                let (read, found) = bank_of(&typed).unwrap();
                prop_assert_eq!(read, country);
                prop_assert_eq!(found.trim_start_matches('0'), code.trim_start_matches('0'));
            }
        }
    }
}
