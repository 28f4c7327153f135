//! Values that take little room in each of very many institutions, and read like the usual ones.

use crate::Product;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Deref;

/// A country, ISO 3166-1 alpha-2; or none, as an empty text, as long as nothing is known or what was given cannot be one.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(Option<[u8; 2]>);

impl Country {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        let letters = self.0.as_ref().map(|letters| std::str::from_utf8(letters));
        letters.and_then(Result::ok).unwrap_or_default()
    }
}

impl From<&str> for Country {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().try_into().ok().filter(|letters: &[u8; 2]| letters.is_ascii()))
    }
}

impl From<String> for Country {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl PartialEq<&str> for Country {
    fn eq(&self, text: &&str) -> bool {
        self.as_str() == *text
    }
}

impl Deref for Country {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self)
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, out)
    }
}

/// A list or map that few have: as large as a pointer while it is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seldom<T>(Option<Box<T>>);

/// What a [`Seldom`] can hold.
pub trait Empty: Sized + 'static {
    /// An empty one.
    const EMPTY: &'static Self;

    /// Whether it is empty.
    fn is_empty(&self) -> bool;
}

impl<T: 'static> Empty for Vec<T> {
    const EMPTY: &'static Self = &Self::new();

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl<K: 'static, V: 'static> Empty for BTreeMap<K, V> {
    const EMPTY: &'static Self = &Self::new();

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl<T> Default for Seldom<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Empty> From<T> for Seldom<T> {
    fn from(value: T) -> Self {
        Self((!value.is_empty()).then(|| Box::new(value)))
    }
}

impl<T: Empty> Deref for Seldom<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::EMPTY)
    }
}

/// Kinds of data; written as a list of them.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "BTreeSet<Product>", into = "BTreeSet<Product>")]
pub struct Products(u8);

impl Products {
    /// Whether this kind is among them.
    pub fn contains(self, product: Product) -> bool {
        self.0 & Self::bit(product) != 0
    }

    /// Each of them, in order.
    pub fn iter(self) -> impl Iterator<Item = Product> {
        Product::ALL.into_iter().filter(move |product| self.contains(*product))
    }

    const fn bit(product: Product) -> u8 {
        1 << product as u8
    }
}

impl FromIterator<Product> for Products {
    fn from_iter<T: IntoIterator<Item = Product>>(products: T) -> Self {
        Self(products.into_iter().fold(0, |bits, product| bits | Self::bit(product)))
    }
}

impl From<BTreeSet<Product>> for Products {
    fn from(products: BTreeSet<Product>) -> Self {
        products.into_iter().collect()
    }
}

impl<const N: usize> From<[Product; N]> for Products {
    fn from(products: [Product; N]) -> Self {
        products.into_iter().collect()
    }
}

impl From<Products> for BTreeSet<Product> {
    fn from(products: Products) -> Self {
        products.iter().collect()
    }
}

impl fmt::Debug for Products {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_two_letters_or_nothing() {
        let of = |text: &str| Country::from(text).to_string();
        assert_eq!(
            (of("IL"), of("ISR"), of("א"), of("")),
            ("IL".into(), String::new(), String::new(), String::new())
        );
    }

    #[test]
    fn what_is_empty_takes_no_room() {
        assert_eq!(size_of::<Seldom<BTreeMap<String, String>>>(), size_of::<usize>());
        let (none, some) = (Seldom::from(Vec::<u8>::new()), Seldom::from(vec![1_u8]));
        assert_eq!((none == Seldom::default(), none.len(), &some[..]), (true, 0, &[1_u8][..]));
    }

    #[test]
    fn products_are_written_as_a_list_in_order() {
        let text = |products: Products| serde_json::to_string(&products).expect("plain");
        let some = Products::from([Product::Owners, Product::Accounts]);
        assert_eq!(text(some), r#"["accounts","owners"]"#);
        assert_eq!(serde_json::from_str::<Products>(&text(some)).expect("the same"), some);
        assert_eq!(
            (text(Products::default()), text(Product::ALL.into())),
            ("[]".into(), serde_json::to_string(&Product::ALL).expect("plain"))
        );
        assert!(some.contains(Product::Owners) && !some.contains(Product::Balances));
    }
}
