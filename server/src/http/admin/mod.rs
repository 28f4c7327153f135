//! The admin API, `/admin`, on the operations listener: what `gesher tenant`, `gesher key` and `gesher client` do, over HTTP.
//!
//! **Contract.** Without a token set there is nothing here: 404. With one, a request names one of the listener's own hosts (421
//! otherwise, so that a page that rebinds its name to this address gets nothing) and brings the token (401). No CORS, no cookie;
//! errors are problem documents and bodies are strict, as in `/v1`; no answer may be kept.

mod branding;
mod clients;
mod institutions;
mod keys;
mod providers;
mod tenants;
mod webhooks;

use super::log;
use super::v1::body;
use super::v1::problem::Problem;
use super::v1::{in_time, method_not_allowed};
use crate::core::Core;
use crate::http::v1::institution_rows::LARGEST;
use crate::tenants::admin::{Admin, Refused};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, patch, post};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::net::SocketAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq as _;
use tower_http::catch_panic::CatchPanicLayer;

/// Most bytes of a body: a mark in base64 and what goes with it.
const MAX_BODY: usize = 96 * 1024;

/// Who may come in, and by which names.
pub struct Access {
    /// The token's SHA-256; none: nobody.
    token: Option<[u8; 32]>,
    /// What may stand in `Host`, in lower case.
    hosts: Vec<String>,
    /// Whether redirect URLs may be `http`.
    plain_http: bool,
}

impl Access {
    /// Whoever has the token, at the listener's address, at this machine's own names with its port, or at one of `hosts`.
    pub fn new(token: Option<&SecretString>, listener: SocketAddr, hosts: &[String], plain_http: bool) -> Self {
        let port = listener.port();
        let own = [
            listener.to_string(),
            format!("localhost:{port}"),
            format!("127.0.0.1:{port}"),
            format!("[::1]:{port}"),
        ];
        Self {
            token: token.map(|token| digest(token.expose_secret())),
            hosts: own.into_iter().chain(hosts.iter().map(|host| host.to_ascii_lowercase())).collect(),
            plain_http,
        }
    }

    /// Refuses who may not come in.
    fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        let Some(token) = &self.token else {
            return Err(Problem::not_found("address"));
        };
        // HTTP/2 names the host in the request's target.
        let mut named = headers
            .get_all(header::HOST)
            .iter()
            .map(|host| host.to_str().unwrap_or_default())
            .chain(uri.authority().map(axum::http::uri::Authority::as_str))
            .peekable();
        if named.peek().is_none() || named.any(|host| !self.hosts.contains(&host.to_ascii_lowercase())) {
            return Err(Problem::new(
                StatusCode::MISDIRECTED_REQUEST,
                "wrong_host",
                "The operations listener does not go by this name: GESHER_OPS_HOSTS lists those that it goes by.",
            ));
        }
        let brought = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let brought = brought
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        match brought {
            None => Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "no_admin_token",
                "Send the admin token: Authorization: Bearer …",
            )),
            // Of equal length whatever was sent, and compared in the same time.
            Some((_, sent)) if bool::from(digest(sent.trim()).ct_eq(token)) => Ok(()),
            Some(_) => Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "bad_admin_token",
                "This is not the admin token.",
            )),
        }
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// What the routes share.
struct Office {
    core: Arc<Core>,
    access: Access,
}

impl Office {
    fn admin(&self) -> Admin<'_> {
        Admin {
            store: &self.core.store,
            clock: &*self.core.clock,
            rng: &*self.core.rng,
            actor: "admin_api",
            plain_http: self.access.plain_http,
        }
    }
}

/// A list, whole.
#[derive(Serialize)]
struct List<T> {
    data: Vec<T>,
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotFound(what) => Self::not_found(what),
            Refused::Field { field, code, detail } => Self::invalid(code, field, detail),
            Refused::Closed => Self::new(StatusCode::CONFLICT, "tenant_closed", "This tenant is closed."),
            Refused::TwoKeys(_) => Self::new(StatusCode::CONFLICT, "two_keys_active", format!("{refused}.")),
            Refused::Endpoint(error) => error.into(),
            Refused::TooManyEndpoints => Self::new(StatusCode::CONFLICT, "too_many_endpoints", format!("{refused}.")),
            Refused::Branding(unfit) => Self::invalid("invalid_branding", branding::field(unfit), format!("{unfit}.")),
            Refused::Busy => Self::new(StatusCode::CONFLICT, "tenant_busy", format!("{refused}.")),
            Refused::Unavailable(error) => {
                tracing::error!(%error, "a tenant could not be read or changed");
                Self::unavailable()
            }
        }
    }
}

/// The routes below `/admin`.
pub fn router(core: Arc<Core>, access: Access) -> Router {
    let office = Arc::new(Office { core, access });
    let nothing = || any(|| std::future::ready(Problem::not_found("address")));
    Router::new()
        .route("/admin/tenants", post(tenants::create).get(tenants::list))
        .route("/admin/tenants/{tag}", get(tenants::get).patch(tenants::change))
        .route("/admin/tenants/{tag}/close", post(tenants::close))
        .route("/admin/tenants/{tag}/branding", get(branding::get).put(branding::put))
        .route("/admin/tenants/{tag}/api_keys", post(keys::create).get(keys::list))
        .route("/admin/tenants/{tag}/api_keys/{key}", delete(keys::revoke))
        .route("/admin/tenants/{tag}/oauth_clients", post(clients::create).get(clients::list))
        .route("/admin/tenants/{tag}/oauth_clients/{client}", delete(clients::revoke))
        .route(
            "/admin/tenants/{tag}/providers/{provider}",
            get(providers::get).put(providers::put).delete(providers::delete),
        )
        .route("/admin/tenants/{tag}/webhook_endpoints", post(webhooks::create).get(webhooks::list))
        .route(
            "/admin/tenants/{tag}/webhook_endpoints/{id}",
            patch(webhooks::change).delete(webhooks::delete),
        )
        .merge(tables())
        .route("/admin", nothing())
        .route("/admin/{*rest}", nothing())
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(office.clone())
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn(in_time))
        .layer(from_fn_with_state(office, guard))
        .layer(CatchPanicLayer::new())
        .layer(from_fn(log::requests))
}

/// The routes of the directory's rows, with room for a table.
fn tables() -> Router<Arc<Office>> {
    Router::new()
        .route("/admin/institution_rows", patch(institutions::import).get(institutions::export))
        .route("/admin/institution_rows/{institution}", delete(institutions::forget))
        .route(
            "/admin/tenants/{tag}/institution_rows",
            patch(institutions::import_of).get(institutions::export_of),
        )
        .route(
            "/admin/tenants/{tag}/institution_rows/{institution}",
            delete(institutions::forget_of),
        )
        .layer(DefaultBodyLimit::max(LARGEST))
}

async fn guard(State(office): State<Arc<Office>>, request: Request, next: Next) -> Response {
    let mut response = match office.access.check(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refused) => {
            tracing::warn!(problem = refused.code, "an admin request was refused");
            refused.into_response()
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
