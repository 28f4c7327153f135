//! Signatures as Standard Webhooks 1.0 has them.
//!
//! **Contract.** What is signed is `{id}.{timestamp}.{body}`. The header holds a `v1` signature (HMAC-SHA256) for each secret that
//! still counts and a `v1a` signature (ed25519), apart by spaces, so a receiver can change secrets without losing an event. A secret
//! is 32 random bytes, sealed for its endpoint; in the open it is `whsec_` and base64, a public key `whpk_` and base64.

use crate::core::Core;
use crate::secrets::{Context, ExposeSecret as _, OpenError, SecretString};
use crate::store::webhooks::endpoints::EndpointRow;
use data_encoding::BASE64;
use gesher_domain::{Rng, Timestamp};
use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use zeroize::Zeroizing;

/// Bytes of a secret, and of the seed of an ed25519 key.
const BYTES: usize = 32;
/// How long the secret before still signs.
pub const OLD_SECRET_COUNTS: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

const SECRET: &str = "secret";
const OLD_SECRET: &str = "old_secret";
const SIGNING_KEY: &str = "signing_key";

/// An endpoint has no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// Its secret cannot be opened.
    #[error(transparent)]
    Sealed(#[from] OpenError),
    /// What was sealed is not a key.
    #[error("not a signing key")]
    NotAKey,
}

fn context<'a>(tenant: &'a str, endpoint: &'a str, column: &'a str) -> Context<'a> {
    Context {
        tenant,
        table: "webhook_endpoints",
        row: endpoint,
        column,
    }
}

fn random(rng: &dyn Rng) -> Zeroizing<[u8; BYTES]> {
    let mut bytes = Zeroizing::new([0; BYTES]);
    rng.fill(&mut *bytes);
    bytes
}

/// A new secret: as it is shown, and sealed for its endpoint.
pub fn new_secret(core: &Core, tenant: &str, endpoint: &str) -> (SecretString, Vec<u8>) {
    let bytes = random(&*core.rng);
    let shown = shown(&*bytes);
    (shown.into(), core.seal(&context(tenant, endpoint, SECRET), &*bytes))
}

/// A new ed25519 key: its public half as it is shown, and its seed, sealed for its endpoint.
///
/// # Errors
/// Only if the library refuses 32 random bytes.
pub fn new_signing_key(core: &Core, tenant: &str, endpoint: &str) -> Result<(String, Vec<u8>), SignError> {
    let seed = random(&*core.rng);
    let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).map_err(|_| SignError::NotAKey)?;
    let shown = format!("whpk_{}", BASE64.encode(pair.public_key().as_ref()));
    Ok((shown, core.seal(&context(tenant, endpoint, SIGNING_KEY), &*seed)))
}

/// Makes the endpoint's secret its old one, which counts for a while, and gives it a new one, which is returned as it is shown.
///
/// # Errors
/// When the secret cannot be opened.
pub fn rotate(core: &Core, row: &mut EndpointRow) -> Result<SecretString, SignError> {
    let secret = core.keyring.open(&context(&row.tenant_id, &row.id, SECRET), &row.secret)?;
    let old = core.seal(&context(&row.tenant_id, &row.id, OLD_SECRET), secret.expose_secret());
    let (shown, sealed) = new_secret(core, &row.tenant_id, &row.id);
    row.old_secret = Some(old);
    row.old_secret_until = Some(core.clock.now().plus(OLD_SECRET_COUNTS).0);
    row.secret = sealed;
    Ok(shown)
}

/// The `webhook-signature` of a body.
///
/// # Errors
/// When a secret cannot be opened.
pub fn signature(core: &Core, row: &EndpointRow, id: &str, now: Timestamp, body: &[u8]) -> Result<String, SignError> {
    let mut content = format!("{id}.{}.", seconds(now)).into_bytes();
    content.extend_from_slice(body);
    let open = |column, sealed| core.keyring.open(&context(&row.tenant_id, &row.id, column), sealed);
    let hmac = |secret: &[u8]| {
        format!(
            "v1,{}",
            BASE64.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), &content).as_ref())
        )
    };
    let mut signatures = vec![hmac(open(SECRET, &row.secret)?.expose_secret())];
    if let (Some(old), Some(until)) = (&row.old_secret, row.old_secret_until)
        && now.0 < until
    {
        signatures.push(hmac(open(OLD_SECRET, old)?.expose_secret()));
    }
    let seed = open(SIGNING_KEY, &row.signing_key)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose_secret()).map_err(|_| SignError::NotAKey)?;
    signatures.push(format!("v1a,{}", BASE64.encode(pair.sign(&content).as_ref())));
    Ok(signatures.join(" "))
}

/// The `meld-signature` of a body: by the secret alone that counts now, as the vendor has one.
///
/// # Errors
/// When the secret cannot be opened.
pub fn melds(core: &Core, row: &EndpointRow, timestamp: &str, body: &[u8]) -> Result<String, SignError> {
    let secret = core.keyring.open(&context(&row.tenant_id, &row.id, SECRET), &row.secret)?;
    let shown = Zeroizing::new(shown(secret.expose_secret()));
    Ok(super::meld::signature(&shown, timestamp, &row.url, body))
}

/// A secret as it is shown.
fn shown(secret: &[u8]) -> String {
    format!("whsec_{}", BASE64.encode(secret))
}

/// The `webhook-timestamp`: whole seconds since 1970.
pub fn seconds(now: Timestamp) -> u64 {
    now.millis() / 1_000
}
