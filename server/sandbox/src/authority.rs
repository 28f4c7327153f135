//! The test authority: it issues what a TPP shows at banks that want to know who is calling, and what such a bank's listener shows.
//!
//! **Contract.** A TPP has two certificates (RTS 2018/389, article 34): one for websites (QWAC), with which it opens the connection,
//! and one for seals (QSealC), with which it signs messages. The names in them are invented, the keys are RSA of 2048 bits, and
//! nobody outside the sandbox trusts the authority. Whoever starts the sandbox keeps what is made here, and gives it back at the
//! next start: else a TPP's certificates would be worth nothing any more.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, date_time_ymd,
};
use rsa::PrivateKey;
use rsa::pkcs8::EncodePrivateKey as _;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use std::sync::Arc;

/// Bits of a TPP's keys.
const BITS: usize = 2048;
/// How long a certificate lasts, in years.
const YEARS: i16 = 10;
/// `organizationIdentifier` (ITU-T X.520), in which ETSI TS 119 495 has a TPP's authorisation number.
const ORGANIZATION_IDENTIFIER: [u64; 4] = [2, 5, 4, 97];
/// The test TPP's, in the form of that standard; no authority gave it.
const NUMBER: &str = "PSDIL-TEST-000001";

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// It could not be made.
    #[error("a certificate could not be made")]
    Certificate(#[from] rcgen::Error),
    /// The key could not be made.
    #[error("a key could not be made")]
    Key,
    /// What was kept is no certificate or key.
    #[error("this is no certificate or key in PEM")]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// A listener cannot use it.
    #[error("a listener cannot use this certificate")]
    Tls(#[from] rustls::Error),
    /// Nobody could be let in with it.
    #[error("nobody can be let in with this authority")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Opens connections: a QWAC.
    Website,
    /// Signs messages: a QSealC.
    Seal,
}

/// A certificate and its key, in PEM.
pub struct Issued {
    /// The certificate.
    pub certificate: String,
    /// Its key, PKCS #8.
    pub key: String,
}

/// The authority.
pub struct Authority {
    certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority(…)")
    }
}

impl Authority {
    /// A new one. `now` is in microseconds since the epoch, as are all times here.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn new(now: i64) -> Result<Self, AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = Self::params(now).self_signed(&key)?;
        Ok(Self {
            certificate: certificate.der().clone(),
            key,
        })
    }

    /// The one that was kept as [`Authority::certificate`] and [`Authority::key`].
    ///
    /// # Errors
    /// When they are not that.
    pub fn kept(certificate: &str, key: &str) -> Result<Self, AuthorityError> {
        Ok(Self {
            certificate: CertificateDer::from_pem_slice(certificate.as_bytes())?,
            key: KeyPair::from_pem(key)?,
        })
    }

    /// Its certificate in PEM: who trusts this one trusts the banks' listener.
    pub fn certificate(&self) -> String {
        pem("CERTIFICATE", &self.certificate)
    }

    /// Its key in PEM.
    pub fn key(&self) -> String {
        self.key.serialize_pem()
    }

    /// Its certificate, as banks read it.
    pub(crate) fn der(&self) -> &[u8] {
        &self.certificate
    }

    fn params(now: i64) -> CertificateParams {
        let mut params = lasting(
            now,
            &[
                ("Gesher Sandbox", DnType::OrganizationName),
                ("Gesher Sandbox Test CA", DnType::CommonName),
            ],
        );
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
    }

    /// A certificate of the test TPP. Its key follows from `entropy`, which must be random.
    ///
    /// # Errors
    /// [`AuthorityError`]
    pub fn issue(&self, purpose: Purpose, entropy: [u8; 32], now: i64) -> Result<Issued, AuthorityError> {
        let made = PrivateKey::new(&mut ChaCha20Rng::from_seed(entropy), BITS).map_err(|_| AuthorityError::Key)?;
        let made = made.to_pkcs8_der().map_err(|_| AuthorityError::Key)?;
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(made.as_bytes()), &PKCS_RSA_SHA256)?;
        let mut params = lasting(
            now,
            &[("Gesher Demo", DnType::OrganizationName), ("Gesher Demo TPP", DnType::CommonName)],
        );
        let number = DnType::CustomDnType(ORGANIZATION_IDENTIFIER.to_vec());
        params.distinguished_name.push(number, NUMBER);
        params.key_usages = match purpose {
            Purpose::Website => vec![KeyUsagePurpose::DigitalSignature],
            Purpose::Seal => vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::ContentCommitment],
        };
        if purpose == Purpose::Website {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        }
        let authority = Self::params(now);
        let certificate = params.signed_by(&key, &Issuer::from_params(&authority, &self.key))?;
        Ok(Issued {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        })
    }

    /// What a listener of the banks at this host needs to let in those alone who show a certificate of this authority.
    ///
    /// # Errors
    /// [`AuthorityError`]
    pub fn listener(&self, host: &str, now: i64) -> Result<rustls::ServerConfig, AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::new([host.to_owned()])?;
        let lasting = lasting(now, &[("Gesher Sandbox", DnType::OrganizationName)]);
        (params.not_before, params.not_after) = (lasting.not_before, lasting.not_after);
        params.distinguished_name = lasting.distinguished_name;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let authority = Self::params(now);
        let certificate = params.signed_by(&key, &Issuer::from_params(&authority, &self.key))?;
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let let_in = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build()?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(let_in)
            .with_single_cert(vec![certificate.der().clone()], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// What is the same in all certificates: when they begin and end, and where the names are.
fn lasting(now: i64, names: &[(&str, DnType)]) -> CertificateParams {
    let today = Timestamp::from_microsecond(now)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_zoned(TimeZone::UTC)
        .date();
    // A clock that is a little behind has to take it, too.
    let (first, last) = (today.saturating_sub(1.day()), today.saturating_add(YEARS.years()));
    let at = |day: Date| date_time_ymd(i32::from(day.year()), day.month() as u8, day.day() as u8);
    let mut params = CertificateParams::default();
    (params.not_before, params.not_after) = (at(first), at(last));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "IL");
    for (name, kind) in names {
        params.distinguished_name.push(kind.clone(), *name);
    }
    params.use_authority_key_identifier_extension = true;
    params
}

/// PEM (RFC 7468).
fn pem(label: &str, der: &[u8]) -> String {
    let text = data_encoding::BASE64.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
