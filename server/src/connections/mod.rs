//! Use cases of a connection, outside a session: reading, fetching, revoking.

pub mod abandon;
pub mod asked;
pub mod cosign;
pub mod customers;
pub mod delete;
pub mod fetch;
pub mod read;
pub mod record;
pub mod revoke;
