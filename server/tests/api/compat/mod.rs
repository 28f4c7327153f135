//! Other vendors' APIs, as their documents say that they are.

mod open_finance;
