//! Access tokens. A token says itself what it grants and is signed, so nothing is kept for it and it outlives a restart with the
//! same seed. Only revoked consents are remembered.

use super::psu::PsuId;
use crate::bounded::Bounded;
use crate::random::digest;
use data_encoding::BASE64URL_NOPAD;
use std::collections::BTreeSet;

/// How long a consent lasts, in seconds.
const LASTS: i64 = 90 * 24 * 3600;
const REVOKED: usize = 4096;

/// What a token grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    bank: String,
    psu: String,
    /// The consent behind it.
    pub(crate) consent_id: String,
    /// Seconds since the epoch.
    pub(crate) expires_at: i64,
    /// The accounts that it opens; none named: all.
    accounts: BTreeSet<String>,
}

impl Grant {
    /// Whether it opens this account.
    pub(crate) fn opens(&self, resource_id: &str) -> bool {
        self.accounts.is_empty() || self.accounts.contains(resource_id)
    }
}

/// Makes and reads tokens.
#[derive(Debug)]
pub(crate) struct Grants {
    key: [u8; 32],
    revoked: Bounded<String, ()>,
}

/// Why a token is no good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TokenInvalid;

impl Grants {
    /// Tokens of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            key: digest(&[b"grants", &seed.to_be_bytes()]),
            revoked: Bounded::new(REVOKED),
        }
    }

    /// A new grant of these accounts, or of all when none is named, and its token. `now` in seconds.
    pub(crate) fn issue(&self, now: i64, bank: &str, psu: &PsuId, consent_id: String, accounts: BTreeSet<String>) -> (Grant, String) {
        let grant = Grant {
            bank: bank.to_owned(),
            psu: psu.as_str().to_owned(),
            consent_id,
            expires_at: now + LASTS,
            accounts,
        };
        let accounts = grant.accounts.iter().map(String::as_str).collect::<Vec<_>>().join(",");
        let said = format!("{}|{}|{}|{}|{accounts}", grant.bank, grant.psu, grant.consent_id, grant.expires_at);
        let said = BASE64URL_NOPAD.encode(said.as_bytes());
        let token = format!("{said}.{}", self.sign(&said));
        (grant, token)
    }

    /// Who the token stands for at this bank.
    pub(crate) fn read(&self, now: i64, bank: &str, token: &str) -> Result<(Grant, PsuId), TokenInvalid> {
        let (grant, psu) = self.read_even_revoked(now, bank, token)?;
        if self.revoked.get(&grant.consent_id).is_some() {
            return Err(TokenInvalid);
        }
        Ok((grant, psu))
    }

    /// Revokes the consent behind the token; doing it again changes nothing. Says whether it is the token's own consent.
    pub(crate) fn revoke(&mut self, now: i64, bank: &str, token: &str, consent_id: &str) -> Result<bool, TokenInvalid> {
        let (grant, _) = self.read_even_revoked(now, bank, token)?;
        if grant.consent_id != consent_id {
            return Ok(false);
        }
        self.revoked.insert(grant.consent_id, ());
        Ok(true)
    }

    /// Ends a consent without its token.
    pub(crate) fn end(&mut self, consent_id: String) {
        self.revoked.insert(consent_id, ());
    }

    fn read_even_revoked(&self, now: i64, bank: &str, token: &str) -> Result<(Grant, PsuId), TokenInvalid> {
        let (said, signature) = token.split_once('.').ok_or(TokenInvalid)?;
        // Compared as digests, so that the time it takes says nothing about the signature.
        if digest(&[signature.as_bytes()]) != digest(&[self.sign(said).as_bytes()]) {
            return Err(TokenInvalid);
        }
        let said = BASE64URL_NOPAD.decode(said.as_bytes()).map_err(|_| TokenInvalid)?;
        let said = String::from_utf8(said).map_err(|_| TokenInvalid)?;
        let mut fields = said.split('|');
        let mut next = || fields.next().map(str::to_owned).ok_or(TokenInvalid);
        let grant = Grant {
            bank: next()?,
            psu: next()?,
            consent_id: next()?,
            expires_at: next()?.parse().map_err(|_| TokenInvalid)?,
            // An older token names none.
            accounts: next()
                .unwrap_or_default()
                .split(',')
                .filter(|id| !id.is_empty())
                .map(str::to_owned)
                .collect(),
        };
        if grant.bank != bank || now >= grant.expires_at {
            return Err(TokenInvalid);
        }
        let psu = PsuId::parse(&grant.psu).ok_or(TokenInvalid)?;
        Ok((grant, psu))
    }

    fn sign(&self, said: &str) -> String {
        let inner = digest(&[&self.key, said.as_bytes()]);
        BASE64URL_NOPAD.encode(&digest(&[&self.key, &inner]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issued(grants: &Grants) -> String {
        let psu = PsuId::parse("043510023").expect("a test user");
        grants.issue(0, "sandbox-bank", &psu, "c1".into(), BTreeSet::new()).1
    }

    #[test]
    fn a_token_outlives_a_restart_with_the_same_seed_and_no_other() {
        let token = issued(&Grants::new(7));
        let (grant, psu) = Grants::new(7).read(1, "sandbox-bank", &token).expect("the same seed");
        assert_eq!((grant.consent_id.as_str(), psu.as_str()), ("c1", "043510023"));
        assert_eq!(Grants::new(8).read(1, "sandbox-bank", &token), Err(TokenInvalid));
    }

    #[test]
    fn a_token_is_of_one_bank_and_ends() {
        let grants = Grants::new(7);
        let token = issued(&grants);
        assert!(grants.read(LASTS - 1, "sandbox-bank", &token).is_ok());
        assert!(grants.read(LASTS, "sandbox-bank", &token).is_err());
        assert!(grants.read(1, "il-leumi", &token).is_err());
        assert!(grants.read(1, "sandbox-bank", "nonsense").is_err());
        assert!(grants.read(1, "sandbox-bank", &token.replace('.', "A.")).is_err());
    }

    #[test]
    fn a_revoked_consent_ends_its_token_and_may_be_revoked_again() {
        let mut grants = Grants::new(7);
        let token = issued(&grants);
        assert_eq!(grants.revoke(1, "sandbox-bank", &token, "other"), Ok(false));
        assert!(grants.read(1, "sandbox-bank", &token).is_ok());
        assert_eq!(grants.revoke(1, "sandbox-bank", &token, "c1"), Ok(true));
        assert_eq!(grants.read(1, "sandbox-bank", &token), Err(TokenInvalid));
        assert_eq!(grants.revoke(1, "sandbox-bank", &token, "c1"), Ok(true));
    }

    #[test]
    fn a_token_opens_the_accounts_that_it_names() {
        let grants = Grants::new(7);
        let (all, _) = grants.read(1, "sandbox-bank", &issued(&grants)).expect("a token");
        assert!(all.opens("a1") && all.opens("a2"));
        let psu = PsuId::parse("043510023").expect("a test user");
        let named = BTreeSet::from(["a1".to_owned(), "a3".to_owned()]);
        let (_, token) = grants.issue(0, "sandbox-bank", &psu, "c2".into(), named);
        let (some, _) = grants.read(1, "sandbox-bank", &token).expect("a token");
        assert!(some.opens("a1") && some.opens("a3") && !some.opens("a2"));
    }
}
