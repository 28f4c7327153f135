//! The directory as tenants see it: routes by providers' lists, and what comes first.

use crate::refresh::connected;
use crate::world::World;
use gesher_directory::ProviderName;
use gesher_directory::merge::Decisions;
use gesher_server::institutions;
use gesher_server::institutions::sync::{SyncError, sync};
use serde_json::json;
use std::time::Duration;

async fn listed(world: &World, query: &str) -> Vec<String> {
    let answer = world.get(&format!("/v1/institutions?limit=200&{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let data = answer.body["data"].as_array().expect("a list").iter();
    data.map(|institution| institution["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test]
async fn a_providers_own_list_becomes_routes() {
    let world = World::new().await;
    let core = &world.core;
    let cx = core.cx(world.tenant.as_str(), "test", "sandbox", None).await.expect("means");
    for _ in 0..2 {
        let synced = sync(core, "sandbox", &cx, &Decisions::new(), |_| {}).await.expect("a list");
        assert_eq!(
            (synced.matched, synced.new, synced.gone, synced.doubtful),
            (38, 0, 0, 0),
            "{synced:?}"
        );
    }
    let before = listed(&world, "include_sandbox=true").await;
    institutions::reload(core).await.expect("reads");
    assert_eq!(listed(&world, "include_sandbox=true").await, before);
    let found = core.directory(world.tenant.as_str(), "test");
    let routes = found.get("il-leumi").expect("there").routes.iter();
    let sandbox = routes.filter(|route| route.provider == ProviderName::Sandbox).count();
    assert_eq!(sandbox, 1, "no second route by the same provider");
    let refused = sync(core, "keyed", &cx, &Decisions::new(), |_| {}).await.err();
    assert!(matches!(refused, Some(SyncError::List(_))), "{refused:?}");
    let refused = sync(core, "nobody", &cx, &Decisions::new(), |_| {}).await.err();
    assert!(matches!(refused, Some(SyncError::NoProvider(_))), "{refused:?}");
}

#[tokio::test]
async fn what_the_tenants_own_people_connect_comes_first() {
    let world = World::new().await;
    let usual = listed(&world, "include_sandbox=true").await;
    let _trip = connected(&world, "sandbox-oauth", "043510023", json!({}), "active").await;
    institutions::reload(&world.core).await.expect("reads");
    let after = listed(&world, "include_sandbox=true").await;
    assert_eq!(after.first().map(String::as_str), Some("sandbox-oauth"));
    let rest = |list: &[String]| list.iter().filter(|id| *id != "sandbox-oauth").cloned().collect::<Vec<_>>();
    assert_eq!(rest(&after), rest(&usual));
    // Among those that match equally well it comes first, and a better match before it.
    assert_eq!(listed(&world, "q=leumi").await.first().map(String::as_str), Some("il-leumi"));
}

#[tokio::test]
async fn another_node_sees_a_change_by_itself() {
    let world = World::new().await;
    let other = world.beside().await;
    let stop = tokio_util::sync::CancellationToken::new();
    let watching = tokio::spawn(institutions::run(other.core.clone(), stop.clone()));
    let cx = world.core.cx(world.tenant.as_str(), "test", "sandbox", None).await.expect("means");
    let mark = gesher_server::store::directory::announced;
    assert_eq!(mark(&other.core.store).await.expect("reads"), None);
    sync(&world.core, "sandbox", &cx, &Decisions::new(), |_| {}).await.expect("a list");
    let mut seen = false;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        seen = other.core.institutions.mark() == mark(&other.core.store).await.expect("reads");
        if seen {
            break;
        }
    }
    stop.cancel();
    watching.await.expect("ends");
    assert!(seen, "the other node shows what it showed before");
}
