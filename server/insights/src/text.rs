//! Words of what banks write, so that the same word is written the same way.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Letters of a description that are looked at: banks write less, and work has to be bounded.
const LONGEST: usize = 400;

/// The words of a text. Gone are niqqud, accents, geresh and gershayim, quotes and the marks of direction; final letters are written
/// as the others are, doubled yod and vav once, Latin letters small and without the plural's s. Hebrew, other letters and digits are
/// words of their own wherever they meet: `ב-bit` and `בbit` are both `ב`, `bit`.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let mut class = Class::None;
    for letter in text.chars().take(LONGEST).nfkd().flat_map(char::to_lowercase) {
        if is_combining_mark(letter) || is_silent(letter) {
            continue;
        }
        let letter = plain(letter);
        let now = Class::of(letter);
        if now != class {
            finish(&mut all, &mut word, class);
            class = now;
        }
        let doubled = now == Class::Hebrew && matches!(letter, 'י' | 'ו') && word.ends_with(letter);
        if now != Class::None && !doubled {
            word.push(letter);
        }
    }
    finish(&mut all, &mut word, class);
    all
}

fn finish(all: &mut Vec<String>, word: &mut String, class: Class) {
    if word.is_empty() {
        return;
    }
    let plural = class == Class::Letters && word.len() > 4 && word.ends_with('s') && !word.ends_with("ss");
    if plural {
        word.pop();
    }
    all.push(std::mem::take(word));
}

/// A sign that does not part what is on its two sides.
fn is_silent(letter: char) -> bool {
    matches!(
        letter,
        '\'' | '"' | '`' | '´' | '‘' | '’' | '‚' | '“' | '”' | '„' | '׳' | '״' | '\u{ad}' | '\u{61c}' | '\u{feff}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
    )
}

fn plain(letter: char) -> char {
    match letter {
        'ך' => 'כ',
        'ם' => 'מ',
        'ן' => 'נ',
        'ף' => 'פ',
        'ץ' => 'צ',
        other => other,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    None,
    Hebrew,
    Letters,
    Digits,
}

impl Class {
    fn of(letter: char) -> Self {
        match letter {
            'א'..='ת' => Self::Hebrew,
            _ if letter.is_numeric() => Self::Digits,
            _ if letter.is_alphabetic() => Self::Letters,
            _ => Self::None,
        }
    }
}

/// Whether a word is written in digits.
pub(crate) fn is_number(word: &str) -> bool {
    word.chars().all(char::is_numeric)
}

/// The word, and what is left of a Hebrew one without one or two of the letters that are written together with what follows them.
pub(crate) fn readings(word: &str) -> impl Iterator<Item = &str> {
    let without = |count: usize| {
        let mut letters = word.chars();
        let prefix = letters.by_ref().take(count).filter(|letter| "והבלכמש".contains(*letter)).count() == count;
        let rest = letters.as_str();
        (prefix && rest.chars().count() >= 3).then_some(rest)
    };
    [Some(word), without(1), without(2)].into_iter().flatten()
}

/// A month's name in either language, as [`words`] writes it.
pub(crate) fn is_month(word: &str) -> bool {
    const NAMES: [&str; 38] = [
        "ינואר",
        "פברואר",
        "מרצ",
        "אפריל",
        "מאי",
        "יוני",
        "יולי",
        "אוגוסט",
        "ספטמבר",
        "אוקטובר",
        "נובמבר",
        "דצמבר",
        "חודש",
        "january",
        "february",
        "march",
        "april",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "jan",
        "feb",
        "mar",
        "apr",
        "may",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "month",
    ];
    readings(word).any(|reading| NAMES.contains(&reading))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_word_is_written_the_same_way() {
        for (one, other) in [
            ("משכנתה בע״מ", "מִשְׁכַּנְתָּה בע\"מ"),
            ("\u{200f}חשמל\u{200e} לישראל", "חשמל לישראל"),
            ("ביטוח חיים", "ביטוח חייים"),
            ("ב-bit", "בBIT"),
            ("McDonald’s", "MCDONALDS"),
            ("CAFÉ  Rouge", "cafe rouge"),
            ("דמי־ניהול", "דמי ניהול"),
            ("Ｎｅｔ 12", "NET12"),
            ("צ'ק", "צ׳ק"),
        ] {
            assert_eq!(words(one), words(other), "{one} {other}");
        }
        assert_eq!(words("קרן"), ["קרנ"]);
        assert_eq!(words("STORES gas express 44"), ["store", "gas", "express", "44"]);
        assert!(words("\u{200f} - ״").is_empty());
    }

    #[test]
    fn prefixes_are_taken_off_where_a_word_is_left() {
        assert_eq!(readings("ובסופר").collect::<Vec<_>>(), ["ובסופר", "בסופר", "סופר"]);
        assert_eq!(readings("בשר").collect::<Vec<_>>(), ["בשר"]);
        assert_eq!(readings("coffee").collect::<Vec<_>>(), ["coffee"]);
    }

    proptest! {
        #[test]
        fn any_text_becomes_words_that_stay_as_they_are(text in "\\PC{0,60}") {
            let once = words(&text);
            prop_assert!(once.iter().all(|word| !word.is_empty()));
        }

        #[test]
        fn hebrew_words_stay_as_they_are(text in "[א-ת ]{0,40}") {
            let once = words(&text);
            prop_assert_eq!(words(&once.join(" ")), once);
        }
    }
}
