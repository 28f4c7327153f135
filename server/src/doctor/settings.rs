//! What the settings say, and the files that they name.

use super::{Finding, keyring};
use crate::cli::serve;
use crate::config::{Config, MasterKey, NoMasterKey};
use crate::http::serve::tls_acceptor;
use crate::secrets::{ExposeSecret as _, Keyring};
use std::collections::BTreeSet;
use std::path::Path;

/// Fewest different characters of a token that was not typed by a cat.
const FEWEST_LETTERS: usize = 10;

/// The settings do not make a configuration.
pub fn unreadable(error: &anyhow::Error) -> Finding {
    if error.downcast_ref::<NoMasterKey>().is_some() {
        return Finding::problem(
            "master_key_absent",
            "There is no master key.",
            "Make one with `openssl rand -hex 32`, keep it apart from the database's backups, and set GESHER_MASTER_KEY_FILE or GESHER_MASTER_KEY.",
        );
    }
    Finding::problem(
        "settings",
        format!("A setting makes no sense: {error:#}."),
        "Set it right; docs/operator-guide.md lists the settings.",
    )
}

/// All that can be said without a database, and the keyring.
pub(super) fn all(config: &Config) -> (Vec<Finding>, Option<Keyring>) {
    let mut found = public_address(&config.url, config.tls.is_some(), config.demo);
    found.extend(config.admin_token.as_ref().and_then(|token| admin_token(token.expose_secret())));
    found.extend(folder(&config.data_dir));
    if let MasterKey::File(path) | MasterKey::Demo(path) = &config.master_key {
        found.extend(key_file(path));
    }
    if let Some(files) = &config.tls
        && let Err(error) = tls_acceptor(&files.certificate, &files.key)
    {
        found.push(Finding::problem(
            "tls_files",
            format!("The TLS certificate or its key cannot be used: {error:#}."),
            "Set GESHER_TLS_CERT to the whole chain and GESHER_TLS_KEY to its key, both PEM.",
        ));
    }
    found.extend(institutions(config));
    let keyring = match keyring(&config.master_key) {
        Ok(keyring) => keyring,
        Err(error) => {
            found.push(Finding::problem(
                "master_key_unusable",
                format!("The master key cannot be used: {error}."),
                "Set it to 32 bytes, as 64 hexadecimal digits or base64, and let the user that runs Gesher read its file.",
            ));
            None
        }
    };
    (found, keyring)
}

/// The public address, as browsers see it.
pub fn public_address(url: &str, tls: bool, demo: bool) -> Vec<Finding> {
    let parsed = url::Url::parse(url).ok();
    let local = parsed.as_ref().is_none_or(|url| {
        url.host_str()
            .is_none_or(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost"))
    });
    let https = url.starts_with("https://");
    let mut found = Vec::new();
    if tls && !https {
        found.push(Finding::problem(
            "url_tls_mismatch",
            format!("Gesher serves TLS, but GESHER_URL is {url}."),
            "Set GESHER_URL to the https address.",
        ));
    } else if !https && !local {
        found.push(Finding::problem(
            "url_not_https",
            format!("GESHER_URL is {url}: browsers keep no Secure cookie there, so the hosted page does not work, and what people type can be read on the way."),
            "Serve TLS (GESHER_TLS_CERT, GESHER_TLS_KEY, or a proxy) and set GESHER_URL to the https address.",
        ));
    }
    if local && !demo {
        found.push(Finding::note(
            "url_local",
            format!("GESHER_URL is {url}: links lead to whoever opens them themselves."),
            "Set GESHER_URL to the address by which browsers reach this Gesher.",
        ));
    }
    found
}

/// Whether an admin token that is long enough can be guessed all the same.
pub fn admin_token(token: &str) -> Option<Finding> {
    let letters: BTreeSet<char> = token.chars().collect();
    (letters.len() < FEWEST_LETTERS).then(|| {
        Finding::problem(
            "admin_token_weak",
            format!(
                "GESHER_ADMIN_TOKEN has {} different characters only: it can be guessed.",
                letters.len()
            ),
            "Make one with `openssl rand -hex 32`.",
        )
    })
}

/// Nobody can be reached.
pub(super) const NO_INSTITUTION: &str = "no_institution";

/// Whether there is anybody to connect to.
fn institutions(config: &Config) -> Option<Finding> {
    match serve::reaches_any(config) {
        Ok(true) => None,
        Ok(false) => Some(Finding::problem(
            NO_INSTITUTION,
            "No institution can be reached: no tenant has set what a provider needs. POST /v1/connections is refused, and start pages and links \
             let nobody in.",
            "Set a tenant's credentials (`gesher provider set`), then read the provider's list (`gesher institutions sync`); or set GESHER_DEMO=1 to \
             try Gesher with its sandbox.",
        )),
        Err(error) => Some(unreadable(&error)),
    }
}

/// The data folder.
fn folder(path: &Path) -> Vec<Finding> {
    let mut found = Vec::new();
    let Ok(about) = std::fs::metadata(path) else { return found };
    if about.permissions().readonly() {
        found.push(Finding::problem(
            "data_folder_readonly",
            format!("{} cannot be written.", path.display()),
            "Let the user that runs Gesher own it.",
        ));
    }
    if is_open(path) {
        found.push(Finding::problem(
            "data_folder_open",
            format!("{} can be entered by other users of this machine.", path.display()),
            format!("`chmod 700 {}`", path.display()),
        ));
    }
    found
}

/// The master key's file.
pub fn key_file(path: &Path) -> Option<Finding> {
    is_open(path).then(|| {
        Finding::problem(
            "master_key_open",
            format!("{} can be read or written by other users of this machine.", path.display()),
            format!("`chmod 600 {}`, and change the key if others have read it.", path.display()),
        )
    })
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}
