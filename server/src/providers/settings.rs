//! What a tenant's operator tells a provider: its credentials, by the names that the provider declares.

use secrecy::{ExposeSecret, SecretString};
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

/// What is wrong with what is set for a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What was found, without a value.
    pub finding: String,
    /// What to do about it.
    pub remedy: String,
}

impl Remark {
    /// What was found, and what to do about it.
    pub fn new(finding: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            finding: finding.into(),
            remedy: remedy.into(),
        }
    }

    /// A setting that is needed is not there.
    pub fn missing(setting: &Setting) -> Self {
        Self::new(format!("{} is not set.", setting.name), format!("Set it: {}.", setting.about))
    }
}

/// What is set for a tenant in a mode; nothing of it can be printed.
#[derive(Clone, Default)]
pub struct Settings(BTreeMap<String, SecretString>);

impl Settings {
    /// What is set under this name.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name)
    }

    /// What is set under this name, for a call.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name).map(ExposeSecret::expose_secret)
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
