//! What the commands of an operator share: the database that the server's settings name.

use super::serve;
use crate::clock::{SystemClock, SystemRng};
use crate::config::Config;
use crate::core::Core;
use crate::files;
use crate::store::{Settings, Store};
use crate::tenants::admin::Admin;
use crate::tenants::{Caller, Mode};
use anyhow::Context as _;
use gesher_contract::TenantTag;
use gesher_domain::Timestamp;
use std::io::Write as _;

/// Lets an operator work on the database and writes what they are told. A database that is not there yet is made: the server
/// need not have run before.
pub fn open(work: impl AsyncFnOnce(Admin<'_>) -> anyhow::Result<String>) -> anyhow::Result<()> {
    let config = Config::from_env()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        files::private_folder(&config.data_dir).with_context(|| format!("making {}", config.data_dir.display()))?;
        let store = Store::open(&Settings::new(config.database()))
            .await
            .context("opening the database")?;
        store.migrate().await.context("bringing the database up to date")?;
        let admin = Admin {
            store: &store,
            clock: &SystemClock,
            rng: &SystemRng,
            actor: "operator",
            plain_http: config.demo,
        };
        let told = work(admin).await;
        store.close().await;
        write!(std::io::stdout(), "{}", told?)?;
        Ok(())
    })
}

/// Lets an operator work as the server does, with its master key and its institutions, and writes what they are told.
pub fn with_core(work: impl AsyncFnOnce(&Core) -> anyhow::Result<String>) -> anyhow::Result<()> {
    let config = Config::from_env()?;
    // Another one may be there already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let core = serve::core(&config).await?;
        let told = work(&core).await;
        core.store.close().await;
        write!(std::io::stdout(), "{}", told?)?;
        Ok(())
    })
}

/// The tenant with this tag, in a mode.
///
/// # Errors
/// There is none, or the database failed.
pub async fn found(core: &Core, tag: &str, mode: Mode) -> anyhow::Result<Caller> {
    let none = || anyhow::anyhow!("there is no tenant {tag}");
    let tag = TenantTag::parse(tag).map_err(|_| none())?;
    core.keys.tenant(tag.as_str()).await?.ok_or_else(none)?;
    Ok(Caller::keyless(tag, mode))
}

/// The operator, on what the server works on.
pub fn admin(core: &Core) -> Admin<'_> {
    Admin {
        store: &core.store,
        clock: &*core.clock,
        rng: &*core.rng,
        actor: "operator",
        plain_http: false,
    }
}

/// A time as a line of a list shows it.
pub fn time(at: i64) -> String {
    Timestamp(at).rfc3339()
}

/// Since when something is revoked, as the end of a line.
pub fn revoked(at: Option<i64>) -> String {
    at.map_or_else(String::new, |at| format!("  revoked {}", time(at)))
}
