//! The native API and the widget's use cases, against a real sandbox bank over HTTP.

mod create;
mod exchange;
mod journey;
mod surface;
mod world;
