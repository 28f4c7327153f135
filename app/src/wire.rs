//! How the browser calls the server functions: one `fetch`, with the instance's handle in a header.
//!
//! server_fn's own client would do but for what it says when a call fails: that links a JSON parser's messages.

use crate::act::INSTANCE_HEADER;
use futures::Sink;
use futures::sink::Drain;
use futures::stream::{Empty, Stream};
use http::Method;
use js_sys::futures::JsFuture;
use leptos::prelude::window;
use leptos::web_sys;
use send_wrapper::SendWrapper;
use server_fn::Bytes;
use server_fn::client::Client;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};
use server_fn::request::ClientReq;
use server_fn::response::ClientRes;
use std::cell::RefCell;
use wasm_bindgen::JsCast;

thread_local! {
    static HANDLE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Sets the handle that every later call carries.
pub(crate) fn act_as(handle: &str) {
    HANDLE.with_borrow_mut(|known| handle.clone_into(known));
}

/// The handle that the calls carry.
pub(crate) fn handle() -> String {
    HANDLE.with_borrow(Clone::clone)
}

/// The client.
pub struct AsInstance;

/// A stream of nothing: no server function of ours streams.
type Nothing = Empty<Result<Bytes, Bytes>>;

/// A call: bytes for an address.
pub struct Call {
    path: String,
    content_type: String,
    body: Bytes,
}

/// An answer of the server.
pub struct Answer(SendWrapper<web_sys::Response>);

fn no_answer<E: FromServerFnError>() -> E {
    E::from_server_fn_error(ServerFnErrorErr::Request(String::new()))
}

fn unsupported<E: FromServerFnError>() -> E {
    E::from_server_fn_error(ServerFnErrorErr::UnsupportedRequestMethod(String::new()))
}

impl<E: FromServerFnError> ClientReq<E> for Call {
    type FormData = ();

    fn try_new_req_bytes(path: &str, content_type: &str, _: &str, body: Bytes, _: Method) -> Result<Self, E> {
        Ok(Self {
            path: path.to_owned(),
            content_type: content_type.to_owned(),
            body,
        })
    }

    fn try_new_req_query(_: &str, _: &str, _: &str, _: &str, _: Method) -> Result<Self, E> {
        Err(unsupported())
    }

    fn try_new_req_text(_: &str, _: &str, _: &str, _: String, _: Method) -> Result<Self, E> {
        Err(unsupported())
    }

    fn try_new_req_form_data(_: &str, _: &str, _: &str, (): (), _: Method) -> Result<Self, E> {
        Err(unsupported())
    }

    fn try_new_req_multipart(_: &str, _: &str, (): (), _: Method) -> Result<Self, E> {
        Err(unsupported())
    }

    fn try_new_req_streaming(_: &str, _: &str, _: &str, _: impl Stream<Item = Bytes> + Send + 'static, _: Method) -> Result<Self, E> {
        Err(unsupported())
    }
}

impl Call {
    /// Fetches; `None` when no answer comes.
    async fn fetch(&self) -> Option<web_sys::Response> {
        let headers = web_sys::Headers::new().ok()?;
        headers.set("content-type", &self.content_type).ok()?;
        HANDLE.with_borrow(|handle| headers.set(INSTANCE_HEADER, handle)).ok()?;
        let init = web_sys::RequestInit::new();
        init.set_method("POST");
        init.set_headers(&headers);
        init.set_body(&js_sys::Uint8Array::from(&*self.body));
        let answer = JsFuture::from(window().fetch_with_str_and_init(&self.path, &init)).await.ok()?;
        answer.dyn_into().ok()
    }
}

impl<E, I, O> Client<E, I, O> for AsInstance
where
    E: FromServerFnError,
    I: FromServerFnError,
    O: FromServerFnError,
{
    type Request = Call;
    type Response = Answer;

    fn send(call: Call) -> impl Future<Output = Result<Answer, E>> + Send {
        SendWrapper::new(async move {
            call.fetch()
                .await
                .map(|answer| Answer(SendWrapper::new(answer)))
                .ok_or_else(no_answer)
        })
    }

    #[expect(clippy::manual_async_fn, reason = "the trait's future is Send")]
    fn open_websocket(
        _: &str,
    ) -> impl Future<
        Output = Result<
            (
                impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static,
                impl Sink<Bytes> + Send + 'static,
            ),
            E,
        >,
    > + Send {
        async {
            let none: Result<(Nothing, Drain<Bytes>), E> = Err(unsupported());
            none
        }
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        leptos::task::spawn(future);
    }
}

impl<E: FromServerFnError> ClientRes<E> for Answer {
    fn try_into_string(self) -> impl Future<Output = Result<String, E>> + Send {
        SendWrapper::new(async move {
            let bytes: Bytes = self.try_into_bytes().await?;
            String::from_utf8(bytes.into()).map_err(|_| no_answer())
        })
    }

    fn try_into_bytes(self) -> impl Future<Output = Result<Bytes, E>> + Send {
        SendWrapper::new(async move {
            let buffer = self.0.array_buffer().map_err(|_| no_answer())?;
            let buffer = JsFuture::from(buffer).await.map_err(|_| no_answer())?;
            Ok(js_sys::Uint8Array::new(&buffer).to_vec().into())
        })
    }

    fn try_into_stream(self) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, E> {
        let nothing: Result<Nothing, E> = Err(unsupported());
        nothing
    }

    fn status(&self) -> u16 {
        self.0.status()
    }

    fn status_text(&self) -> String {
        self.0.status_text()
    }

    fn location(&self) -> String {
        String::new()
    }

    fn has_redirect(&self) -> bool {
        false
    }
}
