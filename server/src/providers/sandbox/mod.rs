//! The sandbox bank's provider: a form, a one-time code, then data, over the bank's own HTTP protocol.

mod wire;

use super::{Ask, Checked, ConsentState, Cx, Failed, Fetched, Grant, Input, Leg, Progress, Provider, Step, Transaction, Want};
use crate::outbound;
use async_trait::async_trait;
use gesher_contract::{FailureCode, Field, FieldKind, Form, LocalizedText};
use gesher_domain::Timestamp;
use gesher_domain::connection::FetchProblem;
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Reaches the sandbox's banks.
pub struct Sandbox {
    /// The sandbox's address, without a trailing slash.
    base: String,
}

/// Where the session is at the bank.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// The login form is out.
    Login { bank: String },
    /// The code was sent.
    Code { bank: String, login_id: String },
    /// Nothing more to do.
    Through,
}

/// What is kept for later calls.
#[derive(Serialize, Deserialize)]
struct Access {
    bank: String,
    token: String,
    consent_id: String,
}

impl Sandbox {
    /// A provider for the sandbox at this address.
    pub fn new(base: impl Into<String>) -> Self {
        Self { base: base.into() }
    }

    fn address(&self, bank: &str, path: &str) -> String {
        format!("{}/bank/{bank}{path}", self.base)
    }

    /// One call: the status and the body, or the reason why there is none.
    async fn call(request: reqwest::RequestBuilder) -> Result<(StatusCode, Vec<u8>), FailureCode> {
        let response = request.send().await.map_err(|error| Self::broken(&error))?;
        let status = response.status();
        let body = outbound::read(response).await.map_err(|error| match error {
            outbound::BodyError::Broken(error) => Self::broken(&error),
            outbound::BodyError::TooLarge => FailureCode::BadInstitutionAnswer,
        })?;
        Ok((status, body))
    }

    fn broken(error: &reqwest::Error) -> FailureCode {
        if error.is_timeout() {
            FailureCode::TimedOut
        } else {
            FailureCode::InstitutionUnavailable
        }
    }

    /// A call that carries a credential or a code. Once it is on its way nobody knows what a broken answer means.
    async fn submit(request: reqwest::RequestBuilder) -> Result<(StatusCode, Vec<u8>), FailureCode> {
        match request.send().await {
            Err(error) if error.is_connect() => Err(FailureCode::InstitutionUnavailable),
            Err(_) => Err(FailureCode::OutcomeUnknown),
            Ok(response) => {
                let status = response.status();
                let body = outbound::read(response).await.map_err(|_| FailureCode::OutcomeUnknown)?;
                Ok((status, body))
            }
        }
    }

    async fn login(&self, cx: &Cx, bank: String, answers: std::collections::BTreeMap<String, String>) -> Result<Progress, Failed> {
        let request = cx.http.post(self.address(&bank, "/login")).json(&wire::Login { fields: answers });
        let (status, body) = Self::submit(request).await?;
        if !status.is_success() {
            return Err(refused(status, &body));
        }
        let sent: wire::CodeSent = parse(&body)?;
        let form = code_form(&sent);
        Ok(Progress {
            step: Step::Form(form),
            leg: leg(&State::Code {
                bank,
                login_id: sent.login_id,
            })?,
        })
    }

    async fn code(&self, cx: &Cx, bank: String, login_id: String, code: String) -> Result<Progress, Failed> {
        let request = cx
            .http
            .post(self.address(&bank, &format!("/login/{login_id}/code")))
            .json(&wire::Code { code });
        let (status, body) = Self::submit(request).await?;
        if !status.is_success() {
            return Err(refused(status, &body));
        }
        let granted: wire::Granted = parse(&body)?;
        let secret = serde_json::to_vec(&Access {
            bank,
            token: granted.access_token,
            consent_id: granted.consent_id,
        })
        .map_err(|_| Failed::from(FailureCode::Internal))?;
        let cosigners = granted.consent_status == "partiallyAuthorised";
        let expires_at = granted
            .expires_at
            .parse::<jiff::Timestamp>()
            .ok()
            .map(|at| Timestamp(at.as_microsecond()));
        Ok(Progress {
            step: Step::Done(Grant {
                secret,
                cosigners,
                expires_at,
            }),
            leg: leg(&State::Through)?,
        })
    }

    async fn read<T: DeserializeOwned>(&self, cx: &Cx, access: &Access, path: &str) -> Result<T, FetchProblem> {
        let request = cx.http.get(self.address(&access.bank, path)).bearer_auth(&access.token);
        let (status, body) = Self::call(request).await.map_err(|_| FetchProblem::InstitutionUnavailable)?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| FetchProblem::Broken);
        }
        let error = serde_json::from_slice::<wire::Refusal>(&body)
            .map(|refusal| refusal.error)
            .unwrap_or_default();
        Err(match (status, error.as_str()) {
            (StatusCode::SERVICE_UNAVAILABLE, _) => FetchProblem::InstitutionUnavailable,
            (StatusCode::FORBIDDEN, "suspended") => FetchProblem::Suspended,
            (StatusCode::UNAUTHORIZED, _) => FetchProblem::LoginRequired,
            _ => FetchProblem::Broken,
        })
    }

    async fn transactions(&self, cx: &Cx, access: &Access, account: &str, want: &Want) -> Result<Vec<Transaction>, FetchProblem> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!(
                "/accounts/{account}/transactions?date_from={}&date_to={}&cursor={cursor}",
                want.date_from, want.date_to
            );
            let page: wire::Transactions = self.read(cx, access, &path).await?;
            all.extend(page.transactions.into_iter().map(wire::Transaction::into_ours));
            match page.next {
                Some(next) if next != cursor => cursor = next,
                _ => return Ok(all),
            }
        }
    }
}

#[async_trait]
impl Provider for Sandbox {
    async fn begin(&self, cx: &Cx, ask: &Ask) -> Result<Progress, Failed> {
        let bank = ask.provider_id.clone();
        let (status, body) = Self::call(cx.http.get(self.address(&bank, "/form"))).await?;
        if !status.is_success() {
            return Err(refused(status, &body));
        }
        let form: wire::LoginForm = parse(&body)?;
        let form = Form {
            fields: form.fields,
            ..Form::default()
        };
        Ok(Progress {
            step: Step::Form(form),
            leg: leg(&State::Login { bank })?,
        })
    }

    async fn go_on(&self, cx: &Cx, state: Leg, input: Input) -> Result<Progress, Failed> {
        let Input::Answers(mut answers) = input else {
            return Err(FailureCode::Internal.into());
        };
        match serde_json::from_slice(&state.0).map_err(|_| Failed::from(FailureCode::Internal))? {
            State::Login { bank } => self.login(cx, bank, answers).await,
            State::Code { bank, login_id } => self.code(cx, bank, login_id, answers.remove("code").unwrap_or_default()).await,
            State::Through => Err(FailureCode::Internal.into()),
        }
    }

    async fn fetch(&self, cx: &Cx, grant: &Grant, want: &Want) -> Result<Fetched, FetchProblem> {
        let access: Access = serde_json::from_slice(&grant.secret).map_err(|_| FetchProblem::Broken)?;
        let listed: wire::Accounts = self.read(cx, &access, "/accounts").await?;
        let mut accounts = Vec::with_capacity(listed.accounts.len());
        for account in listed.accounts {
            let balances: wire::Balances = self
                .read(cx, &access, &format!("/accounts/{}/balances", account.resource_id))
                .await?;
            let transactions = self.transactions(cx, &access, &account.resource_id, want).await?;
            accounts.push(account.into_ours(balances, transactions));
        }
        Ok(Fetched::Data(accounts))
    }

    async fn health(&self, cx: &Cx, grant: &Grant) -> Result<Checked, Failed> {
        let access: Access = serde_json::from_slice(&grant.secret).map_err(|_| Failed::from(FailureCode::Internal))?;
        let request = cx.http.get(self.address(&access.bank, "/accounts")).bearer_auth(&access.token);
        let (status, body) = Self::call(request).await?;
        let error = serde_json::from_slice::<wire::Refusal>(&body).map(|refusal| refusal.error);
        Ok(Checked::State(match (status, error.as_deref()) {
            (StatusCode::FORBIDDEN, Ok("awaiting_cosigners")) => ConsentState::AwaitingCosigners,
            (StatusCode::UNAUTHORIZED, _) => ConsentState::Revoked,
            (status, _) if status.is_server_error() => return Err(FailureCode::InstitutionUnavailable.into()),
            // A suspended access is one, too.
            _ => ConsentState::Valid,
        }))
    }

    async fn revoke(&self, cx: &Cx, grant: &Grant) -> Result<(), Failed> {
        let access: Access = serde_json::from_slice(&grant.secret).map_err(|_| Failed::from(FailureCode::Internal))?;
        let address = self.address(&access.bank, &format!("/consents/{}", access.consent_id));
        let (status, _) = Self::call(cx.http.request(Method::DELETE, address).bearer_auth(&access.token)).await?;
        match status {
            StatusCode::NO_CONTENT | StatusCode::NOT_FOUND | StatusCode::UNAUTHORIZED => Ok(()),
            _ => Err(FailureCode::InstitutionUnavailable.into()),
        }
    }
}

/// The form for the code that the bank has sent.
fn code_form(sent: &wire::CodeSent) -> Form {
    // A telephone number must not be broken into two lines at one of its hyphens.
    let destination = sent.destination.replace('-', "\u{2011}");
    let message = LocalizedText::he_en(
        format!("קוד חד־פעמי נשלח אל \u{2066}{destination}\u{2069}"),
        format!("A one-time code was sent to \u{2066}{destination}\u{2069}"),
    );
    let code = Field {
        hint: sent.hint.clone(),
        min_length: sent.code_length,
        max_length: sent.code_length,
        ..Field::new("code", FieldKind::Code, LocalizedText::he_en("קוד חד־פעמי", "One-time code"))
    };
    Form {
        challenge: true,
        message,
        fields: vec![code],
        resend_after: None,
    }
}

fn leg(state: &State) -> Result<Leg, Failed> {
    serde_json::to_vec(state).map(Leg).map_err(|_| FailureCode::Internal.into())
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failed> {
    serde_json::from_slice(body).map_err(|_| FailureCode::BadInstitutionAnswer.into())
}

/// What the bank's refusal means.
fn refused(status: StatusCode, body: &[u8]) -> Failed {
    let Ok(refusal) = serde_json::from_slice::<wire::Refusal>(body) else {
        let code = if status.is_server_error() {
            FailureCode::InstitutionUnavailable
        } else {
            FailureCode::BadInstitutionAnswer
        };
        return code.into();
    };
    let code = match refusal.error.as_str() {
        "wrong_credentials" => FailureCode::WrongCredentials,
        "wrong_code" => FailureCode::WrongCode,
        "code_expired" => FailureCode::CodeExpired,
        "locked" => FailureCode::LoginLocked,
        "consent_rejected" => FailureCode::ConsentRejected,
        _ if status.is_server_error() => FailureCode::InstitutionUnavailable,
        _ => FailureCode::BadInstitutionAnswer,
    };
    Failed {
        tries_left: refusal.tries_left,
        ..code.into()
    }
}
