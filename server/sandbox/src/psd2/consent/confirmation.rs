//! The confirmation at a bank that wants one: what its customer approved is held until the TPP sends the code that the customer's
//! browser brought it. So nobody but the TPP whose customer it was can finish an authorisation.

use super::{Authorisation, Consent, ScaStatus};
use crate::banks::psu::{Outcome, PsuId};
use crate::psd2::moment::Moment;

/// What the customer approved.
#[derive(Clone, Debug)]
pub(super) struct Held {
    code: String,
    psu: PsuId,
    chosen: Vec<String>,
}

impl Authorisation {
    /// What the customer's browser has to bring the TPP, while it waits for that.
    pub(crate) fn confirmation_code(&self) -> Option<&str> {
        self.held.as_ref().map(|held| held.code.as_str())
    }
}

impl Consent {
    /// The customer approves, giving these accounts of the offer; `code` goes back with the browser. Says whether it was approved.
    pub(crate) fn hold(&mut self, id: &str, psu: &PsuId, chosen: &[String], code: String, now: Moment) -> bool {
        if !self.is_open(id) || psu.outcome() == Outcome::Rejected {
            self.decline(id, now);
            return false;
        }
        let Some(authorisation) = self.authorisation_mut(id) else {
            return false;
        };
        authorisation.status = ScaStatus::Unconfirmed;
        authorisation.held = Some(Held {
            code,
            psu: psu.clone(),
            chosen: chosen.to_vec(),
        });
        true
    }

    /// The TPP confirms. Says whether the consent was given; a wrong code ends the authorisation. `None` when there is nothing to
    /// confirm.
    pub(crate) fn confirm(&mut self, id: &str, code: &str, now: Moment) -> Option<bool> {
        let authorisation = self.authorisation_mut(id).filter(|at| at.status == ScaStatus::Unconfirmed)?;
        let held = authorisation.held.take()?;
        if held.code != code {
            self.decline(id, now);
            return Some(false);
        }
        Some(self.give(id, &held.psu, &held.chosen, now))
    }
}
