//! What is wrong with this installation, for its operator.
//!
//! **Contract.** Looking changes nothing: no database is made, none is brought up to date. Each [`Finding`] has a stable code,
//! says what is wrong and what to do, and names no secret. What a tenant chose is reached through the guard alone.

mod database;
mod settings;
mod tenants;

pub use database::opening;
pub use settings::{admin_token, key_file, public_address, unreadable};

use crate::cli::serve;
use crate::clock::SystemClock;
use crate::config::{Config, MasterKey};
use crate::outbound::guard::{self, Guard};
use crate::secrets::{ExposeSecret as _, Keyring};
use crate::store::Store;
use gesher_domain::{Clock, Timestamp};
use serde::Serialize;
use std::time::Duration;

/// How long one address of a tenant's may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Something does not work, or is not safe.
    Problem,
    /// Worth knowing.
    Note,
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable name.
    pub code: &'static str,
    /// How bad it is.
    pub level: Level,
    /// The tenant that it is about, by its tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl Finding {
    /// Something that does not work, or is not safe.
    pub fn problem(code: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            code,
            level: Level::Problem,
            tenant: None,
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// Something worth knowing.
    pub fn note(code: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            level: Level::Note,
            ..Self::problem(code, what, remedy)
        }
    }

    fn of(self, tenant: &str) -> Self {
        Self {
            tenant: Some(tenant.to_owned()),
            ..self
        }
    }
}

/// What to look at beside the settings.
pub struct Patient<'a> {
    /// The database.
    pub store: &'a Store,
    /// The master key, where there is one.
    pub keyring: Option<&'a Keyring>,
    /// The time here.
    pub now: Timestamp,
    /// Whether plain http is open to tenants: in demo mode.
    pub demo: bool,
    /// What reaches tenants' addresses.
    pub guard: &'a Guard,
    /// Whether to connect to them.
    pub reach: bool,
}

/// Looks at everything.
pub async fn look(config: anyhow::Result<Config>, reach: bool) -> Vec<Finding> {
    let config = match config {
        Ok(config) => config,
        Err(error) => return vec![unreadable(&error)],
    };
    let (mut found, keyring) = settings::all(&config);
    if database::is_absent(&config) {
        found.push(Finding::note(
            "database_absent",
            "There is no database yet.",
            "`gesher serve`, or the first `gesher tenant create`, makes it.",
        ));
        return found;
    }
    let store = match Store::open(&crate::store::Settings::new(config.database())).await {
        Ok(store) => store,
        Err(error) => {
            found.push(opening(&error));
            return found;
        }
    };
    let settings = guard::Settings {
        time_limit: PATIENCE,
        ..serve::guarded(&config)
    };
    match Guard::new(settings) {
        Ok(guard) => {
            let patient = Patient {
                store: &store,
                keyring: keyring.as_ref(),
                now: SystemClock.now(),
                demo: config.demo,
                guard: &guard,
                reach,
            };
            // What a tenant has set may reach somebody whom the settings alone do not.
            if tenants::reach_any(&store).await.unwrap_or(false) {
                found.retain(|finding| finding.code != settings::NO_INSTITUTION);
            }
            found.extend(examine(&patient).await);
        }
        Err(error) => found.push(Finding::problem(
            "tls_unusable",
            format!("TLS cannot be set up: {error}."),
            "Install the system's certificates (ca-certificates).",
        )),
    }
    store.close().await;
    found
}

/// Looks at a database that is open and at what is in it.
pub async fn examine(patient: &Patient<'_>) -> Vec<Finding> {
    let looked = async {
        let mut found = database::tables(patient.store).await?;
        // Older or newer tables may lack what is looked for.
        if !found.is_empty() {
            return Ok(found);
        }
        found.extend(database::key(patient).await?);
        found.extend(database::clock(patient).await?);
        found.extend(database::backlog(patient).await?);
        found.extend(tenants::all(patient).await?);
        Ok::<_, crate::store::Unavailable>(found)
    };
    looked.await.unwrap_or_else(|error| {
        vec![Finding::problem(
            "database_unreadable",
            format!("The database does not answer as it should: {error}."),
            "See the database's own log.",
        )]
    })
}

/// The keyring that the settings name, or why there is none.
fn keyring(key: &MasterKey) -> Result<Option<Keyring>, crate::secrets::KeyError> {
    match key {
        MasterKey::Value(value) => Keyring::parse(value.expose_secret()).map(Some),
        MasterKey::File(path) => Keyring::load(path).map(Some),
        // Demo mode makes its key at the first start.
        MasterKey::Demo(path) if !path.exists() => Ok(None),
        MasterKey::Demo(path) => Keyring::load(path).map(Some),
    }
}
