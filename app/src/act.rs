//! The server functions: the door that WebAssembly uses.
//!
//! **Goal.** Each act of the session is one function that answers with the screen to show now, its markup included. **Contract.** Postcard in
//! and out under `/w/fn/`; the instance's handle travels in the header [`INSTANCE_HEADER`], never in a body or an
//! address. On the server they only find out who acts and call [`crate::backend::Backend`].

use crate::shown::{Found, Shown};
use crate::wire::AsInstance;
use gesher_contract::Language;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fn::codec::{Postcard, PostcardEncoding};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// The header that carries the instance's handle.
pub const INSTANCE_HEADER: &str = "x-gesher-instance";

/// Why an act brought no screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActError {
    /// No answer, or one that makes no sense.
    Network,
    /// The server does not know this instance, or its session is over.
    Over,
    /// Too many acts in too short a time.
    TooMany,
    /// Something broke on the server.
    Broken,
}

impl FromServerFnError for ActError {
    type Encoder = PostcardEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Deserialization(_) | ServerFnErrorErr::Response(_) => Self::Network,
            _ => Self::Broken,
        }
    }
}

#[cfg(feature = "ssr")]
mod server {
    use super::{ActError, INSTANCE_HEADER};
    use crate::backend::{Backend, Refused, SessionRef};
    use crate::shown::Shown;
    use gesher_contract::Screen;
    use http::{HeaderValue, StatusCode, header, request::Parts};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use std::sync::Arc;

    /// Makes the `Set-Cookie` value that keeps a hosted page's instance. Given by the server, which knows the cookie's name.
    #[derive(Clone, Copy)]
    pub struct KeepInstance(pub fn(&SessionRef, &str) -> Option<HeaderValue>);

    impl From<Refused> for ActError {
        fn from(refused: Refused) -> Self {
            let (error, status) = match refused {
                Refused::Unknown | Refused::Over => (Self::Over, StatusCode::GONE),
                Refused::TooMany => (Self::TooMany, StatusCode::TOO_MANY_REQUESTS),
                Refused::Broken => (Self::Broken, StatusCode::INTERNAL_SERVER_ERROR),
            };
            if let Some(response) = use_context::<ResponseOptions>() {
                response.set_status(status);
            }
            error
        }
    }

    /// Who acts, by the header.
    pub fn admitted(step: Option<i64>) -> Result<(Arc<dyn Backend>, SessionRef), ActError> {
        let backend = use_context::<Arc<dyn Backend>>().ok_or(ActError::Broken)?;
        let parts = use_context::<Parts>().ok_or(ActError::Broken)?;
        let handle = parts
            .headers
            .get(INSTANCE_HEADER)
            .and_then(|value| value.to_str().ok())
            .ok_or(Refused::Unknown)?;
        let at = SessionRef {
            step,
            ..backend.admit(handle)?
        };
        Ok((backend, at))
    }

    /// The answer that shows a screen.
    pub fn show(at: &SessionRef, screen: Screen, known: Option<u64>) -> Shown {
        Shown::of(screen, at.door, known)
    }

    /// On the hosted page, keeps the instance in its cookie.
    pub fn keep(backend: &dyn Backend, at: &SessionRef) {
        let cookie = use_context::<KeepInstance>().and_then(|keep| (keep.0)(at, &backend.handle(at)));
        if let (Some(cookie), Some(response)) = (cookie, use_context::<ResponseOptions>()) {
            response.append_header(header::SET_COOKIE, cookie);
        }
    }
}

#[cfg(feature = "ssr")]
pub use server::KeepInstance;
#[cfg(feature = "ssr")]
pub(crate) use server::keep;
#[cfg(feature = "ssr")]
use server::{admitted, show};

/// The island's first act: the candidate becomes the live instance.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "open", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn open(#[doc = "The print of the screen on display."] known: u64) -> Result<Shown, ActError> {
    let (backend, at) = admitted(None)?;
    let screen = backend.open(&at).await?;
    keep(&*backend, &at);
    Ok(show(&at, screen, Some(known)))
}

/// Where the session is.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "look", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn look(#[doc = "The print of the screen on display."] known: u64) -> Result<Shown, ActError> {
    let (backend, at) = admitted(None)?;
    Ok(show(&at, backend.look(&at).await?, Some(known)))
}

/// The host's redirect URL with what the session has come to, for the hosted page that is about to go there: made when it goes, so that
/// a public token that was exchanged meanwhile does not travel. `None` where there is no way back, or not yet.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "create_redirect_url", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn create_redirect_url() -> Result<Option<String>, ActError> {
    let (backend, at) = admitted(None)?;
    Ok(backend.look(&at).await?.return_url().map(str::to_owned))
}

/// Institutions that match, best first.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "search", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn search(
    #[doc = "The language of the screen on display."] language: Language,
    #[doc = "What was typed."] query: String,
) -> Result<Found, ActError> {
    let (backend, at) = admitted(None)?;
    Ok(Found::of(at.door, language, backend.search(&at, &query).await?))
}

/// Chooses an institution.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "choose", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn choose(
    #[doc = "The version of the screen that the act was made on."] version: i64,
    #[doc = "The institution's id."] institution: String,
) -> Result<Shown, ActError> {
    let (backend, at) = admitted(Some(version))?;
    let screen = backend.choose(&at, &institution).await?;
    keep(&*backend, &at);
    Ok(show(&at, screen, None))
}

/// Sends an institution's form.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "submit", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn submit(
    #[doc = "The version of the screen that the act was made on."] version: i64,
    #[doc = "Names of the fields and what was typed."] answers: Vec<(String, String)>,
) -> Result<Shown, ActError> {
    let (backend, at) = admitted(Some(version))?;
    let screen = backend.submit(&at, crate::backend::Answers(answers.into_iter().collect())).await?;
    keep(&*backend, &at);
    Ok(show(&at, screen, None))
}

/// Asks the institution to send its code again.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "resend", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn resend(#[doc = "The version of the screen that the act was made on."] version: i64) -> Result<Shown, ActError> {
    let (backend, at) = admitted(Some(version))?;
    let screen = backend.resend(&at).await?;
    keep(&*backend, &at);
    Ok(show(&at, screen, None))
}

/// Gives these of the offered accounts.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "accounts", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn pick(
    #[doc = "The version of the screen that the act was made on."] version: i64,
    #[doc = "Their ids."] accounts: Vec<String>,
) -> Result<Shown, ActError> {
    let (backend, at) = admitted(Some(version))?;
    let screen = backend.pick(&at, accounts).await?;
    keep(&*backend, &at);
    Ok(show(&at, screen, None))
}

/// Back to the picker.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "start_over", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn start_over(#[doc = "The version of the screen that the act was made on."] version: i64) -> Result<Shown, ActError> {
    let (backend, at) = admitted(Some(version))?;
    let screen = backend.start_over(&at).await?;
    keep(&*backend, &at);
    Ok(show(&at, screen, None))
}

/// The person leaves.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "cancel", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn cancel(#[doc = "The version of the screen that the act was made on."] version: i64) -> Result<Shown, ActError> {
    let (backend, at) = admitted(Some(version))?;
    let screen = backend.cancel(&at).await?;
    keep(&*backend, &at);
    Ok(show(&at, screen, None))
}

/// The person does not find their institution.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "not_listed", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn not_listed(
    #[doc = "The version of the screen that the act was made on."] version: i64,
    #[doc = "What stands in the search box."] searched: String,
) -> Result<Shown, ActError> {
    let (backend, at) = admitted(Some(version))?;
    let screen = backend.not_listed(&at, &searched).await?;
    keep(&*backend, &at);
    Ok(show(&at, screen, None))
}

/// Switches the language.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "language", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn speak(
    #[doc = "The version of the screen that the act was made on."] version: i64,
    #[doc = "The language to speak."] language: Language,
) -> Result<Shown, ActError> {
    let (backend, at) = admitted(Some(version))?;
    let screen = backend.speak(&at, language).await?;
    keep(&*backend, &at);
    Ok(show(&at, screen, None))
}
