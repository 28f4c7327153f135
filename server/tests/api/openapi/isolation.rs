//! Tenant isolation (OWASP ASVS 8.4.1), over every operation of the document: what belongs to another tenant, to the other mode or to
//! another customer is not there, a revoked key opens nothing, and nothing of the tenant's is changed by trying.

use super::samples::{self, Samples};
use super::shapes::Shapes;
use super::{Document, Operation, Whole, send};
use crate::world::{ORIGIN, World, add_tenant};
use axum::body::Body;
use axum::http::Request;
use gesher_contract::TenantTag;
use gesher_server::store::tenants;
use gesher_server::tenants::{Mode, fingerprint};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use serde_json::{Value, json};
use sqlx::{Connection as _, Row as _};
use std::time::Duration;

/// Registered, so that a hosted page has somewhere to end.
const BACK: &str = "https://shop.example/back";

/// One request: an operation with what it names filled in.
pub struct Try<'a> {
    operation: &'a Operation,
    path: String,
    pub body: Option<Value>,
    /// Its idempotency key.
    pub once: Option<String>,
}

impl<'a> Try<'a> {
    /// The operation with the ids of these samples in its path, and the least body that it takes.
    pub fn new(document: &Document, operation: &'a Operation, ids: &Samples) -> Self {
        let mut path = operation.path.clone();
        for (name, _) in operation.parameters("path") {
            path = path.replace(&format!("{{{name}}}"), ids.id(samples::of_path(&operation.path)));
        }
        let mut shapes = Shapes {
            document,
            rng: ChaCha8Rng::seed_from_u64(1),
            bare: true,
        };
        let body = operation.body().map(|schema| shapes.value("", schema, 0));
        Self {
            operation,
            path,
            body,
            once: None,
        }
    }

    /// Names the samples wherever its body names something.
    pub fn name_own(&mut self, document: &Document, ids: &Samples) {
        for (at, kind) in named_elsewhere(document, self.operation) {
            if self.body.as_ref().is_some_and(|body| body.pointer(&at).is_some()) {
                put(self, &at, ids.id(kind.name));
            }
        }
        if let Some(customer) = self.body.as_mut().and_then(|body| body.pointer_mut("/customer/external_id")) {
            *customer = json!(ids.id("customer"));
        }
    }

    pub async fn send(&self, world: &World, key: &str) -> Whole {
        // Each request is one of its own time.
        world.clock.advance(Duration::from_millis(1));
        let request = Request::builder()
            .method(self.operation.method.as_str())
            .uri(&self.path)
            .header("authorization", format!("Bearer {key}"));
        let request = match &self.once {
            Some(once) => request.header("idempotency-key", once),
            None => request,
        };
        let request = match &self.body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        send(world, request.expect("a request")).await
    }

    pub fn name(&self) -> String {
        format!(
            "{} {} {}",
            self.operation.method,
            self.path,
            self.body.as_ref().unwrap_or(&Value::Null)
        )
    }
}

/// Every place in an operation, beside its path, that names something of a tenant's: with the field's name.
fn named_elsewhere(document: &Document, operation: &Operation) -> Vec<(String, samples::Kind)> {
    let mut found = Vec::new();
    for (name, _) in operation.parameters("query") {
        found.extend(samples::of_field(&operation.id, name).map(|kind| (format!("?{name}"), kind)));
    }
    if let Some(schema) = operation.body() {
        fields(document, &operation.id, schema, "", &mut found);
    }
    found
}

fn fields(document: &Document, operation: &str, schema: &Value, at: &str, found: &mut Vec<(String, samples::Kind)>) {
    let schema = document.resolve(schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let at = format!("{at}/{name}");
        let nested = document.resolve(property);
        let is_object = nested["properties"].is_object() || property["oneOf"].is_array();
        match samples::of_field(operation, name) {
            Some(kind) if !is_object => found.push((at.clone(), kind)),
            _ => {}
        }
        fields(document, operation, property, &at, found);
    }
    for option in schema["oneOf"].as_array().into_iter().flatten() {
        fields(document, operation, option, at, found);
    }
}

/// Puts an id where a field is.
fn put(tried: &mut Try<'_>, at: &str, id: &str) {
    if let Some(query) = at.strip_prefix('?') {
        tried.path = format!("{}?{query}={id}", tried.path);
        return;
    }
    let mut place = tried.body.as_mut().expect("a body");
    for name in at.trim_start_matches('/').split('/') {
        place = &mut place[name];
    }
    *place = json!(id);
}

/// All that the database keeps of a tenant.
async fn kept(world: &World, tenant: &TenantTag) -> Vec<String> {
    let url = format!("sqlite://{}", world.folder.path().join("gesher.db").display());
    let mut database = sqlx::SqliteConnection::connect(&url).await.expect("opens");
    let tables = "SELECT m.name, group_concat('quote(' || c.name || ')', '||''|''||') AS row FROM sqlite_master m \
                  JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' GROUP BY m.name";
    let tables = sqlx::query(tables).fetch_all(&mut database).await.expect("the tables");
    let mut all = Vec::new();
    for table in tables {
        let (name, row): (String, String) = (table.get(0), table.get(1));
        if !row.contains("quote(tenant_id)") {
            continue;
        }
        let sql = format!("SELECT {row} FROM {name} WHERE tenant_id = $1 ORDER BY 1");
        let rows = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(sql)).bind(tenant.as_str());
        let rows = rows.fetch_all(&mut database).await.expect("the rows");
        all.extend(rows.into_iter().map(|row| format!("{name}: {row}")));
    }
    assert!(
        all.iter().any(|row| row.starts_with("connections: ")),
        "the dump finds what is there"
    );
    all
}

/// Waits until no job moves anything any more.
async fn settled(world: &World, tenant: &TenantTag) -> Vec<String> {
    let mut before = kept(world, tenant).await;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = kept(world, tenant).await;
        if now == before {
            return now;
        }
        before = now;
    }
    panic!("the database does not come to rest");
}

struct Keys {
    own: String,
    live: String,
    foreign: String,
    revoked: String,
    other_customer: String,
}

async fn keys(world: &World) -> Keys {
    let own = add_tenant(&world.core, &TenantTag::from_random(31), &[ORIGIN], &[BACK]).await;
    let tenant = TenantTag::from_random(31);
    let revoked = world.add_key(&tenant, Mode::Test).await;
    let revoke = tenants::revoke_api_key(tenant.as_str(), &fingerprint(&revoked), 1);
    world.core.store.write(revoke).await.expect("revokes");
    // A customer of the same tenant, with a token.
    let body = json!({ "customer": { "external_id": "somebody-else" } }).to_string();
    world.call("POST", "/v1/connections", &own, &[], Some(&body)).await;
    let made = world.call("POST", "/v1/customers/somebody-else/tokens", &own, &[], None).await;
    Keys {
        live: world.add_key(&tenant, Mode::Live).await,
        foreign: add_tenant(&world.core, &TenantTag::from_random(32), &[ORIGIN], &[BACK]).await,
        revoked,
        other_customer: made.body["token"].as_str().expect("a token").to_owned(),
        own,
    }
}

fn code(answer: &Whole) -> String {
    answer.json()["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn what_is_another_s_is_not_there_whatever_is_asked_of_it() {
    let world = World::new().await;
    let document = Document::of(&world).await;
    let keys = keys(&world).await;
    let tenant = TenantTag::from_random(31);
    let own = Samples::of(&world, &keys.own, "user-1").await;
    let foreign = Samples::of(&world, &keys.foreign, "user-1-of-another").await;
    let before = settled(&world, &tenant).await;
    let operations = document.operations();
    for operation in &operations {
        let tried = Try::new(&document, operation, &own);
        let refused = tried.send(&world, &keys.revoked).await;
        assert_eq!(
            (refused.status, code(&refused)),
            (401, "bad_api_key".to_owned()),
            "{}",
            tried.name()
        );
        if operation.path.contains('{') {
            for key in [&keys.foreign, &keys.live] {
                let answer = tried.send(&world, key).await;
                assert_eq!((answer.status, code(&answer)), (404, "not_found".to_owned()), "{}", tried.name());
            }
            let answer = tried.send(&world, &keys.other_customer).await;
            let right = if operation.opens_to_customers() { 404 } else { 403 };
            assert_eq!(answer.status, right, "by another customer's token: {}", tried.name());
        } else if !operation.opens_to_customers() {
            let answer = tried.send(&world, &keys.other_customer).await;
            assert_eq!(
                (answer.status, code(&answer)),
                (403, "customer_token".to_owned()),
                "{}",
                tried.name()
            );
        }
        // The id stands in the body or the query, the path is the asking tenant's own.
        for (at, kind) in named_elsewhere(&document, operation) {
            let mut tried = Try::new(&document, operation, &foreign);
            put(&mut tried, &at, own.id(kind.name));
            let answer = tried.send(&world, &keys.foreign).await;
            assert!(kind.refused.contains(&answer.status), "{} at {at}: {}", tried.name(), answer.status);
            let text = String::from_utf8(answer.body).expect("text");
            if answer.status == 200 {
                assert_eq!(
                    serde_json::from_str::<Value>(&text).expect("JSON")["data"],
                    json!([]),
                    "{}",
                    tried.name()
                );
            }
        }
    }
    // What each operation answers that takes no id shows nothing of another's either.
    for operation in operations.iter().filter(|one| one.method == "GET" && !one.path.contains('{')) {
        let tried = Try::new(&document, operation, &own);
        for key in [&keys.foreign, &keys.live, &keys.other_customer] {
            let text = String::from_utf8(tried.send(&world, key).await.body).expect("text");
            // A tenant's own institutions are shown to all its customers.
            let is_shared = |kind: &str| kind == "institution" && *key == keys.other_customer;
            for (kind, id) in own.all().filter(|(kind, _)| *kind != "customer" && !is_shared(kind)) {
                assert!(!text.contains(id), "{}: the {kind} is in it", tried.name());
            }
            assert!(!text.contains("\"user-1\""), "{}", tried.name());
        }
    }
    // What the foreign tenant did to its own things is not looked at; of this one's nothing has moved.
    let changed: Vec<_> = kept(&world, &tenant).await;
    let moved: Vec<_> = changed.iter().filter(|row| !before.contains(row)).collect();
    assert_eq!(moved, Vec::<&String>::new());
    assert_eq!(changed.len(), before.len());

    // The requests are right: their owner gets through with them, reading first and deleting last.
    let rank = |method: &str| ["GET", "POST", "PUT", "PATCH", "DELETE"].iter().position(|one| *one == method);
    let mut operations: Vec<_> = operations.iter().filter(|one| one.path.contains('{')).collect();
    operations.sort_by_key(|one| (rank(&one.method), one.path.len()));
    // A connection goes after what hangs on it, and its customer last.
    let is_last = |one: &&Operation| one.method == "DELETE" && one.path.starts_with("/v1/customers/{external_id}");
    let (last, first): (Vec<_>, Vec<_>) = operations.into_iter().partition(is_last);
    for operation in first.into_iter().chain(last) {
        let tried = Try::new(&document, operation, &own);
        let answer = tried.send(&world, &keys.own).await;
        let text = String::from_utf8(answer.body).expect("text");
        assert!(
            !matches!(answer.status, 401 | 403 | 404),
            "{}: {} {text}",
            tried.name(),
            answer.status
        );
        assert!(answer.status < 500, "{}: {text}", tried.name());
    }
}

/// A revoked key is refused by every node of a database within a second.
async fn revoked_everywhere(first: World) {
    let second = first.beside().await;
    let call = async |node: &World| node.call("GET", "/v1/connections", &first.key, &[], None).await.status.as_u16();
    assert_eq!((call(&first).await, call(&second).await), (200, 200));
    let invited = first.invite(json!({})).await;
    let path = format!("/v1/connections/{}", invited["id"].as_str().expect("an id"));
    assert_eq!(second.call("GET", &path, &first.key, &[], None).await.status, 200, "one database");
    let revoke = tenants::revoke_api_key(first.tenant.as_str(), &fingerprint(&first.key), 1);
    first.core.store.write(revoke).await.expect("revokes");
    first.clock.advance(Duration::from_secs(1));
    assert_eq!((call(&first).await, call(&second).await), (401, 401));
}

#[tokio::test]
async fn a_revoked_key_is_refused_by_every_node_within_a_second() {
    revoked_everywhere(World::new().await).await;
}

#[tokio::test]
async fn a_revoked_key_is_refused_by_every_node_within_a_second_on_postgresql() {
    revoked_everywhere(World::on_postgres().await).await;
}
