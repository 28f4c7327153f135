//! Opening the database, and refusing one that would not keep what it acknowledged.

use super::{Db, Store, Unavailable, postgres, sqlite, writer};
use sqlx::migrate::{MigrateError, Migrator};

static SQLITE: Migrator = sqlx::migrate!("src/store/migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("src/store/migrations/postgres");

/// Which database, and how many connections to it.
#[derive(Clone)]
pub struct Settings {
    /// `sqlite:<path>` or `postgres://…`. May hold a password, so it is not printed.
    pub url: String,
    /// Connections: the readers' of SQLite (the writer has one more), all of PostgreSQL's.
    pub connections: u32,
}

impl Settings {
    /// The settings for this address, with the usual number of connections: few for SQLite, whose readers have a cache each.
    pub fn new(url: impl Into<String>) -> Self {
        let url = url.into();
        let connections = if url.starts_with("sqlite:") { 4 } else { 16 };
        Self { url, connections }
    }
}

/// The store was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address names neither engine.
    #[error("the database's address has to begin with `sqlite:` or `postgres://`")]
    UnknownEngine,
    /// The database does not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// SQLite is too old: earlier ones may lose a commit when a checkpoint meets a writer that resets the log.
    #[error("SQLite {found} is too old: 3.51.3 is the first that is safe with a write-ahead log")]
    OldSqlite {
        /// The version.
        found: String,
    },
    /// SQLite does not keep a write-ahead log here (in memory, or on a file system without shared memory).
    #[error("SQLite's journal_mode is `{found}`, it has to be `wal`: is the file on a network file system?")]
    JournalMode {
        /// The mode.
        found: String,
    },
    /// SQLite does not wait for the disk.
    #[error("SQLite's synchronous is {found}, it has to be 2 (FULL)")]
    Synchronous {
        /// The value.
        found: i64,
    },
    /// PostgreSQL does not wait for the disk.
    #[error("PostgreSQL's `{setting}` is off: an acknowledged write would not be on disk")]
    NotDurable {
        /// The setting.
        setting: &'static str,
    },
    /// The tables could not be brought to this program's version.
    #[error("the migration failed: {0}")]
    Migrate(#[from] MigrateError),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error.into())
    }
}

impl Store {
    /// Connects, and refuses a database that would not keep what it acknowledged. Makes SQLite's file and its
    /// folder if there are none.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong.
    pub async fn open(settings: &Settings) -> Result<Self, OpenError> {
        let url = settings.url.as_str();
        let db = if url.starts_with("sqlite:") {
            let options = sqlite::options(url)?;
            if let Some(folder) = options.get_filename().parent() {
                std::fs::create_dir_all(folder).map_err(sqlx::Error::Io)?;
            }
            let writer = writer::Writer::start(options.clone()).await?;
            let readers = sqlite::pool(sqlite::reading(options), settings.connections).await?;
            Db::Sqlite { readers, writer }
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Db::Postgres(postgres::connect(url, settings.connections).await?)
        } else {
            return Err(OpenError::UnknownEngine);
        };
        Ok(Self { db })
    }

    /// Brings the tables to this program's version.
    ///
    /// # Errors
    /// [`OpenError::Migrate`], also when the tables are of a newer program.
    pub async fn migrate(&self) -> Result<(), OpenError> {
        match &self.db {
            Db::Sqlite { readers, .. } => {
                let writers = sqlite::pool(sqlite::writing(readers.connect_options().as_ref().clone()), 1).await?;
                let migrated = SQLITE.run(&writers).await;
                writers.close().await;
                migrated?;
            }
            Db::Postgres(pool) => POSTGRES.run(pool).await?,
        }
        Ok(())
    }

    /// The versions of the tables that this program knows, oldest first.
    pub fn migrations(&self) -> Vec<i64> {
        let migrator = match &self.db {
            Db::Sqlite { .. } => &SQLITE,
            Db::Postgres(_) => &POSTGRES,
        };
        migrator.iter().map(|migration| migration.version).collect()
    }

    /// Whether the database answers, and takes writes.
    ///
    /// # Errors
    /// It does not.
    pub async fn check(&self) -> Result<(), Unavailable> {
        if let Db::Sqlite { writer, .. } = &self.db {
            writer.check()?;
        }
        super::on!(self, |pool| {
            sqlx::query("SELECT 1").execute(pool).await?;
        });
        Ok(())
    }

    /// Commits what is queued and closes the connections. Later calls fail.
    pub async fn close(&self) {
        match &self.db {
            Db::Sqlite { readers, writer } => {
                writer.close().await;
                readers.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}
