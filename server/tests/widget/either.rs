//! Addresses that are good for both doors: the browser says where it is going to show the page, and that is the door.

use crate::fake::{PARENT, SECOND, session_id};
use crate::http::{Widget, text, ticket};
use http::{Method, Response, StatusCode, header};
use serde_json::Value;

const FRAME: (&str, &str) = ("sec-fetch-dest", "iframe");
const PAGE: (&str, &str) = ("sec-fetch-dest", "document");
const OURS: (&str, &str) = ("sec-fetch-site", "same-origin");

/// The two vendors' addresses for this token.
fn addresses(token: &str) -> [String; 2] {
    [format!("/connect/{token}"), format!("/?connectToken={token}")]
}

fn ancestors(response: &Response<()>) -> &str {
    let policy = text(response, "content-security-policy");
    policy.rsplit("frame-ancestors ").next().unwrap_or_default()
}

fn both() -> String {
    format!("{PARENT} {SECOND}")
}

/// What the page is to tell the page around it, where WebAssembly does not.
fn for_host(page: &str) -> Value {
    let attribute = page
        .split("data-host=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("the attribute");
    let json = attribute.replace("&quot;", "\"").replace("&#x27;", "'").replace("&amp;", "&");
    serde_json::from_str(&json).expect("JSON")
}

#[tokio::test]
async fn in_a_frame_it_is_the_frame_and_no_cookie_is_ever_set() {
    let widget = Widget::new();
    for (name, address) in ["cl_a", "cl_b"].into_iter().zip([&addresses("cl_a")[0], &addresses("cl_b")[1]]) {
        for destination in ["iframe", "frame", "embed", "object"] {
            let (response, page) = widget.get(address, &[("sec-fetch-dest", destination)]).await;
            assert_eq!(response.status(), StatusCode::OK, "{address} {destination}");
            assert!(page.contains("class=\"frame\""), "{page}");
            assert_eq!(ancestors(&response), both());
            assert!(response.headers().get(header::SET_COOKIE).is_none());
        }
        let id = session_id(&name[3..]);
        assert_eq!(widget.fake.acts(&id), Vec::<String>::new(), "looking changes nothing");
        let (_, page) = widget.get(address, &[FRAME]).await;
        let (response, form) = widget.act("choose", &[OURS], &format!("{}&institution=leumi", ticket(&page))).await;
        assert_eq!((response.status(), ancestors(&response)), (StatusCode::OK, &*both()));
        let (response, next) = widget.act("submit", &[OURS], &format!("{}&f.username=u", ticket(&form))).await;
        assert_eq!((response.status(), ancestors(&response)), (StatusCode::OK, &*both()));
        assert!(
            response.headers().get(header::SET_COOKIE).is_none() && next.contains("class=\"frame\""),
            "{next}"
        );
    }
}

#[tokio::test]
async fn as_a_document_it_is_the_hosted_page() {
    let widget = Widget::new();
    for (name, address) in ["cl_c", "cl_d"].into_iter().zip([&addresses("cl_c")[0], &addresses("cl_d")[1]]) {
        let id = session_id(&name[3..]);
        let (response, page) = widget.get(address, &[PAGE]).await;
        assert_eq!((response.status(), ancestors(&response)), (StatusCode::OK, "'none'"));
        assert!(
            response.headers().get(header::SET_COOKIE).is_none() && page.contains("class=\"page\""),
            "{page}"
        );
        assert!(!page.contains(SECOND), "nobody is spoken to, so nobody is named");
        let (response, _) = widget.act("choose", &[OURS], &format!("{}&institution=leumi", ticket(&page))).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(text(&response, "location"), format!("/c/{id}"), "the token leaves the address");
        let cookie = text(&response, "set-cookie").to_owned();
        assert!(cookie.starts_with(&format!("__Host-gesher-{id}=")), "{cookie}");
        let pair = cookie.split(';').next().expect("a pair");
        // The same link in the same browser goes on where the person was.
        let (_, again) = widget.get(address, &[PAGE, ("cookie", pair)]).await;
        assert!(again.contains("name=\"f.username\""), "{again}");
    }
}

#[tokio::test]
async fn who_does_not_say_where_it_will_be_shown_gets_the_page_that_nobody_may_frame() {
    let widget = Widget::new();
    for address in addresses("cl_e") {
        for headers in [
            &[][..],
            &[("sec-fetch-dest", "empty")],
            &[("sec-fetch-dest", "fencedframe")],
            &[("sec-fetch-dest", "")],
        ] {
            let (response, page) = widget.get(&address, headers).await;
            assert_eq!((response.status(), ancestors(&response)), (StatusCode::OK, "'none'"), "{headers:?}");
            assert!(page.contains("class=\"page\"") && !page.contains("data-host"), "{page}");
        }
    }
}

#[tokio::test]
async fn each_address_takes_its_own_tokens_alone() {
    let widget = Widget::new();
    for destination in [FRAME, PAGE] {
        for address in [
            "/connect/ct_f",
            "/connect/hl_f",
            "/?connectToken=ct_f",
            "/?connectToken=hl_f",
            "/?connectToken=",
        ] {
            let (response, page) = widget.get(address, &[destination]).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{address}");
            assert!(!page.contains("<form"), "{page}");
        }
    }
    for (address, destination) in [("/w/cl_f", FRAME), ("/h/cl_f", PAGE)] {
        for headers in [&[destination][..], &[]] {
            let (response, page) = widget.get(address, headers).await;
            assert_eq!(
                (response.status(), ancestors(&response)),
                (StatusCode::NOT_FOUND, "'none'"),
                "{address}"
            );
            assert!(!page.contains("<form"), "{page}");
        }
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_at_the_root() {
    let widget = Widget::new();
    let (nowhere, page) = widget.get("/nowhere", &[PAGE]).await;
    let nowhere = (nowhere.status(), page);
    for address in ["/", "/?", "/?connecttoken=cl_g", "/?other=1"] {
        let (response, page) = widget.get(address, &[PAGE]).await;
        assert_eq!((response.status(), page), nowhere, "{address}");
    }
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let (response, _) = widget.ask(method.clone(), "/?connectToken=cl_g", &[PAGE]).await;
        assert_eq!(response.status(), nowhere.0, "{method}");
    }
    assert_eq!(widget.fake.acts(&session_id("g")), Vec::<String>::new());
}

#[tokio::test]
async fn where_no_page_is_allowed_there_is_no_frame_and_a_page_all_the_same() {
    let widget = Widget::new();
    for address in addresses("cl_unframed") {
        let (response, page) = widget.get(&address, &[FRAME]).await;
        assert_eq!((response.status(), ancestors(&response)), (StatusCode::FORBIDDEN, "'none'"));
        assert!(
            page.contains("<h1") && !page.contains("<form") && !page.contains("leptos-island"),
            "{page}"
        );
        let (response, page) = widget.get(&address, &[PAGE]).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert!(page.contains("name=\"ticket\""), "{page}");
    }
}

#[tokio::test]
async fn a_token_that_does_not_work_says_so_where_it_may_be_shown() {
    let widget = Widget::new();
    for (token, status, around) in [
        ("cl_unknown", StatusCode::NOT_FOUND, "'none'".to_owned()),
        ("cl_over", StatusCode::GONE, both()),
        ("cl_many", StatusCode::TOO_MANY_REQUESTS, both()),
    ] {
        for address in addresses(token) {
            let (response, _) = widget.get(&address, &[FRAME]).await;
            assert_eq!((response.status(), ancestors(&response)), (status, &*around), "{token}");
            let (response, _) = widget.get(&address, &[PAGE]).await;
            assert_eq!((response.status(), ancestors(&response)), (status, "'none'"), "{token}");
        }
    }
}

#[tokio::test]
async fn the_address_may_ask_for_the_vendors_messages_and_the_frame_keeps_to_it() {
    let widget = Widget::new();
    let (_, page) = widget.get("/connect/cl_h?iframe=true", &[FRAME]).await;
    assert_eq!(for_host(&page)["to"], serde_json::json!([PARENT, SECOND]));
    let (_, form) = widget.act("choose", &[OURS], &format!("{}&institution=done", ticket(&page))).await;
    let success = |page: &str| {
        let messages = for_host(page)["messages"].clone();
        let all = messages.as_array().expect("messages").clone();
        all.into_iter().find(|message| message["type"] == "success").expect("a success")
    };
    assert_eq!(success(&form)["also"]["type"], "success", "after a form's post, too");
    for (session, query) in [
        ("i", ""),
        ("j", "?iframe=false"),
        ("k", "?iframe=1"),
        ("l", "?iframe"),
        ("m", "?Iframe=true"),
    ] {
        let (_, page) = widget.get(&format!("/connect/cl_{session}{query}"), &[FRAME]).await;
        let (_, form) = widget.act("choose", &[OURS], &format!("{}&institution=done", ticket(&page))).await;
        assert_eq!(success(&form)["also"], Value::Null, "{query}");
    }
    // It says nothing of the door.
    let (response, page) = widget.get("/connect/cl_n?iframe=true", &[PAGE]).await;
    assert!(page.contains("class=\"page\"") && ancestors(&response) == "'none'", "{page}");
}
