//! Link: tokens that open it, and the sessions that people have in it.

mod end;
pub(super) mod session;
pub(super) mod token;

pub(super) use end::{Ending, finish};
