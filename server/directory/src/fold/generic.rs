//! Words that tell hardly any institution from another.

/// Folded and sorted: what a bank is called in its country's language, articles and joining words, legal forms.
const GENERIC: [&str; 100] = [
    "a",
    "ab",
    "ad",
    "ag",
    "and",
    "ao",
    "as",
    "asa",
    "banca",
    "banche",
    "banco",
    "bancorp",
    "bancos",
    "bank",
    "banka",
    "bankasi",
    "banken",
    "banki",
    "banking",
    "banks",
    "banku",
    "banky",
    "banque",
    "banques",
    "bv",
    "cjsc",
    "co",
    "corp",
    "das",
    "dd",
    "de",
    "del",
    "der",
    "des",
    "di",
    "die",
    "doo",
    "du",
    "e",
    "eg",
    "el",
    "et",
    "for",
    "fur",
    "gmbh",
    "hf",
    "inc",
    "jsc",
    "kft",
    "kg",
    "kgaa",
    "l",
    "la",
    "le",
    "les",
    "limited",
    "llc",
    "ltd",
    "mbh",
    "na",
    "nv",
    "nyrt",
    "och",
    "of",
    "og",
    "oy",
    "oyj",
    "pank",
    "pao",
    "pjsc",
    "plc",
    "rt",
    "sa",
    "sae",
    "sas",
    "se",
    "sl",
    "spa",
    "srl",
    "the",
    "uab",
    "und",
    "von",
    "y",
    "zrt",
    "αε",
    "τραπεζα",
    "акб",
    "ао",
    "ат",
    "банк",
    "банка",
    "зао",
    "пао",
    "пат",
    "тов",
    "בנק",
    "בעמ",
    "הבנק",
    "של",
];

/// Whether the folded word says little: whoever leaves it out or puts it in means the same institution.
pub(crate) fn is_generic(word: &str) -> bool {
    GENERIC.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::fold;

    #[test]
    fn each_is_found_and_is_folded() {
        for word in GENERIC {
            assert!(is_generic(word) && fold(word) == word, "{word}");
        }
        assert!(!is_generic("leumi") && !is_generic(""));
    }
}
