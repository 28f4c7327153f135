//! API keys, customers' tokens and clients' access tokens, from an `Authorization` header to a [`Caller`]; and the tenants behind them.
//!
//! **Contract.** A key or client that was revoked stops working within a second on every node, and with it the tokens that were made with it; a
//! tenant's change is seen within one: that is how long an answer of the database is kept in memory.

use super::admin::{Scope, scopes};
use super::branding::Face;
use super::recent::Recent;
use super::{Kind, Mode, access, fingerprint, tag};
use crate::store::tenants::{self, TenantRow};
use crate::store::{Read, Store, access_tokens, brandings, customer_tokens};
use gesher_contract::TenantTag;
use gesher_domain::{Clock, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Whose backend is calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The tenant.
    pub tenant: TenantTag,
    /// The key's mode.
    pub mode: Mode,
    /// The customer, by the tenant's own name, whose token it is: nothing else of the tenant's is there for it. None: the tenant's key.
    pub customer: Option<String>,
    /// SHA-256 of the key or token.
    pub proof: Vec<u8>,
    /// Requests a second that may be made with it; 0: any number.
    pub per_second: u32,
}

impl Caller {
    /// The tenant in a mode without a key: for what it has asked for before, or what its operator asks for.
    pub const fn keyless(tenant: TenantTag, mode: Mode) -> Self {
        Self {
            tenant,
            mode,
            customer: None,
            proof: Vec::new(),
            per_second: 0,
        }
    }
}

/// An OAuth client that acts for one of the tenant's customers, with an access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCaller {
    /// The tenant, in the client's mode; `customer` is always there.
    pub caller: Caller,
    /// What the client may do.
    pub scopes: BTreeSet<Scope>,
}

/// What an `Authorization` header brings.
enum Brought {
    Key(Mode),
    CustomerToken,
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
    /// The access token's tenant is closed.
    #[error("the tenant is closed")]
    Closed,
    /// The database does not answer.
    #[error("the key could not be looked up")]
    Unavailable(#[from] crate::store::Unavailable),
}

/// What stands behind `Bearer` in an `Authorization` header.
fn bearer(authorization: Option<&str>) -> Result<&str, Unauthorised> {
    let (scheme, key) = authorization.and_then(|value| value.split_once(' ')).ok_or(Unauthorised::NoKey)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(key.trim())
    } else {
        Err(Unauthorised::NoKey)
    }
}

/// What is in an `Authorization` header.
fn read(authorization: Option<&str>) -> Result<(Brought, TenantTag, &str), Unauthorised> {
    let key = bearer(authorization)?;
    let (brought, tenant) = [
        (Brought::Key(Mode::Test), Kind::ApiKey(Mode::Test)),
        (Brought::Key(Mode::Live), Kind::ApiKey(Mode::Live)),
        (Brought::CustomerToken, Kind::Customer),
    ]
    .into_iter()
    .find_map(|(brought, kind)| tag(kind, key).ok().map(|tenant| (brought, tenant)))
    .ok_or(Unauthorised::NoKey)?;
    Ok((brought, tenant, key))
}

/// Knows API keys and tenants.
pub struct Keys {
    store: Store,
    clock: Arc<dyn Clock>,
    callers: Recent<Vec<u8>, (Caller, Option<Timestamp>)>,
    clients: Recent<Vec<u8>, (ClientCaller, Timestamp)>,
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
            clients: Recent::default(),
            tenants: Recent::default(),
            faces: Recent::default(),
        }
    }

    /// Whether it takes a look-up of a key that never worked here to say who calls with this `Authorization` header.
    pub fn is_new(&self, authorization: Option<&str>) -> bool {
        read(authorization).is_ok_and(|(_, _, key)| !self.callers.knew(&fingerprint(key)))
    }

    /// Who calls with this `Authorization` header.
    ///
    /// # Errors
    /// [`Unauthorised`].
    pub async fn caller(&self, authorization: Option<&str>) -> Result<Caller, Unauthorised> {
        let (brought, tenant, key) = read(authorization)?;
        let proof = fingerprint(key);
        let now = self.clock.now();
        let known = match self.callers.get(&proof, now) {
            Some(known) => known,
            None => {
                let found = match brought {
                    Brought::Key(mode) => self.holder(tenant, mode, &proof).await?.map(|caller| (caller, None)),
                    Brought::CustomerToken => self.customer(tenant, &proof).await?,
                };
                let Some(found) = found else {
                    self.callers.forget(&proof);
                    return Err(Unauthorised::Unknown);
                };
                self.callers.put(proof, found.clone(), now);
                found
            }
        };
        match known {
            (_, Some(until)) if now >= until => Err(Unauthorised::Unknown),
            (caller, _) => Ok(caller),
        }
    }

    /// Whether it takes a look-up of an access token that never worked here to say who calls with this `Authorization` header.
    pub fn is_new_client(&self, authorization: Option<&str>) -> bool {
        bearer(authorization).is_ok_and(|token| access::tenant(token).is_some() && !self.clients.knew(&fingerprint(token)))
    }

    /// Which client calls with this `Authorization` header, and for whom.
    ///
    /// # Errors
    /// [`Unauthorised`].
    pub async fn client(&self, authorization: Option<&str>) -> Result<ClientCaller, Unauthorised> {
        let token = bearer(authorization)?;
        let tenant = access::tenant(token).ok_or(Unauthorised::NoKey)?;
        let proof = fingerprint(token);
        let now = self.clock.now();
        let (client, until) = match self.clients.get(&proof, now) {
            Some(known) => known,
            None => {
                let Some(row) = access_tokens::holder(&self.store, tenant.as_str(), &proof).await? else {
                    self.clients.forget(&proof);
                    return Err(Unauthorised::Unknown);
                };
                if row.closed_at.is_some() {
                    self.clients.forget(&proof);
                    return Err(Unauthorised::Closed);
                }
                let mode = Mode::from_column(&row.mode);
                let client = ClientCaller {
                    caller: Caller {
                        tenant,
                        mode,
                        customer: Some(row.customer),
                        proof: proof.clone(),
                        per_second: rate(mode, row.live_rate, row.test_rate),
                    },
                    scopes: scopes(&row.scopes),
                };
                let found = (client, Timestamp(row.expires_at));
                self.clients.put(proof, found.clone(), now);
                found
            }
        };
        if now < until { Ok(client) } else { Err(Unauthorised::Unknown) }
    }

    /// Who has this key.
    async fn holder(&self, tenant: TenantTag, mode: Mode, proof: &[u8]) -> Read<Option<Caller>> {
        let row = tenants::holder(&self.store, tenant.as_str(), proof).await?;
        Ok(row.filter(|row| row.mode == mode.as_str()).map(|row| Caller {
            tenant,
            mode,
            customer: None,
            proof: proof.to_vec(),
            per_second: rate(mode, row.live_rate, row.test_rate),
        }))
    }

    /// Whose token this is, and until when.
    async fn customer(&self, tenant: TenantTag, proof: &[u8]) -> Read<Option<(Caller, Option<Timestamp>)>> {
        let row = customer_tokens::holder(&self.store, tenant.as_str(), proof).await?;
        Ok(row.map(|row| {
            let mode = Mode::from_column(&row.mode);
            let caller = Caller {
                tenant,
                mode,
                customer: Some(row.customer),
                proof: proof.to_vec(),
                per_second: rate(mode, row.live_rate, row.test_rate),
            };
            (caller, Some(Timestamp(row.expires_at)))
        }))
    }

    /// The tenant with this tag, as it was at most a second ago; none where it is closed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tenant(&self, tag: &str) -> Read<Option<Arc<TenantRow>>> {
        let now = self.clock.now();
        if let Some(row) = self.tenants.get(tag, now) {
            return Ok(Some(row));
        }
        let row = tenants::by_id(&self.store, tag).await?.filter(|row| row.closed_at.is_none());
        let row = row.map(Arc::new);
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

fn rate(mode: Mode, live: i64, test: i64) -> u32 {
    u32::try_from(match mode {
        Mode::Live => live,
        Mode::Test => test,
    })
    .unwrap_or_default()
}
