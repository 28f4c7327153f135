//! `callbackInformation`: who is told of the outcome, with which auth. What they are told is with the callbacks' own tests.

use super::{created, delete, follow, linked, post, read, text, whole, wrong};
use crate::receiver::Receiver;
use crate::world::World;
use data_encoding::BASE64;
use gesher_app::backend::Backend as _;
use gesher_server::store::callbacks;
use serde_json::{Value, json};

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
    let heard = &success.hears(1).await[0];
    assert_eq!(
        heard.header("authorization"),
        format!("Basic {}", BASE64.encode(b"gesher:open: sesame"))
    );
    let refused = created(&world, &token, &asked).await;
    assert!(follow(&world, &refused).await.link("050299338").await.is_none());
    fail.hears(1).await;
    let left = created(&world, &token, &asked).await;
    let mut visit = follow(&world, &left).await;
    visit.open().await;
    visit.world.backend.cancel(&visit.at).await.expect("leaves");
    abort.hears(1).await;
    assert_eq!((success.heard().len(), fail.heard().len(), abort.heard().len()), (1, 1, 1));
}

#[tokio::test]
async fn headers_of_the_hosts_own_open_the_receiver() {
    let world = World::new().await;
    let token = whole(&world).await;
    let receiver = Receiver::start().await;
    let hooks = json!({ "webhooks": { "enabled": true, "abortUrl": receiver.url, "customHeaders": { "x-api-key": "k-17" } } });
    let made = created(&world, &token, &json!({ "callbackInformation": hooks })).await;
    delete(&world, &token, &made).await;
    assert_eq!(receiver.hears(1).await[0].header("x-api-key"), "k-17");
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
