//! The categories: a closed list, which is `data/categories.tsv`.

use std::sync::LazyLock;

/// In which language something is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Hebrew.
    He,
    /// English.
    En,
}

/// How far a line of a category tends to come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comes {
    /// It does, also when the amount differs.
    Bill,
    /// It does when the amounts are even.
    Even,
    /// It hardly does.
    Rare,
}

/// What a category says of a line as one side of a transfer between own accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// It is one.
    Own,
    /// It is one when a card's account is on the other side, or this is the card's account.
    Card,
    /// The same with a loan.
    Loan,
    /// It is none.
    No,
}

struct Row {
    id: &'static str,
    he: &'static str,
    en: &'static str,
    comes: Comes,
    side: Side,
}

/// What a transaction is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Category(usize);

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| lines(include_str!("../data/categories.tsv")).map(row).collect());

/// The lines of a kept file, without remarks, each in its columns.
pub(crate) fn lines(file: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let written = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    written.map(|line| line.split('\t').collect())
}

fn row(columns: Vec<&'static str>) -> Row {
    let column = |place: usize| columns.get(place).copied().unwrap_or_default();
    Row {
        id: column(0),
        he: column(1),
        en: column(2),
        comes: match column(3) {
            "bill" => Comes::Bill,
            "even" => Comes::Even,
            _ => Comes::Rare,
        },
        side: match column(4) {
            "own" => Side::Own,
            "card" => Side::Card,
            "loan" => Side::Loan,
            _ => Side::No,
        },
    }
}

impl Category {
    /// All of them, in the order of the list.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..ROWS.len()).map(Self)
    }

    /// The category with this id.
    #[must_use]
    pub fn parse(id: &str) -> Option<Self> {
        ROWS.iter().position(|row| row.id == id).map(Self)
    }

    /// Its id, which stays: `eating_out`.
    #[must_use]
    pub fn id(self) -> &'static str {
        ROWS[self.0].id
    }

    /// What people call it.
    #[must_use]
    pub fn name(self, language: Language) -> &'static str {
        match language {
            Language::He => ROWS[self.0].he,
            Language::En => ROWS[self.0].en,
        }
    }

    pub(crate) fn comes(self) -> Comes {
        ROWS[self.0].comes
    }

    pub(crate) fn side(self) -> Side {
        ROWS[self.0].side
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_file_is_whole() {
        for columns in lines(include_str!("../data/categories.tsv")) {
            assert_eq!(columns.len(), 5, "{columns:?}");
            assert!(["bill", "even", "rare"].contains(&columns[3]), "{columns:?}");
            assert!(["own", "card", "loan", "no"].contains(&columns[4]), "{columns:?}");
            assert!(
                columns[1]
                    .chars()
                    .all(|letter| ('א'..='ת').contains(&letter) || " ,".contains(letter))
            );
            assert!(columns[2].is_ascii() && !columns[2].is_empty());
        }
        let ids: HashSet<_> = Category::all().map(Category::id).collect();
        assert_eq!(ids.len(), Category::all().count());
        assert!(Category::all().all(|category| Category::parse(category.id()) == Some(category)));
        assert_eq!(Category::parse("nothing"), None);
        let rent = Category::parse("rent").expect("a category");
        assert_eq!((rent.name(Language::He), rent.name(Language::En)), ("שכר דירה", "Rent"));
    }
}
