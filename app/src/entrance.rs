//! The server functions of a start page and of a hosted link: the press that makes a session.
//!
//! **Goal.** A visitor's first POST makes what they came for; their GET made nothing. **Contract.** The bodies are urlencoded, so
//! that a plain form without scripts is a call. What was made leads on to the hosted page's address without a token, with the
//! cookie that keeps its instance; what could not be made leads back to the page that says why. No token leaves the server.

use crate::act::ActError;
use crate::wire::AsInstance;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fn::codec::{PostUrl, Postcard};

/// Where the browser goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Onward {
    /// An address of ours.
    pub address: String,
}

#[cfg(feature = "ssr")]
mod server {
    use super::Onward;
    use crate::act::{ActError, keep};
    use crate::backend::{Backend, Closed, Entrance, Knock, Shut};
    use http::request::Parts;
    use http::{HeaderValue, StatusCode, header};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use std::sync::Arc;

    /// Makes the session and answers with the way to it.
    pub async fn come_in(entrance: Entrance, ticket: String, state: Option<String>, language: Option<String>) -> Result<Onward, ActError> {
        let backend = use_context::<Arc<dyn Backend>>().ok_or(ActError::Broken)?;
        let parts = use_context::<Parts>().ok_or(ActError::Broken)?;
        let silent = !parts.headers.contains_key("sec-fetch-site");
        let origin = parts.headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
        let knock = Knock {
            ticket,
            state: state.clone(),
            origin: origin.filter(|_| silent).map(str::to_owned),
            silent,
        };
        match backend.come_in(&entrance, knock).await {
            Ok(at) => {
                keep(&*backend, &at);
                let address = format!("/c/{}", at.id);
                see(&address);
                Ok(Onward { address })
            }
            Err(Closed { why, .. }) => {
                let mut query = url_of(&entrance, language.as_deref());
                if let (Shut::Stale, Some(state)) = (why, &state) {
                    query.push_str(if query.contains('?') { "&state=" } else { "?state=" });
                    query.extend(percent(state));
                }
                see(&query);
                Err(if why == Shut::Broken { ActError::Broken } else { ActError::Over })
            }
        }
    }

    fn url_of(entrance: &Entrance, language: Option<&str>) -> String {
        let language = language.and_then(gesher_contract::Language::from_code);
        let query = language.map_or_else(String::new, |language| format!("?lang={}", language.code()));
        format!("{}{query}", entrance.address())
    }

    /// A value of a query: everything but letters and digits is escaped.
    fn percent(text: &str) -> impl Iterator<Item = char> {
        text.bytes().flat_map(|byte| {
            if byte.is_ascii_alphanumeric() {
                vec![char::from(byte)]
            } else {
                format!("%{byte:02X}").chars().collect()
            }
        })
    }

    fn see(address: &str) {
        if let (Some(response), Ok(address)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(address)) {
            response.set_status(StatusCode::SEE_OTHER);
            response.insert_header(header::LOCATION, address);
        }
    }
}

/// From a start page: a connection and a session of the visitor's own.
///
/// # Errors
/// [`ActError::Over`] when the page lets nobody in, [`ActError::Broken`] when something broke. The answer leads back to the page.
#[server(prefix = "/w/fn", endpoint = "create_connect_token", input = PostUrl, output = Postcard, client = AsInstance)]
pub async fn create_connect_token(
    #[doc = "The start page's slug."] start_page: String,
    #[doc = "The page's ticket."] ticket: String,
    #[doc = "The host's own state, from the page's address."] state: Option<String>,
    #[doc = "The language of the page on display."] language: Option<String>,
) -> Result<Onward, ActError> {
    let entrance = crate::backend::Entrance::StartPage(start_page);
    server::come_in(entrance, ticket, state, language).await
}

/// From a hosted link: a connection of the link's customer, and a session.
///
/// # Errors
/// [`ActError::Over`] when the link can't be used, [`ActError::Broken`] when something broke. The answer leads back to the page.
#[server(prefix = "/w/fn", endpoint = "create_link_token", input = PostUrl, output = Postcard, client = AsInstance)]
pub async fn create_link_token(
    #[doc = "The link's token."] link: String,
    #[doc = "The page's ticket."] ticket: String,
    #[doc = "The language of the page on display."] language: Option<String>,
) -> Result<Onward, ActError> {
    let entrance = crate::backend::Entrance::Link(link);
    server::come_in(entrance, ticket, None, language).await
}
