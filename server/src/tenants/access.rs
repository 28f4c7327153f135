//! Access tokens: an OAuth client shows its secret and names one of the tenant's customers, and gets a token that is good for what is
//! theirs, within the client's scopes.
//!
//! **Contract.** The token has the three parts of a JSON Web Token, so that who holds it can read in it until when it is good. It is none:
//! its last part is a secret and no signature, and nothing of the rest is believed. Only the hash of all of it is stored, so a token of
//! which any character was changed is unknown.

use super::{Kind, fingerprint, mint, tag};
use crate::connect::invite::is_external_id;
use crate::core::Core;
use crate::store::access_tokens::{self, AccessTokenRow};
use crate::store::{Unavailable, WriteError, tenants};
use data_encoding::BASE64URL_NOPAD;
use gesher_contract::TenantTag;
use gesher_domain::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::time::Duration;
use subtle::ConstantTimeEq as _;

/// How long a token is good.
pub const LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// A token that was just made.
pub struct Issued {
    /// The token. Nobody can read it later.
    pub token: SecretString,
    /// No longer good.
    pub until: Timestamp,
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// No client that works has this id and this secret.
    #[error("unknown or revoked client")]
    Client,
    /// The client's tenant is closed.
    #[error("the tenant is closed")]
    Closed,
    /// No customer can have this name.
    #[error("the customer's name has 1 to 200 characters and no control characters")]
    Customer,
    /// The database does not answer.
    #[error("the token could not be made: {0}")]
    Unavailable(String),
}

impl From<Unavailable> for IssueError {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<WriteError> for IssueError {
    fn from(error: WriteError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// Makes a token for a customer.
///
/// # Errors
/// [`IssueError`]; there is no new token.
pub async fn issue(core: &Core, client_id: &str, secret: &str, customer: &str) -> Result<Issued, IssueError> {
    let tenant = tag(Kind::ClientId, client_id).map_err(|_| IssueError::Client)?;
    // PostgreSQL takes no NUL in a text, and no id of ours has anything but these.
    if !client_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(IssueError::Client);
    }
    let client = tenants::oauth_client(&core.store, tenant.as_str(), client_id).await?;
    let client = client
        .filter(|row| row.revoked_at.is_none() && bool::from(row.secret_hash.ct_eq(&fingerprint(secret))))
        .ok_or(IssueError::Client)?;
    if core.keys.tenant(tenant.as_str()).await?.is_none() {
        return Err(IssueError::Closed);
    }
    if !is_external_id(customer) {
        return Err(IssueError::Customer);
    }
    let now = core.clock.now();
    let until = now.plus(LIFE);
    let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let head = part(json!({ "typ": "JWT", "alg": "opaque" }));
    let claims = part(json!({
        "iss": core.url, "sub": client.client_id, "orgId": tenant.as_str(), "userId": customer, "scope": client.scopes,
        "iat": now.0.div_euclid(SECOND), "exp": until.0.div_euclid(SECOND),
    }));
    let token = format!("{head}.{claims}.{}", mint(Kind::Access, &tenant, &*core.rng));
    let row = AccessTokenRow {
        tenant_id: tenant.to_string(),
        hash: fingerprint(&token),
        client_id: client.client_id,
        customer: customer.to_owned(),
        created_at: now.0,
        expires_at: until.0,
    };
    core.store.write(access_tokens::insert(&row)).await?;
    Ok(Issued {
        token: SecretString::from(token),
        until,
    })
}

/// The token's tenant, which its secret names.
pub(super) fn tenant(token: &str) -> Option<TenantTag> {
    let (_, secret) = token.rsplit_once('.')?;
    tag(Kind::Access, secret).ok()
}
