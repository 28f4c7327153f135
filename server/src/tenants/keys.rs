//! API keys: from an `Authorization` header to a [`Caller`].
//!
//! **Contract.** A key that was revoked stops working within [`FRESH`] on every node: that is how long an answer of the
//! database is kept in memory.

use super::{Kind, Mode, fingerprint, tag};
use crate::store::{Store, tenants};
use gesher_contract::TenantTag;
use gesher_domain::{Clock, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a key's answer is kept.
const FRESH: Duration = Duration::from_secs(1);
/// Most keys that are kept; beyond it the memory is emptied.
const MOST: usize = 10_000;

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

/// Knows API keys.
pub struct Keys {
    store: Store,
    clock: Arc<dyn Clock>,
    seen: Mutex<HashMap<Vec<u8>, (Caller, Timestamp)>>,
}

impl Keys {
    /// Over this store.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            seen: Mutex::default(),
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
        if let Some(caller) = self.remembered(&hash, now) {
            return Ok(caller);
        }
        let row = tenants::api_key(&self.store, tenant.as_str(), &hash)
            .await?
            .ok_or(Unauthorised::Unknown)?;
        if row.revoked_at.is_some() || row.mode != mode.as_str() {
            return Err(Unauthorised::Unknown);
        }
        let caller = Caller { tenant, mode };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            seen.clear();
        }
        seen.insert(hash, (caller.clone(), now));
        Ok(caller)
    }

    fn remembered(&self, hash: &[u8], now: Timestamp) -> Option<Caller> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (caller, at) = seen.get(hash)?;
        (now < at.plus(FRESH)).then(|| caller.clone())
    }
}
