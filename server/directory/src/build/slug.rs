//! Lasting ids: `<country>-<name>`, and a code where two names of one country make one id.

use super::latin::latin;
use crate::data::Row;
use crate::fold::fold;
use std::collections::HashSet;

/// The most characters of a name that stand in an id.
const LONGEST: usize = 48;

/// The name as it stands in an id: words of small Latin letters and digits, with hyphens; empty when it has none.
pub(super) fn slug(name: &str, country: &str) -> String {
    let plain: String = fold(&latin(name, country))
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == ' ')
        .collect();
    let mut slug = String::new();
    for word in plain.split_whitespace() {
        if slug.len() + 1 + word.len() > LONGEST {
            if slug.is_empty() {
                slug.push_str(&word[..word.len().min(LONGEST)]);
            }
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(word);
    }
    slug
}

/// Gives an id to each row that has none. The rows come in a lasting order; `taken` ids are or were others'.
pub(super) fn name_all(rows: &mut [Row], taken: &mut HashSet<String>) {
    let stem = |row: &Row| {
        let country = row.country.as_deref().unwrap_or_default();
        let name = row.names.short.as_deref().unwrap_or(&row.names.en);
        (country.to_ascii_lowercase(), slug(name, country))
    };
    for row in rows.iter_mut().filter(|row| row.id.is_empty()) {
        let (country, name) = stem(row);
        let base = if name.is_empty() { country } else { format!("{country}-{name}") };
        let codes = row
            .codes
            .iter()
            .chain(&row.bics)
            .map(|code| format!("{base}-{}", code.to_ascii_lowercase()));
        // Whoever has neither a code nor a BIC of its own is counted.
        let counted = (2_u32..).map(|number| format!("{base}-{number}"));
        let plain = (!base.ends_with('-') && base.contains('-')).then(|| base.clone());
        let free = plain.into_iter().chain(codes).chain(counted).find(|id| !taken.contains(id));
        row.id = free.unwrap_or_default();
        taken.insert(row.id.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_for_an_id() {
        for (name, country, written) in [
            ("Banco Santander, S.A.", "ES", "banco-santander-sa"),
            ("Österreichische Nationalbank", "AT", "osterreichische-nationalbank"),
            ("ПриватБанк", "UA", "pryvatbank"),
            ("中国", "GB", ""),
            (
                "Terre Etrusche di Valdichiana e di Maremma Credito Cooperativo",
                "IT",
                "terre-etrusche-di-valdichiana-e-di-maremma",
            ),
        ] {
            assert_eq!(slug(name, country), written);
        }
        assert_eq!(slug(&"x".repeat(80), "IT").len(), LONGEST);
    }
}
