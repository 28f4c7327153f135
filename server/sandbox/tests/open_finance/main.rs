//! The fake Open Finance, as an organisation's backend and its customer's browser see it.

mod connections;
mod contract;
mod data;
mod hooks;
mod journey;
mod organisation;
