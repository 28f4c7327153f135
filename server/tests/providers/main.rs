//! Every provider against a local server of its institutions, which is built from the published specifications.

mod conformance;
mod open_finance;
mod plaid;
mod plaid_hooks;
mod salt_edge;
mod sandbox;
