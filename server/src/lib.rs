//! The Gesher server: use cases, store, providers, HTTP, jobs.

pub mod directory;
pub mod secrets;
pub mod store;
