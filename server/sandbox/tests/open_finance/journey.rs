//! The pages behind `connectUrl`.

use crate::organisation::{Answer, BACK, Organisation, SANDBOX, asked};
use http::StatusCode;
use serde_json::json;

const PSU: &str = "043510023";

/// Where a page goes on by itself.
fn refresh(page: &Answer) -> Option<String> {
    let after = page.text.split("http-equiv=\"refresh\" content=\"0;url=").nth(1)?;
    Some(after.split('"').next()?.replace("&amp;", "&"))
}

fn assert_page(page: &Answer, lang: &str, title: &str) {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let dir = if lang == "he" { "rtl" } else { "ltr" };
    assert!(
        page.text.contains(&format!("<html lang=\"{lang}\" dir=\"{dir}\">")),
        "{}",
        page.text
    );
    assert!(page.text.contains(&format!("<h1>{title}</h1>")), "{title}: {}", page.text);
    let csp = page.header("content-security-policy");
    assert!(csp.contains("default-src 'none'") && csp.contains("form-action 'self'"), "{csp}");
}

#[tokio::test]
async fn the_whole_way_leads_back_once_connected() {
    let organisation = Organisation::new().await;
    let (id, url) = organisation.create(asked()).await;
    assert!(url.starts_with(SANDBOX), "{url}");
    let page = organisation.page(&url).await;
    assert_page(&page, "en", "Who you are");
    assert_eq!(page.header("x-frame-options"), "DENY");
    let page = organisation.approve(&url, PSU).await;
    assert_page(&page, "en", "Connecting");
    assert_eq!(refresh(&page), None);
    assert_eq!(organisation.status(&id).await, "FETCHING");
    organisation.pass(2);
    let page = organisation.page(&url).await;
    assert_page(&page, "en", "Connected");
    assert_eq!(refresh(&page).as_deref(), Some(BACK));
    assert_eq!(organisation.status(&id).await, "CONNECTED");
    organisation.pass(3);
    assert_eq!(organisation.status(&id).await, "ACTIVE");
}

#[tokio::test]
async fn several_providers_are_picked_from_and_one_is_not() {
    let organisation = Organisation::new().await;
    let (_, url) = organisation.create(json!({"includeFakeProviders": true})).await;
    let page = organisation.page(&url).await;
    assert_page(&page, "en", "Choose your institution");
    for id in ["hapoalim", "isracard", "open-finance-sandbox"] {
        assert!(page.text.contains(&format!("value=\"{id}\"")), "{id}");
    }
    assert!(!page.text.contains("menora"), "insurers were not asked for");
    assert!(page.text.contains("value=\"discount-sandbox\" disabled"));
    for wrong in ["", "discount-sandbox", "menora-sandbox", "nobody"] {
        let (_, page) = organisation.fill(&url, &[("provider", wrong)]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let (url, page) = organisation.fill(&url, &[("provider", "leumi-sandbox")]).await;
    assert_page(&page, "en", "Who you are");
    let (url, page) = organisation.fill(&url, &[("action", "back")]).await;
    assert_page(&page, "en", "Choose your institution");
    let (_, page) = organisation.fill(&url, &[("provider", "mizrahi-sandbox")]).await;
    assert!(page.text.contains("value=\"passport\""), "{}", page.text);

    let (_, url) = organisation
        .create(json!({"includeFakeProviders": true, "providerIds": ["menora-sandbox"], "allowInsurance": true}))
        .await;
    assert_page(&organisation.page(&url).await, "en", "Who you are");
}

#[tokio::test]
async fn a_known_id_is_locked_and_skips_the_page_where_that_is_wished() {
    let organisation = Organisation::new().await;
    let mut body = asked();
    body["psuId"] = json!("321547416");
    let (id, url) = organisation.create(body.clone()).await;
    let page = organisation.page(&url).await;
    assert!(page.text.contains("value=\"321547416\" readonly"), "{}", page.text);
    organisation.approve(&url, PSU).await;
    let connection = organisation.get(&format!("/connections/{id}")).await.json();
    assert_eq!(connection["psuId"], "321547416", "what the form says instead does not count");

    body["redirectWithoutButtonClick"] = json!(true);
    let (_, url) = organisation.create(body).await;
    let page = organisation.page(&url).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert_page(&organisation.page(page.header("location")).await, "en", "Log in");
}

#[tokio::test]
async fn what_fails_does_not_lead_back() {
    let organisation = Organisation::new().await;
    let (id, url) = organisation.create(asked()).await;
    let (_, page) = organisation.fill(&url, &[("psu_id", "123456789"), ("action", "identify")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "no id");
    let (closed, page) = organisation.fill(&url, &[("action", "cancel")]).await;
    assert_page(&page, "en", "Closed");
    assert!(closed.contains("closed=1"));
    assert_eq!(organisation.status(&id).await, "INACTIVE");

    let bank = organisation.log_in(&url, PSU).await;
    let (_, page) = organisation.fill(&bank, &[("action", "decline")]).await;
    assert_page(&page, "en", "Not connected");
    assert_eq!(refresh(&page), None);
    assert_eq!(organisation.status(&id).await, "REJECTED");
    // Who is still there reads it, too, when the organisation was quick to delete it.
    let path = format!("/connections/{id}");
    let deleted = organisation.call(http::Method::DELETE, &path, None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    assert_page(&organisation.page(&url).await, "en", "Not connected");
    assert_eq!(organisation.get(&path).await.status, StatusCode::NOT_FOUND);

    let (id, url) = organisation.create(asked()).await;
    let (bank, _) = organisation.fill(&url, &[("psu_id", PSU), ("action", "identify")]).await;
    let wrong = [("username", "user"), ("password", "word"), ("action", "login")];
    for left in ["2", "1"] {
        let (_, page) = organisation.fill(&bank, &wrong).await;
        assert_eq!(page.status, StatusCode::UNAUTHORIZED);
        assert!(page.text.contains(&format!("Tries left: {left}")), "{}", page.text);
    }
    let (_, page) = organisation.fill(&bank, &wrong).await;
    assert_page(&page, "en", "Not connected");
    assert_eq!(organisation.status(&id).await, "CREDENTIALS_ERROR");

    let (id, url) = organisation.create(asked()).await;
    organisation.pass(3600);
    assert_eq!(organisation.page(&url).await.status, StatusCode::GONE);
    assert_eq!(organisation.status(&id).await, "EXPIRED");
    let nowhere = organisation.page("/open-finance/connect/0123").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_language_is_the_connections_or_else_the_persons() {
    let organisation = Organisation::new().await;
    let mut body = asked();
    let (_, url) = organisation.create(body.clone()).await;
    let page = organisation.page(&url).await;
    assert!(page.text.contains("class=\"language\" lang=\"he\""), "{}", page.text);
    assert_page(&organisation.page(&format!("{url}?lang=he")).await, "he", "פרטי זיהוי");
    body["language"] = json!("he");
    let (_, url) = organisation.create(body).await;
    let page = organisation.page(&format!("{url}?lang=en")).await;
    assert_page(&page, "he", "פרטי זיהוי");
    assert!(!page.text.contains("class=\"language\""));
    let bank = organisation.log_in(&url, PSU).await;
    assert_page(&organisation.page(&bank).await, "he", "אישור גישה");
    let (_, page) = organisation.fill(&bank, &[("action", "approve")]).await;
    assert_page(&page, "he", "מתחברים");
}

#[tokio::test]
async fn a_frame_is_told_how_it_went() {
    let organisation = Organisation::new().await;
    let mut body = asked();
    body["iframe"] = json!(true);
    let tells = |page: &Answer, source: &str, kind: &str| {
        let said = format!("data-source=\"{source}\" data-type=\"{kind}\"");
        assert!(page.text.contains(&said), "{said}: {}", page.text);
        let csp = page.header("content-security-policy");
        assert!(
            csp.contains("script-src 'self'") && csp.contains("frame-ancestors http: https:"),
            "{csp}"
        );
        assert_eq!(page.header("x-frame-options"), "");
    };
    let (_, url) = organisation.create(body.clone()).await;
    assert!(!organisation.page(&url).await.text.contains("<script"));
    let (_, page) = organisation.fill(&url, &[("action", "cancel")]).await;
    tells(&page, "journey", "close");
    organisation.approve(&url, PSU).await;
    organisation.pass(2);
    let page = organisation.page(&url).await;
    tells(&page, "waiting", "success");
    assert_eq!(refresh(&page), None, "the page around the frame goes on");
    let (_, url) = organisation.create(body).await;
    tells(&organisation.approve(&url, "050299338").await, "waiting", "fail");
    let script = organisation.page("/open-finance/journey.js").await;
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
}
