//! What the kinds of institutions are called for short.

/// Folded: the short form, and what it stands for.
const ABBREVIATIONS: [(&str, &str); 13] = [
    ("bcc", "banca di credito cooperativo"),
    ("bp", "banca popolare"),
    ("bs", "bank spoldzielczy"),
    ("ca", "credit agricole"),
    ("cu", "credit union"),
    ("ksk", "kreissparkasse"),
    ("raiba", "raiffeisenbank"),
    ("rb", "raiffeisenbank"),
    ("spk", "sparkasse"),
    ("ssk", "stadtsparkasse"),
    ("vb", "volksbank"),
    ("voba", "volksbank"),
    ("vrb", "vr bank"),
];

/// The folded text with short forms written out; nothing when it is of one word or has none of them.
pub(crate) fn written_out(folded: &str) -> Option<String> {
    let stands_for = |word: &str| ABBREVIATIONS.iter().find(|(short, _)| *short == word).map(|&(_, long)| long);
    if !folded.contains(' ') || !folded.split(' ').any(|word| stands_for(word).is_some()) {
        return None;
    }
    let words: Vec<&str> = folded.split(' ').map(|word| stands_for(word).unwrap_or(word)).collect();
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_written_out_beside_a_name() {
        assert_eq!(written_out("ksk koln").as_deref(), Some("kreissparkasse koln"));
        assert_eq!((written_out("vb"), written_out("bank koln")), (None, None));
    }
}
