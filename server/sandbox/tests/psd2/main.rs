//! The NextGenPSD2 banks, as a TPP and its customer's browser see them.

#[path = "../berlin_group/mod.rs"]
mod berlin_group;

mod contract;
mod data;
mod decoupled;
mod lifetime;
mod manner;
mod oauth;
mod redirect;
mod tpp;
