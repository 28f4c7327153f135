//! A person's browser at our own pages, over HTTP: what it says of its requests, and the cookies that it keeps.

use crate::world::World;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::Response;
use gesher_app::shown::Shown;
use http_body_util::BodyExt as _;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Mutex;
use tower::ServiceExt as _;

/// A page that came.
pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Page {
    /// The newest ticket in it.
    pub fn ticket(&self) -> String {
        let after = self.text.split("name=\"ticket\" value=\"").nth(1);
        let ticket = after.and_then(|rest| rest.split('"').next());
        ticket.unwrap_or_else(|| panic!("no ticket: {}", self.text)).to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where a launch goes on to.
    pub fn bank(&self) -> String {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        self.header("refresh").strip_prefix("0;url=").expect("a way on").to_owned()
    }
}

/// A browser.
pub struct Person<'a> {
    world: &'a World,
    /// Whether it says where its requests come from.
    talks: bool,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl<'a> Person<'a> {
    pub fn new(world: &'a World) -> Self {
        Self {
            world,
            talks: true,
            cookies: Mutex::default(),
        }
    }

    /// One of the browsers that do not say where their requests come from.
    pub fn silent(world: &'a World) -> Self {
        Self {
            talks: false,
            ..Self::new(world)
        }
    }

    pub fn cookie(&self, part: &str) -> Option<String> {
        let cookies = self.cookies.lock().expect("cookies");
        cookies.iter().find(|(name, _)| name.contains(part)).map(|(_, value)| value.clone())
    }

    /// Follows a link, or one of ours.
    pub async fn get(&self, address: &str, site: &str) -> Page {
        self.ask(Request::get(path_of(address)), site, Body::empty()).await
    }

    /// Loads an address into a frame or as a page of its own: `iframe`, `document`.
    pub async fn load(&self, address: &str, destination: &str) -> Page {
        let request = Request::get(path_of(address)).header("sec-fetch-dest", destination);
        self.ask(request, "cross-site", Body::empty()).await
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, site: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request, site, Body::from(body)).await
    }

    /// Sends a form and says that it comes from a page of this origin.
    pub async fn post_from(&self, path: &str, origin: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, origin);
        self.ask(request, "", Body::from(body)).await
    }

    /// Opens the invitation's frame or hosted page and chooses an institution there; gives the page that comes then.
    pub async fn choose(&self, invited: &Value, door: &str, institution: &str) -> Page {
        let entered = self.get(invited[door].as_str().expect("an address"), "cross-site").await;
        assert_eq!(entered.status, StatusCode::OK, "{}", entered.text);
        let fields = [("ticket", &*entered.ticket()), ("institution", institution)];
        let chosen = self.post("/w/do/choose", "same-origin", &fields).await;
        self.follow(chosen).await
    }

    /// Calls a server function in this instance, as the island does.
    pub async fn call(&self, name: &str, handle: &str, arguments: impl serde::Serialize) -> (StatusCode, Option<Shown>) {
        let request = Request::post(format!("/w/fn/{name}"))
            .header(header::CONTENT_TYPE, "application/x-postcard")
            .header("x-gesher-instance", handle)
            .header("sec-fetch-site", "same-origin");
        let body = Body::from(postcard::to_allocvec(&arguments).expect("bytes"));
        let response = self.world.router.clone().oneshot(request.body(body).expect("a request")).await;
        let response = response.expect("an answer");
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        (status, postcard::from_bytes(&bytes).ok())
    }

    /// Follows a redirect of ours, if it is one.
    pub async fn follow(&self, page: Page) -> Page {
        if page.status != StatusCode::SEE_OTHER {
            return page;
        }
        self.get(page.header("location"), "same-origin").await
    }

    async fn ask(&self, mut request: axum::http::request::Builder, site: &str, body: Body) -> Page {
        if self.talks {
            request = request.header("sec-fetch-site", site);
        }
        let cookies: Vec<String> = {
            let cookies = self.cookies.lock().expect("cookies");
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect()
        };
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let request = request.header(header::USER_AGENT, "A Browser").body(body).expect("a request");
        let response: Response = self.world.router.clone().oneshot(request).await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().expect("text");
            assert!(
                text.starts_with("__Host-") && text.contains("; Path=/; HttpOnly; Secure; SameSite=Lax"),
                "{text}"
            );
            let (name, rest) = text.split_once('=').expect("a pair");
            let value = rest.split(';').next().unwrap_or_default();
            self.cookies.lock().expect("cookies").insert(name.to_owned(), value.to_owned());
        }
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        Page {
            status,
            headers,
            text: String::from_utf8(bytes.to_vec()).expect("text"),
        }
    }
}

fn path_of(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(url) => url[url::Position::BeforePath..].to_owned(),
        Err(_) => address.to_owned(),
    }
}
