//! Headers, doors, forms, refusals.

use crate::fake::{Fake, PARENT, session_id};
use axum::body::Body;
use gesher_server::http::widget::{Assets, router};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use std::sync::Arc;
use tower::ServiceExt;

pub struct Widget {
    pub fake: Arc<Fake>,
    router: axum::Router,
}

impl Widget {
    pub fn new() -> Self {
        let fake = Arc::new(Fake::default());
        Self {
            router: router(fake.clone(), Assets::none(), false),
            fake,
        }
    }

    async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> (Response<()>, String) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self
            .router
            .clone()
            .oneshot(request.body(body.into()).expect("a request"))
            .await
            .expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        (Response::from_parts(parts, ()), String::from_utf8_lossy(&bytes).into_owned())
    }

    pub async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> (Response<()>, String) {
        self.send(method, path, headers, Body::empty()).await
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> (Response<()>, String) {
        self.send(Method::GET, path, headers, Body::empty()).await
    }

    pub async fn act(&self, act: &str, headers: &[(&str, &str)], body: &str) -> (Response<()>, String) {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send(Method::POST, &format!("/w/do/{act}"), &all, body.to_owned()).await
    }
}

/// The value of the page's first ticket, as a form would send it.
pub fn ticket(page: &str) -> String {
    let value = page
        .split("name=\"ticket\" value=\"")
        .nth(1)
        .expect("a ticket")
        .split('"')
        .next()
        .expect("its end");
    format!("ticket={value}")
}

pub fn text<'a>(response: &'a Response<()>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("ascii"))
}

#[tokio::test]
async fn every_answer_is_closed_but_for_what_its_page_needs() {
    let widget = Widget::new();
    for path in [
        "/w/ct_a",
        "/h/hl_a",
        "/w/ct_unknown",
        "/c/sess_x",
        "/nowhere",
        "/assets/nothing.js",
        "/w/do/open",
    ] {
        let (response, _) = widget.get(path, &[]).await;
        assert_eq!(text(&response, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(text(&response, "referrer-policy"), "no-referrer", "{path}");
        assert_eq!(text(&response, "cache-control"), "no-store", "{path}");
        assert!(text(&response, "permissions-policy").contains("camera=()"), "{path}");
        assert!(!text(&response, "cross-origin-opener-policy").is_empty(), "{path}");
        let policy = text(&response, "content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors "),
            "{path}: {policy}"
        );
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"),
            "{path}: {policy}"
        );
        assert!(response.headers().get(header::SET_COOKIE).is_none(), "{path}");
    }
}

#[tokio::test]
async fn a_page_has_its_nonce_its_language_and_no_style_of_its_own() {
    let widget = Widget::new();
    let (response, page) = widget.get("/w/ct_a", &[("accept-language", "he-IL, en;q=0.5")]).await;
    assert_eq!(response.status(), StatusCode::OK);
    let policy = text(&response, "content-security-policy").to_owned();
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .expect("a nonce");
    for script in page.split("<script").skip(1) {
        assert!(script.contains(&format!("nonce=\"{nonce}\"")), "{script}");
    }
    assert!(policy.ends_with(&format!("frame-ancestors {PARENT}")), "{policy}");
    assert!(page.contains("<html lang=\"he\" dir=\"rtl\""), "{page}");
    assert!(
        !page.contains(" style=") && !page.contains(" onclick=") && !page.contains("<style"),
        "{page}"
    );
    let (again, _) = widget.get("/w/ct_a", &[]).await;
    assert_ne!(text(&again, "content-security-policy"), policy, "a nonce is used once");
    let (hosted, _) = widget.get("/h/hl_a", &[]).await;
    assert!(text(&hosted, "content-security-policy").ends_with("frame-ancestors 'none'"));
}

#[tokio::test]
async fn the_wrong_door_explains_and_has_nothing_to_fill_in() {
    let widget = Widget::new();
    for (path, destination) in [("/w/ct_a", "document"), ("/h/hl_a", "iframe"), ("/c/sess_x", "iframe")] {
        let (response, page) = widget.get(path, &[("sec-fetch-dest", destination)]).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
        assert!(
            page.contains("<h1") && !page.contains("<form") && !page.contains("<button") && !page.contains("leptos-island"),
            "{page}"
        );
    }
    assert_eq!(widget.fake.acts(&session_id("a")), Vec::<String>::new());
}

#[tokio::test]
async fn a_token_that_does_not_work_has_its_own_screen() {
    let widget = Widget::new();
    let expected = [
        ("ct_unknown", StatusCode::NOT_FOUND),
        ("ct_over", StatusCode::GONE),
        ("ct_many", StatusCode::TOO_MANY_REQUESTS),
    ];
    let mut seen = Vec::new();
    for (token, status) in expected {
        let (response, page) = widget.get(&format!("/w/{token}"), &[("accept-language", "he")]).await;
        assert_eq!(response.status(), status, "{token}");
        assert!(page.contains("lang=\"he\"") && !page.contains("<form"), "{page}");
        seen.push(page);
    }
    seen.dedup();
    assert_eq!(seen.len(), 3);
    let (response, _) = widget.get("/h/ct_a", &[]).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND, "a frame's token opens no page of its own");
}

#[tokio::test]
async fn a_get_changes_nothing_and_a_form_in_a_frame_answers_with_the_next_page() {
    let widget = Widget::new();
    let (_, page) = widget.get("/w/ct_b", &[]).await;
    assert_eq!(widget.fake.acts(&session_id("b")), Vec::<String>::new());
    let (response, next) = widget
        .act(
            "choose",
            &[("sec-fetch-site", "same-origin")],
            &format!("{}&institution=leumi", ticket(&page)),
        )
        .await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers().get(header::SET_COOKIE).is_none(), "no cookie in a frame");
    assert!(text(&response, "content-security-policy").ends_with(&format!("frame-ancestors {PARENT}")));
    assert!(next.contains("name=\"f.psu_id\"") && next.contains("type=\"password\""), "{next}");
    // The ticket is spent: the same form again shows the current screen.
    let (_, again) = widget.act("choose", &[], &format!("{}&institution=poalim", ticket(&page))).await;
    assert!(again.contains("Bank Leumi") && !again.contains("Bank Hapoalim"), "{again}");
}

#[tokio::test]
async fn a_form_on_the_hosted_page_moves_to_an_address_without_the_token() {
    let widget = Widget::new();
    let id = session_id("c");
    let (_, page) = widget.get("/h/hl_c", &[]).await;
    let (response, _) = widget
        .act(
            "choose",
            &[("sec-fetch-site", "same-origin")],
            &format!("{}&institution=leumi", ticket(&page)),
        )
        .await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(text(&response, "location"), format!("/c/{id}"));
    let cookie = text(&response, "set-cookie").to_owned();
    assert!(cookie.starts_with(&format!("__Host-gesher-{id}=")), "{cookie}");
    for part in ["; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let pair = cookie.split(';').next().expect("a pair");
    let (response, form) = widget.get(&format!("/c/{id}"), &[("cookie", pair)]).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(form.contains("name=\"f.username\""));
    // With the cookie there, it is not set again; the link's own address goes on where the person was.
    let (response, _) = widget
        .act("submit", &[("cookie", pair)], &format!("{}&f.username=u", ticket(&form)))
        .await;
    assert!(response.headers().get(header::SET_COOKIE).is_none());
    let (_, reopened) = widget.get("/h/hl_c", &[("cookie", pair)]).await;
    assert!(reopened.contains("name=\"f.username\""), "{reopened}");
    let (response, _) = widget.get(&format!("/c/{id}"), &[]).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND, "without the cookie there is no page");
}

#[tokio::test]
async fn a_search_without_scripts_finds() {
    let widget = Widget::new();
    let id = session_id("d");
    let (_, page) = widget.get("/h/hl_d", &[]).await;
    let (response, _) = widget
        .act("search", &[], &format!("{}&q=%D7%9C%D7%90%D7%95%D7%9E%D7%99", ticket(&page)))
        .await;
    assert_eq!(text(&response, "location"), format!("/c/{id}?q=%D7%9C%D7%90%D7%95%D7%9E%D7%99"));
    let cookie = text(&response, "set-cookie").to_owned();
    let (_, found) = widget
        .get(
            text(&response, "location"),
            &[("cookie", cookie.split(';').next().expect("a pair"))],
        )
        .await;
    assert!(found.contains("value=\"leumi\"") && !found.contains("value=\"poalim\""), "{found}");
    let (_, frame) = widget.get("/w/ct_e", &[]).await;
    let (_, found) = widget.act("search", &[], &format!("{}&q=nothing-like-it", ticket(&frame))).await;
    assert!(found.contains("nothing-like-it") && !found.contains("value=\"leumi\""), "{found}");
}

#[tokio::test]
async fn what_another_site_caused_is_refused_before_anything_happens() {
    let widget = Widget::new();
    let (_, page) = widget.get("/w/ct_f", &[]).await;
    for site in ["cross-site", "same-site", "none"] {
        let (response, _) = widget
            .act(
                "choose",
                &[("sec-fetch-site", site)],
                &format!("{}&institution=leumi", ticket(&page)),
            )
            .await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{site}");
        let (response, _) = widget
            .send(Method::POST, "/w/fn/open", &[("sec-fetch-site", site)], Body::empty())
            .await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{site}");
    }
    assert_eq!(widget.fake.acts(&session_id("f")), Vec::<String>::new());
    let (response, _) = widget
        .act("choose", &[("origin", "null")], &format!("{}&institution=leumi", ticket(&page)))
        .await;
    assert_eq!(
        response.status(),
        StatusCode::OK,
        "a browser that does not say is trusted by its ticket"
    );
}

#[tokio::test]
async fn bad_forms_are_refused() {
    let widget = Widget::new();
    let (response, _) = widget.act("choose", &[], "institution=leumi").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND, "without a ticket");
    let (_, page) = widget.get("/w/ct_g", &[]).await;
    let (response, _) = widget.act("dance", &[], &ticket(&page)).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND, "an act that there is not");
    let long = format!("{}&q={}", ticket(&page), "a".repeat(70_000));
    let (response, _) = widget.act("search", &[], &long).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let (response, _) = widget
        .send(Method::POST, "/w/fn/search", &[("x-gesher-instance", "x")], vec![0; 70_000])
        .await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let (response, _) = widget.get("/w/do/choose", &[]).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(widget.fake.acts(&session_id("g")), Vec::<String>::new());
}

#[tokio::test]
async fn a_server_function_wants_a_handle_and_sets_the_hosted_cookie() {
    use gesher_app::shown::Shown;
    let widget = Widget::new();
    let (response, _) = widget
        .send(Method::POST, "/w/fn/look", &[("content-type", "application/x-postcard")], vec![0])
        .await;
    assert!(response.status().is_client_error(), "{}", response.status());
    let (_, _) = widget.get("/h/hl_i", &[]).await;
    let id = session_id("i");
    let handle = format!("handle~Page~{id}~1");
    let headers = [
        ("content-type", "application/x-postcard"),
        ("x-gesher-instance", handle.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    let request = Request::post("/w/fn/open")
        .header("content-type", "application/x-postcard")
        .header("x-gesher-instance", handle.as_str());
    let response = widget
        .router
        .clone()
        .oneshot(request.body(Body::from(vec![0])).expect("a request"))
        .await
        .expect("infallible");
    assert_eq!(response.status(), StatusCode::OK);
    let cookie = response.headers()[header::SET_COOKIE].to_str().expect("ascii").to_owned();
    assert!(cookie.starts_with(&format!("__Host-gesher-{id}=handle~Page")), "{cookie}");
    let shown: Shown = postcard::from_bytes(&response.into_body().collect().await.expect("a body").to_bytes()).expect("an answer");
    assert!(shown.markup.is_some_and(|markup| markup.contains("class=\"tile\"")));
    // The screen is known now: its markup is not sent again.
    let known = postcard::to_allocvec(&shown.facts.print).expect("bytes");
    let mut request = Request::post("/w/fn/look");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let response = widget
        .router
        .clone()
        .oneshot(request.body(Body::from(known)).expect("a request"))
        .await
        .expect("infallible");
    let shown: Shown = postcard::from_bytes(&response.into_body().collect().await.expect("a body").to_bytes()).expect("an answer");
    assert_eq!(shown.markup, None);
}

/// Serves the fake for a browser: `GESHER_TRY_WIDGET=127.0.0.1:4000`.
#[tokio::test]
async fn serves_for_a_browser_when_asked_to() {
    let Ok(address) = std::env::var("GESHER_TRY_WIDGET") else { return };
    let assets = Assets::load().expect("scripts/build-widget has run");
    let listener = tokio::net::TcpListener::bind(&address).await.expect("a free port");
    axum::serve(listener, router(Arc::new(Fake::default()), assets, false))
        .await
        .expect("serving");
}
