//! Taking back at a provider what a void attempt left there: a consent that nobody wants any more must not be there for
//! somebody to authorise.

use crate::core::Core;
use crate::jobs::Leased;
use crate::providers::Leg;
use crate::secrets::{Context, ExposeSecret as _};
use crate::store::jobs::JobRow;
use data_encoding::BASE64;

fn context(row: &JobRow) -> Context<'_> {
    Context {
        tenant: &row.tenant_id,
        table: "jobs",
        row: &row.id,
        column: "body",
    }
}

/// What a job names: a provider, and the mode in which it is called.
pub fn subject(provider: &str, mode: &str) -> String {
    format!("{provider} {mode}")
}

/// The provider's state as a job's body.
pub fn seal(core: &Core, row: &JobRow, leg: &Leg) -> String {
    BASE64.encode(&core.seal(&context(row), &leg.0))
}

fn open(core: &Core, row: &JobRow) -> Option<Leg> {
    let sealed = BASE64.decode(row.body.as_bytes()).ok()?;
    let plain = core.keyring.open(&context(row), &sealed).ok()?;
    Some(Leg(plain.expose_secret().clone()))
}

/// Does the job.
pub async fn work(core: &Core, leased: &Leased) {
    let statement = match cancel(core, &leased.job).await {
        Ok(()) => leased.complete(),
        Err(why) => {
            tracing::warn!(
                provider = leased.job.subject,
                why,
                "what a void attempt left could not be taken back yet"
            );
            leased.later(core)
        }
    };
    if let Err(error) = core.store.write(statement).await {
        tracing::warn!(%error, job = leased.job.id, "a job's end could not be written");
    }
}

async fn cancel(core: &Core, row: &JobRow) -> Result<(), &'static str> {
    let leg = open(core, row).ok_or("it cannot be opened")?;
    // Jobs of before there were credentials name no mode.
    let (name, mode) = row.subject.split_once(' ').unwrap_or((&row.subject, "test"));
    let provider = core.providers.get(name).ok_or("its provider is not set up")?;
    let cx = core.cx(&row.tenant_id, mode, name, None).await;
    let cx = cx.map_err(|_| "what is set for its provider cannot be read")?;
    provider.cancel(&cx, leg).await.map_err(|failed| failed.code.as_str())
}
