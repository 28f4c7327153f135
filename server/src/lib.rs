//! stub

pub mod secrets;
pub mod store;
