//! Clients that open connections with a tenant's QWAC: one for each certificate, kept while it is used.
//!
//! **Contract.** What a client is found by is a digest of what is set; neither is ever logged. At most [`KEPT`] are kept, the one
//! that was made first goes first: a client is made again when it is needed.

use super::setting::{BANK_CA, QWAC_CERTIFICATE, QWAC_KEY};
use crate::outbound;
use crate::providers::Settings;
use reqwest::{Certificate, Identity};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// Most clients that are kept.
const KEPT: usize = 64;

/// Why there is no client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The setting is not set.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// The certificate cannot be read.
    #[error("qwac_certificate is no certificate in PEM")]
    Certificate,
    /// Certificate and key make no identity.
    #[error("qwac_key is not the key of qwac_certificate, or no key in PEM")]
    Key,
    /// The authority's certificate cannot be read.
    #[error("bank_ca is no certificate in PEM")]
    Authority,
}

/// See the module.
#[derive(Default)]
pub struct Identities {
    demo: bool,
    clients: Mutex<VecDeque<([u8; 32], reqwest::Client)>>,
}

impl Identities {
    /// None yet. `demo` is [`outbound::builder`]'s.
    pub fn new(demo: bool) -> Self {
        Self {
            demo,
            clients: Mutex::default(),
        }
    }

    /// The client with what is set.
    ///
    /// # Errors
    /// [`IdentityError`], which tells nothing of what is set.
    pub fn client(&self, settings: &Settings) -> Result<reqwest::Client, IdentityError> {
        let set = |name| settings.get(name).ok_or(IdentityError::Missing(name));
        let (certificate, key) = (set(QWAC_CERTIFICATE)?, set(QWAC_KEY)?);
        let authority = settings.get(BANK_CA);
        let mark = mark([Some(certificate), Some(key), authority]);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(known, _)| *known == mark) {
            return Ok(client.clone());
        }
        let client = self.make(certificate, key, authority)?;
        clients.push_back((mark, client.clone()));
        if clients.len() > KEPT {
            clients.pop_front();
        }
        Ok(client)
    }

    fn make(
        &self,
        certificate: &SecretString,
        key: &SecretString,
        authority: Option<&SecretString>,
    ) -> Result<reqwest::Client, IdentityError> {
        let pem = zeroize::Zeroizing::new(format!("{}\n{}\n", certificate.expose_secret().trim(), key.expose_secret().trim()));
        let identity = Identity::from_pem(pem.as_bytes()).map_err(|_| IdentityError::Key)?;
        let roots = match authority {
            Some(pem) => Certificate::from_pem_bundle(pem.expose_secret().as_bytes()).map_err(|_| IdentityError::Authority)?,
            None => Vec::new(),
        };
        outbound::builder(self.demo)
            .identity(identity)
            .tls_certs_merge(roots)
            .build()
            .map_err(|_| IdentityError::Key)
    }
}

/// The last moment at which the QWAC that is set is good, in seconds since the epoch.
///
/// # Errors
/// [`IdentityError`]
pub fn good_until(settings: &Settings) -> Result<i64, IdentityError> {
    let pem = settings.get(QWAC_CERTIFICATE).ok_or(IdentityError::Missing(QWAC_CERTIFICATE))?;
    let certificate = CertificateDer::from_pem_slice(pem.expose_secret().as_bytes()).map_err(|_| IdentityError::Certificate)?;
    let (_, read) = X509Certificate::from_der(&certificate).map_err(|_| IdentityError::Certificate)?;
    Ok(read.validity().not_after.timestamp())
}

/// A digest of all parts, each with its length before it.
fn mark(parts: [Option<&SecretString>; 3]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        let text = part.map(|part| part.expose_secret()).unwrap_or_default();
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gesher_sandbox::{Authority, Purpose};

    const NOW: i64 = 1_795_176_000_000_000;

    #[test]
    fn a_client_is_kept_for_each_identity_and_only_so_many_are() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let authority = Authority::new(NOW).unwrap();
        let issued = authority.issue(Purpose::Website, [1; 32], NOW).unwrap();
        let identities = Identities::new(false);
        let kept = || identities.clients.lock().unwrap().len();
        let set = |authority: &Authority| {
            let set = [
                (QWAC_CERTIFICATE, issued.certificate.clone()),
                (QWAC_KEY, issued.key.clone()),
                (BANK_CA, authority.certificate()),
            ];
            set.into_iter()
                .map(|(name, value)| (name.to_owned(), SecretString::from(value)))
                .collect::<Settings>()
        };
        for _ in 0..3 {
            identities.client(&set(&authority)).unwrap();
        }
        assert_eq!(kept(), 1);
        for _ in 0..KEPT + 3 {
            identities.client(&set(&Authority::new(NOW).unwrap())).unwrap();
        }
        assert_eq!(kept(), KEPT);
    }

    #[test]
    fn what_makes_no_identity_is_called_by_its_name() {
        let identities = Identities::new(false);
        let set = |certificate: &str, key: &str| {
            let set = [(QWAC_CERTIFICATE, certificate), (QWAC_KEY, key)];
            set.into_iter()
                .map(|(name, value)| (name.to_owned(), SecretString::from(value)))
                .collect::<Settings>()
        };
        let error = |settings: &Settings| identities.client(settings).err();
        assert_eq!(error(&Settings::default()), Some(IdentityError::Missing(QWAC_CERTIFICATE)));
        assert_eq!(error(&set("hello", "hello")), Some(IdentityError::Key));
        assert_eq!(good_until(&set("hello", "hello")), Err(IdentityError::Certificate));
    }
}
