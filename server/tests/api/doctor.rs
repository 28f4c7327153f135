//! `gesher doctor`: each finding, brought about.

use crate::world::{World, add_tenant};
use gesher_contract::TenantTag;
use gesher_domain::{Clock as _, Timestamp};
use gesher_server::clock::SystemClock;
use gesher_server::connect::start_pages;
use gesher_server::doctor::{self, Finding, Level, Patient};
use gesher_server::outbound::guard::Resolve;
use gesher_server::outbound::guard::{self, Guard};
use gesher_server::secrets::Keyring;
use gesher_server::store::jobs::{self, JobRow};
use gesher_server::store::tenants::{self, TenantRow};
use gesher_server::store::webhooks::endpoints;
use gesher_server::store::{OpenError, Settings, Store, meta};
use serde_json::json;
use std::net::IpAddr;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

fn guard(demo: bool) -> Guard {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Guard::new(guard::Settings {
        demo,
        closed: Vec::new(),
        own_url: None,
        open: Vec::new(),
        time_limit: Duration::from_secs(5),
    })
    .expect("a guard")
}

/// What is found in the world at this time, with this key.
async fn examined(world: &World, now: Timestamp, keyring: &Keyring, reach: bool) -> Vec<Finding> {
    let guard = guard(true);
    let patient = Patient {
        store: &world.core.store,
        keyring: Some(keyring),
        now,
        demo: false,
        guard: &guard,
        reach,
    };
    doctor::examine(&patient).await
}

fn codes(found: &[Finding]) -> Vec<&'static str> {
    found.iter().map(|finding| finding.code).collect()
}

fn own_key() -> Keyring {
    Keyring::parse(&"ab".repeat(32)).expect("a key")
}

async fn change(world: &World, tag: &str, change: impl FnOnce(&mut TenantRow)) {
    let mut row = tenants::by_id(&world.core.store, tag).await.expect("a read").expect("a tenant");
    change(&mut row);
    world.core.store.write(tenants::update(&row)).await.expect("a change");
}

#[tokio::test]
async fn a_world_that_works_is_well() {
    let world = World::new().await;
    assert_eq!(examined(&world, world.clock.now(), &own_key(), false).await, []);
}

#[tokio::test]
async fn the_same_on_postgresql_whose_clock_is_looked_at_too() {
    let world = World::on_postgres().await;
    assert_eq!(examined(&world, SystemClock.now(), &own_key(), false).await, []);
    let off = Timestamp(SystemClock.now().0).plus(Duration::from_secs(10));
    assert_eq!(codes(&examined(&world, off, &own_key(), false).await), ["clock_differs"]);
}

#[tokio::test]
async fn a_wrong_master_key_and_several_are_told() {
    let world = World::new().await;
    let own = own_key();
    world.core.store.write(meta::put("key_id", &own.id())).await.expect("a fact");
    let wrong = Keyring::parse(&"cd".repeat(32)).expect("a key");
    let found = examined(&world, world.clock.now(), &wrong, false).await;
    assert_eq!(codes(&found), ["master_key_wrong"]);
    let both = Keyring::parse(&format!("{} {}", "cd".repeat(32), "ab".repeat(32))).expect("keys");
    let found = examined(&world, world.clock.now(), &both, false).await;
    assert_eq!((codes(&found), found[0].level), (vec!["master_keys_several"], Level::Note));
}

#[tokio::test]
async fn a_clock_that_was_wrong_is_told() {
    let world = World::new().await;
    world.invite(json!({})).await;
    let earlier = Timestamp(world.clock.now().0 - 3_600_000_000);
    let found = examined(&world, earlier, &own_key(), false).await;
    assert_eq!(codes(&found), ["rows_from_the_future"]);
    assert_eq!(found[0].tenant.as_deref(), Some(world.tenant.as_str()));
}

#[tokio::test]
async fn what_nobody_works_off_is_told() {
    let world = World::new().await;
    world.invite(json!({})).await;
    let later = Timestamp(world.clock.now().0).plus(Duration::from_secs(41 * 60));
    let found = examined(&world, later, &own_key(), false).await;
    assert_eq!(codes(&found), ["sessions_late"]);
    assert!(found[0].what.starts_with("1 sessions"), "{}", found[0].what);
}

#[tokio::test]
async fn a_job_that_nobody_takes_is_told() {
    let world = World::new().await;
    let job = JobRow {
        tenant_id: world.tenant.to_string(),
        id: "job_late".to_owned(),
        kind: "of_another_version".to_owned(),
        subject: String::new(),
        run_at: world.clock.now().0,
        attempts: 0,
        lease_token: None,
        body: String::new(),
    };
    world.core.store.write(jobs::insert(&job)).await.expect("a job");
    let ten = Duration::from_secs(600);
    assert_eq!(
        codes(&examined(&world, world.clock.now().plus(ten), &own_key(), false).await),
        [""; 0]
    );
    let later = world.clock.now().plus(ten + Duration::from_secs(1));
    assert_eq!(codes(&examined(&world, later, &own_key(), false).await), ["jobs_late"]);
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_told() {
    let world = World::new().await;
    world.core.store.close().await;
    assert_eq!(
        codes(&examined(&world, world.clock.now(), &own_key(), false).await),
        ["database_unreadable"]
    );
}

/// No name leads anywhere.
struct Nowhere;

#[async_trait::async_trait]
impl Resolve for Nowhere {
    async fn resolve(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

#[tokio::test]
async fn names_that_do_not_resolve_are_noted() {
    let world = World::new().await;
    crate::webhooks::endpoint(&world, "https://hooks.shop.example/", json!({})).await;
    let callback = |path: &str| json!({ "on": ["success"], "url": format!("https://back.shop.example/{path}"), "auth": { "headers": { "X-Key": "k" } } });
    world.invite(json!({ "callbacks": [callback("one"), callback("two")] })).await;
    let settings = guard::Settings {
        demo: false,
        closed: Vec::new(),
        own_url: None,
        open: Vec::new(),
        time_limit: Duration::from_secs(5),
    };
    let guard = Guard::over(settings, Arc::new(Nowhere)).expect("a guard");
    let patient = Patient {
        store: &world.core.store,
        keyring: None,
        now: world.clock.now(),
        demo: false,
        guard: &guard,
        reach: false,
    };
    let found = doctor::examine(&patient).await;
    assert_eq!(codes(&found), ["webhook_name_unresolved", "callback_name_unresolved"]);
    assert!(found.iter().all(|finding| finding.level == Level::Note), "{found:?}");
    assert!(found[1].what.contains("back.shop.example"), "{}", found[1].what);
}

#[tokio::test]
async fn what_a_tenant_lacks_or_has_wrong_is_told() {
    let world = World::new().await;
    let bare = TenantTag::from_random(9);
    let key = add_tenant(&world.core, &bare, &[], &[]).await;
    let hash = gesher_server::tenants::fingerprint(&key);
    world
        .core
        .store
        .write(tenants::revoke_api_key(bare.as_str(), &hash, 1))
        .await
        .expect("revokes");
    let now = world.clock.now();
    let found = examined(&world, now, &own_key(), false).await;
    assert_eq!(codes(&found), ["tenant_without_key", "tenant_without_way_to_confirm"]);
    assert!(found.iter().all(|finding| finding.tenant.as_deref() == Some(bare.as_str())));

    let page = crate::start_pages::start_page(&world, json!({ "redirect_url": crate::world::REDIRECT })).await;
    change(&world, world.tenant.as_str(), |row| {
        row.allowed_origins = json!(["https://shop.example/", "http://shop.example"]).to_string();
        row.redirect_urls = json!(["http://shop.example/back"]).to_string();
    })
    .await;
    let found = examined(&world, now, &own_key(), false).await;
    let own: Vec<_> = found
        .iter()
        .filter(|finding| finding.tenant.as_deref() == Some(world.tenant.as_str()))
        .collect();
    let own_codes: Vec<_> = own.iter().map(|finding| finding.code).collect();
    assert_eq!(
        own_codes,
        ["origin_unfit", "origin_unfit", "redirect_url_unfit", "start_page_unready"]
    );
    assert!(
        own[3]
            .remedy
            .contains(&format!("gesher tenant set {} --redirect-url", world.tenant))
    );
    assert!(own[3].what.contains(page["id"].as_str().expect("an id")), "{}", own[3].what);
    let row = start_pages::caller(
        &gesher_server::store::start_pages::by_id(&world.core.store, world.tenant.as_str(), page["id"].as_str().expect("an id"))
            .await
            .expect("a read")
            .expect("a page"),
    );
    assert_eq!(row.map(|caller| caller.tenant), Some(world.tenant.clone()));
}

#[tokio::test]
async fn webhooks_that_do_not_arrive_are_told() {
    let world = World::new().await;
    let endpoint = crate::webhooks::endpoint(&world, "http://127.0.0.1:9/", json!({})).await;
    let (tenant, id) = (world.tenant.as_str(), crate::webhooks::id(&endpoint).to_owned());
    let now = world.clock.now();
    assert_eq!(codes(&examined(&world, now, &own_key(), false).await), [""; 0]);
    assert_eq!(codes(&examined(&world, now, &own_key(), true).await), ["webhook_unreachable"]);
    world
        .core
        .store
        .write(endpoints::failed(tenant, &id, now.0))
        .await
        .expect("a failure");
    let level = async |now| {
        examined(&world, now, &own_key(), false)
            .await
            .iter()
            .map(|found| (found.code, found.level))
            .collect::<Vec<_>>()
    };
    assert_eq!(level(now).await, [("webhook_failing", Level::Note)]);
    let later = now.plus(std::time::Duration::from_secs(3601));
    assert!(level(later).await.contains(&("webhook_failing", Level::Problem)));
    world
        .core
        .store
        .write(endpoints::disable(tenant, &id, "gone", None, now.0))
        .await
        .expect("disables");
    let found = examined(&world, now, &own_key(), true).await;
    assert_eq!(codes(&found), ["webhook_disabled"]);
    assert!(found[0].what.contains("gone"), "{}", found[0].what);
    // An address that leads inside, where plain http is not open.
    let guard = guard(false);
    let store = &world.core.store;
    let patient = Patient {
        store,
        keyring: None,
        now,
        demo: false,
        guard: &guard,
        reach: false,
    };
    let enabled = crate::webhooks::endpoint(&world, "http://127.0.0.1:10/", json!({})).await;
    let found = doctor::examine(&patient).await;
    assert!(
        found
            .iter()
            .any(|finding| finding.code == "webhook_unreachable" && finding.what.contains(crate::webhooks::id(&enabled)))
    );
}

#[tokio::test]
async fn tables_of_another_program_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}", folder.path().join("gesher.db").display());
    let store = Store::open(&Settings::new(&url)).await.expect("opens");
    let guard = guard(true);
    let patient = Patient {
        store: &store,
        keyring: None,
        now: Timestamp(0),
        demo: true,
        guard: &guard,
        reach: false,
    };
    assert_eq!(codes(&doctor::examine(&patient).await), ["database_behind"]);
    store.migrate().await.expect("migrates");
    assert_eq!(codes(&doctor::examine(&patient).await), [""; 0]);
    let pool = sqlx::SqlitePool::connect(&url).await.expect("connects");
    sqlx::query("UPDATE _sqlx_migrations SET success = FALSE WHERE version = 1")
        .execute(&pool)
        .await
        .expect("a change");
    assert_eq!(codes(&doctor::examine(&patient).await), ["database_half_migrated"]);
    sqlx::query("UPDATE _sqlx_migrations SET success = TRUE, version = 9999 WHERE version = 1")
        .execute(&pool)
        .await
        .expect("a change");
    assert_eq!(codes(&doctor::examine(&patient).await), ["database_ahead", "database_behind"]);
}

#[test]
fn a_database_that_is_not_opened_says_why() {
    let cases = [
        (OpenError::UnknownEngine, "database_address"),
        (
            OpenError::OldSqlite {
                found: "3.40.0".to_owned(),
            },
            "sqlite_old",
        ),
        (
            OpenError::JournalMode {
                found: "delete".to_owned(),
            },
            "sqlite_not_wal",
        ),
        (OpenError::Synchronous { found: 1 }, "sqlite_not_full"),
        (OpenError::NotDurable { setting: "fsync" }, "postgres_not_durable"),
    ];
    for (error, code) in cases {
        let finding = doctor::opening(&error);
        assert_eq!((finding.code, finding.level), (code, Level::Problem));
        assert!(!finding.remedy.is_empty());
    }
}

#[test]
fn settings_that_are_not_safe_are_told() {
    let address = |url, tls, demo| codes(&doctor::public_address(url, tls, demo));
    assert_eq!(address("https://gesher.example", false, false), [""; 0]);
    assert_eq!(address("http://gesher.example", false, false), ["url_not_https"]);
    assert_eq!(address("http://gesher.example", true, false), ["url_tls_mismatch"]);
    assert_eq!(address("http://localhost:3000", false, false), ["url_local"]);
    assert_eq!(address("http://localhost:3000", false, true), [""; 0]);
    assert_eq!(
        doctor::admin_token(&"a1".repeat(16)).map(|finding| finding.code),
        Some("admin_token_weak")
    );
    assert_eq!(doctor::admin_token("0f1e2d3c4b5a69788796a5b4c3d2e1f0"), None);
    assert_eq!(doctor::unreadable(&anyhow::anyhow!("GESHER_DEMO must be 1 or 0")).code, "settings");
}

/// What the command says in an environment, and whether all is well.
fn told(settings: &[(&str, &str)]) -> (Vec<String>, bool) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gesher"));
    command.args(["doctor", "--json"]);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GESHER_")) {
        command.env_remove(name);
    }
    let output = command.envs(settings.iter().copied()).output().expect("runs");
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = found.as_array().expect("a list");
    let codes = found.iter().map(|finding| finding["code"].as_str().expect("a code").to_owned());
    (codes.collect(), output.status.success())
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_ends_with_1_where_something_is_wrong() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new().await;
    let folder = world.folder.path();
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).expect("rights");
    let folder = folder.to_str().expect("a path");
    let key = "ab".repeat(32);
    let well = [
        ("GESHER_DATA_DIR", folder),
        ("GESHER_MASTER_KEY", key.as_str()),
        ("GESHER_URL", "https://gesher.example"),
    ];
    let also = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
    // Outside demo mode no institution can be reached yet.
    assert_eq!(told(&well), (also(&["no_institution"]), false));
    let demo = [
        ("GESHER_DATA_DIR", folder),
        ("GESHER_DEMO", "1"),
        ("GESHER_MASTER_KEY", key.as_str()),
    ];
    assert_eq!(told(&demo), (Vec::new(), true));
    assert_eq!(told(&[("GESHER_DATA_DIR", folder)]), (vec!["master_key_absent".to_owned()], false));
    assert_eq!(told(&[("GESHER_DEMO", "yes")]), (vec!["settings".to_owned()], false));
    let broken = [
        ("GESHER_DATA_DIR", folder),
        ("GESHER_MASTER_KEY", "short"),
        ("GESHER_URL", "https://gesher.example"),
    ];
    assert_eq!(told(&broken), (also(&["no_institution", "master_key_unusable"]), false));

    let file = world.folder.path().join("master.key");
    std::fs::write(&file, &key).expect("a file");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("rights");
    std::fs::set_permissions(world.folder.path(), std::fs::Permissions::from_mode(0o755)).expect("rights");
    let open = [
        ("GESHER_DATA_DIR", folder),
        ("GESHER_MASTER_KEY_FILE", file.to_str().expect("a path")),
        ("GESHER_URL", "https://gesher.example"),
        ("GESHER_TLS_CERT", "/nowhere/certificate.pem"),
        ("GESHER_TLS_KEY", "/nowhere/key.pem"),
    ];
    let (codes, well) = told(&open);
    assert_eq!(codes, ["data_folder_open", "master_key_open", "tls_files", "no_institution"]);
    assert!(!well);
    // Who may do everything opens the database all the same; others do not.
    std::fs::set_permissions(world.folder.path(), std::fs::Permissions::from_mode(0o500)).expect("rights");
    let (codes, well) = told(&demo);
    std::fs::set_permissions(world.folder.path(), std::fs::Permissions::from_mode(0o700)).expect("rights");
    assert!(!well && codes[0] == "data_folder_readonly", "{codes:?}");

    let empty = tempfile::tempdir().expect("a folder");
    let nothing = [
        ("GESHER_DATA_DIR", empty.path().to_str().expect("a path")),
        ("GESHER_MASTER_KEY", key.as_str()),
        ("GESHER_URL", "https://gesher.example"),
    ];
    std::fs::set_permissions(empty.path(), std::fs::Permissions::from_mode(0o700)).expect("rights");
    assert_eq!(told(&nothing), (also(&["no_institution", "database_absent"]), false));
    assert!(!empty.path().join("gesher.db").exists(), "looking makes nothing");
}
