//! Names in Cyrillic or Greek letters, written in Latin ones.
//!
//! For what has no name in Latin letters of its own: Ukrainian by the resolution of its Cabinet of Ministers of 2010
//! (No. 55), other Cyrillic by the usual English way, Greek letters by their names' first sounds.

/// Whether any letter of the name is one that [`latin`] knows how to write.
pub(super) fn is_foreign(name: &str) -> bool {
    name.chars().any(|letter| is_cyrillic(letter) || is_greek(letter))
}

/// The name in Latin letters.
pub(super) fn latin(name: &str, country: &str) -> String {
    let mut written = String::with_capacity(name.len());
    let letters: Vec<char> = name.chars().collect();
    for (at, &letter) in letters.iter().enumerate() {
        let lower = letter.to_lowercase().next().unwrap_or(letter);
        let begins = at
            .checked_sub(1)
            .and_then(|before| letters.get(before))
            .is_none_or(|before| !before.is_alphabetic());
        let shouts = letters.get(at + 1).is_some_and(|next| next.is_uppercase());
        match sound(lower, country == "UA", begins) {
            None => written.push(letter),
            Some(sound) if letter == lower => written.push_str(sound),
            Some(sound) if shouts => written.push_str(&sound.to_uppercase()),
            Some(sound) => {
                let mut sounds = sound.chars();
                written.extend(sounds.next().into_iter().flat_map(char::to_uppercase));
                written.extend(sounds);
            }
        }
    }
    written
}

/// The name with each word in one alphabet: registers mix in letters that only look alike.
pub(super) fn one_alphabet(name: &str) -> String {
    let mut mended = String::with_capacity(name.len());
    for piece in name.split_inclusive(|letter: char| !letter.is_alphabetic()) {
        let cyrillic = piece.chars().filter(|&letter| is_cyrillic(letter)).count();
        let latin = piece.chars().filter(char::is_ascii_alphabetic).count();
        if cyrillic == 0 || latin == 0 {
            mended.push_str(piece);
        } else {
            mended.extend(piece.chars().map(|letter| twin(letter, cyrillic > latin)));
        }
    }
    mended
}

const LATIN: &str = "ABEKMHOPCTXIaeopcxyi";
const CYRILLIC: &str = "АВЕКМНОРСТХІаеорсхуі";

fn twin(letter: char, cyrillic: bool) -> char {
    let (from, to) = if cyrillic { (LATIN, CYRILLIC) } else { (CYRILLIC, LATIN) };
    let at = from.chars().position(|known| known == letter);
    at.and_then(|at| to.chars().nth(at)).unwrap_or(letter)
}

fn is_cyrillic(letter: char) -> bool {
    ('\u{400}'..='\u{52f}').contains(&letter)
}

fn is_greek(letter: char) -> bool {
    ('\u{370}'..='\u{3ff}').contains(&letter)
}

/// How a small letter sounds; nothing when it is of no alphabet that is known here.
fn sound(letter: char, ukrainian: bool, begins: bool) -> Option<&'static str> {
    Some(match letter {
        'г' if ukrainian => "h",
        'и' if ukrainian => "y",
        'є' if begins => "ye",
        'ї' if begins => "yi",
        'й' if begins || !ukrainian => "y",
        'ю' if begins || !ukrainian => "yu",
        'я' if begins || !ukrainian => "ya",
        'є' => "ie",
        'ї' | 'й' | 'и' | 'і' | 'ι' | 'ί' => "i",
        'ю' => "iu",
        'я' => "ia",
        'ь' | 'ъ' => "",
        'а' | 'α' | 'ά' | 'ә' => "a",
        'б' => "b",
        'в' | 'β' => "v",
        'г' | 'ґ' | 'γ' | 'ғ' => "g",
        'д' | 'δ' => "d",
        'е' | 'ё' | 'э' | 'ε' | 'έ' => "e",
        'ж' => "zh",
        'з' | 'ζ' => "z",
        'к' | 'κ' | 'қ' => "k",
        'л' | 'λ' => "l",
        'м' | 'μ' => "m",
        'н' | 'ν' | 'ң' => "n",
        'о' | 'ο' | 'ό' | 'ω' | 'ώ' | 'ө' => "o",
        'п' | 'π' => "p",
        'р' | 'ρ' => "r",
        'с' | 'σ' | 'ς' => "s",
        'т' | 'τ' => "t",
        'у' | 'ұ' | 'ү' => "u",
        'ф' | 'φ' => "f",
        'х' => "kh",
        'һ' => "h",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "shch",
        'ы' | 'υ' | 'ύ' => "y",
        'η' | 'ή' => "i",
        'θ' => "th",
        'ξ' => "x",
        'χ' => "ch",
        'ψ' => "ps",
        'ј' => "j",
        'љ' => "lj",
        'њ' => "nj",
        'ћ' => "c",
        'ђ' => "dj",
        'џ' => "dz",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_in_latin_letters() {
        for (name, country, written) in [
            ("Відділення \"Київське\"", "UA", "Viddilennia \"Kyivske\""),
            ("ПриватБанк", "UA", "PryvatBank"),
            ("Єврогаз", "UA", "Yevrohaz"),
            ("Банк развития", "KZ", "Bank razvitiya"),
            ("ЩИТ", "UA", "SHCHYT"),
            ("ΕΘΝΙΚΗ", "GB", "ETHNIKI"),
            ("Bank", "PL", "Bank"),
        ] {
            assert_eq!(latin(name, country), written);
        }
        assert!(is_foreign("АО \"Delta Bank\"") && !is_foreign("Bank (中国)") && !is_foreign("Banque"));
    }

    #[test]
    fn letters_that_only_look_alike_are_mended() {
        assert_eq!(one_alphabet("JS\u{421} \"Bank\""), "JSC \"Bank\"");
        assert_eq!(one_alphabet("В\u{69}дд\u{69}лення"), "Відділення");
        assert_eq!(LATIN.chars().count(), CYRILLIC.chars().count());
    }
}
