//! The Gesher server: use cases, store, providers, HTTP, jobs.

pub mod callbacks;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connect;
pub mod connections;
pub mod core;
pub mod demo;
pub mod doctor;
mod field;
pub mod files;
pub mod hooks;
pub mod http;
pub mod institutions;
pub mod jobs;
pub mod limits;
pub mod outbound;
pub mod providers;
pub mod reference;
pub mod secrets;
pub mod store;
pub mod tenants;
pub mod webhooks;
