//! OAuth 2 in the standard's way: the consent is the scope. Metadata by RFC 8414, PKCE by RFC 7636 with S256 alone, the
//! issuer in the return by RFC 9207.

use super::client::{Client, Trouble};
use crate::providers::{Failed, Landed, Launch, ReturnParams, WrongReturn};
use data_encoding::BASE64URL_NOPAD;
use gesher_contract::FailureCode;
use gesher_domain::new_secret;
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

/// The path under which metadata are.
const WELL_KNOWN: &str = "/.well-known/oauth-authorization-server";

/// One authorisation request.
#[derive(Clone, Serialize, Deserialize)]
pub struct OAuth {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    /// The issuer names itself in every return.
    names_itself: bool,
    redirect_uri: String,
    verifier: String,
}

/// What opens the data.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tokens {
    pub access: String,
    refresh: Option<String>,
    token_endpoint: Url,
}

impl Tokens {
    /// Whether they outlive the access token's own time.
    pub const fn can_be_renewed(&self) -> bool {
        self.refresh.is_some()
    }
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    code_challenge_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    token_type: String,
    refresh_token: Option<String>,
}

impl OAuth {
    /// Reads a return, asking nobody. The issuer counts first, also when it reports an error.
    pub fn read_return(&self, params: &ReturnParams) -> Result<Landed, WrongReturn> {
        match params.get("iss") {
            Some(issuer) if issuer != self.issuer => return Err(WrongReturn::Issuer),
            None if self.names_itself => return Err(WrongReturn::NoIssuer),
            _ => {}
        }
        if is_denied(params) {
            // The consent tells why.
            return Ok(Landed::GoOn);
        }
        match (params.get("error"), params.get("code")) {
            (Some("server_error" | "temporarily_unavailable"), _) => Ok(Landed::Failed(FailureCode::InstitutionUnavailable)),
            (Some(_), _) => Ok(Landed::Failed(FailureCode::BadInstitutionAnswer)),
            (None, Some(code)) if !code.is_empty() => Ok(Landed::GoOn),
            (None, _) => Err(WrongReturn::Incomplete),
        }
    }
}

/// Whether a return says that there is no access because somebody did not want it.
pub fn is_denied(params: &ReturnParams) -> bool {
    params.get("error") == Some("access_denied")
}

impl Client<'_> {
    /// Reads the bank's metadata and makes an authorisation request.
    pub async fn authorize(&self, href: &str, consent_id: &str, launch: &Launch) -> Result<(Url, OAuth), Failed> {
        let metadata = self.metadata(href).await.map_err(|trouble| trouble.of_reading())?;
        let oauth = OAuth {
            issuer: metadata.issuer,
            authorization_endpoint: metadata.authorization_endpoint,
            token_endpoint: metadata.token_endpoint,
            names_itself: metadata.authorization_response_iss_parameter_supported,
            redirect_uri: String::new(),
            verifier: String::new(),
        };
        self.again(&oauth, consent_id, launch)
    }

    /// Makes another authorisation request to the same server. Its verifier is new, as its `state` is.
    pub fn again(&self, oauth: &OAuth, consent_id: &str, launch: &Launch) -> Result<(Url, OAuth), Failed> {
        let oauth = OAuth {
            redirect_uri: launch.return_url.clone(),
            verifier: new_secret(&*self.cx.rng),
            ..oauth.clone()
        };
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(oauth.verifier.as_bytes()));
        let mut address = self.page(oauth.authorization_endpoint.as_str())?;
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client_id()?)
            .append_pair("redirect_uri", &oauth.redirect_uri)
            .append_pair("scope", &format!("AIS:{consent_id}"))
            .append_pair("state", launch.state.expose_secret())
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok((address, oauth))
    }

    async fn metadata(&self, href: &str) -> Result<Metadata, Trouble> {
        let address = self.follow(href)?;
        let issuer = issuer_of(&address).ok_or(Trouble::Nonsense)?;
        let metadata: Metadata = self.get(address.clone(), None, None).await?;
        let s256 = metadata
            .code_challenge_methods_supported
            .as_ref()
            .is_none_or(|methods| methods.iter().any(|method| method == "S256"));
        if metadata.issuer == issuer && metadata.token_endpoint.origin() == address.origin() && s256 {
            Ok(metadata)
        } else {
            tracing::warn!(bank = self.bank.profile.id, "an OAuth server's metadata are not its own");
            Err(Trouble::Nonsense)
        }
    }

    /// Exchanges the code, once.
    pub async fn redeem(&self, oauth: &OAuth, params: &ReturnParams) -> Result<Tokens, Failed> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", params.get("code").unwrap_or_default()),
            ("redirect_uri", &oauth.redirect_uri),
            ("client_id", self.client_id()?),
            ("code_verifier", &oauth.verifier),
        ];
        self.token(&oauth.token_endpoint, &form)
            .await
            .map_err(|trouble| trouble.of_acting())
    }

    /// Exchanges the refresh token, if there is one, once. A server that gives no other keeps the one that it gave.
    pub async fn refresh(&self, tokens: &Tokens) -> Option<Tokens> {
        let refresh = tokens.refresh.as_deref()?;
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh),
            ("client_id", self.client_id().ok()?),
        ];
        let renewed = self.token(&tokens.token_endpoint, &form).await.ok()?;
        Some(Tokens {
            refresh: renewed.refresh.or_else(|| tokens.refresh.clone()),
            ..renewed
        })
    }

    /// Who we are to the bank's server.
    fn client_id(&self) -> Result<&str, Failed> {
        self.bank.client_id.as_deref().ok_or_else(|| {
            tracing::error!(
                bank = self.bank.profile.id,
                "client_id is not set, and this bank's OAuth server has to know it"
            );
            FailureCode::Internal.into()
        })
    }

    async fn token(&self, endpoint: &Url, form: &[(&str, &str)]) -> Result<Tokens, Trouble> {
        let request = self.request(Method::POST, endpoint.clone()).form(form);
        let answer: TokenAnswer = self.send(request).await?.read()?;
        if !answer.token_type.eq_ignore_ascii_case("bearer") {
            return Err(Trouble::Nonsense);
        }
        Ok(Tokens {
            access: answer.access_token,
            refresh: answer.refresh_token,
            token_endpoint: endpoint.clone(),
        })
    }
}

/// The issuer whose metadata are at this address: it without the well-known part, which stands before the issuer's path
/// (RFC 8414) or after it (as OpenID Connect has it).
fn issuer_of(address: &Url) -> Option<String> {
    let (before, after) = address.path().split_once(WELL_KNOWN)?;
    let apart = after.is_empty() || (before.is_empty() && after.starts_with('/'));
    apart.then(|| format!("{}{before}{after}", address.origin().ascii_serialization()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(address: &str) -> Option<String> {
        issuer_of(&Url::parse(address).unwrap())
    }

    #[test]
    fn metadata_lead_to_their_issuer() {
        let bank = Some("https://bank.example/psd2/a".to_owned());
        assert_eq!(issuer("https://bank.example/.well-known/oauth-authorization-server/psd2/a"), bank);
        assert_eq!(issuer("https://bank.example/psd2/a/.well-known/oauth-authorization-server"), bank);
        assert_eq!(
            issuer("https://bank.example/.well-known/oauth-authorization-server"),
            Some("https://bank.example".to_owned())
        );
        assert_eq!(issuer("https://bank.example/.well-known/oauth-authorization-server-of-mine"), None);
        assert_eq!(issuer("https://bank.example/a/.well-known/oauth-authorization-server/b"), None);
        assert_eq!(issuer("https://bank.example/metadata"), None);
    }

    fn oauth(names_itself: bool) -> OAuth {
        let at = |path: &str| Url::parse(&format!("https://bank.example{path}")).unwrap();
        OAuth {
            issuer: "https://bank.example".to_owned(),
            authorization_endpoint: at("/authorize"),
            token_endpoint: at("/token"),
            names_itself,
            redirect_uri: String::new(),
            verifier: String::new(),
        }
    }

    #[test]
    fn the_issuer_counts_before_what_it_says() {
        let read = |names_itself, query: &str| oauth(names_itself).read_return(&ReturnParams::parse(query).unwrap());
        assert_eq!(read(true, "code=c&iss=https%3A%2F%2Fbank.example"), Ok(Landed::GoOn));
        assert_eq!(read(false, "code=c"), Ok(Landed::GoOn));
        assert_eq!(read(true, "code=c"), Err(WrongReturn::NoIssuer));
        assert_eq!(read(true, "error=access_denied"), Err(WrongReturn::NoIssuer));
        for promised in [true, false] {
            for wrong in ["https://bank.example/", "https://BANK.example", "https://evil.example", ""] {
                let query = format!("code=c&iss={wrong}");
                assert_eq!(read(promised, &query), Err(WrongReturn::Issuer), "{wrong}");
            }
        }
    }

    #[test]
    fn an_error_is_read_and_nothing_is_nothing() {
        let read = |query: &str| oauth(false).read_return(&ReturnParams::parse(query).unwrap());
        assert_eq!(read("error=access_denied"), Ok(Landed::GoOn), "the consent tells why");
        assert_eq!(
            read("error=server_error&code=c"),
            Ok(Landed::Failed(FailureCode::InstitutionUnavailable))
        );
        assert_eq!(read("error=invalid_scope"), Ok(Landed::Failed(FailureCode::BadInstitutionAnswer)));
        assert_eq!(read(""), Err(WrongReturn::Incomplete));
        assert_eq!(read("code="), Err(WrongReturn::Incomplete));
    }
}
