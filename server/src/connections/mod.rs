//! Use cases of a connection, outside a session: reading, fetching, refreshing, looking after it, revoking.

pub mod abandon;
pub mod asked;
pub mod cosign;
pub mod customers;
pub mod delete;
pub mod fetch;
mod fetched;
pub mod holdings;
pub mod insights;
mod moved;
pub mod person;
pub mod read;
pub mod record;
pub mod refresh;
pub mod repair;
pub mod replace;
pub mod revoke;
pub mod surface;
pub mod tend;
pub mod upkeep;
pub mod widen;
