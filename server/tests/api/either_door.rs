//! Sessions that a vendor's API makes: one address for frame and page, every allowed origin around the frame, the vendor's
//! messages, and no exchange.

use crate::banks::Browser;
use crate::web::{Page, Person};
use crate::world::{Answer, ORIGIN, REDIRECT, Visit, World};
use axum::http::StatusCode;
use gesher_app::backend::{Asked, Backend as _, Refused};
use gesher_contract::{Dialect, Door, Language, View};
use gesher_server::connect::invite::again::{self, Wish as Again};
use gesher_server::connect::invite::{self, Wish};
use gesher_server::connections::surface::{Surface, Vendor};
use gesher_server::store::tenants;
use gesher_server::tenants::{Caller, Mode};
use serde_json::{Map, Value, json};
use std::time::Duration;

const SECOND: &str = "https://second.example";
const ALL_WELL: &str = "321547416";
const VENDORS: [Vendor; 2] = [Vendor::OpenFinance, Vendor::Meld];

/// A connection as an adapter makes it.
pub async fn made(world: &World, vendor: Vendor, more: impl FnOnce(&mut Wish)) -> Value {
    let said = Map::new();
    let mut wish = Wish {
        customer: Some("user-1".to_owned()),
        language: Some(Language::En),
        include_sandbox: true,
        surface: Some(Surface { vendor, said }),
        ..Wish::default()
    };
    more(&mut wish);
    let caller = Caller::keyless(world.tenant.clone(), Mode::Test);
    let (invitation, unit) = invite::prepare(&world.core, &caller, wish).await.expect("an invitation");
    world.core.store.write(unit).await.expect("written");
    told(vendor, &invitation)
}

/// The address as the vendor's API gives it.
fn told(vendor: Vendor, invitation: &invite::Invitation) -> Value {
    let token = &invitation.connect_token;
    assert_eq!(*token, invitation.hosted_token, "one token");
    let address = match vendor {
        Vendor::OpenFinance => format!("https://gesher.example/connect/{token}"),
        Vendor::Meld => format!("https://gesher.example/?connectToken={token}"),
        Vendor::ConnectFi => unreachable!("it has an address for each door"),
    };
    json!({ "id": invitation.connection, "connect_token": token, "address": address })
}

/// The tenant allows these from now on.
async fn allow(world: &World, origins: &[&str]) {
    let row = tenants::by_id(&world.core.store, world.tenant.as_str()).await.expect("reads");
    let mut row = row.expect("a tenant");
    row.allowed_origins = json!(origins).to_string();
    world.core.store.write(tenants::update(&row)).await.expect("written");
    world.clock.advance(Duration::from_secs(1));
}

pub fn address(made: &Value) -> &str {
    made["address"].as_str().expect("an address")
}

fn token(made: &Value) -> &str {
    made["connect_token"].as_str().expect("a token")
}

fn ancestors(page: &Page) -> &str {
    page.header("content-security-policy")
        .rsplit("frame-ancestors ")
        .next()
        .unwrap_or_default()
}

/// The messages that a document of this session says in a dialect.
async fn dialect(world: &World, made: &Value, vendor_messages: bool) -> Option<Dialect> {
    let asked = Asked {
        vendor_messages,
        ..Asked::default()
    };
    let entry = world.backend.enter(token(made), Door::Frame, asked).await.expect("opens");
    // The document's own forms and calls say the same.
    let again = world.backend.admit(&entry.boot.screen.ticket).expect("a ticket");
    assert_eq!(world.backend.reenter(&again).await.expect("there").dialect, entry.boot.dialect);
    let again = world.backend.admit(&entry.boot.handle).expect("a handle");
    assert_eq!(world.backend.reenter(&again).await.expect("there").dialect, entry.boot.dialect);
    entry.boot.dialect
}

async fn visit<'a>(world: &'a World, made: &Value, door: Door, vendor_messages: bool) -> Visit<'a> {
    let asked = Asked {
        vendor_messages,
        ..Asked::default()
    };
    let entry = world.backend.enter(token(made), door, asked).await.expect("opens");
    Visit {
        world,
        at: entry.at,
        screen: entry.boot.screen,
    }
}

async fn embed_check(world: &World, made: &Value, origin: &str) -> Answer {
    let headers = [("origin", origin), ("x-gesher-token", token(made))];
    world.call("GET", "/embed-check", "", &headers, None).await
}

#[tokio::test]
async fn each_allowed_origin_may_be_around_the_frame_as_the_list_is_now() {
    let world = World::new().await;
    for vendor in VENDORS {
        allow(&world, &[ORIGIN, SECOND]).await;
        let made = made(&world, vendor, |_| ()).await;
        let person = Person::new(&world);
        let page = person.load(address(&made), "iframe").await;
        assert_eq!((page.status, ancestors(&page)), (StatusCode::OK, &*format!("{ORIGIN} {SECOND}")));
        for (origin, allowed) in [(ORIGIN, true), (SECOND, true), ("https://third.example", false), ("null", false)] {
            let answer = embed_check(&world, &made, origin).await;
            assert_eq!(
                (answer.status, answer.body),
                (StatusCode::OK, json!({ "allowed": allowed })),
                "{origin}"
            );
        }
        let next = person
            .post(
                "/w/do/choose",
                "same-origin",
                &[("ticket", &page.ticket()), ("institution", "sandbox-bank")],
            )
            .await;
        assert_eq!((next.status, ancestors(&next)), (StatusCode::OK, &*format!("{ORIGIN} {SECOND}")));
        assert!(next.header("set-cookie").is_empty(), "no cookie in a frame");

        allow(&world, &[SECOND]).await;
        let next = person.post("/w/do/open", "same-origin", &[("ticket", &page.ticket())]).await;
        assert_eq!(ancestors(&next), SECOND, "an origin that is taken off the list is out");
        assert_eq!(embed_check(&world, &made, ORIGIN).await.body, json!({ "allowed": false }));

        allow(&world, &[]).await;
        let page = person.load(address(&made), "iframe").await;
        assert_eq!((page.status, ancestors(&page)), (StatusCode::FORBIDDEN, "'none'"));
        assert!(page.text.contains("<h1") && !page.text.contains("<form"), "{}", page.text);
        let page = person.load(address(&made), "document").await;
        assert_eq!((page.status, ancestors(&page)), (StatusCode::OK, "'none'"));
    }
}

#[tokio::test]
async fn what_is_no_origin_gets_no_frame_whoever_wrote_it_into_the_list() {
    let world = World::new().await;
    allow(&world, &["*", "https://*.example", ORIGIN, "https://a.example; script-src *"]).await;
    let made = made(&world, Vendor::Meld, |_| ()).await;
    let page = Person::new(&world).load(address(&made), "iframe").await;
    assert_eq!(ancestors(&page), ORIGIN);
}

#[tokio::test]
async fn a_session_of_ours_stays_with_its_one_origin() {
    let world = World::new().await;
    allow(&world, &[ORIGIN, SECOND]).await;
    let invited = world.invite(json!({ "parent_origin": SECOND })).await;
    let page = Person::new(&world)
        .load(invited["widget_url"].as_str().expect("an address"), "iframe")
        .await;
    assert_eq!(ancestors(&page), SECOND);
    assert_eq!(embed_check(&world, &invited, ORIGIN).await.body, json!({ "allowed": false }));
    let entry = world
        .backend
        .enter(token(&invited), Door::Frame, Asked::default())
        .await
        .expect("opens");
    assert_eq!(entry.boot.parent_origins, [SECOND]);
    // With several allowed and none named there is still no frame.
    let hosted = world.invite(json!({ "parent_origin": null, "redirect_url": REDIRECT })).await;
    let refused = world.backend.enter(token(&hosted), Door::Frame, Asked::default()).await;
    assert!(matches!(refused, Err(Refused::Unknown)));
}

#[tokio::test]
async fn open_finances_messages_are_said_where_they_are_asked_for_and_melds_always() {
    let world = World::new().await;
    let plain = made(&world, Vendor::OpenFinance, |_| ()).await;
    assert_eq!(dialect(&world, &plain, false).await, None);
    assert_eq!(dialect(&world, &plain, true).await, Some(Dialect::OpenFinance));
    let asked = made(&world, Vendor::OpenFinance, |wish| wish.dialect = Some(Dialect::OpenFinance)).await;
    assert_eq!(dialect(&world, &asked, false).await, Some(Dialect::OpenFinance));
    let meld = made(&world, Vendor::Meld, |_| ()).await;
    for vendor_messages in [false, true] {
        assert_eq!(dialect(&world, &meld, vendor_messages).await, Some(Dialect::Meld));
    }
    // A session of ours says what it was made to say, whatever is asked for.
    let ours = world.invite(json!({})).await;
    assert_eq!(dialect(&world, &ours, true).await, None);
}

#[tokio::test]
async fn it_is_the_session_that_counts_and_not_the_connection() {
    let world = World::new().await;
    allow(&world, &[ORIGIN, SECOND]).await;
    // Made by our own API, repaired by Meld's; and the other way round.
    let ours = world.invite(json!({})).await;
    let caller = Caller::keyless(world.tenant.clone(), Mode::Test);
    let wish = Again {
        language: None,
        parent_origin: None,
        redirect_url: None,
        auto_redirect: false,
        state: None,
        vendor: Some(Vendor::Meld),
        only_repair: false,
    };
    let id = serde_json::from_value(ours["id"].clone()).expect("an id");
    let (invitation, _, unit) = again::prepare(&world.core, &caller, &id, wish).await.expect("an invitation");
    world.core.store.write(unit).await.expect("written");
    let theirs = told(Vendor::Meld, &invitation);
    assert_eq!(dialect(&world, &theirs, false).await, Some(Dialect::Meld));
    let page = Person::new(&world).load(address(&theirs), "iframe").await;
    assert_eq!(ancestors(&page), format!("{ORIGIN} {SECOND}"));

    let theirs = made(&world, Vendor::Meld, |_| ()).await;
    let ours = world.invite_again(&theirs, json!({ "parent_origin": SECOND })).await;
    assert_eq!(dialect(&world, &ours, false).await, None);
    let page = Person::new(&world)
        .load(ours["widget_url"].as_str().expect("an address"), "iframe")
        .await;
    assert_eq!(ancestors(&page), SECOND);
}

#[tokio::test]
async fn who_is_through_is_told_at_once_without_a_public_token_and_with_the_accounts_counted() {
    let world = World::new().await;
    for (vendor, called) in [(Vendor::OpenFinance, Some("open-finance-sandbox")), (Vendor::Meld, None)] {
        let made = made(&world, vendor, |_| ()).await;
        let mut visit = visit(&world, &made, Door::Frame, true).await;
        assert_eq!(visit.link(ALL_WELL).await, None);
        let View::Success(success) = &visit.screen.view else {
            panic!("{:?}", visit.screen.view)
        };
        assert!(success.announced && success.public_token.is_none(), "{success:?}");
        assert!(!success.accounts.is_empty(), "the first data are waited for");
        assert_eq!(success.called.as_deref(), called, "what the vendor calls the institution");
        assert_eq!(world.status(&made).await, "active");
    }
}

/// From the picker through the bank and back, in one tab; gives the last page.
async fn through_the_bank(world: &World, person: &Person<'_>, made: &Value) -> Page {
    let entered = person.load(address(made), "document").await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.text);
    let fields = [("ticket", &*entered.ticket()), ("institution", "sandbox-redirect")];
    let chosen = person.post("/w/do/choose", "same-origin", &fields).await;
    assert!(chosen.header("location").starts_with("/c/sess_"), "the token leaves the address");
    let leaving = person.follow(chosen).await;
    let departure = person.post("/go", "same-origin", &[("ticket", &leaving.ticket())]).await;
    let kept = departure
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|cookie| cookie.to_str().ok());
    let launch: Vec<_> = kept.filter(|cookie| cookie.contains("-go-")).collect();
    assert!(launch.len() == 1 && launch[0].ends_with("; Max-Age=14400"), "{launch:?}");
    let back = Browser::new().approve(&departure.bank(), ALL_WELL).await;
    let returned = person.get(back.as_str(), "cross-site").await;
    let mut page = person.follow(returned).await;
    let session = page_address(person);
    for _ in 0..200 {
        if world.status(made).await == "active" && page.text.contains("class=\"content middle success\"") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
        page = person.get(&session, "same-origin").await;
    }
    assert!(page.text.contains("class=\"content middle success\""), "{}", page.text);
    page
}

fn page_address(person: &Person<'_>) -> String {
    let handle = person.cookie("__Host-gesher-sess_").expect("the hosted page's cookie");
    format!("/c/{}", handle.split('.').nth(1).expect("a session"))
}

#[tokio::test]
async fn as_a_page_it_goes_through_the_bank_and_ends_on_our_page_where_the_host_named_none() {
    let world = World::new().await;
    for vendor in VENDORS {
        let made = made(&world, vendor, |_| ()).await;
        let person = Person::new(&world);
        let end = through_the_bank(&world, &person, &made).await;
        assert!(
            !end.text.contains("shop.example") && !end.text.contains("http-equiv=\"refresh\""),
            "{}",
            end.text
        );
    }
}

#[tokio::test]
async fn after_a_success_and_then_alone_it_goes_to_the_hosts_address_as_it_is() {
    let world = World::new().await;
    for vendor in VENDORS {
        let to_shop = |wish: &mut Wish| wish.redirect_url = Some(REDIRECT.to_owned());
        let won = made(&world, vendor, to_shop).await;
        let person = Person::new(&world);
        let end = through_the_bank(&world, &person, &won).await;
        assert!(end.text.contains(&format!("href=\"{REDIRECT}\"")), "{}", end.text);
        assert!(end.text.contains(&format!("url={REDIRECT}\"")), "{}", end.text);
        // Who comes by the address later is led there too, and told nothing.
        let late = Person::new(&world).load(address(&won), "document").await;
        assert!(late.text.contains(&format!("href=\"{REDIRECT}\"")), "{}", late.text);

        let left = made(&world, vendor, to_shop).await;
        let person = Person::new(&world);
        let page = person.load(address(&left), "document").await;
        let page = person.post("/w/do/cancel", "same-origin", &[("ticket", &page.ticket())]).await;
        let over = person.follow(page).await;
        assert!(over.text.contains("<h1") && !over.text.contains("shop.example"), "{}", over.text);
        let late = Person::new(&world).load(address(&left), "document").await;
        assert!(late.text.contains("<h1") && !late.text.contains("shop.example"), "{}", late.text);

        let failed = made(&world, vendor, to_shop).await;
        let mut visit = visit(&world, &failed, Door::Page, false).await;
        visit.link("050299338").await;
        let View::Failed { return_url, .. } = &visit.screen.view else {
            panic!("{:?}", visit.screen.view)
        };
        assert_eq!(*return_url, None);
    }
}

#[tokio::test]
async fn frame_and_page_are_one_session_with_one_live_document() {
    let world = World::new().await;
    let made = made(&world, Vendor::OpenFinance, |_| ()).await;
    let (frame, page) = (Person::new(&world), Person::new(&world));
    let framed = frame.load(address(&made), "iframe").await;
    let fields = [("ticket", &*framed.ticket()), ("institution", "sandbox-redirect")];
    let leaving = frame.post("/w/do/choose", "same-origin", &fields).await;
    assert!(frame.cookie("").is_none(), "no cookie in a frame");

    // Somebody whom the link was sent to takes over, and the frame can do nothing more.
    let entered = page.load(address(&made), "document").await;
    let taken = page.post("/w/do/start_over", "same-origin", &[("ticket", &entered.ticket())]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER);
    let departure = frame.post("/go", "same-origin", &[("ticket", &leaving.ticket())]).await;
    assert!(departure.header("refresh").is_empty(), "{}", departure.text);

    // Once somebody is at the bank nobody takes over by the other door.
    let picker = page.follow(taken).await;
    let fields = [("ticket", &*picker.ticket()), ("institution", "sandbox-redirect")];
    let chosen = page.post("/w/do/choose", "same-origin", &fields).await;
    let leaving = page.follow(chosen).await;
    page.post("/go", "same-origin", &[("ticket", &leaving.ticket())]).await.bank();
    let other = Person::new(&world);
    let framed = other.load(address(&made), "iframe").await;
    let fields = [("ticket", &*framed.ticket()), ("institution", "sandbox-bank")];
    let refused = other.post("/w/do/choose", "same-origin", &fields).await;
    assert!(!refused.text.contains("name=\"f.username\""), "{}", refused.text);
}
