//! What every use case needs, made once at the start and passed in.

use crate::connect::watch::Moves;
use crate::http::client::Proxies;
use crate::institutions::Institutions;
use crate::limits::Limits;
use crate::providers::{Cx, Providers, PsuContext};
use crate::secrets::{Context, Keyring};
use crate::store::Store;
use crate::tenants::Keys;
use crate::tenants::credentials::{self, Unreadable};
use crate::webhooks::Webhooks;
use gesher_directory::Directory;
use gesher_domain::{Clock, Rng};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// See the module.
pub struct Core {
    /// Where everything is kept.
    pub store: Store,
    /// Seals and opens what is kept secret.
    pub keyring: Keyring,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub rng: Arc<dyn Rng>,
    /// The institutions.
    pub institutions: Institutions,
    /// How they are reached.
    pub providers: Providers,
    /// The outbound client, for addresses that the operator chose.
    pub http: reqwest::Client,
    /// What sends webhooks, to addresses that tenants choose.
    pub webhooks: Webhooks,
    /// Knows API keys.
    pub keys: Keys,
    /// Counts requests.
    pub limits: Limits,
    /// The proxies that say truly who asks.
    pub proxies: Arc<Proxies>,
    /// The public address, without a trailing slash.
    pub url: String,
    /// Calls to providers that are under way; a stop waits for them.
    pub tasks: TaskTracker,
    /// Wakes the jobs of this node when there is something to do at once.
    pub work: Notify,
    /// Tells this node's event streams which sessions move.
    pub moved: Moves,
    /// Cancelled when this node stops: what would go on for ever ends then.
    pub stopping: CancellationToken,
}

impl Core {
    /// The institutions as this tenant sees them now in this mode.
    pub fn directory(&self, tenant: &str, mode: &str) -> Directory {
        self.institutions.of(tenant, mode)
    }

    /// Seals a value for its place, with a fresh nonce. What is too large to be sealed (256 GiB) comes out empty, which nothing opens.
    pub fn seal(&self, context: &Context<'_>, plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; 24];
        self.rng.fill(&mut nonce);
        self.keyring.seal(context, plain, nonce).unwrap_or_default()
    }

    /// What a provider may use of the world, for a tenant in a mode. The person is named only while they are there.
    ///
    /// # Errors
    /// When what the tenant's operator set for the provider cannot be read.
    pub async fn cx(&self, tenant: &str, mode: &str, provider: &str, psu: Option<PsuContext>) -> Result<Cx, Unreadable> {
        Ok(Cx {
            http: self.http.clone(),
            now: self.clock.now(),
            rng: self.rng.clone(),
            psu,
            settings: credentials::settings(self, tenant, mode, provider).await?,
            hooks: format!("{}/hooks/{provider}/{tenant}/{mode}", self.url),
        })
    }
}
