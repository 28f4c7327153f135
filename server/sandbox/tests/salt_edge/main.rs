//! The fake Salt Edge, as a client of its interface, a customer's browser and a receiver of callbacks see it. Names of fields and classes
//! are those of the published documentation.

mod callbacks;
mod client;
mod connect;
mod directory;
mod fetched;
mod lifetime;
mod signing;
mod troubles;
