//! The widget: its pages, its wizard island, its server functions and its languages.

#[cfg(feature = "ssr")]
pub mod backend;
pub mod locale;
