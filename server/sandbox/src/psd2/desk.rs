//! Everything that the banks remember: in memory, bounded.

use super::bank::Bank;
use super::consent::Consent;
use super::moment::Moment;
use super::pages::Visit;
use super::tokens::Tokens;
use crate::banks::login::Logins;
use crate::bounded::Bounded;

const CONSENTS: usize = 4096;
const VISITS: usize = 4096;

/// What has been begun and given at all banks.
pub(crate) struct Desk {
    consents: Bounded<String, Consent>,
    /// Visits to the banks' pages.
    pub(crate) visits: Bounded<String, Visit>,
    /// Tries of passwords and codes.
    pub(crate) logins: Logins,
    /// What OAuth has given out.
    pub(crate) tokens: Tokens,
}

impl Desk {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            consents: Bounded::new(CONSENTS),
            visits: Bounded::new(VISITS),
            logins: Logins::new(),
            tokens: Tokens::new(),
        }
    }

    /// Keeps a new consent.
    pub(crate) fn keep(&mut self, id: String, consent: Consent) {
        self.consents.insert(id, consent);
    }

    /// A consent at this bank's addresses, as it stands now.
    pub(crate) fn consent(&mut self, bank: &Bank, id: &str, now: Moment) -> Option<&mut Consent> {
        let consent = self.consents.get_mut(&id.to_owned())?;
        if !consent.bank.shares_host_with(bank) {
            return None;
        }
        consent.settle(now);
        Some(consent)
    }

    /// Ids of all consents at this bank's addresses, the oldest first.
    pub(crate) fn consent_ids(&self, bank: &Bank) -> Vec<String> {
        let of_bank = |id: &&String| self.consents.get(id).is_some_and(|consent| consent.bank.shares_host_with(bank));
        self.consents.keys().filter(of_bank).cloned().collect()
    }
}
