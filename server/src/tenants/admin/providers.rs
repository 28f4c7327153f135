//! A tenant's credentials at providers: set whole, never read again.

use super::{Admin, Refused, fields};
use crate::core::Core;
use crate::providers::Setting;
use crate::store::provider_credentials::{self as rows, CredentialsRow};
use crate::store::{Conflict, Unit, WriteError, directory};
use crate::tenants::{Mode, credentials};
use gesher_domain::new_secret;
use secrecy::SecretString;
use serde_json::json;
use std::collections::BTreeMap;

/// What a provider takes, and what is set of it.
pub struct AtProvider {
    /// Its name.
    pub provider: String,
    /// What it takes of a tenant.
    pub takes: &'static [Setting],
    /// What is set, by mode; never a value.
    pub set: Vec<CredentialsRow>,
}

impl Admin<'_> {
    /// What is set of a tenant at a provider.
    ///
    /// # Errors
    /// [`Refused::NotFound`], or the database failed.
    pub async fn at_provider(&self, core: &Core, tag: &str, provider: &str) -> Result<AtProvider, Refused> {
        let tenant = self.tenant(tag).await?;
        let takes = takes(core, provider)?;
        let mut set = Vec::new();
        for mode in [Mode::Test, Mode::Live] {
            set.extend(rows::of_mode(self.store, &tenant.tenant_id, provider, mode.as_str()).await?);
        }
        Ok(AtProvider {
            provider: provider.to_owned(),
            takes,
            set,
        })
    }

    /// Sets a tenant's credentials at a provider in a mode, in place of those that were set before. Calls that begin afterwards use them.
    ///
    /// # Errors
    /// [`Refused`]; what was set stays.
    pub async fn set_at_provider(
        &self,
        core: &Core,
        tag: &str,
        provider: &str,
        mode: Mode,
        set: BTreeMap<String, SecretString>,
    ) -> Result<AtProvider, Refused> {
        let tenant = self.open(tag).await?.tenant_id;
        fields::settings(takes(core, provider)?, &set)?;
        let names: Vec<_> = set.keys().map(String::as_str).collect();
        let row = CredentialsRow {
            tenant_id: tenant.clone(),
            provider: provider.to_owned(),
            mode: mode.as_str().to_owned(),
            fields: names.join(" "),
            sealed: credentials::seal(core, &tenant, provider, mode.as_str(), &set),
            updated_at: self.clock.now().0,
        };
        let detail = json!({ "mode": mode, "fields": names });
        let line = self.line(&tenant, "tenant.provider_set", provider, &detail);
        // Whom a tenant reaches depends on it.
        let announced = directory::announce(&new_secret(&*core.rng));
        self.store
            .write(Unit::new().with(rows::put(&row)).with(line).with(announced))
            .await?;
        self.at_provider(core, tag, provider).await
    }

    /// Forgets a tenant's credentials at a provider in a mode.
    ///
    /// # Errors
    /// [`Refused::NotFound`], also when nothing is set; or the database failed.
    pub async fn forget_at_provider(&self, core: &Core, tag: &str, provider: &str, mode: Mode) -> Result<(), Refused> {
        let tenant = self.tenant(tag).await?.tenant_id;
        takes(core, provider)?;
        let line = self.line(&tenant, "tenant.provider_deleted", provider, &json!({ "mode": mode }));
        let announced = directory::announce(&new_secret(&*core.rng));
        let unit = Unit::new()
            .with(rows::delete(&tenant, provider, mode.as_str()))
            .with(line)
            .with(announced);
        match self.store.write(unit).await {
            Err(WriteError::Conflict(Conflict::NotFound)) => Err(Refused::NotFound("setting")),
            other => Ok(other?),
        }
    }
}

fn takes(core: &Core, provider: &str) -> Result<&'static [Setting], Refused> {
    let known = core.providers.get(provider).ok_or(Refused::NotFound("provider"))?;
    Ok(known.settings())
}
