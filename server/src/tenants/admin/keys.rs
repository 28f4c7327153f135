//! API keys: two of a mode work at once, so that one can be changed for another without a gap.

use super::{Admin, Refused, fields};
use crate::store::tenants::{self, ApiKeyRow};
use crate::store::{Conflict, Unit, WriteError};
use crate::tenants::{Kind, Mode, fingerprint, mint};
use gesher_contract::TenantTag;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

/// Characters of the random part that are kept to know a key by: 30 of its 256 bits.
const SHOWN: usize = 6;

/// A key that was just made.
pub struct NewKey {
    /// The key. Nobody can read it later.
    pub key: SecretString,
    /// What is stored of it.
    pub row: ApiKeyRow,
}

/// What a key is called where it is not shown: made of its hash, so that every key has one.
pub fn key_id(row: &ApiKeyRow) -> String {
    let head = row.hash.get(..8).unwrap_or(&row.hash);
    format!("key_{}", data_encoding::HEXLOWER.encode(head))
}

impl Admin<'_> {
    /// Makes a key.
    ///
    /// # Errors
    /// [`Refused`]; there is no new key.
    pub async fn create_key(&self, tag: &str, mode: Mode, label: &str) -> Result<NewKey, Refused> {
        let tag = TenantTag::parse(tag).map_err(|_| Refused::NotFound("tenant"))?;
        let label = fields::label(label)?;
        self.open(tag.as_str()).await?;
        let key = SecretString::from(mint(Kind::ApiKey(mode), &tag, self.rng));
        let shown = Kind::ApiKey(mode).prefix().len() + tag.as_str().len() + SHOWN;
        let row = ApiKeyRow {
            tenant_id: tag.to_string(),
            hash: fingerprint(key.expose_secret()),
            mode: mode.as_str().to_owned(),
            label,
            created_at: self.clock.now().0,
            revoked_at: None,
            prefix: key.expose_secret().get(..shown).map(str::to_owned),
        };
        let detail = json!({ "mode": row.mode, "label": row.label, "prefix": row.prefix });
        let unit = Unit::new()
            .with(tenants::hold(tag.as_str()))
            .with(tenants::insert_api_key_of_two(&row))
            .with(self.line(tag.as_str(), "api_key.created", &key_id(&row), &detail));
        match self.store.write(unit).await {
            Ok(()) => Ok(NewKey { key, row }),
            Err(WriteError::Conflict(Conflict::AlreadyUsed)) => Err(Refused::TwoKeys(mode.as_str())),
            Err(error) => Err(error.into()),
        }
    }

    /// A tenant's keys, oldest first, those that were revoked among them.
    ///
    /// # Errors
    /// [`Refused::NotFound`], or the database failed.
    pub async fn keys(&self, tag: &str) -> Result<Vec<ApiKeyRow>, Refused> {
        let tenant = self.tenant(tag).await?;
        Ok(tenants::api_keys(self.store, &tenant.tenant_id).await?)
    }

    /// Revokes the key with this id or prefix. It stops working within a second on every node. One that was revoked before stays
    /// as it is.
    ///
    /// # Errors
    /// [`Refused::NotFound`], also where two keys have the prefix; or the database failed.
    pub async fn revoke_key(&self, tag: &str, key: &str) -> Result<ApiKeyRow, Refused> {
        let found = self.key(tag, key).await?;
        if found.revoked_at.is_some() {
            return Ok(found);
        }
        let now = self.clock.now().0;
        let line = self.line(
            &found.tenant_id,
            "api_key.revoked",
            &key_id(&found),
            &json!({ "mode": found.mode, "label": found.label }),
        );
        let revoke = tenants::revoke_api_key(&found.tenant_id, &found.hash, now);
        match self.store.write(Unit::new().with(revoke).with(line)).await {
            // Somebody else was faster.
            Err(WriteError::Conflict(Conflict::NotFound)) => self.key(tag, key).await,
            other => {
                other?;
                Ok(ApiKeyRow {
                    revoked_at: Some(now),
                    ..found
                })
            }
        }
    }

    async fn key(&self, tag: &str, key: &str) -> Result<ApiKeyRow, Refused> {
        let rows = self.keys(tag).await?.into_iter();
        let mut named = rows.filter(|row| key_id(row) == key || row.prefix.as_deref() == Some(key));
        match (named.next(), named.next()) {
            (Some(row), None) => Ok(row),
            _ => Err(Refused::NotFound("API key")),
        }
    }
}
