//! The widget: its pages, its wizard island, its server functions and its languages.
//!
//! **Goal.** A page that works before and without scripts, and that WebAssembly then takes over without drawing anything
//! anew. **Contract.** Every screen is rendered by the server, once, in [`view`]: into the page, into the answer to a
//! form, into the answer to a server function. The island only sends acts, puts the next screen in place and tells the
//! host's page; so no markup is in the WebAssembly. The server compiles this crate with `ssr`, the browser's side with
//! `hydrate`, never both at once. Everything that happens goes through [`backend::Backend`].

// Views nest their types; a whole screen is deeper than the default.
#![recursion_limit = "256"]

pub mod act;
#[cfg(feature = "ssr")]
pub mod backend;
mod client;
pub mod entrance;
pub mod host;
pub mod locale;
pub mod national_id;
#[cfg(feature = "ssr")]
pub mod page;
pub mod shown;
pub mod trouble;
#[cfg(feature = "ssr")]
pub mod view;
pub mod wire;
mod wizard;

pub use wizard::Wizard;
