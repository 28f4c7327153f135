//! Sessions in the store: reading one, and writing what a transition brought.
//!
//! **Contract.** [`commit`] writes a transition and everything that belongs to it in one unit, by compare-and-set on the
//! version that was read: the connection, its events, grants, jobs, the audit line. Somebody else was faster:
//! [`CommitError::Stale`], and the caller reads again. The session's state is stored sealed, since it keeps what a person
//! typed until the institution has answered.

use super::timeline;
use crate::callbacks::{self, Outcome, open_finance};
use crate::connections::asked::Asked;
use crate::connections::record::{self, Recorded};
use crate::connections::{read, repair, revoke, upkeep};
use crate::core::Core;
use crate::jobs;
use crate::providers::{Grant, Leg};
use crate::secrets::{Context, ExposeSecret as _};
use crate::store::audit::{self, AuditRow};
use crate::store::connections::{self, ConnectionRow};
use crate::store::grants::{self, GrantRow, GrantState};
use crate::store::sessions::{self, SessionRow};
use crate::store::{Conflict, Statement, Unavailable, Unit, WriteError, accounts};
use crate::tenants::{Kind, Mode, fingerprint, mint};
use data_encoding::BASE64;
use gesher_contract::{ConnectionStatus, Dialect, EventKind, SessionId, TenantTag};
use gesher_domain::connection::{Upkeep, is_terminal};
use gesher_domain::session::{Audit, Completion, Effect, Leaving, Moved, Purpose, Session, State};
use gesher_domain::{connection, new_uuid};

/// A session and the rows that it came from.
#[derive(Clone)]
pub struct Loaded {
    /// The machine.
    pub session: Session,
    /// Its row.
    pub row: SessionRow,
    /// Its connection's row.
    pub connection: ConnectionRow,
}

/// Why a session cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is none with this id.
    #[error("there is no such session")]
    NotFound,
    /// What is stored cannot be opened or read: another master key, or damage.
    #[error("the stored session cannot be read")]
    Damaged,
    /// The database does not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why a transition was not written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Somebody else wrote first: read again.
    #[error("somebody else was faster")]
    Stale,
    /// The database does not answer.
    #[error("the transition could not be written: {0}")]
    Unavailable(String),
}

impl From<Unavailable> for CommitError {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<WriteError> for CommitError {
    fn from(error: WriteError) -> Self {
        match error.conflict() {
            // Of places to try again, too: whoever lost one looks again.
            Some(Conflict::Stale | Conflict::AlreadyUsed) => Self::Stale,
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

/// What a transition does not know itself and has to be written with it.
#[derive(Default)]
pub struct With {
    /// The grant that the attempt brought.
    pub grant: Option<Grant>,
    /// The provider's new state.
    pub leg: Option<Leg>,
    /// What the browser would like to read; kept once, when its document becomes live.
    pub preferred: Option<gesher_contract::Language>,
    /// What else goes into the unit.
    pub more: Vec<Statement>,
    /// Whether another invitation takes this one's place: then the end of this session says nothing about the connection.
    pub superseded: bool,
}

/// Reads a session.
///
/// # Errors
/// [`LoadError`].
pub async fn load(core: &Core, tenant: &TenantTag, id: &SessionId) -> Result<Loaded, LoadError> {
    let row = sessions::by_id(&core.store, tenant.as_str(), id.as_str())
        .await?
        .ok_or(LoadError::NotFound)?;
    from_row(core, row).await
}

/// Reads a session whose row is there already.
///
/// # Errors
/// [`LoadError`].
pub async fn from_row(core: &Core, row: SessionRow) -> Result<Loaded, LoadError> {
    let connection = connections::by_id(&core.store, &row.tenant_id, &row.connection_id)
        .await?
        .ok_or(LoadError::Damaged)?;
    let sealed = BASE64.decode(row.state.as_bytes()).map_err(|_| LoadError::Damaged)?;
    let plain = core
        .keyring
        .open(&context(&row, "state"), &sealed)
        .map_err(|_| LoadError::Damaged)?;
    let session: Session = serde_json::from_slice(plain.expose_secret()).map_err(|_| LoadError::Damaged)?;
    Ok(Loaded { session, row, connection })
}

/// Puts a session into its row.
pub fn put(core: &Core, row: &mut SessionRow, session: &Session) {
    row.version = session.version;
    row.state_name = session.state.name().to_owned();
    let plain = serde_json::to_vec(session).unwrap_or_default();
    row.state = BASE64.encode(&core.seal(&context(row, "state"), &plain));
    row.instance_hash = session.instance.as_ref().map(|instance| instance.0.0.to_vec());
    if let State::Leaving(Leaving { launch: Some(launch), .. }) = &session.state {
        row.bank_state_hash = Some(launch.state.0.0.to_vec());
    }
    row.deadline = session.wakes_at().map(|at| at.0);
    row.lease_until = None;
    row.updated_at = core.clock.now().0;
}

/// Opens the provider's state.
pub fn leg(core: &Core, row: &SessionRow) -> Option<Leg> {
    let sealed = row.leg.as_ref()?;
    core.keyring
        .open(&context(row, "leg"), sealed)
        .ok()
        .map(|plain| Leg(plain.expose_secret().clone()))
}

/// Opens the public token, while it is worth something.
pub fn public_token(core: &Core, row: &SessionRow) -> Option<String> {
    let sealed = row.public_token.as_ref()?;
    let plain = core.keyring.open(&context(row, "public_token"), sealed).ok()?;
    String::from_utf8(plain.expose_secret().clone()).ok()
}

fn context<'a>(row: &'a SessionRow, column: &'a str) -> Context<'a> {
    Context {
        tenant: &row.tenant_id,
        table: "sessions",
        row: &row.id,
        column,
    }
}

/// Writes a transition with all that belongs to it, and gives the session as it is then.
///
/// # Errors
/// [`CommitError`]; nothing was written.
pub async fn commit(core: &Core, loaded: &Loaded, moved: Moved, with: With) -> Result<Loaded, CommitError> {
    let (after, unit) = unit(core, loaded, &moved.session, &moved.effects, with).await?;
    core.store.write(unit).await?;
    written(core, &after);
    Ok(after)
}

/// A session was written: its jobs and those who watch it need not wait for their next look.
pub fn written(core: &Core, after: &Loaded) {
    core.work.notify_one();
    core.moved.tell(&after.row.connection_id);
}

/// The unit of a transition, for callers that have more to write with it.
///
/// # Errors
/// [`CommitError::Unavailable`] when the session's grants cannot be read.
pub async fn unit(
    core: &Core,
    loaded: &Loaded,
    session: &Session,
    effects: &[Effect],
    mut with: With,
) -> Result<(Loaded, Unit), CommitError> {
    let now = core.clock.now().0;
    let mut row = loaded.row.clone();
    let mut statements = std::mem::take(&mut with.more);
    let mut happened: Vec<connection::Event> = Vec::new();
    let consent_ends = with.grant.as_ref().and_then(|grant| grant.expires_at);
    let mut begun = None;
    let mut kept: Option<GrantRow> = None;
    let mut stands = None;
    if let Some(leg) = with.leg.take() {
        row.leg = Some(core.seal(&context(&row, "leg"), &leg.0));
    }
    if row.language.is_none() {
        row.language = with.preferred.map(|language| language.code().to_owned());
    }
    for effect in effects {
        match effect {
            Effect::Call { .. } => {}
            Effect::VoidAttempt(_) => {
                if let Some(leg) = leg(core, &row) {
                    statements.push(jobs::cancel(
                        core,
                        &row.tenant_id,
                        &loaded.connection.mode,
                        &provider_of(loaded, &loaded.session),
                        &leg,
                    ));
                }
                row.leg = None;
            }
            Effect::SealGrant(_) => {
                row.leg = None;
                if let Some(grant) = with.grant.take() {
                    let (grant_row, statement) = keep(core, session, provider_of(loaded, session), &grant, kept_as(session, &grant));
                    statements.push(statement);
                    if session.purpose == Purpose::Connect {
                        begun = Some(Upkeep::granted(grant.unattended, grant.expires_at, core.clock.now()));
                        statements.push(if grant.cosigners {
                            jobs::cosign(core, &row.tenant_id, &row.connection_id, &grant_row.id)
                        } else {
                            jobs::fetch(core, &row.tenant_id, &row.connection_id, &grant_row.id)
                        });
                    }
                    kept = Some(grant_row);
                }
            }
            // What was deleted or replaced meanwhile takes no grant any more.
            Effect::UseGrant(_) | Effect::AwaitCosigners(_) if is_terminal(read::status(&loaded.connection)) => {
                if let Some(kept) = &kept {
                    statements.extend(revoke::end(core, kept, false));
                }
                statements.extend(give_back(core, loaded, session, None).await?);
            }
            Effect::UseGrant(_) => {
                if let Some(grant) = brought(core, session, kept.as_ref()).await? {
                    let (change, more) = repair::stands(core, &loaded.connection, &grant).await?;
                    stands = Some(change);
                    statements.extend(more);
                }
            }
            Effect::AwaitCosigners(_) => {
                if let Some(grant) = brought(core, session, kept.as_ref()).await? {
                    statements.push(jobs::cosign(core, &row.tenant_id, &row.connection_id, &grant.id));
                }
            }
            Effect::RevokeGrant(_) => {
                row.leg = None;
                statements.extend(give_back(core, loaded, session, with.grant.take()).await?);
            }
            Effect::IssuePublicToken => {
                let token = mint(public_kind(&loaded.connection), &session.tenant, &*core.rng);
                row.public_token = Some(core.seal(&context(&row, "public_token"), token.as_bytes()));
                row.public_token_hash = Some(fingerprint(&token));
            }
            // The hash stays, so that the token is known as used.
            Effect::VoidPublicToken => row.public_token = None,
            Effect::Connection(event) => happened.push(*event),
            Effect::Audit(what) => statements.push(audit_line(core, session, *what)),
        }
    }
    // A transition may be made of two; what is stored is one version later, and the row's version counts.
    let session = &Session {
        version: loaded.row.version + 1,
        ..session.clone()
    };
    put(core, &mut row, session);
    statements.push(sessions::compare_and_set(&row, loaded.row.version));
    statements.push(timeline::step(session, effects, gesher_domain::Timestamp(now)));
    let sealed = begun.is_some() || stands.is_some();
    let mut connection = loaded.connection.clone();
    if !happened.is_empty() {
        let route = session.state.route().cloned();
        let repaired = stands.is_some() && connection::stands(read::status(&connection));
        let told = repaired.then_some(EventKind::Repaired).into_iter().collect();
        let Recorded {
            row: recorded,
            statements: more,
        } = record::record_with(core, &connection, &happened, told, |row| {
            if let Some(route) = route {
                row.institution_id = Some(route.institution);
                row.provider = Some(route.provider);
            }
            if let Some(at) = consent_ends {
                row.expires_at = Some(at.0);
            }
            if let Some(upkeep) = begun {
                row.upkeep = upkeep::text(&upkeep);
            }
            if sealed && row.psu_id.is_none() {
                row.person.clone_from(&session.person);
            }
            if let Some(stands) = stands {
                stands.change(row);
            }
        });
        connection = recorded;
        statements.extend(more);
    }
    if session.state.is_over() && connection.status == ConnectionStatus::Pending.as_str() && !with.superseded {
        statements.push(jobs::abandon(core, &row.tenant_id, &row.connection_id, session.deadline));
        // The invitation is spent, and the person has said that they want no more of it: the host need not wait for its time.
        let asked = Asked::of(&connection);
        let left = matches!(session.state, State::Exited { .. }) && asked.callbacks;
        if left && open_finance::speaks(&asked) {
            statements.extend(open_finance::left(core, &connection));
        } else if left {
            let told = callbacks::told(
                &row.tenant_id,
                &row.connection_id,
                Outcome::Abort,
                ConnectionStatus::Pending,
                core.clock.now(),
            );
            statements.push(told);
        }
    }
    tracing::debug!(
        session = row.id,
        from = loaded.row.state_name,
        to = row.state_name,
        at = now,
        "session moved"
    );
    Ok((
        Loaded {
            session: session.clone(),
            row,
            connection,
        },
        statements.into(),
    ))
}

/// How a connection's public token is written: for Plaid's pages as theirs are, where nothing but the sandbox is reached.
fn public_kind(connection: &ConnectionRow) -> Kind {
    let as_plaid = Asked::of(connection).dialect == Some(Dialect::ConnectFi) && Mode::from_column(&connection.mode) == Mode::Test;
    if as_plaid { Kind::SandboxPublic } else { Kind::Public }
}

/// Writes what a late result brought back, without moving the session.
///
/// # Errors
/// [`CommitError`].
pub async fn commit_late(core: &Core, loaded: &Loaded, effects: &[Effect], late: &Late) -> Result<(), CommitError> {
    let tenant = &loaded.row.tenant_id;
    let mut unit = Unit::new();
    for effect in effects {
        match (effect, &late.grant, &late.leg) {
            // The access that it mends is the connection's, and stays.
            (Effect::RevokeGrant(_), Some(grant), _) if grant.mends => {}
            (Effect::RevokeGrant(_), Some(grant), _) => {
                let (row, statement) = keep(core, &loaded.session, late.provider.clone(), grant, GrantState::Revoking);
                unit.push(statement);
                unit.push(jobs::revoke(core, tenant, &row.id));
            }
            (Effect::VoidAttempt(_), _, Some(leg)) => unit.push(jobs::cancel(core, tenant, &loaded.connection.mode, &late.provider, leg)),
            _ => {}
        }
    }
    if !unit.statements().is_empty() {
        core.store.write(unit).await?;
        core.work.notify_one();
    }
    Ok(())
}

/// What a result that came too late brought. The session may be with another provider by now.
pub struct Late {
    /// The provider that it comes from.
    pub provider: String,
    /// The grant.
    pub grant: Option<Grant>,
    /// The provider's state.
    pub leg: Option<Leg>,
}

/// Where a grant is sealed.
pub fn grant_context<'a>(tenant: &'a str, id: &'a str) -> Context<'a> {
    Context {
        tenant,
        table: "grants",
        row: id,
        column: "sealed",
    }
}

/// Seals a grant for its row.
pub fn seal_grant(core: &Core, tenant: &str, id: &str, grant: &Grant) -> Vec<u8> {
    let plain = serde_json::to_vec(&crate::providers::StoredGrant::from(grant)).unwrap_or_default();
    core.seal(&grant_context(tenant, id), &plain)
}

/// The provider that a session is with.
fn provider_of(loaded: &Loaded, session: &Session) -> String {
    session
        .state
        .route()
        .map(|route| route.provider.clone())
        .or_else(|| loaded.connection.provider.clone())
        .unwrap_or_default()
}

/// How a grant is kept until the host confirms, and a repair's until all have signed.
fn kept_as(session: &Session, grant: &Grant) -> GrantState {
    let waits = session.purpose == Purpose::Repair && grant.cosigners;
    if session.completion == Completion::Automatic && !waits {
        GrantState::Active
    } else {
        GrantState::Held
    }
}

/// The grant that a session brought: the one in this unit, or the one that is held.
async fn brought(core: &Core, session: &Session, kept: Option<&GrantRow>) -> Result<Option<GrantRow>, CommitError> {
    if let Some(kept) = kept {
        return Ok(Some(kept.clone()));
    }
    let held = grants::of_session(&core.store, session.tenant.as_str(), session.id.as_str()).await?;
    Ok(held.into_iter().rfind(|grant| grant.state == GrantState::Held))
}

fn keep(core: &Core, session: &Session, provider: String, grant: &Grant, state: GrantState) -> (GrantRow, Statement) {
    let now = core.clock.now().0;
    let tenant = session.tenant.to_string();
    let id = format!("grant_{:032x}", new_uuid(&*core.clock, &*core.rng));
    let row = GrantRow {
        sealed: seal_grant(core, &tenant, &id, grant),
        tenant_id: tenant,
        id,
        connection_id: session.connection.to_string(),
        session_id: session.id.to_string(),
        provider,
        state,
        created_at: now,
        updated_at: now,
    };
    let statement = grants::insert(&row);
    (row, statement)
}

/// Gives back what the session's attempts brought: the grant in hand, and those that are sealed.
async fn give_back(core: &Core, loaded: &Loaded, session: &Session, in_hand: Option<Grant>) -> Result<Vec<Statement>, CommitError> {
    let tenant = session.tenant.as_str();
    let mut statements = Vec::new();
    if let Some(grant) = in_hand.filter(|grant| !grant.mends) {
        let (row, statement) = keep(core, session, provider_of(loaded, session), &grant, GrantState::Revoking);
        statements.push(statement);
        statements.push(jobs::revoke(core, tenant, &row.id));
    }
    let sealed = grants::of_session(&core.store, tenant, session.id.as_str())
        .await
        .map_err(|error| CommitError::Unavailable(error.to_string()))?;
    for grant in sealed
        .into_iter()
        .filter(|grant| matches!(grant.state, GrantState::Held | GrantState::Active))
    {
        statements.extend(revoke::end(core, &grant, revoke::is_shared(core, &grant)));
        // What a repair brought was not fetched with; what is there is of the grant before.
        if session.purpose == Purpose::Connect {
            statements.extend(accounts::forget(tenant, session.connection.as_str()));
        }
    }
    Ok(statements)
}

fn audit_line(core: &Core, session: &Session, what: Audit) -> Statement {
    let action = match what {
        Audit::CustomerMismatch => "public_token.customer_mismatch",
        Audit::TakenOver => "session.taken_over",
        Audit::StartedOver => "session.started_over",
    };
    let actor = match what {
        Audit::CustomerMismatch => "host",
        Audit::TakenOver | Audit::StartedOver => "browser",
    };
    tracing::warn!(session = %session.id, action, "an act was written into the audit log");
    audit::insert(&AuditRow {
        tenant_id: session.tenant.to_string(),
        id: format!("audit_{:032x}", new_uuid(&*core.clock, &*core.rng)),
        at: core.clock.now().0,
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject: session.connection.to_string(),
        detail: "{}".to_owned(),
    })
}
