//! `/callback/…`: the way back from the bank.

use super::super::{guard, pages};
use super::{Leg, to_hosted};
use crate::connect::launch::browser_hash;
use crate::connect::returns::{self, Arrival, BadReturn, ReturnError};
use crate::connect::state;
use axum::extract::{OriginalUri, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gesher_app::backend::Refused;
use gesher_app::page::Explained;
use gesher_contract::{SessionId, TenantTag};
use gesher_domain::session::{Leaving, State as Stands};

/// Most sessions of one browser that are looked at for a newer launch.
const MOST_LAUNCHED: usize = 8;

/// Tenant, provider, and the bank by the provider's id.
type Where = (String, String, String);

/// A bank that returns by a form POST arrives without our cookie, which is not sent along with another site's form: the same
/// parameters by a GET of our own bring it.
pub(super) async fn posted(OriginalUri(uri): OriginalUri, body: String) -> Response {
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(url::form_urlencoded::parse(body.as_bytes()))
        .finish();
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(mut address) = HeaderValue::from_str(&format!("{}?{query}", uri.path())) {
        address.set_sensitive(true);
        response.headers_mut().insert(header::LOCATION, address);
    }
    response
}

/// `GET /callback/{tenant}/{provider}/{provider_id}`.
pub(super) async fn back(
    State(leg): State<Leg>,
    Path((tenant, provider, provider_id)): Path<Where>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Ok(tenant) = TenantTag::parse(&tenant) else {
        return leg.explain(Explained::ReturnWrong, &headers);
    };
    let cookie = |session: &SessionId| guard::launch_cookie(&headers, session.as_str());
    let arrival = Arrival {
        tenant: &tenant,
        provider: &provider,
        provider_id: &provider_id,
        query: query.as_deref().unwrap_or_default(),
        cookie: &cookie,
    };
    match returns::returned(&leg.core, &arrival).await {
        Ok(session) => arrived(&leg, &headers, &session, Explained::BackFromBank).await,
        Err(ReturnError::Broken(error)) => {
            tracing::error!(error, "a return from a bank could not be taken");
            pages::refuse(&leg.shared, Refused::Broken, &headers, &[])
        }
        Err(ReturnError::Bad { why, session }) => bad(&leg, &headers, &arrival, why, session).await,
    }
}

/// In the same tab the hosted page goes on; a window of its own says that it has done its work.
async fn arrived(leg: &Leg, headers: &HeaderMap, session: &SessionId, otherwise: Explained) -> Response {
    match leg.hosted(headers, session.as_str()).await {
        Some(_) => to_hosted(session.as_str()),
        None => leg.explain_of(session, otherwise, headers).await,
    }
}

async fn bad(leg: &Leg, headers: &HeaderMap, arrival: &Arrival<'_>, why: BadReturn, session: Option<SessionId>) -> Response {
    match (why, session) {
        (BadReturn::OtherBrowser, _) => leg.explain(Explained::ReturnElsewhere, headers),
        // The same window again: what came of it stands on the hosted page.
        (BadReturn::Used, Some(session)) => arrived(leg, headers, &session, Explained::ReturnUsed).await,
        (BadReturn::Expired, Some(session)) => arrived(leg, headers, &session, Explained::ReturnLate).await,
        (BadReturn::UnknownState, _) => match newer_launch(leg, headers, arrival).await {
            Some(session) => arrived(leg, headers, &session, Explained::ReturnVoid).await,
            None => leg.explain(Explained::ReturnWrong, headers),
        },
        _ => leg.explain(Explained::ReturnWrong, headers),
    }
}

/// The session for which this very browser was sent to this bank again, after the launch that it now comes back from.
async fn newer_launch(leg: &Leg, headers: &HeaderMap, arrival: &Arrival<'_>) -> Option<SessionId> {
    let sessions: Vec<_> = guard::launched(headers)
        .filter(|session| session.tenant() == *arrival.tenant)
        .collect();
    // A browser names its oldest cookies first.
    for session in sessions.into_iter().rev().take(MOST_LAUNCHED) {
        let Ok(loaded) = state::load(&leg.core, arrival.tenant, &session).await else {
            continue;
        };
        let Stands::Leaving(Leaving {
            attempt,
            launch: Some(launch),
        }) = &loaded.session.state
        else {
            continue;
        };
        let same_bank = attempt.route.provider == arrival.provider && attempt.route.provider_id == arrival.provider_id;
        let same_browser = (arrival.cookie)(&session).is_some_and(|cookie| browser_hash(&cookie) == launch.browser);
        if same_bank && same_browser {
            return Some(session);
        }
    }
    None
}
