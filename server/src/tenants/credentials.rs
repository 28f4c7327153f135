//! A tenant's credentials at a provider, in one mode: sealed when they are set, opened for the provider's calls alone.

use crate::core::Core;
use crate::providers::Settings;
use crate::secrets::{Context, ExposeSecret as _, SecretString};
use crate::store::Unavailable;
use crate::store::provider_credentials as rows;
use std::collections::BTreeMap;

/// Why credentials cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The database does not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Another master key, or damage.
    #[error("what is set for the provider cannot be opened")]
    Sealed,
}

/// Where they are sealed: bound to tenant, provider and mode.
fn context<'a>(tenant: &'a str, row: &'a str) -> Context<'a> {
    Context {
        tenant,
        table: "provider_credentials",
        row,
        column: "sealed",
    }
}

/// Seals what is set.
pub(super) fn seal(core: &Core, tenant: &str, provider: &str, mode: &str, set: &BTreeMap<String, SecretString>) -> Vec<u8> {
    let plain: BTreeMap<&str, &str> = set.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(&plain).unwrap_or_default());
    core.seal(&context(tenant, &format!("{provider} {mode}")), &plain)
}

/// What is set for a provider. One that takes nothing is not asked after.
///
/// # Errors
/// [`Unreadable`].
pub async fn settings(core: &Core, tenant: &str, mode: &str, provider: &str) -> Result<Settings, Unreadable> {
    let takes = core.providers.get(provider).is_some_and(|known| !known.settings().is_empty());
    if !takes {
        return Ok(Settings::default());
    }
    let Some(row) = rows::of_mode(&core.store, tenant, provider, mode).await? else {
        return Ok(Settings::default());
    };
    let place = format!("{provider} {mode}");
    let plain = core
        .keyring
        .open(&context(tenant, &place), &row.sealed)
        .map_err(|_| Unreadable::Sealed)?;
    let set: BTreeMap<String, SecretString> = serde_json::from_slice(plain.expose_secret()).map_err(|_| Unreadable::Sealed)?;
    Ok(set.into_iter().collect())
}
