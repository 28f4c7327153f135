//! What is told about the interface: JSON Schemas and TypeScript types of messages and events, and the page that people read.
//!
//! **Goal.** One source: the types of `gesher_contract` and the routes that are served. **Contract.** Everything here is made
//! from those; the files in the repository are what `gesher schema` writes, and a test holds them to it. What is made
//! names no other host and needs none to be read.
//!
//! - `schema`: JSON Schema 2020-12 of host messages and of events.
//! - `typescript`: the same as types, for a page and for a backend.
//! - `page`: the API's document as one HTML page.

pub mod page;
pub mod schema;
pub mod typescript;
