//! What Hebrew and Latin spellings of one name have in common.
//!
//! A word is read as consonants of few classes with sets of vowels between them. Hebrew writes few vowels and Latin
//! spellings differ in them, so that the consonants alone are the key to look for, and the vowels say how good the
//! match is. Letters that are read in several ways (`ch`, ח) give several readings of the word.

use crate::fold::is_hebrew;

/// The most readings of one word.
const READINGS: usize = 6;

const A: u8 = 1;
const E: u8 = 2;
const I: u8 = 4;
const O: u8 = 8;

/// One reading of a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sound {
    /// The classes of its consonants; a vowel at its beginning is `A`.
    pub key: String,
    /// The vowels after each of those.
    vowels: Vec<u8>,
    /// How many letters are not read as they mostly are.
    unusual: usize,
}

impl Sound {
    fn consonants(&mut self, classes: &str) {
        for class in classes.chars() {
            let bare = self.vowels.last() == Some(&0);
            let last = self.key.chars().last();
            // doubled letters, and sounds that one script writes with two letters and the other with one
            if bare && (last == Some(class) || matches!((last, class), (Some('T'), 'S') | (Some('D'), 'G'))) {
                self.key.pop();
                self.vowels.pop();
            }
            self.key.push(class);
            self.vowels.push(0);
        }
    }

    fn vowel(&mut self, vowels: u8) {
        if self.key.is_empty() {
            self.key.push('A');
            self.vowels.push(0);
        }
        if let Some(last) = self.vowels.last_mut() {
            *last |= vowels;
        }
    }

    /// How far the vowels of a Hebrew and a Latin reading of the same key are apart.
    pub(crate) fn apart(hebrew: &Self, latin: &Self) -> usize {
        let far = |(&hebrew, &latin): (&u8, &u8)| {
            let has = |set: u8, vowels: u8| set & vowels != 0;
            usize::from(has(hebrew, O) != has(latin, O))
                + usize::from(has(hebrew, I) && !has(latin, I | E))
                + usize::from(has(latin, I) && !has(hebrew, I))
                + usize::from(has(hebrew, A) && latin == 0)
        };
        hebrew.vowels.iter().zip(&latin.vowels).map(far).sum::<usize>() + hebrew.unusual.max(latin.unusual)
    }

    /// How far the vowels of two readings in one script are apart.
    pub(crate) fn differs(&self, other: &Self) -> usize {
        self.vowels
            .iter()
            .zip(&other.vowels)
            .filter(|(mine, theirs)| mine != theirs)
            .count()
    }
}

/// The readings of a folded word of Hebrew or of Latin letters; none of any other.
pub(crate) fn sounds(word: &str) -> Vec<Sound> {
    let letters: Vec<char> = word.chars().collect();
    let hebrew = letters.iter().all(|&letter| is_hebrew(letter));
    if letters.is_empty() || !(hebrew || letters.iter().all(char::is_ascii_lowercase)) {
        return Vec::new();
    }
    // No name is spelt with a letter three times in a row: keys that were leant on sound like nothing.
    if letters.windows(3).any(|three| three.iter().all(|letter| *letter == three[0])) {
        return Vec::new();
    }
    let mut readings = vec![Sound::default()];
    let mut at = 0;
    while at < letters.len() {
        let (taken, units) = if hebrew {
            hebrew_unit(&letters, at)
        } else {
            latin_unit(&letters, at)
        };
        at += taken;
        let kept = readings.len();
        for unit in units.iter().skip(1).filter(|_| kept * units.len() <= READINGS) {
            let unusual = |reading: &Sound| Sound {
                unusual: reading.unusual + 1,
                ..with(reading.clone(), unit)
            };
            let more: Vec<Sound> = readings[..kept].iter().map(unusual).collect();
            readings.extend(more);
        }
        if let Some(unit) = units.first() {
            for reading in &mut readings[..kept] {
                *reading = with(std::mem::take(reading), unit);
            }
        }
    }
    readings.retain(|reading| !reading.key.is_empty());
    readings
}

/// A unit of writing: capitals are classes of consonants, small letters vowels.
fn with(mut reading: Sound, unit: &str) -> Sound {
    for letter in unit.chars() {
        match letter {
            'a' => reading.vowel(A),
            'e' => reading.vowel(E),
            'i' => reading.vowel(I),
            'o' => reading.vowel(O),
            '_' => reading.vowel(0),
            class => reading.consonants(class.encode_utf8(&mut [0; 4])),
        }
    }
    reading
}

type Unit = (usize, &'static [&'static str]);

fn hebrew_unit(letters: &[char], at: usize) -> Unit {
    let next = letters.get(at + 1).copied();
    match letters[at] {
        'א' | 'ע' | 'ה' => (1, &["a"]),
        'ו' if next == Some('ו') => (2, &["B"]),
        'ו' if at == 0 => (1, &["B", "o"]),
        'ו' => (1, &["o"]),
        'י' => (1, &["i"]),
        'ב' => (1, &["B"]),
        'ג' => (1, &["G"]),
        'ד' => (1, &["D"]),
        'ז' | 'ס' | 'צ' | 'ש' => (1, &["S"]),
        'ח' => (1, &["K", "_"]),
        'ט' | 'ת' => (1, &["T"]),
        'כ' | 'ק' => (1, &["K"]),
        'ל' => (1, &["L"]),
        'מ' => (1, &["M"]),
        'נ' => (1, &["N"]),
        'פ' => (1, &["P"]),
        _ => (1, &["R"]),
    }
}

fn latin_unit(letters: &[char], at: usize) -> Unit {
    let rest = &letters[at..];
    let begins = |text: &str| text.chars().enumerate().all(|(place, letter)| rest.get(place) == Some(&letter));
    let next = rest.get(1).copied();
    let soft = matches!(next, Some('e' | 'i' | 'y'));
    const LONG: [(&str, &[&str]); 19] = [
        ("tsch", &["S"]),
        ("sch", &["S", "SK"]),
        ("tch", &["S"]),
        ("tio", &["So"]),
        ("sh", &["S"]),
        ("ch", &["K", "S", "_"]),
        ("ts", &["S"]),
        ("tz", &["S"]),
        ("cz", &["S"]),
        ("sz", &["S"]),
        ("zh", &["S"]),
        ("ph", &["P"]),
        ("th", &["T"]),
        ("kh", &["K", "_"]),
        ("gh", &["G"]),
        ("ck", &["K"]),
        ("qu", &["K", "KB"]),
        ("oo", &["o"]),
        ("ee", &["i"]),
    ];
    if let Some((text, units)) = LONG.iter().find(|(text, _)| begins(text)) {
        return (text.len(), units);
    }
    match rest[0] {
        'a' => (1, &["a"]),
        'e' => (1, &["e"]),
        'i' | 'y' => (1, &["i"]),
        'u' if matches!(next, Some('a' | 'e' | 'i' | 'o')) => (1, &["o", "B"]),
        'o' | 'u' => (1, &["o"]),
        'h' => (1, &["_"]),
        'b' | 'v' => (1, &["B"]),
        'w' if at == 0 => (1, &["B"]),
        'w' => (1, &["B", "o"]),
        'c' if soft => (1, &["S"]),
        'c' | 'k' | 'q' => (1, &["K"]),
        'd' => (1, &["D"]),
        'f' | 'p' => (1, &["P"]),
        'g' => (1, &["G"]),
        'j' => (1, &["G", "i"]),
        'l' => (1, &["L"]),
        'm' => (1, &["M"]),
        'n' => (1, &["N"]),
        'r' => (1, &["R"]),
        's' | 'z' => (1, &["S"]),
        't' => (1, &["T"]),
        _ => (1, &["KS"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::fold;

    /// How far the nearest two readings are apart, if they meet at all.
    fn apart(hebrew: &str, latin: &str) -> Option<usize> {
        let latin = sounds(&fold(latin));
        let pairs = sounds(&fold(hebrew))
            .into_iter()
            .flat_map(|one| latin.iter().map(move |two| (one.clone(), two)));
        pairs
            .filter(|(one, two)| one.key == two.key)
            .map(|(one, two)| Sound::apart(&one, two))
            .min()
    }

    #[test]
    fn two_scripts_meet_in_one_sound() {
        for (hebrew, latin) in [
            ("לאומי", "leumi"),
            ("הפועלים", "hapoalim"),
            ("פועלים", "poalim"),
            ("מזרחי", "mizrachi"),
            ("מזרחי", "mizrahi"),
            ("דיסקונט", "diskont"),
            ("דיסקונט", "discount"),
            ("דויטשה", "Deutsche"),
            ("קומרצבנק", "Commerzbank"),
            ("סנטנדר", "Santander"),
            ("אגריקול", "Agricole"),
            ("סוסייטה", "Société"),
            ("אקספרס", "Express"),
            ("ג'נרל", "General"),
            ("יוניקרדיט", "UniCredit"),
            ("רייפייזן", "Raiffeisen"),
            ("ברקליס", "Barclays"),
            ("סוויס", "Suisse"),
        ] {
            let apart = apart(hebrew, latin);
            assert!(apart.is_some_and(|apart| apart <= 2), "{hebrew} {latin}: {apart:?}");
        }
        assert_eq!(apart("לאומי", "leipzig"), None);
        assert!(sounds("qqqqzzzz").is_empty() && sounds("ממממ").is_empty());
        assert!(sounds("10").is_empty() && sounds("").is_empty());
    }
}
