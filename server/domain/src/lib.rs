//! The machines of a session and of a connection, and the rules that need no input or output.
//!
//! **Goal.** Everything that can be decided without a database, a network or a clock is decided here, once, and can be
//! tested without them. **Contract.** No I/O, nothing asynchronous (a test reads this crate's dependencies). Time and
//! randomness come in as arguments. A transition consumes a value and gives back either the moved value with the
//! effects that belong to it, or the unchanged value with the name of the refusal. Nothing here holds a secret: what
//! is compared later is kept as a hash.

pub mod branding;
pub mod checks;
pub mod connection;
mod hash;
mod rng;
pub mod session;
pub mod surface;
pub mod testing;
mod time;

pub use hash::{BrowserHash, Hash32, HashError, InstanceHash, StateHash};
pub use rng::{Rng, new_secret, new_uuid};
pub use time::{Clock, Timestamp};
