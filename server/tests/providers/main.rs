//! Every provider against a local server of its institutions, which is built from the published specifications.

mod berlin_group;
mod conformance;
mod open_finance;
#[path = "../shared/pages.rs"]
mod pages;
mod plaid;
mod plaid_hooks;
mod salt_edge;
mod sandbox;
