//! Access tokens: each is of one person, and lasts a day or so.
//!
//! The reference says that `expiresIn` is in milliseconds, the guide's example is in seconds: `exp` in the token itself is believed, and
//! a token without one is used once.

use data_encoding::BASE64URL_NOPAD;
use gesher_domain::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Most tokens that are kept at a time; then all are asked for again.
const MOST: usize = 4096;
/// A token that ends within this many seconds is not used any more.
const MARGIN: i64 = 60;

/// The tokens of all persons of all tenants.
#[derive(Default)]
pub struct Tokens(Mutex<HashMap<Whose, (String, Timestamp)>>);

/// Whom a token is for: a digest of where and as whom it was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Whose([u8; 32]);

impl Whose {
    pub fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }
}

impl Tokens {
    /// A token that is good for a while.
    pub fn get(&self, whose: &Whose, now: Timestamp) -> Option<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (token, ends) = kept.get(whose)?;
        (ends.0 - MARGIN * 1_000_000 > now.0).then(|| token.clone())
    }

    /// Keeps a token that says when it ends.
    pub fn keep(&self, whose: Whose, token: &str) {
        let Some(ends) = ends(token) else { return };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(whose, (token.to_owned(), ends));
    }

    /// The vendor does not take it any more.
    pub fn forget(&self, whose: &Whose) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(whose);
    }
}

/// `exp` of a JSON Web Token. Nothing else of it is looked at, and nobody's word is taken for it: it is the vendor's own.
fn ends(token: &str) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Claims {
        exp: f64,
    }
    let claims = token.split('.').nth(1)?.trim_end_matches('=');
    let claims = BASE64URL_NOPAD.decode(claims.as_bytes()).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    // Until the year 9999; a larger number is no point in time.
    let is_moment = (0.0..253_402_300_800.0).contains(&claims.exp);
    is_moment.then(|| Timestamp(claims.exp as i64 * 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> String {
        format!("e30.{}.sig", BASE64URL_NOPAD.encode(claims.as_bytes()))
    }

    #[test]
    fn a_token_is_used_until_shortly_before_it_ends() {
        let (tokens, whose) = (Tokens::default(), Whose::of(&["a", "b"]));
        let token = jwt(r#"{"exp":1000}"#);
        tokens.keep(whose, &token);
        let at = |second: i64| tokens.get(&whose, Timestamp(second * 1_000_000));
        assert_eq!((at(939), at(940)), (Some(token), None));
        tokens.forget(&whose);
        assert_eq!(at(0), None);
    }

    #[test]
    fn what_does_not_say_when_it_ends_is_not_kept() {
        for token in [
            "opaque",
            "a.b.c",
            &jwt("{}"),
            &jwt(r#"{"exp":"soon"}"#),
            &jwt(r#"{"exp":1e30}"#),
            &jwt(r#"{"exp":-1}"#),
        ] {
            assert_eq!(ends(token), None, "{token}");
        }
        assert_ne!(Whose::of(&["ab", "c"]).0, Whose::of(&["a", "bc"]).0);
    }
}
