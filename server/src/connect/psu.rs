//! The person whose request is being answered, as institutions want to know them.
//!
//! **Contract.** Whoever serves a request of the person's browser wraps its work in [`with`]; calls to a provider that begin
//! in it name the person, others do not.

use crate::providers::PsuContext;

tokio::task_local! {
    static PSU: PsuContext;
}

/// Does the work on behalf of this person.
pub async fn with<F: Future>(psu: PsuContext, work: F) -> F::Output {
    PSU.scope(psu, work).await
}

/// The person on whose behalf this task works.
pub fn current() -> Option<PsuContext> {
    PSU.try_with(Clone::clone).ok()
}
