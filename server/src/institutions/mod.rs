//! The institutions of this Gesher, as each tenant sees them: what the binary carries, what operator and tenants made of it, what the
//! providers reach, and what the tenants' own connections say.
//!
//! **Contract.** What a node shows is always one whole state of the database. A change is seen on every node within a few seconds, is
//! prepared beside the requests and takes the old one's place at once. What cannot be read leaves what is there as it is.
//!
//! - `answers`: what was just answered over the API.
//! - `breakers`: institutions that do not answer are left in peace.
//! - `imports`: what an operator or a tenant brings in a file.
//! - `logos`: the institutions' own pictures.
//! - `parts`: what is kept in the database, and how it is written.
//! - `standing`: what comes first among those that match equally well.
//! - `sync`: a provider's own list becomes routes.

pub mod answers;
pub mod breakers;
pub mod imports;
pub mod logos;
pub mod parts;
pub mod standing;
pub mod sync;

use crate::core::Core;
use crate::providers::Providers;
use crate::store::Unavailable;
use crate::store::directory::{self as rows, Part};
use crate::store::provider_credentials;
use answers::Answers;
use breakers::{Breakers, LeftInPeace};
use gesher_app::backend::Logo;
use gesher_directory::{Directory, Institution, Layer, Offers, Route, Ways, reach};
use gesher_domain::Timestamp;
use logos::Logos;
use standing::Standings;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};
use tokio_util::sync::CancellationToken;

/// How often a node asks whether something has changed.
const LOOK: Duration = Duration::from_secs(1);
/// How often it counts connections.
const COUNT: Duration = Duration::from_secs(600);

/// See the module.
pub struct Institutions {
    /// What the binary carries.
    base: Arc<Vec<Institution>>,
    live: RwLock<Option<Arc<Live>>>,
    /// Held while what is shown is made anew, so that the newest is shown last.
    making: Mutex<()>,
    /// Held while rows are imported: one table at a time costs enough.
    importing: Mutex<()>,
    providers: Providers,
    breakers: Breakers,
}

/// What is shown now.
struct Live {
    directory: Directory,
    logos: Logos,
    answers: Arc<Answers>,
    standings: Standings,
    /// The routes that are open to those who have set something at a provider.
    ways: HashMap<String, Ways>,
    /// Those that are open to everybody else.
    unset: Ways,
    /// The announcement that it was made after.
    mark: Option<String>,
}

/// Why what is shown could not be made anew.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The database failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Making it was interrupted.
    #[error("the directory could not be made: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl Institutions {
    /// These, as far as the providers reach them. Nothing is read from the database before the first [`reload`].
    pub fn new(carried: Vec<Institution>, providers: &Providers) -> Self {
        Self {
            base: Arc::new(carried),
            live: RwLock::default(),
            making: Mutex::default(),
            importing: Mutex::default(),
            providers: providers.clone(),
            breakers: Breakers::default(),
        }
    }

    /// What is shown; made of what the binary carries alone when nothing was read yet.
    fn live(&self) -> Arc<Live> {
        if let Some(live) = &*self.live.read().unwrap_or_else(PoisonError::into_inner) {
            return live.clone();
        }
        let mut place = self.live.write().unwrap_or_else(PoisonError::into_inner);
        place
            .get_or_insert_with(|| {
                let (directory, logos) = made(self.base.to_vec(), BTreeMap::new(), &HashMap::new(), &self.providers);
                Arc::new(Live {
                    directory,
                    logos,
                    answers: Arc::default(),
                    standings: Standings::default(),
                    ways: HashMap::new(),
                    unset: self.providers.ways(&BTreeMap::new()),
                    mark: None,
                })
            })
            .clone()
    }

    fn show(&self, live: Live) {
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(live));
    }

    /// The directory as this tenant sees it in this mode.
    pub fn of(&self, tenant: &str, mode: &str) -> Directory {
        let (live, viewer) = (self.live(), parts::viewer(tenant, mode));
        let ways = live.ways.get(&viewer).unwrap_or(&live.unset);
        live.directory.seen_by(&viewer).through(ways.clone())
    }

    /// The directory without any tenant's own rows.
    pub fn everybodys(&self) -> Directory {
        self.live().directory.clone()
    }

    /// What comes first for this tenant in this mode.
    pub fn standing(&self, tenant: &str, mode: &str) -> standing::Standing {
        let open = self.breakers.open(&parts::viewer(tenant, mode));
        self.live().standings.of(tenant, mode).with_open(open)
    }

    /// Lets something begin at an institution.
    ///
    /// # Errors
    /// [`LeftInPeace`]: nobody is called.
    pub fn enter(&self, tenant: &str, mode: &str, institution: &str, now: Timestamp) -> Result<(), LeftInPeace> {
        self.breakers.enter(&parts::viewer(tenant, mode), institution, now)
    }

    /// What that came to: whether the institution answered, whatever it said.
    pub fn told(&self, tenant: &str, mode: &str, institution: &str, answered: bool, now: Timestamp) {
        if self.breakers.told(&parts::viewer(tenant, mode), institution, answered, now) {
            tracing::warn!(tenant, mode, institution, answered, "whether an institution answers has changed");
            self.answers().forget();
        }
    }

    /// What was answered of what is shown now. Ask for it before the directory: what is found is then never older than it.
    pub fn answers(&self) -> Arc<Answers> {
        self.live().answers.clone()
    }

    /// The logo in this file.
    pub fn logo(&self, file: &str) -> Option<Logo> {
        self.live().logos.get(file)
    }

    /// The announcement of changes that this node's directory was made after.
    pub fn mark(&self) -> Option<String> {
        self.live().mark.clone()
    }

    /// What the binary carries.
    pub fn carried(&self) -> Arc<Vec<Institution>> {
        self.base.clone()
    }
}

/// The rows with their routes and layers, indexed. Takes a moment with many rows.
fn made(
    mut base: Vec<Institution>,
    mut layers: BTreeMap<String, Layer>,
    listed: &HashMap<(String, String), Offers>,
    providers: &Providers,
) -> (Directory, Logos) {
    let mut logos = Logos::default();
    let offers = |route: &Route| {
        let key = (route.provider.as_str().to_owned(), route.provider_id.clone());
        let said = providers.offers(route)?;
        Some(listed.get(&key).cloned().unwrap_or(said))
    };
    for rows in std::iter::once(&mut base).chain(layers.values_mut().map(|layer| &mut layer.rows)) {
        reach(rows, offers);
        logos.take(rows);
    }
    (Directory::layered(base, layers), logos)
}

/// Shows what was announced, if it is not shown yet.
///
/// # Errors
/// [`ReloadError`]: what was shown is still shown.
pub async fn catch_up(core: &Core) -> Result<(), ReloadError> {
    let one = core.institutions.making.lock().await;
    if rows::announced(&core.store).await? == core.institutions.mark() {
        return Ok(());
    }
    make(core, one).await
}

/// Makes what this node shows anew from the database.
///
/// # Errors
/// [`ReloadError`]: what was shown is still shown.
pub async fn reload(core: &Core) -> Result<(), ReloadError> {
    let one = core.institutions.making.lock().await;
    make(core, one).await
}

async fn make(core: &Core, _one: MutexGuard<'_, ()>) -> Result<(), ReloadError> {
    // Read before the rest: what is written meanwhile is announced later, and looked at again.
    let mark = rows::announced(&core.store).await?;
    let own = rows::all(&core.store, Part::Rows).await?;
    let routes = rows::all(&core.store, Part::Routes).await?;
    let counts = rows::counts(&core.store).await?;
    let ways = ways(core).await?;
    let (base, providers) = (core.institutions.base.clone(), core.providers.clone());
    let made = tokio::task::spawn_blocking(move || {
        let listed = parts::routes(&routes);
        let (base, layers) = parts::layered(&base, &own, &listed);
        let (directory, logos) = made(base, layers, &parts::offers(&listed), &providers);
        let standings = Standings::new(&counts, &directory);
        (directory, logos, standings)
    });
    let (directory, logos, standings) = made.await?;
    core.institutions.show(Live {
        directory,
        logos,
        answers: Arc::default(),
        standings,
        ways,
        unset: core.providers.ways(&BTreeMap::new()),
        mark,
    });
    Ok(())
}

/// The routes that are open to each tenant that has set something at a provider, by tenant and mode.
async fn ways(core: &Core) -> Result<HashMap<String, Ways>, Unavailable> {
    let mut set: HashMap<String, BTreeMap<String, BTreeSet<String>>> = HashMap::new();
    for row in provider_credentials::all(&core.store).await? {
        let names = row.fields.split(' ').map(str::to_owned).collect();
        set.entry(parts::viewer(&row.tenant_id, &row.mode))
            .or_default()
            .insert(row.provider, names);
    }
    Ok(set.into_iter().map(|(viewer, set)| (viewer, core.providers.ways(&set))).collect())
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
