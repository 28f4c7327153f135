//! What OAuth gives out: codes for one use, access tokens, refresh tokens that change with each use.

use super::moment::Moment;
use crate::bounded::Bounded;
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

const CODE_SECONDS: i64 = 60;
/// How long an access token lasts.
pub(crate) const ACCESS_SECONDS: i64 = 3600;
const CAPACITY: usize = 4096;

/// What an authorisation request said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asker {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: String,
    /// The issuer that was asked.
    pub(crate) bank: &'static str,
}

struct Code {
    asker: Asker,
    consent_id: String,
    until: Moment,
    used: bool,
}

/// A token belongs to the code that it came from. When a code comes twice, its tokens end.
struct Token {
    bank: &'static str,
    code: String,
    consent_id: String,
    client_id: String,
    until: Option<Moment>,
}

/// Why a token request is refused: `invalid_grant`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidGrant;

/// Why an access token opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAccess {
    /// It was never given out.
    Unknown,
    /// It is another consent's, or ended.
    Invalid,
    /// Its hour is over.
    Expired,
}

/// A pair of new tokens and the consent that they open.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) consent_id: String,
}

/// Everything that was given out.
pub(crate) struct Tokens {
    codes: Bounded<String, Code>,
    access: Bounded<String, Token>,
    refresh: Bounded<String, Token>,
    ended: Bounded<String, ()>,
}

impl Tokens {
    /// Nothing was given out.
    pub(crate) fn new() -> Self {
        Self {
            codes: Bounded::new(CAPACITY),
            access: Bounded::new(CAPACITY),
            refresh: Bounded::new(CAPACITY),
            ended: Bounded::new(CAPACITY),
        }
    }

    /// Keeps a code for this asker and consent.
    pub(crate) fn add_code(&mut self, code: String, asker: Asker, consent_id: String, now: Moment) {
        let code_until = now.after(CODE_SECONDS);
        self.codes.insert(
            code,
            Code {
                asker,
                consent_id,
                until: code_until,
                used: false,
            },
        );
    }

    /// Redeems a code. `fresh` are the new tokens.
    pub(crate) fn redeem(
        &mut self,
        code: &str,
        (bank, client_id): (&str, &str),
        redirect_uri: &str,
        verifier: &str,
        fresh: [String; 2],
        now: Moment,
    ) -> Result<Given, InvalidGrant> {
        let kept = self.codes.get_mut(&code.to_owned());
        let kept = kept.filter(|kept| kept.asker.bank == bank).ok_or(InvalidGrant)?;
        if kept.used {
            self.ended.insert(code.to_owned(), ());
            return Err(InvalidGrant);
        }
        kept.used = true;
        let asker = &kept.asker;
        let proven = is_verifier(verifier) && BASE64URL_NOPAD.encode(&Sha256::digest(verifier)) == asker.challenge;
        if now > kept.until || asker.client_id != client_id || asker.redirect_uri != redirect_uri || !proven {
            return Err(InvalidGrant);
        }
        let consent_id = kept.consent_id.clone();
        let bank = kept.asker.bank;
        Ok(self.give(code, (bank, client_id), consent_id, fresh, now))
    }

    /// Exchanges a refresh token for new tokens.
    pub(crate) fn renew(
        &mut self,
        token: &str,
        (bank, client_id): (&str, &str),
        fresh: [String; 2],
        now: Moment,
    ) -> Result<Given, InvalidGrant> {
        let kept = self.refresh.get(&token.to_owned());
        let kept = kept
            .filter(|kept| kept.client_id == client_id && kept.bank == bank)
            .ok_or(InvalidGrant)?;
        let (code, consent_id, bank) = (kept.code.clone(), kept.consent_id.clone(), kept.bank);
        self.refresh.remove(&token.to_owned());
        if self.ended.get(&code).is_some() {
            return Err(InvalidGrant);
        }
        Ok(self.give(&code, (bank, client_id), consent_id, fresh, now))
    }

    fn give(
        &mut self,
        code: &str,
        (bank, client_id): (&'static str, &str),
        consent_id: String,
        [access, refresh]: [String; 2],
        now: Moment,
    ) -> Given {
        let token = |until| Token {
            bank,
            code: code.to_owned(),
            consent_id: consent_id.clone(),
            client_id: client_id.to_owned(),
            until,
        };
        self.access.insert(access.clone(), token(Some(now.after(ACCESS_SECONDS))));
        self.refresh.insert(refresh.clone(), token(None));
        Given {
            access,
            refresh,
            consent_id,
        }
    }

    /// Whether this access token opens this consent.
    pub(crate) fn opens(&self, token: &str, consent_id: &str, now: Moment) -> Result<(), NoAccess> {
        let kept = self.access.get(&token.to_owned()).ok_or(NoAccess::Unknown)?;
        if kept.consent_id != consent_id || self.ended.get(&kept.code).is_some() {
            return Err(NoAccess::Invalid);
        }
        match kept.until {
            Some(until) if now >= until => Err(NoAccess::Expired),
            _ => Ok(()),
        }
    }
}

/// Whether the text can be a code verifier (RFC 7636, section 4.1).
fn is_verifier(text: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}
