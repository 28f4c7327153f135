//! The NextGenPSD2 banks, as a TPP and its customer's browser see them.

#[path = "../berlin_group/mod.rs"]
mod berlin_group;

mod confirmed;
mod contract;
mod data;
mod decoupled;
mod embedded;
mod group;
mod guarded;
mod lifetime;
mod manner;
mod oauth;
mod redirect;
mod sealed;
mod seals;
mod tpp;
