//! The test authority of the sandbox's banks, and the demo tenant's certificates from it.
//!
//! **Contract.** They are made at the first start, kept in the data folder in files that only their owner may read, and used again:
//! a certificate that a tenant was given stays good. When one of the files is lost or cannot be read, all are made anew.

use crate::config::Config;
use crate::files;
use crate::providers::berlin_group::setting;
use anyhow::Context as _;
use gesher_domain::Rng;
use gesher_sandbox::{Authority, Issued, Purpose};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

/// The files: a certificate and its key in each, in PEM.
const AUTHORITY: &str = "sandbox-authority.pem";
const WEBSITE: &str = "demo-qwac.pem";
const SEAL: &str = "demo-qsealc.pem";
/// Where the key begins.
const KEY: &str = "-----BEGIN PRIVATE KEY-----";

/// Who the demo tenant is to a bank that wants certificates.
pub struct Certificates {
    /// Whose certificates the sandbox's banks take.
    pub authority: Arc<Authority>,
    /// Opens connections.
    pub website: Issued,
    /// Signs messages.
    pub seal: Issued,
    /// Whether they were just made.
    pub fresh: bool,
}

impl Certificates {
    /// Those that were kept, or new ones. `now` is in microseconds since the epoch.
    ///
    /// # Errors
    /// When they cannot be made, or the data folder cannot be written.
    pub fn open(config: &Config, now: i64, rng: &dyn Rng) -> anyhow::Result<Self> {
        let folder = &config.data_dir;
        if let Some(kept) = Self::kept(folder) {
            return Ok(kept);
        }
        let issue = |authority: &Authority, purpose| {
            let mut entropy = [0; 32];
            rng.fill(&mut entropy);
            authority.issue(purpose, entropy, now)
        };
        let authority = Authority::new(now)?;
        let (website, seal) = (issue(&authority, Purpose::Website)?, issue(&authority, Purpose::Seal)?);
        // The authority comes last: with it all is there.
        keep(&folder.join(WEBSITE), &website.certificate, &website.key)?;
        keep(&folder.join(SEAL), &seal.certificate, &seal.key)?;
        keep(&folder.join(AUTHORITY), &authority.certificate(), &authority.key())?;
        Ok(Self {
            authority: Arc::new(authority),
            website,
            seal,
            fresh: true,
        })
    }

    /// What a tenant sets at the provider of these banks to be who these certificates are.
    pub fn settings(&self) -> BTreeMap<String, SecretString> {
        let set = [
            (setting::QWAC_CERTIFICATE, &self.website.certificate),
            (setting::QWAC_KEY, &self.website.key),
            (setting::QSEALC_CERTIFICATE, &self.seal.certificate),
            (setting::QSEALC_KEY, &self.seal.key),
            (setting::BANK_CA, &self.authority.certificate()),
        ];
        set.into_iter()
            .map(|(name, value)| (name.to_owned(), value.clone().into()))
            .collect()
    }

    fn kept(folder: &Path) -> Option<Self> {
        let [authority, website, seal] = [AUTHORITY, WEBSITE, SEAL].map(|name| read(&folder.join(name)));
        let authority = authority?;
        Some(Self {
            authority: Arc::new(Authority::kept(&authority.certificate, &authority.key).ok()?),
            website: website?,
            seal: seal?,
            fresh: false,
        })
    }
}

fn read(path: &Path) -> Option<Issued> {
    let text = std::fs::read_to_string(path).ok()?;
    let (certificate, key) = text.split_at_checked(text.find(KEY)?)?;
    Some(Issued {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
    })
}

/// Writes a file whole, by rename.
fn keep(path: &Path, certificate: &str, key: &str) -> anyhow::Result<()> {
    let part = path.with_extension("part");
    let write = || {
        let mut file = files::private(&part)?;
        file.write_all(certificate.as_bytes())?;
        file.write_all(key.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&part, path)
    };
    write().with_context(|| format!("writing {}", path.display()))
}
