//! Another invitation for a connection that is there: to repair one that stands, or to begin again with one that nobody finished.
//!
//! **Contract.** A connection has one session that is not over. The older ones end in the unit that makes the new one, and what a call
//! of theirs still brings is given back. Of two such invitations at once the connection's version lets one through.

use super::{DomainInvitation, InviteError, checks, session_row, tenant_of, wrong};
use crate::connect::state::{self, CommitError, LoadError, Loaded, With};
use crate::connect::timeline;
use crate::connections::read::{self, ReadError};
use crate::connections::record::record_and_tell;
use crate::connections::surface::Vendor;
use crate::core::Core;
use crate::store::connections::ConnectionRow;
use crate::store::{Unavailable, Unit, sessions};
use crate::tenants::Caller;
use gesher_contract::{ConnectionId, ConnectionStatus, Language, SessionId};
use gesher_domain::connection::{is_terminal, stands};
use gesher_domain::new_uuid;
use gesher_domain::session::{Completion, Locks, Moved, Purpose, Session};

/// What a host asks for.
#[derive(Clone)]
pub struct Wish {
    /// Fixes the language.
    pub language: Option<Language>,
    /// The origin of the page around the frame.
    pub parent_origin: Option<String>,
    /// Where the hosted page ends.
    pub redirect_url: Option<String>,
    /// An institution that is reached by its own pages is gone to at once.
    pub auto_redirect: bool,
    /// Comes back with the result.
    pub state: Option<String>,
    /// The vendor's API that it comes through.
    pub vendor: Option<Vendor>,
    /// Only a connection that stands.
    pub only_repair: bool,
}

/// Why there is no other invitation.
#[derive(Debug, thiserror::Error)]
pub enum AgainError {
    /// The caller has no such connection.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A field is wrong.
    #[error(transparent)]
    Invite(#[from] InviteError),
    /// Nothing leads on from the connection's status.
    #[error("the connection is over")]
    Over,
    /// Nobody has finished it yet, and only a repair is wanted.
    #[error("the connection is not finished")]
    Unfinished,
    /// Its sessions cannot be read.
    #[error("{0}")]
    Unavailable(String),
}

impl From<Unavailable> for AgainError {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<LoadError> for AgainError {
    fn from(error: LoadError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<CommitError> for AgainError {
    fn from(error: CommitError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// Prepares another session of a connection, and gives the connection as it will be. `Stale` when the unit is written: somebody
/// else wrote it at the same moment.
///
/// # Errors
/// [`AgainError`]; nothing was written.
pub async fn prepare(
    core: &Core,
    caller: &Caller,
    id: &ConnectionId,
    wish: Wish,
) -> Result<(super::Invitation, ConnectionRow, Unit), AgainError> {
    let before = read::connection(core, caller, id).await?;
    if is_terminal(read::status(&before)) {
        return Err(AgainError::Over);
    }
    if wish.only_repair && !stands(read::status(&before)) {
        return Err(AgainError::Unfinished);
    }
    let tenant = tenant_of(core, caller).await?;
    checks::state(wish.state.as_ref())?;
    let Ended {
        connection,
        last,
        mut unit,
    } = end_older(core, caller, before).await?;
    let status = read::status(&connection);
    let repairs = stands(status) || status == ConnectionStatus::AwaitingCosigners;
    let purpose = if repairs { Purpose::Repair } else { Purpose::Connect };
    // As it was, where the tenant still accepts that.
    let completion = match last.completion {
        Completion::Automatic => checks::completion_through(wish.vendor, &tenant, None)?,
        Completion::Exchange => checks::completion_through(wish.vendor, &tenant, Some(false))?,
    };
    let redirect_url = checks::ways_back(
        &tenant,
        wish.vendor,
        (wish.parent_origin.as_ref(), wish.redirect_url.as_ref()),
        completion,
    )?;
    let now = core.clock.now();
    let session = Session::invite(
        DomainInvitation {
            tenant: caller.tenant.clone(),
            id: SessionId::new(&caller.tenant, new_uuid(&*core.clock, &*core.rng)),
            connection: id.clone(),
            customer: last.customer.clone(),
            locks: locks(&last, &connection, purpose, &wish),
            completion,
            purpose,
            life: wish.vendor.map(Vendor::life).unwrap_or_default(),
        },
        now,
    );
    let invitation = super::Invitation::to(core, &session, wish.vendor);
    let row = session_row(core, &session, &invitation, wish.vendor, (wish.parent_origin, redirect_url), now);
    unit.push(sessions::insert(&row));
    unit.push(timeline::step(&session, &[], now));
    Ok((invitation, connection, unit))
}

/// What ends the older sessions.
struct Ended {
    /// The connection as it will be.
    connection: ConnectionRow,
    /// The newest of the sessions before.
    last: Session,
    unit: Unit,
}

async fn end_older(core: &Core, caller: &Caller, before: ConnectionRow) -> Result<Ended, AgainError> {
    let mut connection = before.clone();
    let mut unit = Unit::new();
    let mut last = None;
    for row in sessions::of_connection(&core.store, caller.tenant.as_str(), &before.id).await? {
        let loaded = Loaded {
            connection: connection.clone(),
            ..state::from_row(core, row).await?
        };
        if let Ok(Moved { session, effects }) = loaded.session.clone().supersede() {
            let with = With {
                superseded: true,
                ..With::default()
            };
            let (after, statements) = state::unit(core, &loaded, &session, &effects, with).await?;
            connection = after.connection;
            unit.extend(statements.into_statements());
        }
        last.get_or_insert(loaded.session);
    }
    if connection.version == before.version {
        let written = record_and_tell(core, &connection, &[], Vec::new(), |_| {});
        connection = written.row;
        unit.extend(written.statements);
    }
    let last = last.ok_or_else(|| wrong("id", "not_found", "The connection has no session."))?;
    Ok(Ended { connection, last, unit })
}

/// What is fixed: all that was, and of a repair the institution.
fn locks(last: &Session, connection: &ConnectionRow, purpose: Purpose, wish: &Wish) -> Locks {
    let mut locks = Locks {
        auto_redirect: wish.auto_redirect,
        language: wish.language,
        state: wish.state.clone(),
        ..last.locks.clone()
    };
    if let (Purpose::Repair, Some(institution)) = (purpose, &connection.institution_id) {
        locks.institution_ids = [institution.clone()].into();
    }
    locks
}
