//! A name that people read, with nothing in it that they cannot see.

/// Most characters: on the narrowest telephone the longest name leaves room for what the screen is about.
const MOST: usize = 40;
/// Most marks on one letter: pointed Hebrew has three.
const MOST_MARKS: usize = 3;

/// A name as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameUnfit {
    /// No letter or digit is left.
    #[error("the name has no letter or digit in it")]
    Unreadable,
    /// More than 40 characters.
    #[error("the name has more than 40 characters")]
    TooLong,
}

impl Name {
    /// What of a text can be shown as a name: without what is invisible, turns the order of letters over, breaks lines or
    /// piles up; cut after 40 characters. `None` when no letter or digit is left.
    pub fn clean(text: &str) -> Option<Self> {
        Self::cleaned(text).map(|(name, _)| name)
    }

    /// The same, for whoever can be told that a name is too long.
    ///
    /// # Errors
    /// [`NameUnfit`].
    pub fn whole(text: &str) -> Result<Self, NameUnfit> {
        match Self::cleaned(text) {
            None => Err(NameUnfit::Unreadable),
            Some((_, true)) => Err(NameUnfit::TooLong),
            Some((name, false)) => Ok(name),
        }
    }

    /// What can be shown, and whether it was cut.
    fn cleaned(text: &str) -> Option<(Self, bool)> {
        let mut cut = false;
        let mut name = String::new();
        let (mut length, mut marks, mut gap) = (0, 0, false);
        for letter in text.chars() {
            if letter.is_whitespace() {
                gap = length > 0;
                continue;
            }
            if letter.is_control() || is_unseen(letter) {
                continue;
            }
            marks = if is_mark(letter) { marks + 1 } else { 0 };
            if marks > MOST_MARKS {
                continue;
            }
            if length + usize::from(gap) >= MOST {
                name.push('…');
                cut = true;
                break;
            }
            if std::mem::take(&mut gap) {
                name.push(' ');
                length += 1;
            }
            name.push(letter);
            length += 1;
        }
        name.chars().any(char::is_alphanumeric).then_some((Self(name), cut))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Characters without a shape of their own: joiners, directions, fillers, variations, tags, and what nobody has assigned a
/// meaning to.
fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
}

/// Marks that stand on another letter.
fn is_mark(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' | '\u{e31}'..='\u{e3a}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clean(text: &str) -> Option<String> {
        Name::clean(text).map(|Name(name)| name)
    }

    #[test]
    fn names_that_people_have_stay_as_they_are() {
        for name in ["Pinkas", "חנות הפרחים", "בֵּית הַסֵּפֶר", "Café Zoë & Söhne", "7-11", "ד״ר כהן – רו״ח"]
        {
            assert_eq!(clean(name).as_deref(), Some(name));
        }
    }

    #[test]
    fn whoever_can_be_told_is_told_that_a_name_is_too_long() {
        let most = "ש".repeat(MOST);
        assert_eq!(Name::whole(&format!("  {most}\u{200f}")).map(|Name(name)| name), Ok(most.clone()));
        assert_eq!(Name::whole(&format!("{most}ם")), Err(NameUnfit::TooLong));
        assert_eq!(Name::whole("…"), Err(NameUnfit::Unreadable));
    }

    #[test]
    fn what_cannot_be_seen_or_deceives_goes() {
        for (text, name) in [
            ("Pin\u{200b}kas", "Pinkas"),
            ("\u{202e}sakniP\u{202c}", "sakniP"),
            ("\u{2066}Pin\u{2069}kas\u{200f}", "Pinkas"),
            ("  Pin \n\t kas\u{0} ", "Pin kas"),
            ("P\u{feff}\u{ad}inkas\u{e0041}", "Pinkas"),
            ("<b>Pinkas</b>", "<b>Pinkas</b>"),
        ] {
            assert_eq!(clean(text).as_deref(), Some(name), "{text:?}");
        }
        for nothing in ["", " ", "\u{200b}\u{3164}", "…", "\u{202e}", "⠀"] {
            assert_eq!(clean(nothing), None, "{nothing:?}");
        }
        let piled = format!("P{}inkas", "\u{337}".repeat(500));
        assert_eq!(clean(&piled).map(|name| name.chars().count()), Some(6 + MOST_MARKS));
    }

    #[test]
    fn a_long_name_is_cut() {
        let long = clean(&"Pinkas ".repeat(2_000)).expect("a name");
        assert!(long.chars().count() <= MOST + 1 && long.ends_with('…'), "{long}");
    }

    proptest! {
        #[test]
        fn cleaning_twice_is_cleaning_once(text in "\\PC{0,80}|[\u{200b}-\u{206f}a-z\u{300}-\u{310} ]{0,90}") {
            if let Some(once) = clean(&text) {
                prop_assert!(once.chars().count() <= MOST + 1);
                prop_assert!(!once.chars().any(|letter| letter.is_control() || is_unseen(letter)));
                let again = clean(&once).expect("still a name");
                prop_assert!(again == once || once.ends_with('…'), "{once:?} {again:?}");
            }
        }
    }
}
