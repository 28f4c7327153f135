//! `callbackInformation`: who is told of what, in the vendor's words, and with which auth.

use super::{USER, created, delete, follow, linked, post, read, text, whole, wrong};
use crate::receiver::{Heard, Receiver};
use crate::world::World;
use data_encoding::BASE64;
use gesher_app::backend::Backend as _;
use gesher_server::store::callbacks;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

#[tokio::test]
async fn each_outcome_is_told_to_its_own_address() {
    let world = World::new().await;
    let token = whole(&world).await;
    let (success, fail, abort) = (Receiver::start().await, Receiver::start().await, Receiver::start().await);
    let hooks = json!({ "webhooks": {
        "enabled": true, "successUrl": success.url, "failUrl": fail.url, "abortUrl": abort.url,
        "basic": { "enabled": true, "username": "gesher", "password": "open: sesame" }, "products": ["CONNECTIONS"],
    }});
    let asked = json!({ "callbackInformation": hooks, "providerIds": ["open-finance-sandbox"] });
    linked(&world, &token, &asked).await;
    // [V] fired when a connection's status changes, so of both; which address hears of which is [I].
    let heard = success.hears(2).await;
    let status = |heard: &Heard| text(&heard.json()["connectionStatus"]).to_owned();
    let statuses: BTreeSet<String> = heard.iter().map(status).collect();
    assert_eq!(statuses, ["COMPLETED", "CONNECTED"].map(str::to_owned).into());
    let heard = &heard[0];
    assert_eq!(
        heard.header("authorization"),
        format!("Basic {}", BASE64.encode(b"gesher:open: sesame"))
    );
    let refused = created(&world, &token, &asked).await;
    assert!(follow(&world, &refused).await.link("050299338").await.is_none());
    assert_eq!(status(&fail.hears(1).await[0]), "REJECTED");
    let left = created(&world, &token, &asked).await;
    let mut visit = follow(&world, &left).await;
    visit.open().await;
    visit.world.backend.cancel(&visit.at).await.expect("leaves");
    assert_eq!(
        status(&abort.hears(1).await[0]),
        "INACTIVE",
        "nobody finished it, and nobody has given it up"
    );
    assert_eq!((success.heard().len(), fail.heard().len(), abort.heard().len()), (2, 1, 1));
}

/// [V] The keys of the vendor's example of a connection whose status changed.
const KEYS: [&str; 8] = [
    "expiryDate",
    "bankName",
    "connectionId",
    "connectionStatus",
    "userId",
    "orgId",
    "connectionError",
    "accountNumbers",
];

async fn a_change_is_told_with_the_vendors_keys(world: World) {
    let token = whole(&world).await;
    let (success, fail) = (Receiver::start().await, Receiver::start().await);
    let hooks = json!({ "webhooks": { "enabled": true, "successUrl": success.url, "failUrl": fail.url } });
    let asked = json!({
        "callbackInformation": hooks, "providerIds": ["open-finance-sandbox"], "refreshData": true, "expiryDate": "2027-06-01T00:00:00Z",
    });
    let made = linked(&world, &token, &asked).await;
    let heard = success.hears(2).await;
    let of = |word: &str| {
        let mut bodies = heard.iter().map(Heard::json);
        bodies.find(|body| body["connectionStatus"] == word).expect("it was told")
    };
    for body in [of("CONNECTED"), of("ACTIVE")] {
        let keys: BTreeSet<&str> = body.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(keys, KEYS.into());
        assert_eq!(
            (&body["connectionId"], &body["userId"], &body["orgId"], &body["bankName"]),
            (
                &made["id"],
                &json!(USER),
                &json!(world.tenant.as_str()),
                &json!("open-finance-sandbox")
            )
        );
        assert_eq!(body["connectionError"], Value::Null, "[I] where nothing is wrong");
    }
    let shown = read(&world, &token, &made).await;
    assert_eq!(of("ACTIVE")["expiryDate"], shown["expiryDate"], "[V] a day");
    // [V] the example has the accounts' numbers with ACTIVE.
    let numbers = of("ACTIVE")["accountNumbers"].as_array().expect("a list").clone();
    assert!(
        !numbers.is_empty() && numbers.iter().all(|number| !text(number).is_empty()),
        "{numbers:?}"
    );

    let rows = callbacks::of_connection(&world.core.store, world.tenant.as_str(), text(&made["id"]))
        .await
        .expect("reads");
    let wishes: Vec<_> = rows.iter().filter(|row| row.wish.is_none()).collect();
    assert!(
        wishes.len() == 2 && wishes.iter().all(|row| row.state == "waiting"),
        "they hear of what is still to come"
    );
    assert_eq!(fail.heard().len(), 0);
}

#[tokio::test]
async fn each_change_is_told_with_the_vendors_keys() {
    a_change_is_told_with_the_vendors_keys(World::new().await).await;
}

#[tokio::test]
async fn each_change_is_told_with_the_vendors_keys_on_postgresql() {
    a_change_is_told_with_the_vendors_keys(World::on_postgres().await).await;
}

#[tokio::test]
async fn what_is_wrong_is_said_with_an_error_alone() {
    let world = World::new().await;
    let token = whole(&world).await;
    let fail = Receiver::start().await;
    let hooks = json!({ "webhooks": { "enabled": true, "failUrl": fail.url } });
    let asked = json!({ "callbackInformation": hooks, "providerIds": ["open-finance-sandbox"] });
    // [V] the sandbox's person whose data cannot be fetched.
    let made = created(&world, &token, &asked).await;
    follow(&world, &made).await.link("316159029").await;
    let body = fail.hears(1).await[0].json();
    assert_eq!(
        (&body["connectionId"], &body["connectionStatus"]),
        (&made["id"], &json!("FETCHING_ERROR"))
    );
    let keys: BTreeSet<&str> = body["connectionError"]
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(keys, ["message", "type"].into(), "[V] the names; what they say is ours");
    assert_eq!(body["connectionError"]["type"], "INSTITUTION_UNAVAILABLE");
    // [V] the one who refuses.
    let made = created(&world, &token, &asked).await;
    follow(&world, &made).await.link("050299338").await;
    let body = fail.hears(2).await[1].json();
    assert_eq!(
        (&body["connectionId"], &body["connectionStatus"], &body["connectionError"]),
        (&made["id"], &json!("REJECTED"), &Value::Null)
    );
}

#[tokio::test]
async fn headers_of_the_hosts_own_open_the_receiver() {
    let world = World::new().await;
    let token = whole(&world).await;
    let receiver = Receiver::start().await;
    let hooks = json!({ "webhooks": { "enabled": true, "abortUrl": receiver.url, "customHeaders": { "x-api-key": "k-17" } } });
    let made = created(&world, &token, &json!({ "callbackInformation": hooks })).await;
    let mut visit = follow(&world, &made).await;
    visit.open().await;
    visit.world.backend.cancel(&visit.at).await.expect("leaves");
    assert_eq!(receiver.hears(1).await[0].header("x-api-key"), "k-17");
    // [I] A status that the vendor does not show is told to nobody, and what opened the receiver is gone.
    delete(&world, &token, &made).await;
    world.clock.advance(Duration::from_secs(60 * 60));
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(receiver.heard().len(), 1);
    let rows = callbacks::of_connection(&world.core.store, world.tenant.as_str(), text(&made["id"])).await;
    assert!(rows.expect("reads").iter().all(|row| row.auth.is_none()));
}

#[tokio::test]
async fn what_opens_the_receiver_is_not_read_back_and_kept_sealed() {
    let world = World::new().await;
    let token = whole(&world).await;
    let hooks = json!({ "webhooks": {
        "enabled": true, "successUrl": "http://127.0.0.1:9/s", "failUrl": null, "abortUrl": null,
        "oauth": { "enabled": true, "clientId": "c", "clientSecret": "sesame-1", "audience": "a", "scope": "s", "tokenUrl": "http://127.0.0.1:9/t" },
        "basic": { "enabled": false, "username": "u", "password": "sesame-2", "tokenUrl": null }, "customHeaders": {}, "products": ["CONNECTIONS"],
    }});
    let made = created(&world, &token, &json!({ "callbackInformation": hooks })).await;
    let mut shown = hooks.clone();
    shown["webhooks"]["oauth"]["clientSecret"] = Value::Null;
    shown["webhooks"]["basic"]["password"] = Value::Null;
    assert_eq!(read(&world, &token, &made).await["callbackInformation"], shown);
    let rows = callbacks::of_connection(&world.core.store, world.tenant.as_str(), text(&made["id"]))
        .await
        .expect("reads");
    assert_eq!((rows.len(), rows[0].auth.is_some()), (1, true));
    for file in std::fs::read_dir(world.folder.path()).expect("the folder") {
        let kept = std::fs::read(file.expect("a file").path()).expect("readable");
        assert!(!kept.windows(7).any(|part| part == b"sesame-"), "a secret is stored");
    }
}

#[tokio::test]
async fn nobody_is_told_where_it_is_off_and_what_is_wrong_is_said() {
    let world = World::new().await;
    let token = whole(&world).await;
    for hooks in [
        json!({ "enabled": false, "successUrl": "http://127.0.0.1:9/" }),
        json!({ "successUrl": "http://127.0.0.1:9/" }),
        json!({ "enabled": true, "successUrl": "http://127.0.0.1:9/", "products": ["PAYMENTS", "SESSIONS"] }),
        Value::Null,
    ] {
        let made = created(&world, &token, &json!({ "callbackInformation": { "webhooks": hooks } })).await;
        let rows = callbacks::of_connection(&world.core.store, world.tenant.as_str(), text(&made["id"]))
            .await
            .expect("reads");
        assert!(rows.is_empty(), "{hooks}");
    }
    let before = world.get("/v1/connections").await.body;
    let refuse = async |hooks: Value, what: &str| {
        let body = json!({ "includeFakeProviders": true, "callbackInformation": { "webhooks": hooks } });
        wrong(
            &post(&world, &token, &body).await,
            &[&format!("\"callbackInformation.webhooks.{what}")],
        );
    };
    let with = |more: Value| {
        let mut hooks = json!({ "enabled": true, "failUrl": "http://127.0.0.1:9/" });
        for (name, value) in more.as_object().expect("an object") {
            hooks[name] = value.clone();
        }
        hooks
    };
    let public = "must be an https address of the public internet";
    refuse(json!({ "enabled": true, "failUrl": "nonsense" }), &format!("failUrl\" {public}")).await;
    refuse(
        json!({ "enabled": true, "abortUrl": "http://10.0.0.1/" }),
        &format!("abortUrl\" {public}"),
    )
    .await;
    refuse(
        with(json!({ "products": ["LOANS"] })),
        "products[0]\" must be one of [CONNECTIONS, PAYMENTS, DECISION, SESSIONS]",
    )
    .await;
    refuse(with(json!({ "enabled": "yes" })), "enabled\" must be a boolean").await;
    refuse(
        with(json!({ "basic": { "enabled": true, "username": "a:b", "password": "p" } })),
        "basic.username\" It has no colon.",
    )
    .await;
    let oauth = json!({ "enabled": true, "clientId": "c", "clientSecret": "s", "tokenUrl": "nonsense" });
    refuse(with(json!({ "oauth": oauth })), &format!("oauth.tokenUrl\" {public}")).await;
    let both = json!({ "oauth": { "enabled": true }, "customHeaders": { "x": "y" } });
    refuse(with(both), "oauth\" cannot be enabled with basic or customHeaders").await;
    assert_eq!(world.get("/v1/connections").await.body, before);
}
