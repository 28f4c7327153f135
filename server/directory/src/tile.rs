//! An institution as the picker shows it. No bank's logo is shipped: the mark is made from the name.

use super::Institution;
use super::fold::{fold, stem};
use gesher_contract::{Language, Tile};

/// How many mark colours the widget has.
const COLOURS: u32 = 12;

/// Words that tell no institution from another, folded.
const GENERIC: [&str; 9] = ["בנק", "הבנק", "ישראל", "לישראל", "bank", "of", "the", "israel", "digital"];

/// The institution in one language.
pub fn tile(institution: &Institution, language: Language) -> Tile {
    let name = institution.names.get(language);
    let other = Language::ALL.into_iter().find(|other| *other != language).unwrap_or(language);
    let native = institution.names.native.as_deref();
    let other_name = native.unwrap_or_else(|| institution.names.get(other));
    Tile {
        id: institution.id.clone(),
        name: name.to_owned(),
        // Most have one name for all languages: it stands there once.
        other_name: if other_name == name { String::new() } else { other_name.to_owned() },
        kind: institution.kind,
        country: None,
        monogram: monogram(name),
        colour: colour(&institution.id),
        logo: institution.logo.as_ref().map(|file| format!("/w/logo/{file}")),
        invented: institution.invented,
        troubled: false,
        launches: false,
    }
}

/// The initials of the name's first two telling words, or of its only one.
fn monogram(name: &str) -> String {
    let folded = fold(name);
    let telling = |word: &&str| !GENERIC.contains(word);
    let initials = |words: &mut dyn Iterator<Item = &str>| -> String {
        let initial = |word: &str| stem(word).filter(|_| word.starts_with('ה')).unwrap_or(word).chars().next();
        words.take(2).filter_map(initial).flat_map(char::to_uppercase).collect()
    };
    let mark = initials(&mut folded.split(' ').filter(telling));
    if mark.is_empty() {
        initials(&mut folded.split(' ').take(1))
    } else {
        mark
    }
}

/// Always the same for the same id: FNV-1a, which no version of a library can change under us.
fn colour(id: &str) -> u8 {
    let hash = id
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    u8::try_from(hash % COLOURS).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_made_of_the_telling_words() {
        for (name, mark) in [
            ("בנק לאומי לישראל", "ל"),
            ("בנק הפועלים", "פ"),
            ("Bank Leumi", "L"),
            ("Mizrahi Tefahot Bank", "MT"),
            ("הבנק הבינלאומי הראשון לישראל", "בר"),
            ("ONE ZERO Digital Bank", "OZ"),
            ("בנק ישראל", "ב"),
            ("מקס", "מ"),
        ] {
            assert_eq!(monogram(name), mark, "{name}");
        }
    }

    #[test]
    fn a_colour_stays_what_it_is() {
        assert_eq!(colour("il-leumi"), colour("il-leumi"));
        assert!(
            ["il-leumi", "il-max", "sandbox-bank", ""]
                .iter()
                .all(|id| u32::from(colour(id)) < COLOURS)
        );
    }
}
