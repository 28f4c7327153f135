//! Calls to a provider, and what they come to.
//!
//! **Contract.** The call runs in a task of its own, so that a browser that goes away does not cut it off. Its result is
//! written against whatever the session has become: a result of an attempt that ended is given back.

use super::state::{self, CommitError, Loaded, With, commit, commit_late};
use crate::core::Core;
use crate::providers::{Ask, Failed, Grant, Input, Leg, Progress, Step};
use gesher_contract::{FailureCode, Language, SessionId, TenantTag};
use gesher_domain::session::{AttemptId, Call, Cleaned, Granted, Moved, Refused, Session, Step as Came};
use std::sync::Arc;
use std::time::Duration;

/// How long a request waits for a call's result before it shows the progress screen.
const PATIENCE: Duration = Duration::from_millis(2500);
/// Attempts at writing a result against others who write the same session.
const WRITES: u32 = 8;

/// Makes the call that a committed transition asked for, and waits a little for it.
pub async fn make(core: &Arc<Core>, loaded: &Loaded, call: Call, attempt: AttemptId, answers: Option<Cleaned>) {
    let task = core.tasks.spawn(run(core.clone(), loaded.clone(), call, attempt, answers));
    // Whether it is done in time or not, the caller reads the session again.
    let _ = tokio::time::timeout(PATIENCE, task).await;
}

async fn run(core: Arc<Core>, loaded: Loaded, call: Call, attempt: AttemptId, answers: Option<Cleaned>) {
    let outcome = reach(&core, &loaded, call, answers).await;
    if let Err(failed) = &outcome {
        tracing::info!(session = %loaded.session.id, ?call, code = failed.code.as_str(), "a call to a provider failed");
    }
    let (tenant, id) = (&loaded.session.tenant, &loaded.session.id);
    match outcome {
        Ok(Progress {
            step: Step::Form(form),
            leg,
        }) => {
            write(&core, tenant, id, Some(leg), None, |session, now| {
                session.step(attempt, Came::Form(form.clone()), now)
            })
            .await
        }
        Ok(Progress {
            step: Step::Done(grant),
            leg: _,
        }) => {
            let granted = Granted {
                cosigners: grant.cosigners,
            };
            write(&core, tenant, id, None, Some(grant), |session, now| {
                session.step(attempt, Came::Done(granted), now)
            })
            .await;
        }
        Err(failed) => {
            write(&core, tenant, id, None, None, |session, _| {
                session.failed(attempt, failed.code.failure(), failed.tries_left)
            })
            .await
        }
    }
}

async fn reach(core: &Core, loaded: &Loaded, call: Call, answers: Option<Cleaned>) -> Result<Progress, Failed> {
    let route = loaded.session.state.route().ok_or(FailureCode::Internal)?;
    let provider = core.providers.get(&route.provider).ok_or(FailureCode::Internal)?;
    let cx = core.cx();
    match call {
        Call::Begin => {
            let ask = Ask {
                provider_id: route.provider_id.clone(),
                language: language(loaded),
            };
            provider.begin(&cx, &ask).await
        }
        Call::Submit => {
            let leg = state::leg(core, &loaded.row).ok_or(FailureCode::Internal)?;
            provider.go_on(&cx, leg, Input::Answers(answers.unwrap_or_default().0)).await
        }
        // No provider asks for these legs yet, so no session comes here.
        Call::Exchange | Call::Poll | Call::Accounts => Err(FailureCode::Internal.into()),
    }
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
    leg: Option<Leg>,
    grant: Option<Grant>,
    transition: impl Fn(Session, gesher_domain::Timestamp) -> Result<Moved, Refused>,
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
                    grant: grant.clone(),
                    leg: leg.clone(),
                    preferred: None,
                };
                commit(core, &loaded, moved, with).await.map(|_| ())
            }
            Err(refused) => {
                tracing::info!(session = %id, why = %refused.why, "a result came too late");
                commit_late(core, &loaded, &refused.effects, grant.clone()).await
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
