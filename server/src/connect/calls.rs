//! Calls to a provider, and what they come to.
//!
//! **Contract.** The call runs in a task of its own, so that a browser that goes away does not cut it off. Its result is
//! written against whatever the session has become: a result of an attempt that ended is given back.

use super::psu;
use super::state::{self, CommitError, Late, Loaded, With, commit, commit_late};
use super::tries;
use crate::connections::asked::Asked;
use crate::connections::{fetch, refresh, repair, revoke};
use crate::core::Core;
use crate::providers::{Ask, Failed, Grant, Input, Landing, Offered, Progress, PsuContext, ReturnParams, Step};
use crate::store::connections::ConnectionRow;
use crate::store::{Unavailable, tenants};
use crate::tenants::credentials::Unreadable;
use data_encoding::HEXLOWER;
use gesher_contract::{FailureCode, Language, SessionId, TenantTag};
use gesher_domain::Timestamp;
use gesher_domain::session::{Again, AttemptId, Call, Cleaned, Granted, Moved, Offer, Purpose, Refused, Session, Step as Came};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long a request waits for a call's result before it shows the progress screen.
const PATIENCE: Duration = Duration::from_millis(2500);
/// Attempts at writing a result against others who write the same session.
const WRITES: u32 = 8;
/// How long a consent is asked for.
const CONSENT_LIFE: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// What goes with a call and is stored nowhere.
#[derive(Default)]
pub enum Given {
    /// Nothing.
    #[default]
    Nothing,
    /// What the person typed.
    Answers(Cleaned),
    /// What the institution's redirect brought back.
    Returned(ReturnParams),
    /// The accounts that were picked.
    Picked(BTreeSet<String>),
    /// What the provider's own widget gave to the host's page.
    Landed(Landing),
}

/// Makes the call that a committed transition asked for, and waits a little for it.
pub async fn make(core: &Arc<Core>, loaded: &Loaded, call: Call, attempt: AttemptId, given: Given) {
    // Whether it is done in time or not, the caller reads the session again.
    let _ = tokio::time::timeout(PATIENCE, start(core, loaded, call, attempt, given)).await;
}

/// Makes the call that a committed transition asked for, and does not wait for it.
pub fn start(core: &Arc<Core>, loaded: &Loaded, call: Call, attempt: AttemptId, given: Given) -> JoinHandle<()> {
    core.tasks
        .spawn(run(core.clone(), loaded.clone(), call, attempt, given, psu::current()))
}

async fn run(core: Arc<Core>, loaded: Loaded, call: Call, attempt: AttemptId, given: Given, psu: Option<PsuContext>) {
    let outcome = reach(&core, &loaded, call, given, psu)
        .await
        .and_then(|progress| offered(&loaded, progress));
    if let Err(failed) = &outcome {
        tracing::info!(session = %loaded.session.id, ?call, code = failed.code.as_str(), "a call to a provider failed");
    }
    if call == Call::Submit
        && let Some(statement) = tries::told(&loaded, outcome.as_ref().map(|_| ()))
        && let Err(error) = core.store.write(statement).await
    {
        // It counts as a try that went wrong; nobody is let through because of it.
        tracing::warn!(session = %loaded.session.id, %error, "that a try did not count could not be written");
    }
    let provider = loaded.session.state.route().map(|route| route.provider.clone()).unwrap_or_default();
    let late = |grant, leg| Late { provider, grant, leg };
    let (tenant, id) = (&loaded.session.tenant, &loaded.session.id);
    match outcome {
        Ok(Progress { step, leg }) => {
            let (came, brought) = match step {
                Step::Form(form) => (Came::Form(form), late(None, Some(leg))),
                Step::Redirect => (Came::Redirect, late(None, Some(leg))),
                Step::Wait { next_poll, until, message } => (Came::Wait { next_poll, until, message }, late(None, Some(leg))),
                Step::Accounts(accounts) => {
                    let accounts = accounts.into_iter().map(|offered| offered.account).collect();
                    let offer = Offer { accounts, granted: None };
                    (Came::Accounts(offer), late(None, Some(leg)))
                }
                Step::Done(grant) => {
                    let granted = Granted {
                        cosigners: grant.cosigners,
                    };
                    (Came::Done(granted), late(Some(grant), None))
                }
            };
            write(&core, tenant, id, brought, |session, now| session.step(attempt, came.clone(), now)).await;
        }
        Err(failed) => {
            let (form, leg) = failed.again.map(|again| *again).unzip();
            let again = Again {
                tries_left: failed.tries_left,
                form,
            };
            write(&core, tenant, id, late(None, leg), |session, now| {
                session.failed(attempt, failed.code.failure(), again.clone(), now)
            })
            .await
        }
    }
}

async fn reach(core: &Core, loaded: &Loaded, call: Call, given: Given, psu: Option<PsuContext>) -> Result<Progress, Failed> {
    let route = loaded.session.state.route().ok_or(FailureCode::Internal)?;
    let provider = core.providers.get(&route.provider).ok_or(FailureCode::Internal)?;
    let (tenant, mode) = (loaded.row.tenant_id.as_str(), loaded.connection.mode.as_str());
    let cx = core.cx(tenant, mode, &route.provider, psu).await.map_err(|error| broken(&error))?;
    let input = match (call, given) {
        (Call::Begin, Given::Nothing) => {
            // The institution shows the name, or logs it: what it is asked does not depend on it.
            let tenant = tenants::by_id(&core.store, &loaded.row.tenant_id).await.ok().flatten();
            let asked = Asked::of(&loaded.connection);
            let ends = match loaded.session.purpose {
                Purpose::Connect => asked.consent_expires_at,
                Purpose::Repair => repair::ends(&loaded.connection, cx.now),
            };
            let ask = Ask {
                brand: tenant.map(|tenant| tenant.name),
                provider_id: route.provider_id.clone(),
                language: language(loaded),
                psu_id: loaded.session.locks.psu_id.clone(),
                recurring: asked.recurring,
                reach: asked.reach(&provider.offers(&route.provider_id)),
                valid_until: day(ends.unwrap_or_else(|| cx.now.plus(CONSENT_LIFE))),
                first_day: fetch::first_day(&asked, cx.now),
                country: country(core, loaded, &route.institution),
                connection: loaded.connection.id.clone(),
                customer: pseudonym(&loaded.connection),
                mend: match loaded.session.purpose {
                    Purpose::Connect => None,
                    Purpose::Repair => to_mend(core, loaded, &route.provider)
                        .await
                        .map_err(|error| broken(&error.into()))?,
                },
            };
            return guarded(core, loaded, &route.institution, provider.begin(&cx, &ask)).await;
        }
        (Call::Begin, Given::Landed(landing)) => Input::Landed(landing),
        (Call::Submit, Given::Answers(answers)) => Input::Answers(answers.0),
        (Call::Exchange, Given::Returned(params)) => Input::Returned(params),
        (Call::Poll, Given::Nothing) => Input::Poll,
        (Call::Resend, Given::Nothing) => Input::Resend,
        (Call::Accounts, Given::Picked(accounts)) => Input::Accounts(accounts),
        // What belongs to the call is lost, or the call is one that no provider asks for.
        _ => return Err(FailureCode::Internal.into()),
    };
    let leg = state::leg(core, &loaded.row).ok_or(FailureCode::Internal)?;
    provider.go_on(&cx, leg, input).await
}

/// Begins something at an institution, unless it is left in peace because it does not answer.
pub(super) async fn guarded<T>(
    core: &Core,
    loaded: &Loaded,
    institution: &str,
    call: impl Future<Output = Result<T, Failed>>,
) -> Result<T, Failed> {
    let (tenant, mode) = (loaded.row.tenant_id.as_str(), loaded.connection.mode.as_str());
    if core.institutions.enter(tenant, mode, institution, core.clock.now()).is_err() {
        return Err(FailureCode::InstitutionUnavailable.into());
    }
    let outcome = call.await;
    let answered = !matches!(&outcome, Err(failed) if matches!(failed.code, FailureCode::InstitutionUnavailable | FailureCode::TimedOut));
    core.institutions.told(tenant, mode, institution, answered, core.clock.now());
    outcome
}

/// What a provider knows a tenant's customer by: always the same, and it says nothing of who they are.
/// Where the host names none, each connection is somebody else's.
pub(super) fn pseudonym(connection: &ConnectionRow) -> String {
    let named = Some(&connection.customer).filter(|customer| !customer.is_empty());
    let hash = Sha256::digest(format!("{}\n{}", connection.tenant_id, named.unwrap_or(&connection.id)));
    HEXLOWER.encode(&hash[..16])
}

/// The institution's country.
fn country(core: &Core, loaded: &Loaded, institution: &str) -> String {
    let directory = core.directory(&loaded.row.tenant_id, &loaded.connection.mode);
    directory
        .get(institution)
        .map(|found| found.country.to_string())
        .unwrap_or_default()
}

/// The access that a repair is to make work again, if this provider gave it.
async fn to_mend(core: &Core, loaded: &Loaded, provider: &str) -> Result<Option<Grant>, Unavailable> {
    let row = refresh::in_use(core, &loaded.row.tenant_id, &loaded.connection.id).await?;
    Ok(row.filter(|row| row.provider == provider).and_then(|row| revoke::open(core, &row)))
}

/// Leaves of the accounts that the person may pick those that the host wants. What an institution does not say of an account is
/// no reason to hide it; what it says later is.
fn offered(loaded: &Loaded, progress: Progress) -> Result<Progress, Failed> {
    let Step::Accounts(accounts) = progress.step else {
        return Ok(progress);
    };
    let filter = Asked::of(&loaded.connection).account_filter;
    let passes = |offered: &Offered| match (&offered.kind, &offered.currency) {
        (Some(kind), Some(currency)) => filter.passes(kind, currency),
        _ => true,
    };
    let accounts: Vec<_> = accounts.into_iter().filter(passes).collect();
    if accounts.is_empty() {
        return Err(FailureCode::NoAccountFits.into());
    }
    Ok(Progress {
        step: Step::Accounts(accounts),
        ..progress
    })
}

fn broken(error: &Unreadable) -> FailureCode {
    tracing::error!(%error, "a provider could not be called");
    FailureCode::Internal
}

/// The UTC day, `YYYY-MM-DD`.
fn day(at: Timestamp) -> String {
    at.rfc3339().chars().take(10).collect()
}

/// The language in which the session speaks.
pub fn language(loaded: &Loaded) -> Language {
    let session = &loaded.session;
    session
        .locks
        .language
        .or(session.language)
        .or_else(|| loaded.row.language.as_deref().and_then(Language::from_code))
        .unwrap_or_default()
}

/// Writes a result, reading the session again as often as somebody else is faster.
async fn write(
    core: &Core,
    tenant: &TenantTag,
    id: &SessionId,
    brought: Late,
    transition: impl Fn(Session, Timestamp) -> Result<Moved, Refused>,
) {
    for _ in 0..WRITES {
        let loaded = match state::load(core, tenant, id).await {
            Ok(loaded) => loaded,
            Err(error) => {
                tracing::error!(session = %id, %error, "a result found no session to be written to");
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        let written = match transition(loaded.session.clone(), core.clock.now()) {
            Ok(moved) => {
                let with = With {
                    grant: brought.grant.clone(),
                    leg: brought.leg.clone(),
                    ..With::default()
                };
                commit(core, &loaded, moved, with).await.map(|_| ())
            }
            Err(refused) => {
                tracing::info!(session = %id, why = %refused.why, "a result came too late");
                commit_late(core, &loaded, &refused.effects, &brought).await
            }
        };
        match written {
            Ok(()) => return,
            Err(CommitError::Stale) => {}
            Err(CommitError::Unavailable(error)) => {
                tracing::error!(session = %id, error, "a result could not be written");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    tracing::error!(session = %id, "a result was given up: the session will end as outcome unknown");
}
