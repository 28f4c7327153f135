//! Work that outlives a request: fetching, revoking, asking for the other signatures, looking after connections that stand, and
//! sessions whose time has come.
//!
//! **Contract.** A job is written in the transaction of what causes it, leased by one worker at a time, and completed in the
//! transaction of its effect, fenced by its lease: a worker that comes back late changes nothing. A job that fails is put
//! back with a growing delay.

mod sweep;

use crate::connect::{self, undo};
use crate::connections::{abandon, cosign, fetch, insights, revoke, tend};
use crate::core::Core;
use crate::providers::Leg;
use crate::store::jobs::{self as rows, JobRow};
use crate::store::{Read, Statement, sessions};
use gesher_domain::{Timestamp, new_secret, new_uuid};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Fetches accounts, balances and transactions of a connection.
const FETCH: &str = "fetch";
/// Gives a grant back at its provider.
const REVOKE: &str = "revoke";
/// Gives up a connection that nobody finished.
const ABANDON: &str = "abandon";
/// Takes back at its provider what a void attempt left there.
const CANCEL: &str = "cancel";
/// Asks whether all account holders have signed.
const COSIGN: &str = "cosign";
/// Looks after a connection: its refreshes, the end of its consent, data that grow old.
const TEND: &str = "tend";
/// Looks at what a customer's transactions say.
const INSIGHTS: &str = "insights";
/// How long a worker has a job.
const LEASE: Duration = Duration::from_secs(120);
/// How often to look for work when nothing wakes this node.
const IDLE: Duration = Duration::from_millis(500);
/// All of them.
const KINDS: [&str; 7] = [FETCH, REVOKE, ABANDON, CANCEL, COSIGN, TEND, INSIGHTS];
/// Jobs leased at a time.
const BATCH: i64 = 8;
/// Sessions looked at in a turn.
const SESSIONS: i64 = 64;

/// The job that fetches with a grant that has just come. A fetch with an older one that is under way is void.
pub fn fetch(core: &Core, tenant: &str, connection: &str, grant: &str) -> Statement {
    rows::put(&fetching(core, tenant, connection, grant))
}

/// The job that fetches anew. `Duplicate` when one is under way: a connection has one at a time, on whatever node.
pub fn refresh(core: &Core, tenant: &str, connection: &str, grant: &str) -> Statement {
    rows::insert(&fetching(core, tenant, connection, grant))
}

/// The job that fetches anew, unless one is under way.
pub fn refresh_if_idle(core: &Core, tenant: &str, connection: &str, grant: &str) -> Statement {
    rows::ensure(&fetching(core, tenant, connection, grant))
}

/// The fetch of this connection, under way or to be made again later.
///
/// # Errors
/// The database failed.
pub async fn fetch_of(core: &Core, tenant: &str, connection: &str) -> Read<Option<JobRow>> {
    rows::by_id(&core.store, tenant, &format!("fetch_{connection}")).await
}

/// Has a job that waits done now. `Duplicate` when it waits no more.
pub fn hasten(core: &Core, job: &JobRow) -> Statement {
    rows::hasten(job, core.clock.now().0)
}

fn fetching(core: &Core, tenant: &str, connection: &str, grant: &str) -> JobRow {
    JobRow {
        id: format!("fetch_{connection}"),
        ..row(core, tenant, FETCH, connection, grant)
    }
}

/// The job that looks after a connection, at once.
pub fn tend(core: &Core, tenant: &str, connection: &str) -> Statement {
    rows::put(&JobRow {
        id: format!("tend_{connection}"),
        ..row(core, tenant, TEND, connection, "")
    })
}

/// The job that looks at a customer's transactions, at once. One of the same customer that is under way is void.
pub fn insights(core: &Core, tenant: &str, connection: &str, whose: &str) -> Statement {
    rows::put(&JobRow {
        id: format!("insights_{whose}"),
        ..row(core, tenant, INSIGHTS, connection, "")
    })
}

/// The job that gives a grant back.
pub fn revoke(core: &Core, tenant: &str, grant: &str) -> Statement {
    rows::insert(&row(core, tenant, REVOKE, grant, ""))
}

/// The job that asks whether all account holders have signed what this grant came from.
pub fn cosign(core: &Core, tenant: &str, connection: &str, grant: &str) -> Statement {
    rows::insert(&JobRow {
        run_at: cosign::first(core.clock.now()).0,
        ..row(core, tenant, COSIGN, connection, grant)
    })
}

/// The job that gives a connection up when its invitation's time is over.
pub fn abandon(core: &Core, tenant: &str, connection: &str, at: Timestamp) -> Statement {
    rows::insert(&JobRow {
        run_at: at.0,
        ..row(core, tenant, ABANDON, connection, "")
    })
}

/// The job that takes back what a void attempt left at its provider. The provider's state goes with it, sealed.
pub fn cancel(core: &Core, tenant: &str, mode: &str, provider: &str, leg: &Leg) -> Statement {
    let mut row = row(core, tenant, CANCEL, &undo::subject(provider, mode), "");
    row.body = undo::seal(core, &row, leg);
    rows::insert(&row)
}

fn row(core: &Core, tenant: &str, kind: &str, subject: &str, body: &str) -> JobRow {
    JobRow {
        tenant_id: tenant.to_owned(),
        id: format!("job_{:032x}", new_uuid(&*core.clock, &*core.rng)),
        kind: kind.to_owned(),
        subject: subject.to_owned(),
        run_at: core.clock.now().0,
        attempts: 0,
        lease_token: None,
        body: body.to_owned(),
    }
}

/// A leased job, with what completes it.
pub struct Leased {
    /// The job.
    pub job: JobRow,
    token: String,
}

impl Leased {
    /// Completes the job; goes into the unit of its effect.
    pub fn complete(&self) -> Statement {
        rows::complete(&self.job.tenant_id, &self.job.id, &self.token)
    }

    /// Puts the job back, to be taken at this time.
    pub fn at(&self, when: Timestamp) -> Statement {
        rows::put_back(&self.job.tenant_id, &self.job.id, &self.token, when.0, &self.job.body)
    }

    /// Does a part of the job that may take longer than a lease: the lease goes on meanwhile. One that was lost stays lost, and what the
    /// work comes to is then not written.
    pub async fn held<T>(&self, core: &Core, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                outcome = &mut work => return outcome,
                () = tokio::time::sleep(LEASE / 3) => {
                    let until = core.clock.now().plus(LEASE);
                    if let Err(error) = core.store.write(rows::extend(&self.job.tenant_id, &self.job.id, &self.token, until.0)).await {
                        tracing::warn!(%error, job = self.job.id, "a job's lease could not be extended");
                    }
                }
            }
        }
    }

    /// Puts the job back, later the more often it failed: 2, 8, 32 … seconds, at most an hour.
    pub fn later(&self, core: &Core) -> Statement {
        let doublings = u32::try_from(self.job.attempts.clamp(0, 6)).unwrap_or(0);
        let delay = Duration::from_secs(2 * 4_u64.pow(doublings)).min(Duration::from_secs(3600));
        self.at(core.clock.now().plus(delay))
    }
}

/// Works until `stop`, then lets what is under way finish.
pub async fn run(core: Arc<Core>, stop: CancellationToken) {
    let tasks = TaskTracker::new();
    let mut next_sweep = Timestamp(0);
    loop {
        let now = core.clock.now();
        if now >= next_sweep {
            next_sweep = now.plus(sweep::EVERY);
            let core = core.clone();
            tasks.spawn(async move { sweep::sweep(&core).await });
        }
        let busy = turn(&core, &tasks).await;
        if busy && !stop.is_cancelled() {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = core.work.notified() => {}
            () = tokio::time::sleep(IDLE) => {}
        }
    }
    tasks.close();
    tasks.wait().await;
}

/// One look for work. Tells whether there may be more.
async fn turn(core: &Arc<Core>, tasks: &TaskTracker) -> bool {
    let token = new_secret(&*core.rng);
    let now = core.clock.now();
    let lease = i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX);
    let leased = match rows::lease(&core.store, &KINDS, BATCH, lease, now.0, &token).await {
        Ok(leased) => leased,
        Err(error) => {
            tracing::error!(%error, "jobs could not be leased");
            Vec::new()
        }
    };
    let full = i64::try_from(leased.len()).is_ok_and(|found| found == BATCH);
    for job in leased {
        let core = core.clone();
        let leased = Leased { job, token: token.clone() };
        tasks.spawn(async move {
            match leased.job.kind.as_str() {
                FETCH => fetch::work(&core, &leased).await,
                ABANDON => abandon::work(&core, &leased).await,
                CANCEL => undo::work(&core, &leased).await,
                COSIGN => cosign::work(&core, &leased).await,
                TEND => tend::work(&core, &leased).await,
                INSIGHTS => insights::work(&core, &leased).await,
                _ => revoke::work(&core, &leased).await,
            }
        });
    }
    match sessions::due(&core.store, now.0, SESSIONS).await {
        Ok(due) => {
            for row in due {
                connect::wake::wake(core, row).await;
            }
        }
        Err(error) => tracing::error!(%error, "due sessions could not be read"),
    }
    full
}
