//! What was typed, had the keyboard been switched: the Hebrew layout (SI 1452) over the American one.

use crate::fold::is_hebrew;

/// A key: what it writes in the American layout, and in the Hebrew one.
const KEYS: [(char, char); 33] = [
    ('q', '/'),
    ('w', '\''),
    ('e', 'ק'),
    ('r', 'ר'),
    ('t', 'א'),
    ('y', 'ט'),
    ('u', 'ו'),
    ('i', 'ן'),
    ('o', 'ם'),
    ('p', 'פ'),
    ('a', 'ש'),
    ('s', 'ד'),
    ('d', 'ג'),
    ('f', 'כ'),
    ('g', 'ע'),
    ('h', 'י'),
    ('j', 'ח'),
    ('k', 'ל'),
    ('l', 'ך'),
    (';', 'ף'),
    ('z', 'ז'),
    ('x', 'ס'),
    ('c', 'ב'),
    ('v', 'ה'),
    ('b', 'נ'),
    ('n', 'מ'),
    ('m', 'צ'),
    (',', 'ת'),
    ('.', 'ץ'),
    ('/', '.'),
    ('\'', ','),
    ('`', ';'),
    ('’', ','),
];

/// The same keys in the other layout, when what was typed is of one script alone; letters of neither stay. Latin capitals among
/// Hebrew letters are of the Hebrew layout: it writes them with Shift.
pub(crate) fn switched(typed: &str) -> Option<String> {
    let hebrew = typed.chars().any(is_hebrew);
    let latin = typed.chars().any(|letter| {
        if hebrew {
            letter.is_ascii_lowercase()
        } else {
            letter.is_ascii_alphabetic()
        }
    });
    if latin == hebrew {
        return None;
    }
    let key = |letter: char| {
        let of = |&(american, israeli): &(char, char)| {
            let (from, to) = if latin { (american, israeli) } else { (israeli, american) };
            (from == letter).then_some(to)
        };
        KEYS.iter().find_map(of).unwrap_or(letter)
    };
    Some(typed.chars().flat_map(char::to_lowercase).map(key).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_one_layout_write_in_the_other() {
        for (typed, meant) in [
            ("ktunh", "לאומי"),
            ("KTUNH", "לאומי"),
            ("ךקוצן", "leumi"),
            ("cbe vpugkho", "בנק הפועלים"),
            ("יםםק", "hooe"),
            ("tr. vjhhk", "ארץ החייל"),
            ("'קךךד", "wells"),
            ("Lקוצן", "leumi"),
        ] {
            assert_eq!(switched(typed).as_deref(), Some(meant), "{typed}");
        }
        assert_eq!((switched("10-800"), switched("בנק leumi")), (None, None));
    }
}
