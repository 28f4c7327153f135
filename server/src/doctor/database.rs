//! The database: whether it can be used, fits this program and this key, and is worked off.

use super::{Finding, Patient};
use crate::config::Config;
use crate::store::{OpenError, Read, Store, health, meta};
use gesher_domain::Timestamp;
use std::time::Duration;

/// How far two clocks may be apart.
const SKEW: Duration = Duration::from_secs(2);
/// How far ahead a row may be dated.
const AHEAD: Duration = Duration::from_secs(60);
/// How late what is due may be.
const LATE: Duration = Duration::from_secs(10 * 60);

/// Whether the SQLite file is not there yet.
pub(super) fn is_absent(config: &Config) -> bool {
    config.database_url.is_none() && !config.data_dir.join("gesher.db").exists()
}

/// Why the database is not opened.
pub fn opening(error: &OpenError) -> Finding {
    let (code, remedy) = match error {
        OpenError::UnknownEngine => (
            "database_address",
            "Set GESHER_DATABASE_URL to postgres://…, or leave it out for SQLite.",
        ),
        OpenError::Unavailable(_) => (
            "database_unavailable",
            "See that the database runs, that GESHER_DATABASE_URL is right, or that the data folder can be read and written.",
        ),
        OpenError::OldSqlite { .. } => ("sqlite_old", "Build Gesher with the SQLite that it brings."),
        OpenError::JournalMode { .. } => ("sqlite_not_wal", "Put the data folder on a local disk."),
        OpenError::Synchronous { .. } => ("sqlite_not_full", "Build Gesher with the SQLite that it brings."),
        OpenError::NotDurable { .. } => (
            "postgres_not_durable",
            "Switch it on for this database or its user: `ALTER DATABASE … SET synchronous_commit = on`; fsync in postgresql.conf.",
        ),
        OpenError::Migrate(_) => ("database_migrations", "Start the newest Gesher that this database has met."),
    };
    Finding::problem(code, format!("The database cannot be used: {error}."), remedy)
}

/// Whether the tables are those of this program.
pub(super) async fn tables(store: &Store) -> Read<Vec<Finding>> {
    let known = store.migrations();
    let applied = health::migrations(store).await?;
    let mut found = Vec::new();
    if applied.iter().any(|(_, whole)| !whole) {
        found.push(Finding::problem(
            "database_half_migrated",
            "A migration was broken off.",
            "Restore the last backup, or ask for help with the table _sqlx_migrations.",
        ));
    }
    if applied.iter().any(|(version, _)| !known.contains(version)) {
        found.push(Finding::problem(
            "database_ahead",
            "The tables are of a newer Gesher: this one does not start.",
            "Run the newer program; there is no way back to an older one.",
        ));
    }
    let behind = known
        .iter()
        .filter(|version| !applied.iter().any(|(done, _)| done == *version))
        .count();
    if behind > 0 {
        found.push(Finding::problem(
            "database_behind",
            format!("The tables are older than this program: {behind} migrations are missing."),
            "Start `gesher serve`: it brings them up to date. Make a backup before.",
        ));
    }
    Ok(found)
}

/// Whether the master key is this database's.
pub(super) async fn key(patient: &Patient<'_>) -> Read<Vec<Finding>> {
    let Some(keyring) = patient.keyring else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    if meta::get(patient.store, "key_id").await?.is_some_and(|id| !keyring.knows(&id)) {
        found.push(Finding::problem(
            "master_key_wrong",
            "The master key is not the one that this database was made with: nothing that is sealed can be opened, and `gesher serve` does not start.",
            "Set the right key. If it is lost, so is what was sealed: begin with a new database.",
        ));
    }
    if keyring.count() > 1 {
        found.push(Finding::note(
            "master_keys_several",
            format!("There are {} master keys: the first seals, all open.", keyring.count()),
            "Keep the old ones: nothing is sealed anew.",
        ));
    }
    Ok(found)
}

/// The clocks, and rows of a time to come.
pub(super) async fn clock(patient: &Patient<'_>) -> Read<Vec<Finding>> {
    let mut found = Vec::new();
    if let Some(there) = health::clock(patient.store).await? {
        let apart = Duration::from_micros(patient.now.0.abs_diff(there));
        if apart > SKEW {
            found.push(Finding::problem(
                "clock_differs",
                format!("This machine's clock and the database's are {} seconds apart.", apart.as_secs()),
                "Let both keep their time by NTP.",
            ));
        }
    }
    for tenant in crate::store::tenants::all(patient.store).await? {
        let newest = health::newest(patient.store, &tenant.tenant_id).await?;
        if let Some(at) = newest.filter(|at| *at > patient.now.plus(AHEAD).0) {
            let what = format!(
                "There is a row of {}, which is to come: a clock was wrong, or is.",
                Timestamp(at).rfc3339()
            );
            let remedy = "Set this machine's clock right. Sessions and jobs of the time to come wait until then.";
            found.push(Finding::problem("rows_from_the_future", what, remedy).of(&tenant.tenant_id));
        }
    }
    Ok(found)
}

/// What is due and has not been done.
pub(super) async fn backlog(patient: &Patient<'_>) -> Read<Vec<Finding>> {
    let before = patient.now.0 - i64::try_from(LATE.as_micros()).unwrap_or(i64::MAX);
    let late = health::late(patient.store, before).await?;
    let remedy = "See that `gesher serve` runs and what its log says; more nodes work off more.";
    let lines = [
        ("jobs_late", late.jobs, "jobs"),
        ("sessions_late", late.sessions, "sessions"),
        ("webhooks_late", late.webhooks, "webhooks"),
    ];
    let found = lines.into_iter().filter(|(_, count, _)| *count > 0);
    Ok(found
        .map(|(code, count, what)| Finding::problem(code, format!("{count} {what} have been due for more than ten minutes."), remedy))
        .collect())
}
