//! The institutions of this Gesher, as each tenant sees them: what the binary carries, what operator and tenants made of it, what the
//! providers reach, and what the tenants' own connections say.
//!
//! **Contract.** What a node shows is always one whole state of the database. A change is seen on every node within a few seconds, is
//! prepared beside the requests and takes the old one's place at once. What cannot be read leaves what is there as it is.
//!
//! - `parts`: what is kept in the database, and how it is written.
//! - `standing`: what comes first among those that match equally well.
//! - `sync`: a provider's own list becomes routes.

pub mod parts;
pub mod standing;
pub mod sync;

use crate::core::Core;
use crate::providers::Providers;
use crate::store::Unavailable;
use crate::store::directory::{self as rows, Part};
use gesher_directory::{Directory, Institution, Layer, Offers, Route, reach};
use parts::Damaged;
use standing::Standings;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often a node asks whether something has changed.
const LOOK: Duration = Duration::from_secs(1);
/// How often it counts connections.
const COUNT: Duration = Duration::from_secs(600);

/// See the module.
pub struct Institutions {
    /// What the binary carries.
    base: Arc<Vec<Institution>>,
    live: RwLock<Arc<Live>>,
}

/// What is shown now.
struct Live {
    directory: Directory,
    standings: Standings,
    /// The announcement that it was made after.
    mark: Option<String>,
}

/// Why what is shown could not be made anew.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The database failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// A part in the database cannot be read.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// Making it was interrupted.
    #[error("the directory could not be made: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl Institutions {
    /// These, as far as the providers reach them, before anything is read from the database.
    pub fn new(base: Vec<Institution>, providers: &Providers) -> Self {
        let directory = made(base.clone(), BTreeMap::new(), &HashMap::new(), providers);
        Self {
            base: Arc::new(base),
            live: RwLock::new(Arc::new(Live {
                directory,
                standings: Standings::default(),
                mark: None,
            })),
        }
    }

    fn live(&self) -> Arc<Live> {
        self.live.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn show(&self, live: Live) {
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(live);
    }

    /// The directory as this tenant sees it.
    pub fn of(&self, tenant: &str) -> Directory {
        self.live().directory.seen_by(tenant)
    }

    /// The directory without any tenant's own rows.
    pub fn everybodys(&self) -> Directory {
        self.live().directory.clone()
    }

    /// What comes first for this tenant in this mode.
    pub fn standing(&self, tenant: &str, mode: &str) -> standing::Standing {
        self.live().standings.of(tenant, mode)
    }

    /// The announcement of changes that this node's directory was made after.
    pub fn mark(&self) -> Option<String> {
        self.live().mark.clone()
    }

    /// What the binary carries.
    pub fn base(&self) -> &[Institution] {
        &self.base
    }
}

/// The rows with their routes and layers, indexed. Takes a moment with many rows.
fn made(
    mut base: Vec<Institution>,
    mut layers: BTreeMap<String, Layer>,
    listed: &HashMap<(String, String), Offers>,
    providers: &Providers,
) -> Directory {
    let offers = |route: &Route| {
        let key = (route.provider.as_str().to_owned(), route.provider_id.clone());
        let said = providers.offers(route)?;
        Some(listed.get(&key).cloned().unwrap_or(said))
    };
    reach(&mut base, offers);
    for layer in layers.values_mut() {
        reach(&mut layer.rows, offers);
    }
    Directory::layered(base, layers)
}

/// Makes what this node shows anew from the database.
///
/// # Errors
/// [`ReloadError`]: what was shown is still shown.
pub async fn reload(core: &Core) -> Result<(), ReloadError> {
    let mark = rows::announced(&core.store).await?;
    let own = rows::all(&core.store, Part::Rows).await?;
    let routes = rows::all(&core.store, Part::Routes).await?;
    let counts = rows::counts(&core.store).await?;
    let (base, providers) = (core.institutions.base.clone(), core.providers.clone());
    let made = tokio::task::spawn_blocking(move || {
        let listed = parts::routes(&routes)?;
        let (base, layers) = parts::layered(&base, &own, &listed)?;
        let directory = made(base, layers, &parts::offers(&listed), &providers);
        let standings = Standings::new(&counts, &directory);
        Ok::<_, Damaged>((directory, standings))
    });
    let (directory, standings) = made.await??;
    core.institutions.show(Live {
        directory,
        standings,
        mark,
    });
    Ok(())
}

/// Keeps what this node shows up to date until it stops.
pub async fn run(core: Arc<Core>, stop: CancellationToken) {
    let mut counted = tokio::time::Instant::now();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        let due = counted.elapsed() >= COUNT;
        let changed = match rows::announced(&core.store).await {
            Ok(mark) => mark != core.institutions.mark(),
            Err(_) => continue,
        };
        if !(due || changed) {
            continue;
        }
        match reload(&core).await {
            Ok(()) if changed => tracing::info!("institutions were changed: they are shown as they are now"),
            Ok(()) => {}
            Err(error) => tracing::error!(%error, "institutions could not be read: they are shown as they were"),
        }
        counted = tokio::time::Instant::now();
    }
}
