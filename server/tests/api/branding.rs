//! A tenant's branding on its pages, and the two files that it brings.

use crate::web::{Page, Person};
use crate::world::{ORIGIN, REDIRECT, World, add_tenant};
use axum::http::StatusCode;
use gesher_contract::TenantTag;
use gesher_server::store::brandings::{self, BrandingRow};
use gesher_server::tenants::branding::{Change, change};
use serde_json::json;
use std::time::Duration;

const MARK: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script><path d="M0 0h8v8z"/></svg>"#;

async fn put(world: &World, row: &BrandingRow) {
    world.core.store.write(brandings::put(row)).await.expect("a branding");
    // How long a change may take to be seen.
    world.clock.advance(Duration::from_secs(1));
}

fn row(world: &World) -> BrandingRow {
    BrandingRow {
        tenant_id: world.tenant.to_string(),
        ..BrandingRow::default()
    }
}

async fn brand(world: &World, wanted: Change) {
    put(world, &change(&row(world), wanted, 1).expect("it fits")).await;
}

/// The addresses below `/theme/` that a page names.
fn themes(page: &Page) -> Vec<String> {
    let parts = page.text.split("\"/theme/").skip(1);
    let mut found: Vec<_> = parts
        .map(|rest| format!("/theme/{}", rest.split('"').next().unwrap_or_default()))
        .collect();
    found.dedup();
    found
}

#[tokio::test]
async fn every_page_that_names_a_tenant_looks_like_it_within_a_second() {
    let world = World::new().await;
    let invited = world.invite(json!({ "redirect_url": REDIRECT })).await;
    let person = Person::new(&world);
    let hosted = invited["hosted_url"].as_str().expect("an address");
    assert_eq!(themes(&person.get(hosted, "cross-site").await), Vec::<String>::new());
    let look = Change {
        name: Some("\u{202e}Pin\u{200b}kas <b>".to_owned()),
        accent: Some("#ffff00".to_owned()),
        mark: Some(MARK.into()),
        ..Change::default()
    };
    brand(&world, look).await;

    let first = person.get(hosted, "cross-site").await;
    let [style, mark] = &themes(&first)[..] else {
        panic!("{:?}", themes(&first))
    };
    assert!(first.text.contains("Pinkas &lt;b&gt;") && !first.text.contains('\u{202e}'));
    let ours = first.text.find("/assets/widget.css").expect("our sheet");
    assert!(ours < first.text.find(style).expect("theirs"), "theirs counts after ours");
    assert_eq!(first.text.matches("<style").count() + first.text.matches(" style=").count(), 0);

    let sheet = person.get(style, "same-origin").await;
    assert_eq!(
        (sheet.status, sheet.header("content-type")),
        (StatusCode::OK, "text/css; charset=utf-8")
    );
    assert!(sheet.header("cache-control").contains("immutable"));
    assert!(
        sheet.text.starts_with(":root{--accent:light-dark(#") && !sheet.text.contains("(#ffff00,"),
        "yellow cannot be read on white: {}",
        sheet.text
    );

    let drawing = person.get(mark, "same-origin").await;
    assert_eq!((drawing.status, drawing.header("content-type")), (StatusCode::OK, "image/svg+xml"));
    assert!(drawing.header("cache-control").contains("immutable"));
    let policy = drawing.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none';") && policy.ends_with("; sandbox"),
        "{policy}"
    );
    assert_eq!(drawing.header("x-content-type-options"), "nosniff");
    assert_eq!(drawing.header("cross-origin-resource-policy"), "same-origin");

    let leaving = person.choose(&invited, "hosted_url", "sandbox-redirect").await;
    let departing = person.post("/go", "same-origin", &[("ticket", &leaving.ticket())]).await;
    assert_eq!(departing.status, StatusCode::OK, "{}", departing.text);
    assert_eq!(themes(&departing), [style.clone(), mark.clone()]);
}

#[tokio::test]
async fn what_an_address_names_is_what_may_be_kept() {
    let world = World::new().await;
    let invited = world.invite(json!({ "redirect_url": REDIRECT })).await;
    let person = Person::new(&world);
    let look = |accent: &str| Change {
        accent: Some(accent.to_owned()),
        mark: Some(MARK.into()),
        ..Change::default()
    };
    brand(&world, look("#22367f")).await;
    let page = person.get(invited["hosted_url"].as_str().expect("an address"), "none").await;
    let before = themes(&page);
    brand(&world, look("#0a7a4b")).await;
    for old in &before {
        let answer = person.get(old, "same-origin").await;
        assert_eq!(
            (answer.status, answer.header("cache-control")),
            (StatusCode::OK, "no-store"),
            "{old}"
        );
    }
    let page = person.get(invited["hosted_url"].as_str().expect("an address"), "none").await;
    assert!(themes(&page).iter().all(|address| !before.contains(address)), "new addresses");

    let bare = TenantTag::from_random(21);
    add_tenant(&world.core, &bare, &[ORIGIN], &[]).await;
    let tag = &world.tenant;
    for address in [
        format!("/theme/{bare}/0.css"),
        format!("/theme/{bare}/0/mark"),
        "/theme/zzzzzz/0.css".to_owned(),
        "/theme/nonsense/0/mark".to_owned(),
        format!("/theme/{tag}/0"),
        format!("/theme/{tag}/0.js"),
    ] {
        assert_eq!(person.get(&address, "same-origin").await.status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test]
async fn a_branding_that_was_written_past_the_checks_hides_nothing() {
    let world = World::new().await;
    let invited = world.invite(json!({ "redirect_url": REDIRECT })).await;
    let hostile = BrandingRow {
        name: Some("</bdi><style>*{display:none}</style>\u{202e}".repeat(1_000)),
        accent: Some("#fff;--ink:#fff}.name{display:none".to_owned()),
        accent_dark: Some("url(https://evil.example/)".to_owned()),
        radius: Some(9_999),
        ..row(&world)
    };
    put(&world, &hostile).await;
    let person = Person::new(&world);
    let page = person.get(invited["hosted_url"].as_str().expect("an address"), "none").await;
    assert!(!page.text.contains("<style") && !page.text.contains('\u{202e}'));
    let sheet = person.get(&themes(&page)[0], "same-origin").await;
    assert_eq!(sheet.text, ":root{}");
}
