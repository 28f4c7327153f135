//! The server functions: the door that WebAssembly uses.
//!
//! **Goal.** Each act of the session is one function that answers with the screen to show now. **Contract.** Postcard in
//! and out under `/w/fn/`; the instance's handle travels in the header [`INSTANCE_HEADER`], never in a body or an
//! address. On the server they only find out who acts and call [`crate::backend::Backend`].

use gesher_contract::{Language, Screen, Tile};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use server_fn::client::{Client, browser::BrowserClient};
use server_fn::codec::{Postcard, PostcardEncoding};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};
use std::cell::RefCell;

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

thread_local! {
    static HANDLE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Sets the handle that every later call carries.
pub(crate) fn act_as(handle: &str) {
    HANDLE.with_borrow_mut(|known| handle.clone_into(known));
}

/// The browser's client, with the instance's handle in a header.
pub struct AsInstance;

impl<E, I, O> Client<E, I, O> for AsInstance
where
    E: FromServerFnError,
    I: FromServerFnError,
    O: FromServerFnError,
{
    type Request = <BrowserClient as Client<E, I, O>>::Request;
    type Response = <BrowserClient as Client<E, I, O>>::Response;

    fn send(request: Self::Request) -> impl Future<Output = Result<Self::Response, E>> + Send {
        HANDLE.with_borrow(|handle| request.headers().set(INSTANCE_HEADER, handle));
        <BrowserClient as Client<E, I, O>>::send(request)
    }

    fn open_websocket(
        path: &str,
    ) -> impl Future<
        Output = Result<
            (
                impl futures::Stream<Item = Result<server_fn::Bytes, server_fn::Bytes>> + Send + 'static,
                impl futures::Sink<server_fn::Bytes> + Send + 'static,
            ),
            E,
        >,
    > + Send {
        <BrowserClient as Client<E, I, O>>::open_websocket(path)
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        <BrowserClient as Client<E, I, O>>::spawn(future);
    }
}

#[cfg(feature = "ssr")]
mod server {
    use super::{ActError, INSTANCE_HEADER};
    use crate::backend::{Backend, Refused, SessionRef};
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
use server::{admitted, keep};

/// The island's first act: the candidate becomes the live instance.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "open", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn open() -> Result<Screen, ActError> {
    let (backend, at) = admitted(None)?;
    let screen = backend.open(&at).await?;
    keep(&*backend, &at);
    Ok(screen)
}

/// Where the session is.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "look", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn look() -> Result<Screen, ActError> {
    let (backend, at) = admitted(None)?;
    Ok(backend.look(&at).await?)
}

/// Institutions that match, best first, and whether there are more.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "search", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn search(#[doc = "What was typed."] query: String) -> Result<(Vec<Tile>, bool), ActError> {
    let (backend, at) = admitted(None)?;
    Ok(backend.search(&at, &query).await?)
}

/// Chooses an institution.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "choose", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn choose(
    #[doc = "The screen's version."] version: i64,
    #[doc = "The institution's id."] institution: String,
) -> Result<Screen, ActError> {
    let (backend, at) = admitted(Some(version))?;
    Ok(backend.choose(&at, &institution).await?)
}

/// Sends an institution's form.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "submit", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn submit(
    #[doc = "The screen's version."] version: i64,
    #[doc = "Names and values."] answers: Vec<(String, String)>,
) -> Result<Screen, ActError> {
    let (backend, at) = admitted(Some(version))?;
    Ok(backend.submit(&at, crate::backend::Answers(answers.into_iter().collect())).await?)
}

/// Back to the picker.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "start_over", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn start_over(#[doc = "The screen's version."] version: i64) -> Result<Screen, ActError> {
    let (backend, at) = admitted(Some(version))?;
    Ok(backend.start_over(&at).await?)
}

/// The person leaves.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "cancel", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn cancel(#[doc = "The screen's version."] version: i64) -> Result<Screen, ActError> {
    let (backend, at) = admitted(Some(version))?;
    Ok(backend.cancel(&at).await?)
}

/// Switches the language.
///
/// # Errors
/// [`ActError`], as every act.
#[server(prefix = "/w/fn", endpoint = "language", input = Postcard, output = Postcard, client = AsInstance)]
pub async fn speak(
    #[doc = "The screen's version."] version: i64,
    #[doc = "The language to speak."] language: Language,
) -> Result<Screen, ActError> {
    let (backend, at) = admitted(Some(version))?;
    Ok(backend.speak(&at, language).await?)
}
