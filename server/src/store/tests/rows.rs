//! Tenants, grants, events, answers, the audit.

use super::super::testing::both;
use super::*;
use access_tokens::AccessTokenRow;
use audit::AuditRow;
use brandings::BrandingRow;
use customer_tokens::CustomerTokenRow;
use grants::{GrantRow, GrantState};
use idempotency::IdempotencyRow;
use tenants::{ApiKeyRow, OauthClientRow, TenantRow};

pub(super) fn tenant() -> TenantRow {
    TenantRow {
        tenant_id: TENANT.into(),
        name: "Shop".into(),
        allowed_origins: r#"["https://shop.example"]"#.into(),
        redirect_urls: "[]".into(),
        completion: "exchange".into(),
        live_rate: 100,
        test_rate: 25,
        created_at: 1,
        updated_at: 1,
        refresh_reminder_days: 7,
        closed_at: None,
    }
}

fn grant(id: &str, state: GrantState) -> GrantRow {
    GrantRow {
        tenant_id: TENANT.into(),
        id: id.into(),
        connection_id: "conn_1".into(),
        session_id: "sess_1".into(),
        provider: "sandbox".into(),
        sealed: vec![1, 2, 3],
        state,
        created_at: 1,
        updated_at: 1,
    }
}

fn answer(key: &str) -> IdempotencyRow {
    IdempotencyRow {
        tenant_id: TENANT.into(),
        key: key.into(),
        route: "POST /v1/connections".into(),
        fingerprint: vec![7; 32],
        status: 201,
        body: vec![8; 40],
        created_at: 100,
        expires_at: 200,
    }
}

both! {
    async fn a_tenant_is_made_and_changed(store: Store) {
        let mut row = tenant();
        store.write(tenants::insert(&row)).await.unwrap();
        assert_eq!(conflict(store.write(tenants::insert(&row)).await), Some(Conflict::Duplicate));
        row.name = "Another shop".into();
        row.allowed_origins = "[]".into();
        row.redirect_urls = r#"["https://shop.example/back"]"#.into();
        row.completion = "automatic".into();
        row.updated_at = 2;
        store.write(tenants::update(&row)).await.unwrap();
        assert_eq!(tenants::by_id(&store, TENANT).await.unwrap(), Some(row.clone()));
        assert_eq!(tenants::all(&store).await.unwrap(), [row.clone()]);
        row.tenant_id = OTHER.into();
        assert_eq!(conflict(store.write(tenants::update(&row)).await), Some(Conflict::NotFound));
        assert_eq!(tenants::by_id(&store, OTHER).await.unwrap(), None);
    }

    async fn a_branding_belongs_to_a_tenant_and_is_set_whole(store: Store) {
        let mut row = BrandingRow {
            tenant_id: TENANT.into(),
            name: Some("Pinkas".into()),
            accent: Some("#22367f".into()),
            accent_dark: None,
            radius: Some(12),
            mark: Some(vec![0, 1, 255]),
            mark_kind: Some("png".into()),
            updated_at: 1,
        };
        assert_eq!(conflict(store.write(brandings::put(&row)).await), Some(Conflict::NotFound));
        store.write(tenants::insert(&tenant())).await.unwrap();
        assert_eq!(brandings::of_tenant(&store, TENANT).await.unwrap(), None);
        store.write(brandings::put(&row)).await.unwrap();
        assert_eq!(brandings::of_tenant(&store, TENANT).await.unwrap(), Some(row.clone()));
        row = BrandingRow {
            tenant_id: TENANT.into(),
            accent_dark: Some("#a9bbff".into()),
            updated_at: 2,
            ..BrandingRow::default()
        };
        store.write(brandings::put(&row)).await.unwrap();
        assert_eq!(brandings::of_tenant(&store, TENANT).await.unwrap(), Some(row.clone()));
        assert_eq!(brandings::of_tenant(&store, OTHER).await.unwrap(), None);
        row.mark = Some(vec![1]);
        assert!(store.write(brandings::put(&row)).await.is_err(), "a mark without its kind");
    }

    async fn a_key_is_found_by_its_hash_and_revoked_once(store: Store) {
        let row = ApiKeyRow {
            tenant_id: TENANT.into(),
            hash: vec![1; 32],
            mode: "live".into(),
            label: "backend".into(),
            created_at: 1,
            revoked_at: None,
            prefix: Some("gk_live_abc123k7m2x9".into()),
        };
        store.write(Unit::new().with(tenants::insert(&tenant())).with(tenants::insert_api_key(&row))).await.unwrap();
        let holder = tenants::HolderRow { mode: "live".into(), live_rate: 100, test_rate: 25 };
        assert_eq!(tenants::holder(&store, TENANT, &[1; 32]).await.unwrap(), Some(holder));
        assert_eq!(tenants::holder(&store, TENANT, &[2; 32]).await.unwrap(), None);
        assert_eq!(tenants::holder(&store, OTHER, &[1; 32]).await.unwrap(), None);
        assert_eq!(conflict(store.write(tenants::insert_api_key(&row)).await), Some(Conflict::Duplicate));
        store.write(tenants::revoke_api_key(TENANT, &[1; 32], 5)).await.unwrap();
        assert_eq!(tenants::holder(&store, TENANT, &[1; 32]).await.unwrap(), None);
        assert_eq!(tenants::api_keys(&store, TENANT).await.unwrap(), [ApiKeyRow { revoked_at: Some(5), ..row }]);
        assert_eq!(conflict(store.write(tenants::revoke_api_key(TENANT, &[1; 32], 6)).await), Some(Conflict::NotFound));
    }

    async fn two_keys_of_a_mode_work_however_many_are_made_at_once(store: Store) {
        store.write(tenants::insert(&tenant())).await.unwrap();
        let row = |number: u8, mode: &str, revoked_at| ApiKeyRow {
            tenant_id: TENANT.into(),
            hash: vec![number; 32],
            mode: mode.into(),
            label: "backend".into(),
            created_at: 1,
            revoked_at,
            prefix: None,
        };
        store.write(tenants::insert_api_key(&row(100, "test", Some(2)))).await.unwrap();
        store.write(tenants::insert_api_key(&row(101, "live", None))).await.unwrap();
        let make = |number| {
            let unit = Unit::new().with(tenants::hold(TENANT)).with(tenants::insert_api_key_of_two(&row(number, "test", None)));
            store.write(unit)
        };
        let outcomes = futures::future::join_all((0..8).map(make)).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 2);
        let conflicts: Vec<_> = outcomes.into_iter().filter_map(Result::err).map(|error| error.conflict()).collect();
        assert_eq!(conflicts, [Some(Conflict::AlreadyUsed); 6]);
        let nobody = store.write(Unit::new().with(tenants::hold(OTHER))).await;
        assert_eq!(conflict(nobody), Some(Conflict::NotFound));
    }

    async fn a_tenant_that_was_changed_meanwhile_is_not_changed(store: Store) {
        let row = |name: &str, updated_at| TenantRow {
            name: name.into(),
            updated_at,
            ..tenant()
        };
        store.write(tenants::insert(&row("One", 1))).await.unwrap();
        store.write(tenants::change(&row("Two", 2), 1)).await.unwrap();
        assert_eq!(conflict(store.write(tenants::change(&row("Three", 3), 1)).await), Some(Conflict::Stale));
        assert_eq!(tenants::by_id(&store, TENANT).await.unwrap(), Some(row("Two", 2)));
    }

    async fn a_customer_s_token_goes_with_its_key_and_its_time(store: Store) {
        let key = ApiKeyRow {
            tenant_id: TENANT.into(),
            hash: vec![1; 32],
            mode: "test".into(),
            label: "backend".into(),
            created_at: 1,
            revoked_at: None,
            prefix: None,
        };
        let row = |hash: u8, customer: &str, expires_at| CustomerTokenRow {
            tenant_id: TENANT.into(),
            hash: vec![hash; 32],
            mode: "test".into(),
            customer: customer.into(),
            key_hash: key.hash.clone(),
            created_at: 1,
            expires_at,
        };
        let unit = Unit::new()
            .with(tenants::insert(&tenant()))
            .with(tenants::insert_api_key(&key))
            .with(customers::ensure(TENANT, "a", "cust_a", 1))
            .with(customers::ensure(TENANT, "b", "cust_b", 1))
            .with(customer_tokens::insert(&row(2, "a", 10)))
            .with(customer_tokens::insert(&row(3, "b", 20)))
            .with(customer_tokens::insert(&row(4, "b", 30)));
        store.write(unit).await.unwrap();
        let of = async |tenant: &str, hash: u8| customer_tokens::holder(&store, tenant, &[hash; 32]).await.unwrap();
        assert_eq!(of(TENANT, 2).await.map(|row| (row.customer, row.expires_at, row.test_rate)), Some(("a".into(), 10, 25)));
        assert_eq!(of(OTHER, 2).await, None);
        store.write(customer_tokens::delete(TENANT, "live", "a")).await.unwrap();
        assert!(of(TENANT, 2).await.is_some(), "the other mode's");
        store.write(customer_tokens::delete(TENANT, "test", "a")).await.unwrap();
        assert_eq!(of(TENANT, 2).await, None);
        store.write(customer_tokens::delete_expired(20, 10)).await.unwrap();
        assert_eq!(of(TENANT, 3).await, None);
        assert!(of(TENANT, 4).await.is_some());
        store.write(tenants::revoke_api_key(TENANT, &key.hash, 5)).await.unwrap();
        assert_eq!(of(TENANT, 4).await, None);
        let unknown = CustomerTokenRow { customer: "nobody".into(), ..row(5, "a", 9) };
        assert!(store.write(customer_tokens::insert(&unknown)).await.is_err());
    }

    async fn an_access_token_goes_with_its_client_and_its_time(store: Store) {
        let client = OauthClientRow {
            tenant_id: TENANT.into(),
            client_id: "client_1".into(),
            secret_hash: vec![1; 32],
            mode: "test".into(),
            scopes: "read:accounts".into(),
            created_at: 1,
            revoked_at: None,
        };
        let row = |hash: u8, customer: &str, expires_at| AccessTokenRow {
            tenant_id: TENANT.into(),
            hash: vec![hash; 32],
            client_id: "client_1".into(),
            customer: customer.into(),
            created_at: 1,
            expires_at,
        };
        let unit = Unit::new()
            .with(tenants::insert(&tenant()))
            .with(tenants::insert_oauth_client(&client))
            .with(access_tokens::insert(&row(2, "a", 10)))
            .with(access_tokens::insert(&row(3, "b", 20)))
            .with(access_tokens::insert(&row(4, "b", 30)));
        store.write(unit).await.unwrap();
        let of = async |tenant: &str, hash: u8| access_tokens::holder(&store, tenant, &[hash; 32]).await.unwrap();
        let found = of(TENANT, 2).await.unwrap();
        assert_eq!((found.customer.as_str(), found.scopes.as_str(), found.expires_at, found.closed_at), ("a", "read:accounts", 10, None));
        assert_eq!(of(OTHER, 2).await, None);
        store.write(access_tokens::delete(TENANT, "live", "a")).await.unwrap();
        assert!(of(TENANT, 2).await.is_some(), "the other mode's");
        store.write(access_tokens::delete(TENANT, "test", "a")).await.unwrap();
        assert_eq!(of(TENANT, 2).await, None);
        assert!(access_tokens::any_expired(&store, 20).await.unwrap());
        store.write(access_tokens::delete_expired(20, 10)).await.unwrap();
        assert!(!access_tokens::any_expired(&store, 20).await.unwrap());
        assert_eq!(of(TENANT, 3).await, None);
        store.write(tenants::close(TENANT, 7)).await.unwrap();
        assert_eq!(of(TENANT, 4).await.and_then(|row| row.closed_at), Some(7));
        assert_eq!(conflict(store.write(tenants::close(TENANT, 8)).await), Some(Conflict::NotFound));
        assert_eq!(conflict(store.write(Unit::new().with(tenants::hold(TENANT))).await), Some(Conflict::NotFound));
        store.write(tenants::revoke_oauth_client(TENANT, "client_1", 5)).await.unwrap();
        assert_eq!(of(TENANT, 4).await, None);
    }

    async fn a_client_is_found_by_its_id_and_revoked_once(store: Store) {
        let row = OauthClientRow {
            tenant_id: TENANT.into(),
            client_id: "client_1".into(),
            secret_hash: vec![1; 32],
            mode: "live".into(),
            scopes: "connections accounts".into(),
            created_at: 1,
            revoked_at: None,
        };
        store.write(tenants::insert_oauth_client(&row)).await.unwrap();
        assert_eq!(tenants::oauth_client(&store, TENANT, "client_1").await.unwrap(), Some(row.clone()));
        assert_eq!(tenants::oauth_client(&store, OTHER, "client_1").await.unwrap(), None);
        assert_eq!(tenants::oauth_clients(&store, TENANT).await.unwrap(), std::slice::from_ref(&row));
        assert!(tenants::oauth_clients(&store, OTHER).await.unwrap().is_empty());
        store.write(tenants::revoke_oauth_client(TENANT, "client_1", 5)).await.unwrap();
        let revoked = tenants::oauth_client(&store, TENANT, "client_1").await.unwrap();
        assert_eq!(revoked, Some(OauthClientRow { revoked_at: Some(5), ..row }));
        assert_eq!(conflict(store.write(tenants::revoke_oauth_client(TENANT, "client_1", 6)).await), Some(Conflict::NotFound));
    }

    async fn a_customer_is_made_once(store: Store) {
        store.write(customers::ensure(TENANT, "customer-1", "cust_1", 1)).await.unwrap();
        store.write(customers::ensure(TENANT, "customer-1", "cust_2", 2)).await.unwrap();
        assert_eq!(first_seen(&store, "customer-1").await, Some(1));
        assert_eq!(customers::id_of(&store, TENANT, "customer-1").await.unwrap().as_deref(), Some("cust_1"));
        assert_eq!(customers::external_id_of(&store, TENANT, "cust_1").await.unwrap().as_deref(), Some("customer-1"));
        for other in [customers::external_id_of(&store, OTHER, "cust_1").await, customers::external_id_of(&store, TENANT, "cust_2").await] {
            assert_eq!(other.unwrap(), None);
        }
    }

    async fn customers_of_before_got_ids_of_their_time(store: Store) {
        let millis = |id: &str| id.bytes().skip("cust_abc123".len()).take(10).fold(0, |sum, letter| {
            sum << 5 | "0123456789abcdefghjkmnpqrstvwxyz".bytes().position(|known| known == letter).unwrap() as i64
        });
        let made = [1_795_176_000_123_456, 1_795_176_000_123_456, 1_000];
        for (place, at) in made.into_iter().enumerate() {
            store.write(customers::ensure(TENANT, &place.to_string(), &format!("none-{place}"), at)).await.unwrap();
        }
        let migration = match &store.db {
            Db::Sqlite { .. } => include_str!("../migrations/sqlite/0021_customer_ids.sql"),
            Db::Postgres(_) => include_str!("../migrations/postgres/0021_customer_ids.sql"),
        };
        let update = migration.split_inclusive(';').find(|statement| statement.contains("UPDATE customers")).unwrap();
        store.write(Statement::any(update.trim().trim_end_matches(';'), Vec::new())).await.unwrap();
        let mut ids = Vec::new();
        for (place, at) in made.into_iter().enumerate() {
            let id = customers::id_of(&store, TENANT, &place.to_string()).await.unwrap().unwrap();
            assert!(gesher_contract::CustomerId::parse(&id).is_ok(), "{id}");
            assert_eq!(millis(&id), at / 1_000, "{id}");
            ids.push(id);
        }
        assert_ne!(ids[0], ids[1]);
    }

    async fn a_grant_moves_from_state_to_state(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        let row = grant("grant_1", GrantState::Held);
        store.write(grants::insert(&row)).await.unwrap();
        assert_eq!(conflict(store.write(grants::insert(&row)).await), Some(Conflict::Duplicate));
        assert_eq!(grants::of_session(&store, TENANT, "sess_1").await.unwrap(), std::slice::from_ref(&row));
        store.write(grants::set_state(TENANT, "grant_1", GrantState::Held, GrantState::Active, 2)).await.unwrap();
        let again = store.write(grants::set_state(TENANT, "grant_1", GrantState::Held, GrantState::Active, 3)).await;
        assert_eq!(conflict(again), Some(Conflict::Stale));
        let now = GrantRow { state: GrantState::Active, updated_at: 2, ..row };
        assert_eq!(grants::by_id(&store, TENANT, "grant_1").await.unwrap(), Some(now.clone()));
        assert_eq!(grants::by_id(&store, OTHER, "grant_1").await.unwrap(), None);
        assert_eq!(grants::of_connection(&store, TENANT, "conn_1").await.unwrap(), [now]);
        assert_eq!(grants::of_connection(&store, OTHER, "conn_1").await.unwrap(), []);
    }

    async fn grants_to_revoke_wait_in_line(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        let states = [GrantState::Held, GrantState::Active, GrantState::Revoking, GrantState::Revoked];
        for (place, state) in states.into_iter().enumerate() {
            store.write(grants::insert(&grant(&format!("grant_{place}"), state))).await.unwrap();
        }
        store.write(grants::revoke_all(TENANT, "conn_1", 5)).await.unwrap();
        let waiting = grants::revoking(&store, 10).await.unwrap();
        let mut ids: Vec<_> = waiting.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids[0], "grant_2", "the longest waiting comes first");
        ids.sort_unstable();
        assert_eq!(ids, ["grant_0", "grant_1", "grant_2"]);
        store.write(grants::revoke_all(TENANT, "conn_none", 5)).await.unwrap();
    }

    async fn a_grant_is_sealed_anew_over_what_was_read(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        let mut row = grant("grant_1", GrantState::Active);
        store.write(grants::insert(&row)).await.unwrap();
        row.sealed = vec![9; 20];
        row.updated_at = 2;
        store.write(grants::reseal(&row, &[1, 2, 3])).await.unwrap();
        assert_eq!(conflict(store.write(grants::reseal(&row, &[1, 2, 3])).await), Some(Conflict::Stale));
        assert_eq!(grants::by_id(&store, TENANT, "grant_1").await.unwrap(), Some(row));
    }

    async fn events_come_in_order_and_each_place_is_taken_once(store: Store) {
        store.write(connections::insert(&connection("conn_1"))).await.unwrap();
        for seq in [1, 2, 3] {
            store.write(events::append(&event("conn_1", seq))).await.unwrap();
        }
        assert_eq!(conflict(store.write(events::append(&event("conn_1", 3))).await), Some(Conflict::Stale));
        assert_eq!(
            events::of_connection(&store, TENANT, "conn_1", 1, 10).await.unwrap(),
            [event("conn_1", 2), event("conn_1", 3)]
        );
        assert_eq!(events::of_connection(&store, TENANT, "conn_1", 0, 1).await.unwrap(), [event("conn_1", 1)]);
        assert_eq!(events::of_connection(&store, OTHER, "conn_1", 0, 10).await.unwrap(), []);
    }

    async fn a_key_answers_once_until_it_expires(store: Store) {
        let first = answer("key-1");
        store.write(idempotency::insert(&first)).await.unwrap();
        let second = IdempotencyRow { status: 200, created_at: 199, expires_at: 299, ..first.clone() };
        assert_eq!(conflict(store.write(idempotency::insert(&second)).await), Some(Conflict::AlreadyUsed));
        assert_eq!(idempotency::get(&store, TENANT, "key-1", 199).await.unwrap(), Some(first.clone()));
        assert_eq!(idempotency::get(&store, TENANT, "key-1", 200).await.unwrap(), None);
        assert_eq!(idempotency::get(&store, OTHER, "key-1", 100).await.unwrap(), None);
        let later = IdempotencyRow {
            route: "POST /v1/public_tokens/exchange".into(),
            fingerprint: vec![1; 32],
            body: vec![2; 50],
            created_at: 200,
            expires_at: 300,
            ..second
        };
        store.write(idempotency::insert(&later)).await.unwrap();
        assert_eq!(idempotency::get(&store, TENANT, "key-1", 250).await.unwrap(), Some(later));
    }

    async fn expired_answers_are_forgotten(store: Store) {
        for (key, expires_at) in [("a", 200), ("b", 201), ("c", 202)] {
            store.write(idempotency::insert(&IdempotencyRow { expires_at, ..answer(key) })).await.unwrap();
        }
        store.write(idempotency::delete_expired(201, 1)).await.unwrap();
        assert!(idempotency::get(&store, TENANT, "a", 0).await.unwrap().is_none());
        assert!(idempotency::get(&store, TENANT, "b", 0).await.unwrap().is_some());
        store.write(idempotency::delete_expired(201, 10)).await.unwrap();
        assert!(idempotency::get(&store, TENANT, "b", 0).await.unwrap().is_none());
        assert!(idempotency::get(&store, TENANT, "c", 0).await.unwrap().is_some());
    }

    async fn the_audit_comes_newest_first(store: Store) {
        let entry = |id: &str| AuditRow {
            tenant_id: TENANT.into(),
            id: id.into(),
            at: 1,
            actor: "key".into(),
            action: "grant.revoked".into(),
            subject: "conn_1".into(),
            detail: "{}".into(),
        };
        for id in ["1", "2", "3"] {
            store.write(audit::insert(&entry(id))).await.unwrap();
        }
        assert_eq!(audit::of_tenant(&store, TENANT, None, 2).await.unwrap(), [entry("3"), entry("2")]);
        assert_eq!(audit::of_tenant(&store, TENANT, Some("2"), 2).await.unwrap(), [entry("1")]);
        assert_eq!(audit::of_tenant(&store, OTHER, None, 2).await.unwrap(), []);
    }

    async fn a_fact_is_kept(store: Store) {
        assert_eq!(meta::get(&store, "master_key").await.unwrap(), None);
        store.write(meta::insert("master_key", "a")).await.unwrap();
        assert_eq!(conflict(store.write(meta::insert("master_key", "b")).await), Some(Conflict::Duplicate));
        store.write(meta::put("master_key", "c")).await.unwrap();
        store.write(meta::put("other", "d")).await.unwrap();
        assert_eq!(meta::get(&store, "master_key").await.unwrap().as_deref(), Some("c"));
        assert_eq!(meta::get(&store, "other").await.unwrap().as_deref(), Some("d"));
    }
}
