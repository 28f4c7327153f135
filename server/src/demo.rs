//! Demo mode: a tenant, keys and a file that names them, so that the first start is a shop that works.
//!
//! **Contract.** The tenant is made once. Its allowed origin and redirect URL follow the shop's address at every start. Keys are
//! random and live in `demo.env` alone; when that file is lost, the lost keys are revoked and new ones are made.

mod certificates;

use crate::config::Config;
use crate::core::Core;
use crate::store::brandings::BrandingRow;
use crate::store::tenants::{self, ApiKeyRow, OauthClientRow, TenantRow};
use crate::store::{Unit, brandings, meta, provider_credentials};
use crate::tenants::admin::{Admin, Scope};
use crate::tenants::branding::{self, Change};
use crate::tenants::{Kind, Mode, fingerprint, mint};
use anyhow::Context as _;
pub use certificates::Certificates;
use gesher_contract::TenantTag;
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;

/// The file in the data folder.
pub const FILE: &str = "demo.env";
/// What the demo's own key is called.
const LABEL: &str = "demo";
/// Where the demo tenant's tag is remembered.
const TENANT: &str = "demo_tenant";
/// Where the sandbox's seed is remembered: with the same one its banks know after a restart what they granted before.
const SEED: &str = "sandbox_seed";

/// The demo's keys.
pub struct Demo {
    /// A test key.
    pub api_key: String,
    client_id: String,
    client_secret: String,
    /// Opens the admin API.
    pub admin_token: SecretString,
    /// What the sandbox's randomness is made from.
    pub seed: u64,
    /// Who the tenant is to banks that want certificates.
    pub certificates: Certificates,
}

/// Makes the demo tenant and its keys where they are missing.
///
/// # Errors
/// When the database or the data folder fails.
pub async fn prepare(core: &Core, config: &Config) -> anyhow::Result<Demo> {
    let tenant = tenant(core, config).await?;
    let before = read(&config.data_dir.join(FILE));
    let known = |name: &str| before.get(name).cloned();
    let now = core.clock.now().0;
    let mut unit = Unit::new();

    let mut kept_key = None;
    let demo_keys = tenants::api_keys(&core.store, tenant.as_str())
        .await?
        .into_iter()
        .filter(|row| row.label == LABEL);
    for row in demo_keys {
        match known("GESHER_API_KEY").filter(|key| fingerprint(key) == row.hash && row.revoked_at.is_none()) {
            Some(key) => kept_key = Some(key),
            None if row.revoked_at.is_none() => unit.push(tenants::revoke_api_key(tenant.as_str(), &row.hash, now)),
            None => {}
        }
    }
    let api_key = kept_key.unwrap_or_else(|| {
        let key = mint(Kind::ApiKey(Mode::Test), &tenant, &*core.rng);
        unit.push(tenants::insert_api_key(&ApiKeyRow {
            tenant_id: tenant.to_string(),
            hash: fingerprint(&key),
            mode: Mode::Test.as_str().to_owned(),
            label: LABEL.to_owned(),
            created_at: now,
            revoked_at: None,
            prefix: None,
        }));
        key
    });

    let kept_client = match (known("GESHER_CLIENT_ID"), known("GESHER_CLIENT_SECRET")) {
        (Some(id), Some(secret)) => tenants::oauth_client(&core.store, tenant.as_str(), &id)
            .await?
            .filter(|row| row.secret_hash == fingerprint(&secret) && row.revoked_at.is_none())
            .map(|_| (id, secret)),
        _ => None,
    };
    let (client_id, client_secret) = kept_client.unwrap_or_else(|| {
        let id = mint(Kind::ClientId, &tenant, &*core.rng);
        let secret = mint(Kind::ClientSecret, &tenant, &*core.rng);
        unit.push(tenants::insert_oauth_client(&OauthClientRow {
            tenant_id: tenant.to_string(),
            client_id: id.clone(),
            secret_hash: fingerprint(&secret),
            mode: Mode::Test.as_str().to_owned(),
            scopes: Scope::join(&Scope::ALL.into_iter().collect()),
            created_at: now,
            revoked_at: None,
        }));
        (id, secret)
    });
    let own_token = || {
        known("GESHER_ADMIN_TOKEN")
            .unwrap_or_else(|| format!("ga_{}", gesher_domain::new_secret(&*core.rng)))
            .into()
    };
    let admin_token = config.admin_token.clone().unwrap_or_else(own_token);
    let seed = match meta::get(&core.store, SEED).await?.and_then(|seed| seed.parse().ok()) {
        Some(seed) => seed,
        None => {
            let mut random = [0; 8];
            core.rng.fill(&mut random);
            let seed = u64::from_le_bytes(random);
            unit.push(meta::put(SEED, &seed.to_string()));
            seed
        }
    };
    core.store.write(unit).await?;
    let certificates = Certificates::open(config, now, &*core.rng).context("making test certificates")?;
    certified(core, &tenant, &certificates).await?;
    Ok(Demo {
        certificates,
        seed,
        api_key,
        client_id,
        client_secret,
        admin_token,
    })
}

/// The tenant has its certificates at the provider of the banks that want them: from the first start on, and again when they were made
/// anew. What an operator sets meanwhile stays.
async fn certified(core: &Core, tenant: &TenantTag, certificates: &Certificates) -> anyhow::Result<()> {
    const PROVIDER: &str = "berlin_group";
    let admin = Admin {
        store: &core.store,
        clock: &*core.clock,
        rng: &*core.rng,
        actor: "demo",
        plain_http: true,
    };
    let is_set = provider_credentials::of_mode(&core.store, tenant.as_str(), PROVIDER, Mode::Test.as_str())
        .await?
        .is_some();
    if certificates.fresh || !is_set {
        admin
            .set_at_provider(core, tenant.as_str(), PROVIDER, Mode::Test, certificates.settings())
            .await?;
    }
    Ok(())
}

/// The demo tenant, made at the first start; its addresses follow the shop's.
async fn tenant(core: &Core, config: &Config) -> anyhow::Result<TenantTag> {
    let known = meta::get(&core.store, TENANT).await?.and_then(|tag| TenantTag::parse(&tag).ok());
    let tag = known.clone().unwrap_or_else(|| {
        let mut random = [0; 4];
        core.rng.fill(&mut random);
        TenantTag::from_random(u32::from_le_bytes(random))
    });
    let now = core.clock.now().0;
    let origins = gesher_sandbox::shop_origins(&config.sandbox_url);
    // A host's return URL may have a query of its own: the shop's other one has.
    let returns: Vec<_> = origins
        .iter()
        .flat_map(|origin| ["", "?from=link"].map(|query| format!("{origin}/shop/return{query}")))
        .collect();
    let created_at = tenants::by_id(&core.store, tag.as_str()).await?.map_or(now, |row| row.created_at);
    let row = TenantRow {
        tenant_id: tag.to_string(),
        name: gesher_sandbox::SHOP_NAME.to_owned(),
        allowed_origins: serde_json::to_string(&origins)?,
        redirect_urls: serde_json::to_string(&returns)?,
        completion: "exchange".to_owned(),
        // Whoever tries Gesher out is not to meet its limits.
        live_rate: 0,
        test_rate: 0,
        created_at,
        updated_at: now,
        refresh_reminder_days: 7,
        closed_at: None,
    };
    let unit = match known {
        Some(_) => Unit::new().with(tenants::update(&row)),
        None => Unit::new().with(tenants::insert(&row)).with(meta::insert(TENANT, tag.as_str())),
    };
    core.store.write(unit).await?;
    // Only at first: what an operator changes stays.
    if brandings::of_tenant(&core.store, tag.as_str()).await?.is_none() {
        let bare = BrandingRow {
            tenant_id: tag.to_string(),
            ..BrandingRow::default()
        };
        let [accent, accent_dark] = gesher_sandbox::SHOP_COLOURS.map(|colour| Some(colour.to_owned()));
        let look = Change {
            accent,
            accent_dark,
            mark: Some(gesher_sandbox::SHOP_MARK.as_bytes().to_vec()),
            ..Change::default()
        };
        core.store.write(brandings::put(&branding::change(&bare, look, now)?)).await?;
    }
    Ok(tag)
}

/// What stands in the file of an earlier start; nothing when there is none.
fn read(path: &Path) -> HashMap<String, String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

impl Demo {
    /// Writes the file, whole, by rename: whoever waits for it never reads half of it.
    ///
    /// # Errors
    /// When the data folder cannot be written.
    pub fn write(&self, config: &Config) -> anyhow::Result<()> {
        let text = format!(
            "GESHER_URL={}\nGESHER_API_KEY={}\nGESHER_CLIENT_ID={}\nGESHER_CLIENT_SECRET={}\nGESHER_SHOP_URL={}\nGESHER_OPS_URL=http://{}\nGESHER_ADMIN_TOKEN={}\n",
            config.url,
            self.api_key,
            self.client_id,
            self.client_secret,
            config.sandbox_url,
            config.ops_addr,
            self.admin_token.expose_secret(),
        );
        let path = config.data_dir.join(FILE);
        let part = config.data_dir.join(".demo.env.part");
        let mut file = crate::files::private(&part).with_context(|| format!("writing {}", part.display()))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&part, &path).with_context(|| format!("writing {}", path.display()))
    }
}
