//! What a tenant's operator tells a provider: its credentials, by the names that the provider declares.

use secrecy::SecretString;
use std::collections::BTreeMap;

/// A credential that a provider takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name: lower case, with underscores.
    pub name: &'static str,
    /// Whether the provider does nothing without it.
    pub required: bool,
    /// What it is, for the operator.
    pub about: &'static str,
}

/// What is set for a tenant in a mode; nothing of it can be printed.
#[derive(Clone, Default)]
pub struct Settings(BTreeMap<String, SecretString>);

impl Settings {
    /// What is set under this name.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name)
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, SecretString)> for Settings {
    fn from_iter<T: IntoIterator<Item = (String, SecretString)>>(set: T) -> Self {
        Self(set.into_iter().collect())
    }
}
