//! No institution locks its customer out because of what was typed here: tries are counted over sessions and nodes.

use crate::challenges::{failed, form};
use crate::world::{REDIRECT, Visit, World, add_tenant};
use gesher_app::backend::{Answers, Backend as _};
use gesher_contract::{FailureCode, TenantTag, View};
use gesher_server::connect::tries::{MOST, WINDOW};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const PSU: &str = "043510023";
const LOGIN: &str = "POST /bank/sandbox-bank/login";

fn typed(psu: &str, password: &str) -> Answers {
    let typed = [("psu_id", psu), ("username", "user"), ("password", password)];
    Answers(
        typed
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
    )
}

async fn at_form<'a>(world: &'a World, customer: Value) -> Visit<'a> {
    let invited = world
        .invite(json!({ "institution_ids": ["sandbox-bank"], "customer": customer }))
        .await;
    let mut visit = world.enter(&invited).await;
    visit.open().await;
    visit.settle().await;
    visit
}

fn customer(number: usize) -> Value {
    json!({ "external_id": format!("user-{number}") })
}

/// So many wrong passwords in one session, as far as it lets them through; what the last one came to.
async fn wrong(visit: &mut Visit<'_>, psu: &str, times: usize) -> Option<FailureCode> {
    for _ in 0..times {
        if let View::Failed { failure, .. } = &visit.screen.view {
            return Some(failure.code);
        }
        visit.submit(&[("psu_id", psu), ("username", "user"), ("password", "wrong")]).await;
    }
    match &visit.screen.view {
        View::Failed { failure, .. } => Some(failure.code),
        _ => None,
    }
}

async fn many_windows_and_nodes(world: World) {
    let nodes = [world.beside().await, world.beside().await];
    let nodes: Vec<&World> = nodes.iter().chain([&world]).collect();
    let mut sessions = Vec::new();
    for number in 0..100 {
        // Half of them are of one customer; the others know the same login name.
        sessions.push(
            at_form(&world, customer(if number % 2 == 0 { 0 } else { number }))
                .await
                .on_this_screen(),
        );
    }
    let submits = (0..1000).map(|number| {
        let (node, at) = (nodes[number % 3], sessions[number % 100].clone());
        async move { node.backend.submit(&at, typed(PSU, "wrong")).await.map(|_| ()) }
    });
    futures::future::join_all(submits).await;
    // Calls outlive the wait of those who made them.
    for node in &nodes {
        node.core.tasks.close();
        node.core.tasks.wait().await;
    }
    let sent: usize = nodes.iter().map(|node| node.banks.exactly(LOGIN)).sum();
    assert_eq!(sent, MOST as usize, "the bank hears as many as it may, and no more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_at_once_over_three_nodes_five_reach_the_bank() {
    many_windows_and_nodes(World::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_thousand_at_once_over_three_nodes_five_reach_the_bank_on_postgresql() {
    many_windows_and_nodes(World::on_postgres().await).await;
}

#[tokio::test]
async fn a_customer_has_five_in_an_hour_whatever_they_type_and_again_later() {
    let world = World::new().await;
    for psu in [PSU, "321547416"] {
        let mut visit = at_form(&world, customer(1)).await;
        assert_eq!(wrong(&mut visit, psu, 2).await, None);
    }
    let mut visit = at_form(&world, customer(1)).await;
    assert_eq!(wrong(&mut visit, "1772268", 2).await, Some(FailureCode::TooManyTries));
    assert_eq!(world.banks.exactly(LOGIN), 5);
    // The right password is not sent either: nobody can tell before.
    let mut third = at_form(&world, customer(1)).await;
    third.submit(&[("psu_id", PSU), ("username", "user"), ("password", "pass")]).await;
    assert_eq!(
        (failed(&third.screen.view), world.banks.exactly(LOGIN)),
        (FailureCode::TooManyTries, 5)
    );
    // At another institution they are somebody else.
    let invited = world
        .invite(json!({ "institution_ids": ["il-leumi"], "customer": customer(1) }))
        .await;
    let mut elsewhere = world.enter(&invited).await;
    elsewhere.open().await;
    elsewhere.settle().await;
    elsewhere
        .submit(&[("psu_id", PSU), ("username", "user"), ("password", "wrong")])
        .await;
    assert!(matches!(elsewhere.screen.view, View::Form(_)), "{:?}", elsewhere.screen.view);
    world.clock.advance(WINDOW + Duration::from_secs(1));
    let mut later = at_form(&world, customer(1)).await;
    later.submit(&[("psu_id", PSU), ("username", "user"), ("password", "pass")]).await;
    assert_eq!(form(&later.screen.view).fields[0].name, "code");
}

#[tokio::test]
async fn a_login_name_has_five_in_an_hour_whoever_types_it_and_no_other_tenant_pays_for_it() {
    let world = World::new().await;
    for number in 0..4 {
        let mut visit = at_form(&world, customer(number)).await;
        wrong(&mut visit, PSU, 2).await;
        // This bank locks a login itself after three wrong passwords in ten minutes.
        world.clock.advance(Duration::from_secs(601));
    }
    assert_eq!(world.banks.exactly(LOGIN), 5);
    let mut somebody_else = at_form(&world, customer(9)).await;
    wrong(&mut somebody_else, "321547416", 1).await;
    assert_eq!(world.banks.exactly(LOGIN), 6, "another login name is another person's");
    let other = TenantTag::from_random(99);
    let key = add_tenant(&world.core, &other, &[crate::world::ORIGIN], &[REDIRECT]).await;
    let body = json!({ "customer": customer(0), "parent_origin": crate::world::ORIGIN, "include_sandbox": true, "institution_ids": ["sandbox-bank"] });
    let invited = world.call("POST", "/v1/connections", &key, &[], Some(&body.to_string())).await.body;
    let mut theirs = world.enter(&invited).await;
    theirs.open().await;
    theirs.settle().await;
    theirs.submit(&[("psu_id", PSU), ("username", "user"), ("password", "pass")]).await;
    assert_eq!(form(&theirs.screen.view).fields[0].name, "code");
}

#[tokio::test]
async fn what_is_right_ends_the_count_and_what_the_bank_did_not_count_is_none() {
    let world = World::new().await;
    for _ in 0..3 {
        let mut visit = at_form(&world, customer(1)).await;
        wrong(&mut visit, PSU, 2).await;
        visit.submit(&[("psu_id", PSU), ("username", "user"), ("password", "pass")]).await;
        assert_eq!(form(&visit.screen.view).fields[0].name, "code");
    }
    let before = world.banks.exactly(LOGIN);
    assert_eq!(before, 9, "two wrong ones before each right one");
    world.banks.trouble(Some("/login"));
    for _ in 0..7 {
        let mut visit = at_form(&world, customer(1)).await;
        visit.submit(&[("psu_id", PSU), ("username", "user"), ("password", "pass")]).await;
        assert_eq!(failed(&visit.screen.view), FailureCode::InstitutionUnavailable);
    }
    assert_eq!(world.banks.exactly(LOGIN), before + 7);
}

#[tokio::test]
async fn codes_are_counted_by_themselves() {
    let world = World::new().await;
    for psu in [PSU, "321547416", "1772268"] {
        let mut visit = at_form(&world, customer(1)).await;
        visit.submit(&[("psu_id", psu), ("username", "user"), ("password", "pass")]).await;
        for _ in 0..2 {
            visit.submit(&[("code", "00000")]).await;
        }
        let over = matches!(&visit.screen.view, View::Failed { failure, .. } if failure.code == FailureCode::TooManyTries);
        assert_eq!(over, psu == "1772268", "{:?}", visit.screen.view);
    }
    assert_eq!(world.banks.count("/answer"), 5);
}

#[tokio::test]
async fn old_tries_are_forgotten() {
    let world = World::new().await;
    let mut visit = at_form(&world, customer(1)).await;
    wrong(&mut visit, PSU, 2).await;
    let since = Arc::clone(&world.core).clock.now().0 - 3_600_000_000;
    assert!(!gesher_server::store::tries::any_old(&world.core.store, since).await.expect("read"));
    world.clock.advance(WINDOW + Duration::from_secs(120));
    for _ in 0..200 {
        if !gesher_server::store::tries::any_old(&world.core.store, i64::MAX)
            .await
            .expect("read")
        {
            return;
        }
        world.clock.advance(Duration::from_secs(60));
        world.core.work.notify_one();
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("they are still there");
}
