//! The widget: its pages, its wizard island, its server functions and its languages.
//!
//! **Goal.** One set of views, rendered by the server so that a page works before and without scripts, and taken over by
//! WebAssembly in place. **Contract.** The server compiles this crate with `ssr`, the browser's side with `hydrate`;
//! never both at once (a whole-workspace build would unify them). Everything that happens goes through [`backend::Backend`].

pub mod act;
#[cfg(feature = "ssr")]
pub mod backend;
mod client;
pub mod host;
pub mod locale;
pub mod national_id;
#[cfg(feature = "ssr")]
pub mod page;
mod view;
mod wizard;

pub use wizard::Wizard;
