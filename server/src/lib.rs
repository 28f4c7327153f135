//! The Gesher server.

pub mod http;
