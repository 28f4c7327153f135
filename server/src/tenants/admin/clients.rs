//! OAuth clients: a name, a secret and what it may do.

use super::{Admin, Refused};
use crate::store::tenants::{self, OauthClientRow};
use crate::store::{Conflict, Unit, WriteError};
use crate::tenants::{Kind, Mode, fingerprint, mint};
use gesher_contract::TenantTag;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// What a client may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// Make connections.
    #[serde(rename = "create:connections")]
    CreateConnections,
    /// Read them.
    #[serde(rename = "read:connections")]
    ReadConnections,
    /// Delete them.
    #[serde(rename = "delete:connections")]
    DeleteConnections,
    /// Read institutions and how they are reached.
    #[serde(rename = "read:providers")]
    ReadProviders,
    /// Read accounts and balances.
    #[serde(rename = "read:accounts")]
    ReadAccounts,
    /// Read transactions.
    #[serde(rename = "read:transactions")]
    ReadTransactions,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::CreateConnections,
        Self::ReadConnections,
        Self::DeleteConnections,
        Self::ReadProviders,
        Self::ReadAccounts,
        Self::ReadTransactions,
    ];

    /// The scope on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateConnections => "create:connections",
            Self::ReadConnections => "read:connections",
            Self::DeleteConnections => "delete:connections",
            Self::ReadProviders => "read:providers",
            Self::ReadAccounts => "read:accounts",
            Self::ReadTransactions => "read:transactions",
        }
    }

    /// The scope of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    /// Scopes as they stand in the database.
    pub fn join(scopes: &BTreeSet<Self>) -> String {
        scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// The scopes of a client, as they stand in the database.
pub fn scopes(joined: &str) -> BTreeSet<Scope> {
    joined.split(' ').filter_map(Scope::parse).collect()
}

/// A client that was just made.
pub struct NewClient {
    /// Its secret. Nobody can read it later.
    pub secret: SecretString,
    /// What is stored of it.
    pub row: OauthClientRow,
}

impl Admin<'_> {
    /// Makes a client.
    ///
    /// # Errors
    /// [`Refused`]; there is no new client.
    pub async fn create_client(&self, tag: &str, mode: Mode, scopes: BTreeSet<Scope>) -> Result<NewClient, Refused> {
        let tag = TenantTag::parse(tag).map_err(|_| Refused::NotFound("tenant"))?;
        if scopes.is_empty() {
            return Err(Refused::Field {
                field: "scopes".to_owned(),
                code: "no_scope",
                detail: "A client without a scope may do nothing.".to_owned(),
            });
        }
        self.open(tag.as_str()).await?;
        let secret = SecretString::from(mint(Kind::ClientSecret, &tag, self.rng));
        let row = OauthClientRow {
            tenant_id: tag.to_string(),
            client_id: mint(Kind::ClientId, &tag, self.rng),
            secret_hash: fingerprint(secret.expose_secret()),
            mode: mode.as_str().to_owned(),
            scopes: Scope::join(&scopes),
            created_at: self.clock.now().0,
            revoked_at: None,
        };
        let unit = Unit::new()
            .with(tenants::hold(tag.as_str()))
            .with(tenants::insert_oauth_client(&row))
            .with(self.line(
                tag.as_str(),
                "oauth_client.created",
                &row.client_id,
                &json!({ "mode": row.mode, "scopes": scopes }),
            ));
        self.store.write(unit).await?;
        Ok(NewClient { secret, row })
    }

    /// A tenant's clients, oldest first, those that were revoked among them.
    ///
    /// # Errors
    /// [`Refused::NotFound`], or the database failed.
    pub async fn clients(&self, tag: &str) -> Result<Vec<OauthClientRow>, Refused> {
        let tenant = self.tenant(tag).await?;
        Ok(tenants::oauth_clients(self.store, &tenant.tenant_id).await?)
    }

    /// Revokes a client. One that was revoked before stays as it is.
    ///
    /// # Errors
    /// [`Refused::NotFound`], or the database failed.
    pub async fn revoke_client(&self, tag: &str, client_id: &str) -> Result<OauthClientRow, Refused> {
        let found = self.client(tag, client_id).await?;
        if found.revoked_at.is_some() {
            return Ok(found);
        }
        let now = self.clock.now().0;
        let line = self.line(&found.tenant_id, "oauth_client.revoked", &found.client_id, &json!({}));
        let revoke = tenants::revoke_oauth_client(&found.tenant_id, &found.client_id, now);
        match self.store.write(Unit::new().with(revoke).with(line)).await {
            // Somebody else was faster.
            Err(WriteError::Conflict(Conflict::NotFound)) => self.client(tag, client_id).await,
            other => {
                other?;
                Ok(OauthClientRow {
                    revoked_at: Some(now),
                    ..found
                })
            }
        }
    }

    async fn client(&self, tag: &str, client_id: &str) -> Result<OauthClientRow, Refused> {
        let mut rows = self.clients(tag).await?.into_iter();
        rows.find(|row| row.client_id == client_id).ok_or(Refused::NotFound("client"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_has_one_name_everywhere() {
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        }
        assert_eq!(Scope::parse("read:everything"), None);
        let joined = Scope::join(&Scope::ALL.into_iter().collect());
        assert_eq!(scopes(&joined), Scope::ALL.into_iter().collect());
    }
}
