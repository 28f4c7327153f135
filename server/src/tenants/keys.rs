//! API keys, from an `Authorization` header to a [`Caller`]; and the tenants behind them.
//!
//! **Contract.** A key that was revoked stops working within a second on every node, and a tenant's change is seen within
//! one: that is how long an answer of the database is kept in memory.

use super::branding::Face;
use super::recent::Recent;
use super::{Kind, Mode, fingerprint, tag};
use crate::store::brandings;
use crate::store::tenants::{self, TenantRow};
use crate::store::{Read, Store};
use gesher_contract::TenantTag;
use gesher_domain::Clock;
use std::sync::Arc;

/// Whose backend is calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The tenant.
    pub tenant: TenantTag,
    /// The key's mode.
    pub mode: Mode,
}

/// Why a key is refused.
#[derive(Debug, thiserror::Error)]
pub enum Unauthorised {
    /// There is no key, or it is not one.
    #[error("no usable API key")]
    NoKey,
    /// Nobody has this key (any more).
    #[error("unknown or revoked API key")]
    Unknown,
    /// The database does not answer.
    #[error("the key could not be looked up")]
    Unavailable(#[from] crate::store::Unavailable),
}

/// Knows API keys and tenants.
pub struct Keys {
    store: Store,
    clock: Arc<dyn Clock>,
    callers: Recent<Vec<u8>, Caller>,
    tenants: Recent<String, Arc<TenantRow>>,
    faces: Recent<String, Arc<Face>>,
}

impl Keys {
    /// Over this store.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            callers: Recent::default(),
            tenants: Recent::default(),
            faces: Recent::default(),
        }
    }

    /// Who calls with this `Authorization` header.
    ///
    /// # Errors
    /// [`Unauthorised`].
    pub async fn caller(&self, authorization: Option<&str>) -> Result<Caller, Unauthorised> {
        let (scheme, key) = authorization.and_then(|value| value.split_once(' ')).ok_or(Unauthorised::NoKey)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Unauthorised::NoKey);
        }
        let key = key.trim();
        let (mode, tenant) = [Mode::Test, Mode::Live]
            .into_iter()
            .find_map(|mode| tag(Kind::ApiKey(mode), key).ok().map(|tenant| (mode, tenant)))
            .ok_or(Unauthorised::NoKey)?;
        let hash = fingerprint(key);
        let now = self.clock.now();
        if let Some(caller) = self.callers.get(&hash, now) {
            return Ok(caller);
        }
        let row = tenants::api_key(&self.store, tenant.as_str(), &hash)
            .await?
            .ok_or(Unauthorised::Unknown)?;
        if row.revoked_at.is_some() || row.mode != mode.as_str() {
            return Err(Unauthorised::Unknown);
        }
        let caller = Caller { tenant, mode };
        self.callers.put(hash, caller.clone(), now);
        Ok(caller)
    }

    /// The tenant with this tag, as it was at most a second ago.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tenant(&self, tag: &str) -> Read<Option<Arc<TenantRow>>> {
        let now = self.clock.now();
        if let Some(row) = self.tenants.get(tag, now) {
            return Ok(Some(row));
        }
        let row = tenants::by_id(&self.store, tag).await?.map(Arc::new);
        if let Some(row) = &row {
            self.tenants.put(tag.to_owned(), row.clone(), now);
        }
        Ok(row)
    }
    /// How this tenant looks, as it was at most a second ago.
    ///
    /// # Errors
    /// The database failed.
    pub async fn face(&self, tag: &str) -> Read<Option<Arc<Face>>> {
        let now = self.clock.now();
        if let Some(face) = self.faces.get(tag, now) {
            return Ok(Some(face));
        }
        let Some(tenant) = self.tenant(tag).await? else { return Ok(None) };
        let branding = brandings::of_tenant(&self.store, tag).await?;
        let face = Arc::new(Face::of(&tenant, branding.as_ref()));
        self.faces.put(tag.to_owned(), face.clone(), now);
        Ok(Some(face))
    }
}
