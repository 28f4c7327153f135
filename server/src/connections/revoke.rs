//! Giving a grant back at its provider, until that is true.

use crate::connect::state::grant_context;
use crate::core::Core;
use crate::jobs::{self, Leased};
use crate::providers::{Grant, StoredGrant};
use crate::secrets::ExposeSecret as _;
use crate::store::grants::{self, GrantRow, GrantState};
use crate::store::{Statement, Unavailable, Unit, connections};

/// Opens a sealed grant.
pub fn open(core: &Core, row: &GrantRow) -> Option<Grant> {
    let plain = core.keyring.open(&grant_context(&row.tenant_id, &row.id), &row.sealed).ok()?;
    serde_json::from_slice::<StoredGrant>(plain.expose_secret()).ok().map(Grant::from)
}

/// What ends a grant: it is given back at its provider, unless another one is the same access there and lives on.
pub fn end(core: &Core, grant: &GrantRow, lives_on: bool) -> Vec<Statement> {
    let (tenant, now) = (&grant.tenant_id, core.clock.now().0);
    if lives_on {
        return vec![grants::set_state(tenant, &grant.id, grant.state, GrantState::Revoked, now)];
    }
    vec![
        grants::set_state(tenant, &grant.id, grant.state, GrantState::Revoking, now),
        jobs::revoke(core, tenant, &grant.id),
    ]
}

/// Whether giving this one back would take with it an access that its connection had before: it mends that, and is not in use itself.
pub fn is_shared(core: &Core, grant: &GrantRow) -> bool {
    grant.state == GrantState::Held && open(core, grant).is_some_and(|grant| grant.mends)
}

/// What ends a connection's grants, but for those of a session that goes on with it. `mended` says that what the session goes on with is
/// the access that was in use, made to work again.
///
/// # Errors
/// The database failed.
pub async fn all(core: &Core, tenant: &str, connection: &str, but_of: Option<(&str, bool)>) -> Result<Vec<Statement>, Unavailable> {
    let (session, mended) = but_of.unzip();
    let held = grants::of_connection(&core.store, tenant, connection)
        .await?
        .into_iter()
        .filter(|grant| matches!(grant.state, GrantState::Held | GrantState::Active) && session != Some(grant.session_id.as_str()));
    Ok(held
        .flat_map(|grant| {
            let in_use = grant.state == GrantState::Active;
            let lives_on = is_shared(core, &grant) || in_use && mended == Some(true);
            end(core, &grant, lives_on)
        })
        .collect())
}

/// Does the job.
pub async fn work(core: &Core, leased: &Leased) {
    let (tenant, id) = (&leased.job.tenant_id, &leased.job.subject);
    let unit = match grants::by_id(&core.store, tenant, id).await {
        Ok(Some(row)) if row.state == GrantState::Revoking => match give_back(core, &row).await {
            Ok(()) => {
                tracing::info!(
                    grant = row.id,
                    connection = row.connection_id,
                    provider = row.provider,
                    "a grant was given back"
                );
                let now = core.clock.now().0;
                Unit::new()
                    .with(grants::set_state(tenant, id, GrantState::Revoking, GrantState::Revoked, now))
                    .with(leased.complete())
            }
            Err(why) => {
                tracing::warn!(grant = row.id, why, "a grant could not be given back yet");
                leased.later(core).into()
            }
        },
        Ok(_) => leased.complete().into(),
        Err(error) => {
            tracing::error!(%error, "a grant could not be read");
            leased.later(core).into()
        }
    };
    if let Err(error) = core.store.write(unit).await {
        tracing::warn!(%error, job = leased.job.id, "a job's end could not be written");
    }
}

async fn give_back(core: &Core, row: &GrantRow) -> Result<(), &'static str> {
    let grant = open(core, row).ok_or("it cannot be opened")?;
    let provider = core.providers.get(&row.provider).ok_or("its provider is not set up")?;
    let connection = connections::by_id(&core.store, &row.tenant_id, &row.connection_id)
        .await
        .ok()
        .flatten();
    let connection = connection.ok_or("its connection cannot be read")?;
    let cx = core.cx(&row.tenant_id, &connection.mode, &row.provider, None).await;
    let cx = cx.map_err(|_| "what is set for its provider cannot be read")?;
    provider.revoke(&cx, &grant).await.map_err(|failed| failed.code.as_str())
}
