//! HTTP: three listeners and what they serve.

pub mod admin;
mod caller;
pub mod client;
pub mod compat;
mod hooks;
pub mod log;
pub mod ops;
mod person;
mod reference;
pub mod serve;
pub mod v1;
pub mod widget;

use crate::connect::Connect;
use crate::core::Core;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use std::sync::Arc;
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use widget::Assets;

/// Most time for an answer of the widget's pages.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Everything that the public listener serves. `tls`: whether it is reached over TLS only.
pub fn public(core: &Arc<Core>, assets: Assets, tls: bool) -> Router {
    let connect = Arc::new(Connect::new(core.clone()));
    let pages = widget::router(connect.clone(), assets.clone(), tls)
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIMEOUT))
        .merge(widget::leg::router(core, connect.clone(), assets.clone(), tls, TIMEOUT))
        .layer(from_fn_with_state(widget::counted(core, connect, assets), widget::visits))
        .layer(from_fn(person::present));
    Router::new()
        .merge(v1::router(core.clone()))
        .merge(reference::router())
        .merge(hooks::router(core.clone()))
        .merge(compat::open_finance::router(core.clone()))
        .merge(compat::meld::router(core.clone()))
        .merge(compat::connectfi::router(core.clone()))
        .merge(pages)
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(core.proxies.clone(), client::told))
        .layer(from_fn(log::requests))
        .layer(from_fn_with_state(tls, widget::secure))
}
