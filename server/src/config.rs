//! Settings, from the environment alone.
//!
//! **Contract.** [`Config::from_env`] reads each variable once and either gives a whole configuration or an error that names
//! the variable. Nothing else in the program reads the environment, but for the log's two, which come before everything
//! (`cli/serve.rs`).

use crate::http::client::Proxies;
use crate::webhooks::schedule::{Schedule, Schedules};
use anyhow::{Context, bail};
use secrecy::ExposeSecret as _;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where a TLS certificate and its key lie.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// `GESHER_TLS_CERT`.
    pub certificate: PathBuf,
    /// `GESHER_TLS_KEY`.
    pub key: PathBuf,
}

/// Where the master key comes from.
#[derive(Clone)]
pub enum MasterKey {
    /// `GESHER_MASTER_KEY`: the key itself.
    Value(secrecy::SecretString),
    /// `GESHER_MASTER_KEY_FILE`.
    File(PathBuf),
    /// Demo mode without either: a file in the data folder, made when missing.
    Demo(PathBuf),
}

/// No master key is set, and it is not demo mode.
#[derive(Debug, thiserror::Error)]
#[error("set GESHER_MASTER_KEY or GESHER_MASTER_KEY_FILE (32 bytes, hexadecimal or base64); only demo mode makes a key up")]
pub struct NoMasterKey;

/// Everything that an operator can set.
#[derive(Clone)]
pub struct Config {
    /// `GESHER_ADDR`: the public listener.
    pub addr: SocketAddr,
    /// `GESHER_OPS_ADDR`: health, metrics, administration.
    pub ops_addr: SocketAddr,
    /// `GESHER_SANDBOX_ADDR`: fake banks and the demo shop; only in demo mode.
    pub sandbox_addr: SocketAddr,
    /// `GESHER_SANDBOX_TLS_ADDR`: fake banks that want to see a certificate; only in demo mode.
    pub sandbox_tls_addr: SocketAddr,
    /// `GESHER_URL`: the public address, without a trailing slash.
    pub url: String,
    /// `GESHER_SANDBOX_URL`: the sandbox's public address, without a trailing slash.
    pub sandbox_url: String,
    /// `GESHER_DATA_DIR`: the database and, in demo mode, the key, `demo.env` and certificates.
    pub data_dir: PathBuf,
    /// `GESHER_DATABASE_URL`: a PostgreSQL to use instead of the SQLite file.
    pub database_url: Option<secrecy::SecretString>,
    /// The master key.
    pub master_key: MasterKey,
    /// `GESHER_TLS_CERT` and `GESHER_TLS_KEY`.
    pub tls: Option<TlsFiles>,
    /// `GESHER_DEMO=1`.
    pub demo: bool,
    /// `GESHER_ADMIN_TOKEN`: opens the admin API. Without it there is none, but in demo mode, which makes one up.
    pub admin_token: Option<secrecy::SecretString>,
    /// `GESHER_OPS_HOSTS`: names by which the operations listener is reached, beside its address and this machine's names.
    pub ops_hosts: Vec<String>,
    /// `GESHER_TRUSTED_PROXIES`: whose `X-Forwarded-For` counts.
    pub trusted_proxies: Proxies,
    /// `GESHER_WEBHOOK_RETRIES`: when webhooks are tried again.
    pub webhook_retries: Schedules,
}

/// A variable's value; an empty one counts as not set.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Fewest characters of the admin token: whoever has it can do everything to every tenant.
const SHORTEST_TOKEN: usize = 32;

fn admin_token() -> anyhow::Result<Option<secrecy::SecretString>> {
    let Some(token) = variable("GESHER_ADMIN_TOKEN") else {
        return Ok(None);
    };
    // It travels in a header, and what cannot be there would never be found equal.
    if token.len() < SHORTEST_TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        bail!("GESHER_ADMIN_TOKEN must have at least {SHORTEST_TOKEN} visible ASCII characters; `openssl rand -hex 32` makes one");
    }
    Ok(Some(token.into()))
}

fn address(name: &str, default: &str) -> anyhow::Result<SocketAddr> {
    let text = variable(name).unwrap_or_else(|| default.to_owned());
    text.parse()
        .with_context(|| format!("{name} must be an address and port such as {default}, but is {text}"))
}

fn public_url(name: &str, default: String) -> anyhow::Result<String> {
    let text = variable(name).unwrap_or(default);
    let text = text.trim_end_matches('/').to_owned();
    let url = url::Url::parse(&text).with_context(|| format!("{name} must be a web address, but is {text}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.path() != "/" || url.query().is_some() {
        bail!("{name} must be scheme, host and port alone, but is {text}");
    }
    Ok(text)
}

impl Config {
    /// The database's address. May hold a password.
    pub fn database(&self) -> String {
        match &self.database_url {
            Some(url) => url.expose_secret().to_owned(),
            None => format!("sqlite://{}", self.data_dir.join("gesher.db").display()),
        }
    }

    /// The host by which the sandbox is reached.
    pub fn sandbox_host(&self) -> &str {
        let host = self
            .sandbox_url
            .split_once("://")
            .map_or(self.sandbox_url.as_str(), |(_, host)| host);
        match host.rsplit_once(':') {
            // The colons of an IPv6 address stand in brackets.
            Some((name, port)) if !port.ends_with(']') => name,
            _ => host,
        }
    }

    /// Where the banks are that want to see a certificate, without a trailing slash.
    pub fn sandbox_tls_url(&self) -> String {
        format!("https://{}:{}", self.sandbox_host(), self.sandbox_tls_addr.port())
    }

    /// Reads the environment.
    ///
    /// # Errors
    /// When a variable's value makes no sense, or variables contradict each other; the message names them.
    pub fn from_env() -> anyhow::Result<Self> {
        let demo = match variable("GESHER_DEMO").as_deref() {
            None | Some("0") => false,
            Some("1") => true,
            Some(other) => bail!("GESHER_DEMO must be 1 or 0, but is {other}"),
        };
        let addr = address("GESHER_ADDR", "127.0.0.1:3000")?;
        let ops_addr = address("GESHER_OPS_ADDR", "127.0.0.1:3002")?;
        let sandbox_addr = address("GESHER_SANDBOX_ADDR", "127.0.0.1:3001")?;
        let sandbox_tls_addr = address("GESHER_SANDBOX_TLS_ADDR", "127.0.0.1:3003")?;
        let data_dir = PathBuf::from(variable("GESHER_DATA_DIR").unwrap_or_else(|| "data".to_owned()));
        let tls = match (variable("GESHER_TLS_CERT"), variable("GESHER_TLS_KEY")) {
            (Some(certificate), Some(key)) => Some(TlsFiles {
                certificate: certificate.into(),
                key: key.into(),
            }),
            (None, None) => None,
            _ => bail!("GESHER_TLS_CERT and GESHER_TLS_KEY belong together: set both or neither"),
        };
        let scheme = if tls.is_some() { "https" } else { "http" };
        let master_key = match (variable("GESHER_MASTER_KEY"), variable("GESHER_MASTER_KEY_FILE")) {
            (Some(_), Some(_)) => bail!("set GESHER_MASTER_KEY or GESHER_MASTER_KEY_FILE, not both"),
            (Some(value), None) => MasterKey::Value(value.into()),
            (None, Some(file)) => MasterKey::File(file.into()),
            (None, None) if demo => MasterKey::Demo(data_dir.join("master.key")),
            (None, None) => return Err(NoMasterKey.into()),
        };
        let webhook_retries = match variable("GESHER_WEBHOOK_RETRIES") {
            Some(text) => Schedule::parse(&text).context("GESHER_WEBHOOK_RETRIES")?.into(),
            None => Schedules::default(),
        };
        let trusted_proxies = variable("GESHER_TRUSTED_PROXIES").unwrap_or_default();
        Ok(Self {
            trusted_proxies: trusted_proxies.parse().context("GESHER_TRUSTED_PROXIES")?,
            url: public_url("GESHER_URL", format!("{scheme}://localhost:{}", addr.port()))?,
            sandbox_url: public_url("GESHER_SANDBOX_URL", format!("http://127.0.0.1:{}", sandbox_addr.port()))?,
            database_url: variable("GESHER_DATABASE_URL").map(Into::into),
            addr,
            ops_addr,
            sandbox_addr,
            sandbox_tls_addr,
            data_dir,
            master_key,
            tls,
            demo,
            admin_token: admin_token()?,
            ops_hosts: variable("GESHER_OPS_HOSTS")
                .map(|names| names.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect())
                .unwrap_or_default(),
            webhook_retries,
        })
    }
}
