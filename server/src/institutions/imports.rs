//! What an operator or a tenant makes of the directory: rows that add, change, hide and order institutions.
//!
//! **Contract.** An import is made whole or not at all, and once it is acknowledged it is on disk and shown by this node. To import the
//! same again changes nothing. What one row leaves out stays as an earlier one made it. A tenant's rows are its own alone.

use super::parts::{self, Damaged};
use super::{ReloadError, catch_up};
use crate::core::Core;
use crate::store::audit::{self, AuditRow};
use crate::store::directory::{self as rows, Part, PartRow};
use crate::store::{Conflict, Unavailable, Unit, WriteError};
use crate::tenants::{Caller, Mode};
use gesher_directory::Institution;
use gesher_directory::table::{self, At, Edit, Format, Import, ImportError};
use gesher_domain::{new_secret, new_uuid};
use serde_json::json;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Whose rows are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The operator's: all tenants see them.
    Operator,
    /// A tenant's in a mode: nobody else sees them.
    Tenant {
        /// Its tag.
        tag: String,
        /// The mode.
        mode: Mode,
    },
}

impl Owner {
    fn columns(&self) -> (&str, &str) {
        match self {
            Self::Operator => ("", ""),
            Self::Tenant { tag, mode } => (tag, mode.as_str()),
        }
    }
}

impl From<&Caller> for Owner {
    fn from(caller: &Caller) -> Self {
        Self::Tenant {
            tag: caller.tenant.to_string(),
            mode: caller.mode,
        }
    }
}

async fn part(core: &Core, owner: &Owner) -> Result<Option<PartRow>, Unavailable> {
    let (tenant, mode) = owner.columns();
    rows::of(&core.store, Part::Rows, tenant, mode).await
}

/// Most rows that a tenant may have in a mode: all tenants' stand in one index.
const MOST_OF_TENANT: usize = 20_000;
/// Most bytes of an owner's rows as they are stored.
const MOST_BYTES: usize = 2 * table::LARGEST;
/// How often a write that met another one is made again.
const TRIES: u32 = 5;

/// What an import came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Rows of the file.
    pub rows: usize,
    /// Institutions that were not there.
    pub added: usize,
    /// Institutions of which something changed.
    pub changed: usize,
    /// Institutions that are hidden now and were not.
    pub hidden: usize,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ImportProblem {
    /// The table breaks a rule.
    #[error(transparent)]
    Table(#[from] ImportError),
    /// With it there would be too many.
    #[error("these would be too many rows: a tenant has at most {MOST_OF_TENANT}, and nobody more than {MOST_BYTES} bytes of them")]
    TooMany,
    /// Others wrote again and again meanwhile.
    #[error("the rows are being written by somebody else")]
    Busy,
    /// The database failed.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// What is there cannot be read.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// It was written, and this node does not show it yet.
    #[error("the rows are written and not shown yet: {0}")]
    NotShown(#[from] ReloadError),
    /// The work was interrupted.
    #[error("the rows could not be worked on: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

/// Takes a table in. `actor` is who does it, for the audit log.
///
/// # Errors
/// [`ImportProblem`].
pub async fn import(core: &Core, owner: &Owner, actor: &str, brought: Import) -> Result<Imported, ImportProblem> {
    let brought = Arc::new(brought);
    write(core, owner, actor, "institutions_imported", {
        let brought = brought.clone();
        move |base, before| {
            let told = effect(base, before, &brought)?;
            Ok((merged(before, brought.edits()), told))
        }
    })
    .await
}

/// Takes back what an owner's rows say of these institutions, as if no import had named them. Gives how many there were.
///
/// # Errors
/// [`ImportProblem`].
pub async fn forget(core: &Core, owner: &Owner, actor: &str, ids: HashSet<String>) -> Result<usize, ImportProblem> {
    // Where there is nothing to take back nothing is written.
    if !export(core, owner).await?.iter().any(|edit| ids.contains(&edit.id)) {
        return Ok(0);
    }
    write(core, owner, actor, "institutions_forgotten", move |_, before| {
        let kept: Vec<Edit> = before.iter().filter(|edit| !ids.contains(&edit.id)).cloned().collect();
        let gone = before.len() - kept.len();
        Ok((kept, gone))
    })
    .await
}

/// An owner's rows.
///
/// # Errors
/// The database failed, or they cannot be read.
pub async fn export(core: &Core, owner: &Owner) -> Result<Vec<Edit>, ImportProblem> {
    let row = part(core, owner).await?;
    Ok(row.as_ref().map(parts::edits).transpose()?.unwrap_or_default())
}

/// All institutions as they are for who has no rows of their own.
///
/// # Errors
/// The database failed, or they cannot be read.
pub async fn everything(core: &Core) -> Result<Vec<Institution>, ImportProblem> {
    let own = part(core, &Owner::Operator).await?;
    let reached = parts::routes(&rows::all(&core.store, Part::Routes).await?);
    Ok(parts::operators(&core.institutions.carried(), own.as_ref(), &reached))
}

/// Writes an owner's rows as `change` makes them of those that are there, and shows them.
async fn write<T: Send + 'static + std::fmt::Debug>(
    core: &Core,
    owner: &Owner,
    actor: &str,
    action: &str,
    change: impl Fn(&[Institution], &[Edit]) -> Result<(Vec<Edit>, T), ImportError> + Send + Sync + 'static,
) -> Result<T, ImportProblem> {
    let change = Arc::new(change);
    let (tenant, mode) = owner.columns();
    let most = match owner {
        Owner::Operator => table::MOST_ROWS,
        Owner::Tenant { .. } => MOST_OF_TENANT,
    };
    let _one = core.institutions.importing.lock().await;
    for _ in 0..TRIES {
        let before = part(core, owner).await?;
        let operator = match owner {
            Owner::Operator => None,
            Owner::Tenant { .. } => part(core, &Owner::Operator).await?,
        };
        let routes = rows::all(&core.store, Part::Routes).await?;
        let version = before.as_ref().map_or(0, |row| row.version);
        let carried = core.institutions.carried();
        let change = change.clone();
        let work = tokio::task::spawn_blocking(move || {
            let reached = parts::routes(&routes);
            let base = parts::operators(&carried, operator.as_ref(), &reached);
            let earlier = before.as_ref().map(parts::edits).transpose()?.unwrap_or_default();
            let (edits, told) = change(&base, &earlier)?;
            fits(&base, &earlier, &edits)?;
            let body = table::write(Format::Json, &edits);
            if edits.len() > most || body.len() > MOST_BYTES {
                return Err(ImportProblem::TooMany);
            }
            let is_new = before.is_none_or(|before| before.body != body);
            Ok((is_new.then_some(body), told))
        });
        let (body, told) = work.await??;
        // The same again is there already.
        let Some(body) = body else { return Ok(told) };
        let mut unit = Unit::new();
        unit.push(rows::put(
            Part::Rows,
            &PartRow {
                owner: tenant.to_owned(),
                mode: mode.to_owned(),
                version: version + 1,
                body,
                updated_at: core.clock.now().0,
            },
        ));
        unit.push(rows::announce(&new_secret(&*core.rng)));
        unit.push(audit::insert(&AuditRow {
            tenant_id: tenant.to_owned(),
            id: format!("audit_{:032x}", new_uuid(&*core.clock, &*core.rng)),
            at: core.clock.now().0,
            actor: actor.to_owned(),
            action: action.to_owned(),
            subject: "institutions".to_owned(),
            detail: json!({ "mode": mode, "told": format!("{told:?}") }).to_string(),
        }));
        match core.store.write(unit).await {
            Ok(()) => {
                catch_up(core).await?;
                return Ok(told);
            }
            Err(WriteError::Conflict(Conflict::Stale)) => {}
            Err(WriteError::Conflict(_)) => return Err(ImportProblem::Busy),
            Err(WriteError::Unavailable(error)) => return Err(error.into()),
        }
    }
    Err(ImportProblem::Busy)
}

/// Refuses rows that would not fit the institutions, but for those that did not fit before: what is acknowledged is shown.
fn fits(base: &[Institution], before: &[Edit], after: &[Edit]) -> Result<(), ImportError> {
    let misfits = |edits: &[Edit]| edits.iter().cloned().collect::<Import>().layer_fitting(base).1;
    let known: HashSet<String> = misfits(before).into_iter().map(|(id, _)| id).collect();
    match misfits(after).into_iter().find(|(id, _)| !known.contains(id)) {
        None => Ok(()),
        Some((id, misfit)) => Err(ImportError {
            at: At::File,
            field: Some(id),
            reason: format!(
                "with what was imported before, {}: {}",
                misfit.field.unwrap_or_default(),
                misfit.reason
            ),
        }),
    }
}

/// What the table does to the institutions as the owner's earlier rows make them. A mistake is told by its place in the table.
fn effect(base: &[Institution], before: &[Edit], brought: &Import) -> Result<Imported, ImportError> {
    // Who is hidden can be changed, too.
    let shown = |edit: &Edit| Edit {
        hidden: None,
        ..edit.clone()
    };
    let earlier: Import = before.iter().map(shown).collect();
    let (all, _) = earlier.apply_fitting(base);
    let hidden: HashSet<&str> = before
        .iter()
        .filter(|edit| edit.hidden == Some(true))
        .map(|edit| edit.id.as_str())
        .collect();
    let known: BTreeMap<&str, &Institution> = all.iter().map(|institution| (institution.id.as_str(), institution)).collect();
    let layer = brought.layer(&all)?;
    let added = layer.rows.iter().filter(|row| !known.contains_key(row.id.as_str())).count();
    let changed = layer
        .rows
        .iter()
        .filter(|row| known.get(row.id.as_str()).is_some_and(|known| *known != *row))
        .count();
    let newly = layer
        .hidden
        .iter()
        .filter(|id| known.contains_key(id.as_str()) && !hidden.contains(id.as_str()));
    Ok(Imported {
        rows: brought.len(),
        added,
        changed,
        hidden: newly.count(),
    })
}

/// The rows that were there with the new ones over them: what a new one leaves out stays.
fn merged<'a>(before: &[Edit], brought: impl Iterator<Item = &'a Edit>) -> Vec<Edit> {
    let mut all = before.to_vec();
    let mut places: BTreeMap<String, usize> = all.iter().zip(0..).map(|(edit, at)| (edit.id.clone(), at)).collect();
    for edit in brought {
        match places.get(&edit.id) {
            Some(&at) => all[at] = edit.over(&all[at]),
            None => {
                places.insert(edit.id.clone(), all.len());
                all.push(edit.clone());
            }
        }
    }
    all
}
