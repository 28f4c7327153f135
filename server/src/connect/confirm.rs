//! The host's backend exchanges the public token: the connection stands.
//!
//! **Contract.** A token works once. Where nobody knew whose connection it would be, the exchange names the customer, for good. Another customer than the session's, or another mode's key: nothing can be read, and the
//! grant is given back where the caller was the tenant itself.

use super::invite;
use super::state::{self, CommitError, LoadError, With, unit};
use crate::connections::{customers, replace};
use crate::core::Core;
use crate::store::connections::ConnectionRow;
use crate::store::grants::{self, GrantState};
use crate::store::{Statement, Unavailable, accounts, connections, sessions};
use crate::tenants::{Caller, Kind, fingerprint, tag};
use gesher_contract::FailureCode;
use gesher_domain::session::{Purpose, Refusal, State};

/// Attempts at writing against others who write the same session.
const WRITES: u32 = 5;

/// Why a public token is not exchanged.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The caller has no such token, or its time is up.
    #[error("unknown public token")]
    Unknown,
    /// It was exchanged before.
    #[error("public token used")]
    Used,
    /// This cannot be a customer's name.
    #[error("not an external_id")]
    NotACustomer,
    /// The session was made for another customer. The grant is given back.
    #[error("another customer")]
    OtherCustomer,
    /// The database does not answer.
    #[error("the exchange could not be written: {0}")]
    Unavailable(String),
}

impl From<Unavailable> for ExchangeError {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<LoadError> for ExchangeError {
    fn from(error: LoadError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// Exchanges a public token. `also` makes what is written in the same unit from the connection as it will be.
///
/// # Errors
/// [`ExchangeError`].
pub async fn exchange(
    core: &Core,
    caller: &Caller,
    token: &str,
    customer: &str,
    mut also: impl FnMut(&ConnectionRow) -> Vec<Statement>,
) -> Result<(), ExchangeError> {
    let named = tag(Kind::Public, token).or_else(|_| tag(Kind::SandboxPublic, token));
    if named.ok().as_ref() != Some(&caller.tenant) {
        return Err(ExchangeError::Unknown);
    }
    let tenant = caller.tenant.as_str();
    for _ in 0..WRITES {
        let row = sessions::by_public_token(&core.store, tenant, &fingerprint(token))
            .await?
            .ok_or(ExchangeError::Unknown)?;
        let loaded = state::from_row(core, row).await?;
        if loaded.connection.mode != caller.mode.as_str() {
            return Err(ExchangeError::Unknown);
        }
        // It would be compared with the session's own; here it is going to be kept.
        if loaded.session.customer.is_none() && !invite::is_external_id(customer) {
            return Err(ExchangeError::NotACustomer);
        }
        let moved = match loaded.session.clone().exchange(customer, core.clock.now()) {
            Ok(moved) => moved,
            Err(refused) => {
                return Err(match (refused.why, &loaded.session.state) {
                    (_, State::Done { .. }) => ExchangeError::Used,
                    (Refusal::Over | Refusal::NotAllowed, _) => ExchangeError::Unknown,
                    (other, _) => ExchangeError::Unavailable(other.to_string()),
                });
            }
        };
        let mismatch = matches!(&moved.session.state, State::Failed(failed) if failed.failure.code == FailureCode::CustomerMismatch);
        let written = unit(core, &loaded, &moved.session, &moved.effects, With::default()).await;
        let (mut after, mut unit) = written.map_err(|error| ExchangeError::Unavailable(error.to_string()))?;
        if loaded.session.customer.is_none() && !mismatch {
            customer.clone_into(&mut after.connection.customer);
            unit.push(customers::ensured(core, &caller.tenant, customer));
            unit.push(connections::name_customer(tenant, &after.connection.id, customer));
        }
        if !mismatch {
            if replace::becomes_active(&loaded.connection, &after.connection) {
                let has = accounts::of_connection(&core.store, tenant, &after.connection.id).await?;
                let has: Vec<_> = has.iter().map(Into::into).collect();
                unit.extend(replace::older(core, &after.connection, &has).await?);
            }
            unit.extend(also(&after.connection));
            let held = grants::of_session(&core.store, tenant, loaded.session.id.as_str()).await?;
            for grant in held.into_iter().filter(|_| loaded.session.purpose == Purpose::Connect) {
                if grant.state == GrantState::Held {
                    unit.push(grants::set_state(
                        tenant,
                        &grant.id,
                        GrantState::Held,
                        GrantState::Active,
                        core.clock.now().0,
                    ));
                }
            }
        }
        match core.store.write(unit).await.map_err(CommitError::from) {
            Ok(()) => {
                state::written(core, &after);
                return if mismatch { Err(ExchangeError::OtherCustomer) } else { Ok(()) };
            }
            Err(CommitError::Stale) => {}
            Err(CommitError::Unavailable(error)) => return Err(ExchangeError::Unavailable(error)),
        }
    }
    Err(ExchangeError::Unavailable("others kept writing the session".to_owned()))
}
