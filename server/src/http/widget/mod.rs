//! The widget's pages, forms, server functions and files.
//!
//! **Goal.** Everything that a browser asks for when a person connects an account. **Contract.** [`router`] only calls
//! [`Backend`]; a GET changes nothing and sets no cookie; no cookie is ever set inside a frame; an unsafe request that
//! another site caused is refused before anything is looked at.
//!
//! | address | what |
//! |---|---|
//! | `GET /w/{token}` | the frame |
//! | `GET /h/{token}`, `GET /c/{session}` | the hosted page, with its token and, after its first act, without |
//! | `GET /connect/{token}`, `GET /?connectToken={token}` | either, as the browser says where it is going to show it |
//! | `GET /start/{slug}`, `GET /l/{token}` | start pages and hosted links: a form that makes a session |
//! | `POST /w/do/{act}` | plain forms |
//! | `POST /w/fn/{name}` | server functions |
//! | `GET /w/picture/{ticket}` | a picture of an institution's form |
//! | `GET /embed-check` | whether a page may show a frame, for the SDK |
//! | `GET /theme/{tenant}/{version}.css`, `GET /theme/{tenant}/{version}/mark` | a tenant's branding |
//! | `GET /assets/…`, `/gesher.js`, … | files |
//!
//! The leg at the bank is [`leg`].

mod assets;
mod busy;
mod embed;
mod entrance;
mod forms;
mod guard;
mod headers;
pub mod leg;
mod pages;
mod theme;

pub use assets::{Assets, AssetsMissing, Keep, serve};
pub use busy::{Visits, visits};
pub use headers::secure;

use crate::core::Core;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use gesher_app::act::KeepInstance;
use gesher_app::backend::Backend;
use leptos::prelude::provide_context;
use std::sync::Arc;

/// Longest body of a form or a server function.
const BODY_LIMIT: usize = 64 * 1024;

/// What the handlers share.
#[derive(Clone)]
pub(super) struct Shared {
    backend: Arc<dyn Backend>,
    assets: Arc<Assets>,
}

/// The widget's part of the public listener. `strict_transport`: whether Gesher itself is reached over TLS only.
pub fn router(backend: Arc<dyn Backend>, assets: Assets, strict_transport: bool) -> Router {
    // Leptos renders with the executor that is named first; naming it again is refused and does no harm.
    let _ = any_spawner::Executor::init_tokio();
    let mut router = Router::new();
    for name in assets.public() {
        let file = name.clone();
        router = router.route(
            &format!("/{name}"),
            get(async move |request: HeaderMap| serve(&file, Keep::AskAgain, &request).unwrap_or_else(not_found)),
        );
    }
    let acts = Router::new()
        .route("/w/do/{act}", post(forms::act))
        .route("/w/fn/{*path}", post(server_function))
        .layer(from_fn(refuse_foreign))
        .layer(DefaultBodyLimit::max(BODY_LIMIT));
    router
        .merge(acts)
        .route("/w/{token}", get(pages::frame))
        .route("/h/{token}", get(pages::hosted))
        .route("/c/{session}", get(pages::hosted_again))
        .route("/connect/{token}", get(pages::connect))
        .route("/", get(pages::root).fallback(nothing_here))
        .route("/start/{slug}", get(entrance::start))
        .route("/l/{token}", get(entrance::link))
        .route("/w/picture/{ticket}", get(pages::picture))
        .route("/embed-check", get(embed::check).options(embed::preflight))
        .route("/theme/{tenant}/{version}", get(theme::style))
        .route("/theme/{tenant}/{version}/mark", get(theme::mark))
        .route("/w/logo/{name}", get(theme::logo))
        .route("/assets/{name}", get(asset))
        .with_state(Shared {
            backend,
            assets: Arc::new(assets),
        })
        .layer(from_fn_with_state(strict_transport, secure))
}

/// What counts visits over all of the widget's addresses.
pub fn counted(core: &Arc<Core>, backend: Arc<dyn Backend>, assets: Assets) -> Visits {
    Visits {
        core: core.clone(),
        shared: Shared {
            backend,
            assets: Arc::new(assets),
        },
    }
}

fn not_found() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

/// Where nothing would be but for Meld's parameter, whatever is asked.
async fn nothing_here() -> Response {
    not_found()
}

async fn asset(Path(name): Path<String>, request: HeaderMap) -> Response {
    serve(&format!("assets/{name}"), Keep::ForEver, &request).unwrap_or_else(not_found)
}

/// Refuses what another site's page caused.
async fn refuse_foreign(request: Request, next: Next) -> Response {
    if guard::is_foreign(request.headers()) {
        tracing::warn!("a request from another site was refused");
        return (StatusCode::FORBIDDEN, "This request came from another site.").into_response();
    }
    next.run(request).await
}

async fn server_function(State(shared): State<Shared>, request: Request) -> Response {
    let context = move || {
        provide_context(shared.backend.clone());
        provide_context(KeepInstance(guard::keep_instance));
    };
    let (mut parts, body) = request.into_parts();
    // leptos_axum sends a plain form back to where it came from, unless it is told otherwise too late.
    parts.headers.remove(header::REFERER);
    match axum::body::to_bytes(body, BODY_LIMIT).await {
        Ok(bytes) => leptos_axum::handle_server_fns_with_context(context, Request::from_parts(parts, bytes.into()))
            .await
            .into_response(),
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    }
}
