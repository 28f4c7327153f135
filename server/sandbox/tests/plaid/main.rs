//! The fake Plaid, as a client of Plaid, a browser and the receiver of its webhooks see it.

mod framed;
mod institutions;
mod interface;
mod item;
mod link;
mod refusals;
mod sync;
mod town;
mod webhooks;
