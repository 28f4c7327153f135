//! Sends what is due.
//!
//! **Goal.** An endpoint that is slow or dead delays nobody but itself. **Contract.** An endpoint has a few places among those that are
//! being sent, one while it fails, a tenant some more, and all that fail together half of them, so there is always room for the
//! others; which endpoint comes first is another one each time. What is taken is leased for longer than a try may last, so each event is sent by one node at a time and comes back
//! by itself when that node dies. Callbacks are sent beside them, in places of their own.

use super::{attempt, sweep};
use crate::core::Core;
use crate::store::callbacks;
use crate::store::webhooks::deliveries::{self, DeliveryRow, Take, Waiting};
use crate::store::webhooks::endpoints::{self, EndpointRow};
use gesher_domain::{Timestamp, new_secret};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a node has a delivery: the time limit of a try, and time to write what came of it.
const LEASE: Duration = Duration::from_secs(25);
/// The same for a callback, which may have to get a token first.
const CALLBACK_LEASE: Duration = Duration::from_secs(45);
/// How often to look for work.
const IDLE: Duration = Duration::from_millis(200);
/// Tries at the same time on a node: to one endpoint, to one that fails, to all that fail, for one tenant, altogether.
const OF_ENDPOINT: usize = 8;
const OF_FAILING: usize = 1;
const OF_ALL_FAILING: usize = 128;
const OF_TENANT: usize = 32;
const OF_NODE: usize = 256;
/// The same for callbacks: for one tenant, altogether.
const CALLBACKS_OF_TENANT: usize = 8;
const ALL_CALLBACKS: usize = 64;
/// Endpoints served in one turn.
const IN_TURN: usize = 16;
/// How long a stop waits for tries that are under way. One that is cut off is made again.
const GRACE: Duration = Duration::from_secs(8);
/// How often to look for what is too old to be kept.
const SWEEP: Duration = Duration::from_secs(60 * 60);

/// Who has how many tries under way.
#[derive(Default)]
struct Places(Mutex<HashMap<String, usize>>);

impl Places {
    fn held(&self, whose: &str) -> usize {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(whose).copied().unwrap_or(0)
    }

    fn take(&self, whose: &str) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *held.entry(whose.to_owned()).or_default() += 1;
    }

    fn give_back(&self, whose: &str) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(whose) {
            *count -= 1;
            if *count == 0 {
                held.remove(whose);
            }
        }
    }
}

/// Everybody's places together, those of all that fail, and those of all callbacks. No tenant and no endpoint is called so.
const NODE: &str = "";
const FAILING: &str = "failing";
const CALLBACKS: &str = "callbacks";

struct Sender {
    core: Arc<Core>,
    places: Arc<Places>,
    freed: Arc<Notify>,
    tasks: TaskTracker,
}

/// Sends until `stop`.
pub async fn run(core: Arc<Core>, stop: CancellationToken) {
    let sender = Sender {
        core: core.clone(),
        places: Arc::default(),
        freed: Arc::default(),
        tasks: TaskTracker::new(),
    };
    let mut next_sweep = Timestamp(0);
    loop {
        let busy = sender.turn().await | sender.call_back().await;
        let now = core.clock.now();
        if now >= next_sweep {
            next_sweep = now.plus(SWEEP);
            let core = core.clone();
            sender.tasks.spawn(async move { sweep::sweep(&core).await });
        }
        if busy && !stop.is_cancelled() {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = sender.freed.notified() => {}
            () = tokio::time::sleep(IDLE) => {}
        }
    }
    sender.tasks.close();
    if tokio::time::timeout(GRACE, sender.tasks.wait()).await.is_err() {
        tracing::info!("webhooks were still being sent at the end of the grace time: they will be sent again");
    }
}

impl Sender {
    /// One look for work. Tells whether something was taken.
    async fn turn(&self) -> bool {
        if self.places.held(NODE) >= OF_NODE {
            return false;
        }
        let core = &self.core;
        let now = core.clock.now();
        let waiting = match deliveries::waiting(&core.store, now.0).await {
            Ok(waiting) => waiting,
            Err(error) => {
                tracing::error!(%error, "webhook endpoints could not be read");
                return false;
            }
        };
        let takes = self.takes(waiting);
        let until = now.plus(LEASE).0;
        let leased = match deliveries::lease(&core.store, &takes, now.0, until, &new_secret(&*core.rng)).await {
            Ok(leased) => leased,
            Err(error) => {
                tracing::error!(%error, "webhooks could not be leased");
                return false;
            }
        };
        let taken = !leased.is_empty();
        let mut known: HashMap<String, Arc<EndpointRow>> = HashMap::new();
        for delivery in leased {
            let endpoint = match known.get(&delivery.endpoint_id) {
                Some(endpoint) => endpoint.clone(),
                None => match endpoints::by_id(&core.store, &delivery.tenant_id, &delivery.endpoint_id).await {
                    Ok(Some(row)) => known.entry(row.id.clone()).or_insert(Arc::new(row)).clone(),
                    // Deleted at this moment: its deliveries are too.
                    Ok(None) => continue,
                    Err(error) => {
                        tracing::error!(%error, endpoint = delivery.endpoint_id, "a webhook endpoint could not be read");
                        continue;
                    }
                },
            };
            self.send(endpoint, delivery);
        }
        taken
    }

    /// What to take for whom, as far as there are places.
    fn takes(&self, waiting: Vec<Waiting>) -> Vec<Take> {
        let mut free = OF_NODE.saturating_sub(self.places.held(NODE));
        let mut free_to_fail = OF_ALL_FAILING.saturating_sub(self.places.held(FAILING));
        let mut of_tenant: HashMap<String, usize> = HashMap::new();
        let mut takes = Vec::new();
        for endpoint in self.rotated(waiting) {
            let fails = endpoint.failing_since.is_some();
            let most = if fails { OF_FAILING.min(free_to_fail) } else { OF_ENDPOINT };
            let tenant = of_tenant
                .entry(endpoint.tenant_id.clone())
                .or_insert_with(|| OF_TENANT.saturating_sub(self.places.held(&endpoint.tenant_id)));
            let room = most.saturating_sub(self.places.held(&endpoint.endpoint_id)).min(*tenant).min(free);
            if room == 0 {
                continue;
            }
            *tenant -= room;
            free -= room;
            free_to_fail -= if fails { room } else { 0 };
            takes.push(Take {
                tenant_id: endpoint.tenant_id,
                endpoint_id: endpoint.endpoint_id,
                most: i64::try_from(room).unwrap_or(0),
            });
            if takes.len() == IN_TURN {
                break;
            }
        }
        takes
    }

    /// The same for callbacks. Each goes to an address of its own, so places are counted by tenant.
    async fn call_back(&self) -> bool {
        let core = &self.core;
        let now = core.clock.now();
        let mut free = ALL_CALLBACKS.saturating_sub(self.places.held(CALLBACKS));
        if free == 0 {
            return false;
        }
        let places_of = |tenant: &str| format!("{CALLBACKS} {tenant}");
        let tenants = match callbacks::waiting(&core.store, now.0).await {
            Ok(tenants) => tenants,
            Err(error) => {
                tracing::error!(%error, "callbacks could not be read");
                return false;
            }
        };
        let mut takes = Vec::new();
        for tenant in self.rotated(tenants) {
            let room = CALLBACKS_OF_TENANT.saturating_sub(self.places.held(&places_of(&tenant))).min(free);
            if room > 0 {
                free -= room;
                takes.push((tenant, i64::try_from(room).unwrap_or(0)));
            }
        }
        let leased = match callbacks::lease(&core.store, &takes, now.0, now.plus(CALLBACK_LEASE).0, &new_secret(&*core.rng)).await {
            Ok(leased) => leased,
            Err(error) => {
                tracing::error!(%error, "callbacks could not be leased");
                return false;
            }
        };
        let taken = !leased.is_empty();
        for callback in leased {
            let held = self.hold(vec![CALLBACKS.to_owned(), places_of(&callback.tenant_id)]);
            let core = core.clone();
            self.tasks.spawn(async move {
                let _places = held;
                crate::callbacks::attempt(&core, &callback).await;
            });
        }
        taken
    }

    /// The same in another order, so that the first one is another one each time.
    fn rotated<T>(&self, mut all: Vec<T>) -> Vec<T> {
        if !all.is_empty() {
            let mut random = [0; 4];
            self.core.rng.fill(&mut random);
            let first = usize::try_from(u32::from_le_bytes(random)).unwrap_or(0) % all.len();
            all.rotate_left(first);
        }
        all
    }

    fn hold(&self, whose: Vec<String>) -> Held {
        for whose in &whose {
            self.places.take(whose);
        }
        Held {
            places: self.places.clone(),
            freed: self.freed.clone(),
            whose,
        }
    }

    fn send(&self, endpoint: Arc<EndpointRow>, delivery: DeliveryRow) {
        let mut whose = vec![NODE.to_owned(), endpoint.tenant_id.clone(), endpoint.id.clone()];
        whose.extend(endpoint.failing_since.map(|_| FAILING.to_owned()));
        let (core, held) = (self.core.clone(), self.hold(whose));
        self.tasks.spawn(async move {
            let _places = held;
            attempt::attempt(&core, &endpoint, &delivery).await;
        });
    }
}

/// Places, given back also when the try panics.
struct Held {
    places: Arc<Places>,
    freed: Arc<Notify>,
    whose: Vec<String>,
}

impl Drop for Held {
    fn drop(&mut self) {
        for whose in &self.whose {
            self.places.give_back(whose);
        }
        self.freed.notify_one();
    }
}
