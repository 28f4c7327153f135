//! What is written or left out at will in a Hebrew word.

/// The fewest letters that must stay when a prefix is taken off.
const STEM: usize = 3;

/// Whether the folded character is a Hebrew letter.
pub(crate) fn is_hebrew(character: char) -> bool {
    ('א'..='ת').contains(&character)
}

/// The Latin word without the Hebrew article, which some write with the word and some not at all.
pub(crate) fn without_article(word: &str) -> Option<&str> {
    word.strip_prefix("ha").filter(|rest| rest.len() > STEM && rest.is_ascii())
}

/// The word without a prefix (the, in, to), when enough of it stays to be a word.
pub(crate) fn stem(word: &str) -> Option<&str> {
    let rest = word.strip_prefix(['ה', 'ב', 'ל'])?;
    (rest.chars().count() >= STEM && rest.chars().all(is_hebrew)).then_some(rest)
}

/// The word without the letters that stand for vowels (alef, vav, yod) after its first: full and defective spelling have it
/// in common. Nothing for a word that is too short to be known without them.
pub(crate) fn bare(word: &str) -> Option<String> {
    if !word.chars().all(is_hebrew) {
        return None;
    }
    let mut letters = word.chars();
    let first = letters.next()?;
    let rest = letters.filter(|letter| !matches!(letter, 'א' | 'ו' | 'י'));
    let bare: String = std::iter::once(first).chain(rest).collect();
    (bare.chars().count() >= 2 && word.chars().count() >= 3).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_comes_off_only_a_word_that_stays_a_word() {
        assert_eq!(stem("הפועלימ"), Some("פועלימ"));
        assert_eq!(stem("בלאומי"), Some("לאומי"));
        assert_eq!(stem("ליהב"), Some("יהב"));
        assert_eq!(stem("בנק"), None);
        assert_eq!(stem("leumi"), None);
    }

    #[test]
    fn full_and_defective_spelling_meet() {
        for (full, defective) in [
            ("לאומי", "לאמי"),
            ("דיסקונט", "דסקונט"),
            ("איגוד", "אגוד"),
            ("וואנ", "ואנ"),
            ("מזרחי", "מזרחיי"),
        ] {
            assert_eq!(bare(full), bare(defective), "{full}");
        }
        assert_eq!((bare("יו"), bare("visa")), (None, None));
    }
}
