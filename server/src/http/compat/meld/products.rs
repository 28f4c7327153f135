//! The vendor's products, and what they are here.

use crate::http::compat::fields::{Fields, Rule};
use gesher_directory::Product;
use serde_json::{Map, Value};

/// The vendor's words, in its order.
const WORDS: &[&str] = &[
    "BALANCES",
    "IDENTIFIERS",
    "INVESTMENT_HOLDINGS",
    "INVESTMENT_TRANSACTIONS",
    "OWNERS",
    "TRANSACTIONS",
];
/// What they are here, in the same order: the numbers of accounts come with the accounts themselves.
const PRODUCTS: [Product; 6] = [
    Product::Balances,
    Product::Accounts,
    Product::InvestmentHoldings,
    Product::InvestmentTransactions,
    Product::Owners,
    Product::Transactions,
];

/// The products of a list. One that is absent is empty.
pub(super) fn list(fields: &mut Fields<'_>, name: &str) -> Vec<Product> {
    let Some(entries) = fields.list(name) else { return Vec::new() };
    let mut products = Vec::with_capacity(entries.len());
    for (place, entry) in entries.iter().enumerate() {
        let at = entry.as_str().and_then(|word| WORDS.iter().position(|known| *known == word));
        match at.and_then(|at| PRODUCTS.get(at)) {
            Some(product) => products.push(*product),
            None => fields.refuse(&format!("{name}[{place}]"), Rule::OneOf(WORDS)),
        }
    }
    products
}

/// Whether a list is not there, or empty. One that is no list is something else that is wrong.
pub(super) fn none(body: &Map<String, Value>, name: &str) -> bool {
    body.get(name)
        .is_none_or(|value| value.is_null() || value.as_array().is_some_and(Vec::is_empty))
}

/// The vendor's words for these, in its order.
pub(super) fn words(has: impl Fn(Product) -> bool) -> Vec<&'static str> {
    let both = WORDS.iter().zip(PRODUCTS);
    both.filter(|(_, product)| has(*product)).map(|(word, _)| *word).collect()
}
