//! Cyrillic and Greek in Latin letters, as banks and passports write them.
//!
//! Cyrillic is read twice where Ukrainian (Cabinet of Ministers' resolution 55 of 2010) and Russian (BGN/PCGN) differ.

/// The folded text in Latin letters, once for each way to write it so; nothing when it has no such letter.
pub(crate) fn romanized(folded: &str) -> Vec<String> {
    if !folded
        .chars()
        .any(|letter| cyrillic(letter, false).or_else(|| greek(letter)).is_some())
    {
        return Vec::new();
    }
    let read = |ukrainian: bool| {
        let mut latin = String::with_capacity(folded.len());
        for letter in folded.chars() {
            match cyrillic(letter, ukrainian).or_else(|| greek(letter)) {
                Some(text) => latin.push_str(text),
                None => latin.push(letter),
            }
        }
        latin
    };
    let (russian, ukrainian) = (read(false), read(true));
    if russian == ukrainian {
        vec![russian]
    } else {
        vec![russian, ukrainian]
    }
}

fn cyrillic(letter: char, ukrainian: bool) -> Option<&'static str> {
    Some(match letter {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' if ukrainian => "h",
        'г' | 'ґ' => "g",
        'д' | 'ђ' => "d",
        'е' | 'э' | 'є' => "e",
        'ж' => "zh",
        'з' => "z",
        'и' if ukrainian => "y",
        'и' | 'і' => "i",
        'ы' => "y",
        'ј' => "j",
        'к' => "k",
        'л' => "l",
        'љ' => "lj",
        'м' => "m",
        'н' => "n",
        'њ' => "nj",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'ћ' => "c",
        'у' | 'ў' => "u",
        'ф' => "f",
        'х' => "kh",
        'ц' => "ts",
        'ч' => "ch",
        'џ' => "dz",
        'ш' => "sh",
        'щ' if ukrainian => "shch",
        'щ' => "sht",
        'ъ' | 'ь' => "",
        'ю' => "yu",
        'я' => "ya",
        _ => return None,
    })
}

fn greek(letter: char) -> Option<&'static str> {
    Some(match letter {
        'α' => "a",
        'β' => "v",
        'γ' => "g",
        'δ' => "d",
        'ε' => "e",
        'ζ' => "z",
        'η' | 'ι' => "i",
        'θ' => "th",
        'κ' => "k",
        'λ' => "l",
        'μ' => "m",
        'ν' => "n",
        'ξ' => "x",
        'ο' | 'ω' => "o",
        'π' => "p",
        'ρ' => "r",
        'σ' | 'ς' => "s",
        'τ' => "t",
        'υ' => "y",
        'φ' => "f",
        'χ' => "ch",
        'ψ' => "ps",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::fold;

    #[test]
    fn names_are_written_in_latin_letters() {
        assert_eq!(romanized(&fold("ПриватБанк")), ["privatbank", "pryvatbank"]);
        assert_eq!(romanized(&fold("Ощадбанк"))[1], "oshchadbank");
        assert_eq!(romanized(&fold("Τράπεζα Πειραιώς")), ["trapeza peiraios"]);
        assert!(romanized("leumi 10").is_empty());
    }
}
