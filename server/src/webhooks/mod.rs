//! Webhooks: what happens is told to the addresses that tenants name.
//!
//! **Goal.** At least once, signed, soon, and one that does not listen delays nobody.
//! **Contract.** An event is queued in the transaction of the change that it reports ([`outbox`]). [`sender`] takes what is due under
//! a lease, so a sender that dies loses nothing, and sends it as Standard Webhooks 1.0 asks ([`sign`]), or in a vendor's words
//! ([`dialect`]): the id stays the same in every try. What an endpoint does not take comes back by [`schedule`]. Secrets are sealed, and shown once. Payloads name
//! what changed and hold nothing about a person ([`payload`]).

pub(crate) mod attempt;
pub mod dialect;
pub mod endpoints;
mod meld;
pub mod outbox;
pub mod payload;
pub mod replay;
pub mod schedule;
pub mod sender;
pub mod sign;
mod sweep;

use crate::outbound::guard::Guard;
use schedule::Schedules;
use std::time::Duration;

/// How long deliveries and tries are kept, and events can be sent again.
pub const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What sending needs.
pub struct Webhooks {
    /// The client.
    pub guard: Guard,
    /// When to try again.
    pub schedules: Schedules,
}
