//! Several statements as one text, so that a unit reaches SQLite's thread in one hop.
//!
//! sqlx hands every text over to the connection's own thread, which costs more than most statements do; it runs a text of
//! several statements there one after the other, and its `$n` counts over all the values. So the statements of a unit are
//! joined with their placeholders renumbered. Texts are kept by shape, for the prepared statements behind them to be found.

use super::{Statement, Value};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Most statements in one text.
pub(super) const JOINED: usize = 16;
/// Most texts that are kept. Units have few shapes; a refresh may bring many.
const KEPT: usize = 512;

/// A statement's place in memory, its length and its number of values. The texts are static, so the place names the text.
type Key = (usize, usize, usize);

/// Texts by shape.
#[derive(Debug, Default)]
pub(super) struct Texts(Mutex<HashMap<Vec<Key>, Arc<str>>>);

impl Texts {
    /// The text that runs these statements in order, their values one after the other.
    pub(super) fn join(&self, statements: &[Statement]) -> Arc<str> {
        let shape: Vec<Key> = statements
            .iter()
            .map(|statement| (statement.sql.as_ptr() as usize, statement.sql.len(), statement.args.len()))
            .collect();
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = texts.get(&shape) {
            return Arc::clone(text);
        }
        if texts.len() >= KEPT {
            texts.clear();
        }
        let text: Arc<str> = joined(statements).into();
        texts.insert(shape, Arc::clone(&text));
        text
    }
}

fn joined(statements: &[Statement]) -> String {
    let mut text = String::new();
    let mut before = 0;
    for statement in statements {
        if !text.is_empty() {
            text.push_str("; ");
        }
        let highest = renumber(statement.sql, before, &mut text);
        debug_assert_eq!(highest, statement.args.len(), "placeholders and values of {}", statement.sql);
        before += statement.args.len();
    }
    text
}

/// Writes the statement with `by` added to every placeholder, and gives the highest number before. No text of ours has a
/// dollar that is not a placeholder.
fn renumber(sql: &str, by: usize, text: &mut String) -> usize {
    let mut parts = sql.split('$');
    text.push_str(parts.next().unwrap_or_default());
    let mut highest = 0;
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let number: usize = part[..digits].parse().unwrap_or(0);
        highest = highest.max(number);
        text.push('$');
        text.push_str(&(number + by).to_string());
        text.push_str(&part[digits..]);
    }
    highest
}

/// The values of several statements, one after the other.
pub(super) fn values(statements: Vec<Statement>) -> impl Iterator<Item = Value> {
    statements.into_iter().flat_map(|statement| statement.args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_count_over_all_statements() {
        let texts = Texts::default();
        let statements = [
            Statement::any("UPDATE a SET b = $1 WHERE c = $2", vec![Value::Int(None), Value::Int(None)]),
            Statement::any("INSERT INTO d VALUES ($2, $1, $2)", vec![Value::Int(None), Value::Int(None)]),
            Statement::any("DELETE FROM e WHERE f < $1", vec![Value::Int(None)]),
        ];
        let text = texts.join(&statements);
        assert_eq!(
            &*text,
            "UPDATE a SET b = $1 WHERE c = $2; INSERT INTO d VALUES ($4, $3, $4); DELETE FROM e WHERE f < $5"
        );
        assert!(Arc::ptr_eq(&text, &texts.join(&statements)), "the same shape is the same text");
        assert!(!Arc::ptr_eq(&text, &texts.join(&statements[..2])));
    }

    #[test]
    fn texts_do_not_pile_up() {
        let texts = Texts::default();
        let statement = Statement::any("DELETE FROM e WHERE f < $1", vec![Value::Int(None)]);
        for count in 1..=KEPT + 1 {
            texts.join(&vec![statement.clone(); count]);
        }
        assert_eq!(texts.0.lock().unwrap().len(), 1);
    }
}
