//! From a payment's link to a customer's token, and from that to the session behind it.

use super::answer::{Code, Data, Refusal, object, whole, worded};
use super::jwt;
use crate::connect::state::{self, LoadError, Loaded};
use crate::connections::{asked::Asked, read};
use crate::core::Core;
use crate::http::client::ClientAddress;
use crate::http::compat::fields::Fields;
use crate::store::sessions;
use crate::tenants::{Kind, fingerprint, tag};
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use gesher_contract::Dialect;
use gesher_domain::connection::is_terminal;
use gesher_domain::session::{Purpose, State as Stage};
use serde_json::json;
use std::sync::Arc;

/// The header with a customer's token, or a merchant's.
pub(super) const HEADER: &str = "x-connectfi-jwtoken";

/// What stands in the header.
pub(super) fn header(headers: &HeaderMap) -> Option<&str> {
    headers.get(HEADER).and_then(|value| value.to_str().ok())
}

/// Counts a request that opened nothing, with the strangers of its address.
pub(super) fn stranger(core: &Core, from: Option<Extension<ClientAddress>>) -> Result<(), Refusal> {
    match from {
        Some(Extension(from)) => Ok(core.limits.stranger(from.0, core.clock.now())?),
        None => Ok(()),
    }
}

fn is_ours(loaded: &Loaded) -> bool {
    loaded.session.purpose == Purpose::Connect && Asked::of(&loaded.connection).dialect == Some(Dialect::ConnectFi)
}

/// Whether a link step can still be taken in the session, or was taken: a token dies with the rest.
fn lives(core: &Core, loaded: &Loaded) -> bool {
    let linked = matches!(loaded.session.state, Stage::Done { .. });
    (linked || !loaded.session.is_over(core.clock.now())) && !is_terminal(read::status(&loaded.connection))
}

impl From<LoadError> for Refusal {
    fn from(error: LoadError) -> Self {
        Self::broken(&error)
    }
}

/// The session that the token in the header opens.
///
/// # Errors
/// `unauthorized`.
pub(super) async fn session(core: &Core, headers: &HeaderMap, from: Option<Extension<ClientAddress>>) -> Result<Loaded, Refusal> {
    if let Some((connection, id)) = header(headers).and_then(|token| jwt::read(core, token)) {
        match state::load(core, &connection.tenant(), &id).await {
            Ok(loaded) if loaded.session.connection == connection && is_ours(&loaded) && lives(core, &loaded) => return Ok(loaded),
            Ok(_) | Err(LoadError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
    }
    stranger(core, from)?;
    Err(Refusal::of(Code::Unauthorized))
}

/// `POST /public/customer/payment/link`
pub(super) async fn token(
    State(core): State<Arc<Core>>,
    from: Option<Extension<ClientAddress>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Data, Refusal> {
    let body = object(&headers, &whole(body)?)?;
    let mut fields = Fields::of(&body);
    let link = fields.required("link");
    fields
        .finish()
        .map_err(|wrong| Refusal::invalid(wrong.into_iter().map(worded).collect()))?;
    let Some(loaded) = by_link(&core, &link).await? else {
        stranger(&core, from)?;
        return Err(Refusal::of(Code::PaymentNotFound));
    };
    if !loaded.session.lets_in(core.clock.now()) || is_terminal(read::status(&loaded.connection)) {
        return Err(Refusal::of(Code::PaymentStatus));
    }
    let token = jwt::make(&core, &loaded.connection.id, &loaded.row.id);
    Ok(Data(json!({ "expiresIn": jwt::LASTS, "token": token })))
}

async fn by_link(core: &Core, link: &str) -> Result<Option<Loaded>, Refusal> {
    let Ok(tenant) = tag(Kind::Hosted, link) else { return Ok(None) };
    let Some(row) = sessions::by_hosted_token(&core.store, tenant.as_str(), &fingerprint(link)).await? else {
        return Ok(None);
    };
    let loaded = state::from_row(core, row).await?;
    Ok(is_ours(&loaded).then_some(loaded))
}
