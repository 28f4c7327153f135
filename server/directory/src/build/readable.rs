//! Names in capitals, written as people write them.
//!
//! Registers keep many names in capitals alone. Nothing says how such a name is really written, so a few rules guess it;
//! folding takes case away, so a wrong guess hides no institution.

/// Words that stay small inside a name, in the languages of the registers.
const SMALL: &[&str] = &[
    "a", "al", "and", "au", "aux", "da", "das", "de", "degli", "dei", "del", "della", "delle", "dello", "der", "des", "di", "die", "do",
    "dos", "du", "e", "ed", "el", "em", "en", "et", "eta", "for", "für", "het", "i", "im", "in", "la", "las", "le", "les", "lo", "los",
    "na", "o", "of", "og", "on", "per", "sur", "the", "und", "van", "von", "y", "z", "та", "и", "у", "в", "м", "по",
];

/// Articles that lose a letter before the word that follows.
const ARTICLES: &[&str] = &["all", "d", "dall", "dell", "l", "nell"];

/// Short words that are no initials.
const WORDS: &[&str] = &[
    "abu", "act", "air", "alt", "art", "bad", "ban", "bay", "big", "box", "car", "cia", "cía", "co", "den", "eco", "est", "ex", "fly",
    "fyn", "gas", "go", "hub", "inc", "key", "law", "lux", "mt", "neo", "net", "neu", "new", "old", "one", "our", "oy", "oyj", "pay",
    "pro", "red", "rio", "san", "sea", "sky", "soc", "sol", "st", "suc", "sud", "sun", "sør", "tax", "top", "uni", "via", "you", "øst",
    "до", "при",
];

/// Longer words that are initials.
const INITIALS: &[&str] = &[
    "amro", "bawag", "bbva", "bper", "ebrd", "icbc", "icici", "idbi", "mufg", "nibc", "sarl", "sbab", "ubaf",
];

/// Legal forms and brands that are written in a way of their own.
const OWN_WAY: &[(&str, &str)] = &[
    ("aps", "ApS"),
    ("caixabank", "CaixaBank"),
    ("clearbank", "ClearBank"),
    ("eg", "eG"),
    ("gmbh", "GmbH"),
    ("jpmorgan", "JPMorgan"),
    ("kgaa", "KGaA"),
    ("ltd", "Ltd"),
    ("mbh", "mbH"),
    ("paypal", "PayPal"),
    ("spa", "SpA"),
    ("unicredit", "UniCredit"),
];

/// The name with one space between its words and, when it is of capitals alone, in readable case.
pub(super) fn readable(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    // A small letter anywhere says that somebody chose how the name is written.
    let shouted = !name.chars().any(char::is_lowercase) && name.chars().filter(|letter| letter.is_alphabetic()).count() > 3;
    if !shouted {
        return words.join(" ");
    }
    let words = words.iter().enumerate().map(|(at, word)| rewritten(word, at == 0));
    words.collect::<Vec<_>>().join(" ")
}

/// A word of the name, which may be of several parts: "SAARLAND-BANK", "(EUROPE)", "D'ITALIA".
fn rewritten(word: &str, first: bool) -> String {
    if is_dotted(word) {
        return if word.to_lowercase().starts_with("s.p.a") {
            word.replace("S.P.A", "S.p.A")
        } else {
            word.to_owned()
        };
    }
    let mut written = String::with_capacity(word.len());
    let mut rest = word;
    let mut inner = !first;
    while let Some(begin) = rest.find(char::is_alphabetic) {
        let length = rest[begin..]
            .find(|letter: char| !letter.is_alphabetic())
            .unwrap_or(rest.len() - begin);
        let (before, part, after) = (&rest[..begin], &rest[begin..begin + length], &rest[begin + length..]);
        written.push_str(before);
        let after_elision = after.starts_with(['\'', '’', '`']) && after.chars().nth(1).is_some_and(char::is_alphabetic);
        let elided = before.ends_with(['\'', '’', '`']) && !written.trim_end_matches(['\'', '’', '`']).is_empty();
        // Beside digits a letter belongs to a code: "N26", "C24".
        let coded = after.starts_with(|next: char| next.is_ascii_digit()) || before.ends_with(|last: char| last.is_ascii_digit());
        let joined = after.starts_with(['/', '&']) || before.ends_with(['/', '&']);
        let article = after_elision && ARTICLES.contains(&part.to_lowercase().as_str());
        let part = match part.chars().count() {
            _ if coded => part.to_owned(),
            1 if joined => part.to_owned(),
            1 if elided => part.to_lowercase(),
            _ if article && inner => part.to_lowercase(),
            _ if article || elided => capitalised(part),
            _ => one(part, inner && !before.contains(['(', '"', '«', '“'])),
        };
        written.push_str(&part);
        inner = true;
        rest = after;
    }
    written.push_str(rest);
    written
}

/// One word of letters alone.
fn one(word: &str, inner: bool) -> String {
    let lower = word.to_lowercase();
    if let Some((_, written)) = OWN_WAY.iter().find(|(known, _)| *known == lower) {
        return (*written).to_owned();
    }
    let letters = word.chars().count();
    if SMALL.contains(&lower.as_str()) {
        return match (inner, letters) {
            (true, _) => lower,
            (false, 1) => word.to_owned(),
            (false, _) => capitalised(word),
        };
    }
    let initials = INITIALS.contains(&lower.as_str());
    let short = letters <= 3 && !WORDS.contains(&lower.as_str());
    let unspeakable = letters <= 6 && !lower.chars().any(is_vowel) && !WORDS.contains(&lower.as_str());
    if initials || short || unspeakable {
        word.to_owned()
    } else {
        capitalised(word)
    }
}

/// "S.A.", "N.V.": letters with full stops between them.
fn is_dotted(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    letters
        .windows(3)
        .any(|three| three[0].is_alphabetic() && three[1] == '.' && three[2].is_alphabetic())
        && word
            .split('.')
            .all(|part| part.chars().filter(|letter| letter.is_alphabetic()).count() <= 2)
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters.flat_map(char::to_lowercase)).collect())
        .unwrap_or_default()
}

fn is_vowel(letter: char) -> bool {
    matches!(
        letter,
        'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'à'..='æ' | 'è'..='ï' | 'ò'..='ö' | 'ø'..='ý' | 'ā' | 'ă' | 'ą' | 'ē' | 'ė' | 'ę' | 'ě' | 'ī' | 'į'
            | 'ı' | 'ő' | 'œ' | 'ū' | 'ů' | 'ű' | 'ų' | 'а' | 'е' | 'є' | 'и' | 'і' | 'ї' | 'о' | 'у' | 'ы' | 'э' | 'ю' | 'я' | 'ө' | 'ұ' | 'ү' | 'ә'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::fold;
    use proptest::prelude::*;

    #[test]
    fn capitals_are_made_readable() {
        for (register, written) in [
            ("BANCO SANTANDER, S.A.", "Banco Santander, S.A."),
            ("BANCA D'ITALIA", "Banca d'Italia"),
            (
                "CAISSE D'EPARGNE ET DE PREVOYANCE DE NORMANDIE",
                "Caisse d'Epargne et de Prevoyance de Normandie",
            ),
            ("ABN AMRO BANK N.V.", "ABN AMRO Bank N.V."),
            ("BNP PARIBAS", "BNP Paribas"),
            ("HSBC UK BANK PLC", "HSBC UK Bank PLC"),
            ("ING BANK N.V.", "ING Bank N.V."),
            ("N26 BANK GMBH, SUCURSAL EN ESPAÑA", "N26 Bank GmbH, Sucursal en España"),
            ("INTESA SANPAOLO S.P.A.", "Intesa Sanpaolo S.p.A."),
            ("SPAREKASSEN SJÆLLAND-FYN A/S", "Sparekassen Sjælland-Fyn A/S"),
            ("BANK OF AMERICA EUROPE (LONDON)", "Bank of America Europe (London)"),
            ("L'AMY & CO", "L'Amy & Co"),
            ("THE ROYAL BANK", "The Royal Bank"),
            ("LLOYD'S OF LONDON", "Lloyd's of London"),
            ("АКЦІОНЕРНЕ ТОВАРИСТВО \"УКРСИББАНК\"", "Акціонерне Товариство \"Укрсиббанк\""),
            ("JSB \"UKRGASBANK\"", "JSB \"Ukrgasbank\""),
            ("  Bank   Polska  ", "Bank Polska"),
            ("mBank S.A.", "mBank S.A."),
            ("UBS", "UBS"),
        ] {
            assert_eq!(readable(register), written);
        }
    }

    proptest! {
        #[test]
        fn a_guess_hides_no_name(name in "[A-ZÀ-ÖŁА-Я'’\" .,/&()0-9-]{0,40}") {
            prop_assert_eq!(fold(&readable(&name)), fold(&name));
        }
    }
}
