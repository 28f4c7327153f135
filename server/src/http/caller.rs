//! Who is calling, for every API that takes the tenants' keys: guesses and strangers are counted in one place.

use super::client::ClientAddress;
use crate::core::Core;
use crate::limits::TooMany;
use crate::tenants::{Caller, Unauthorised};

/// Why nobody is known.
pub enum Unknown {
    /// Too many calls with the key, or without a usable one.
    TooMany(TooMany),
    /// There is no key, or it is not one.
    NoKey,
    /// Nobody has this key (any more).
    BadKey,
    /// The database does not answer.
    Unavailable,
}

impl From<TooMany> for Unknown {
    fn from(over: TooMany) -> Self {
        Self::TooMany(over)
    }
}

/// Who calls with this `Authorization: Bearer`.
///
/// # Errors
/// [`Unknown`].
pub async fn known(core: &Core, from: Option<&ClientAddress>, authorization: Option<&str>) -> Result<Caller, Unknown> {
    let now = core.clock.now();
    // Guesses are counted before the database is asked, so that it is not asked by whoever makes many.
    let guess = from.filter(|_| core.keys.is_new(authorization));
    if let Some(from) = guess {
        core.limits.guess(from.0, now)?;
    }
    match core.keys.caller(authorization).await {
        Ok(caller) => {
            if let Some(from) = guess {
                core.limits.no_guess(from.0);
            }
            core.limits.call(&caller, core.clock.now())?;
            Ok(caller)
        }
        Err(Unauthorised::Unavailable(error)) => {
            tracing::error!(%error, "an API key could not be looked up");
            Err(Unknown::Unavailable)
        }
        Err(refused) => {
            stranger(core, from)?;
            Err(match refused {
                Unauthorised::NoKey => Unknown::NoKey,
                _ => Unknown::BadKey,
            })
        }
    }
}

/// Counts a request without a usable key.
///
/// # Errors
/// There were too many.
pub fn stranger(core: &Core, from: Option<&ClientAddress>) -> Result<(), TooMany> {
    match from {
        Some(from) => core.limits.stranger(from.0, core.clock.now()),
        None => Ok(()),
    }
}
