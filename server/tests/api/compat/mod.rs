//! Other vendors' APIs, as their documents say that they are.

mod connectfi;
mod connectfi_link;
mod meld;
mod meld_lists;
mod meld_refusals;
mod meld_upkeep;
mod open_finance;
