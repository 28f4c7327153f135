//! The native API and the widget's use cases, against a real sandbox bank over HTTP.

mod banks;
mod branding;
mod challenges;
mod cosigners;
mod create;
mod embed;
mod events;
mod exchange;
mod failures;
mod go;
mod journey;
mod links;
mod psd2;
mod returns;
mod surface;
mod twin;
mod web;
mod world;
