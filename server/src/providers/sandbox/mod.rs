//! The sandbox bank's provider: a form, whatever the bank asks after it, then data, over the bank's own HTTP protocol. Each of the
//! bank's answers says what comes next, so no institution has a path of its own here.

mod wire;

use super::{
    Ask, Checked, ConsentState, Cx, Facts, Failed, Fetched, Grant, Input, Leg, ListPage, ListProblem, Progress, Provider, Step, StepKind,
    Transaction, Want, reading,
};
use crate::outbound;
use async_trait::async_trait;
use gesher_contract::{FailureCode, Form};
use gesher_directory::{Offers, Product};
use gesher_domain::Timestamp;
use gesher_domain::connection::FetchProblem;
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The one whose accounts hold securities.
const BROKER: &str = "sandbox-broker";

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
    /// The login is under way.
    UnderWay { bank: String, login_id: String },
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

    /// Sends what may be acted on only once, and goes on from the answer.
    async fn send<T: Serialize + Sync>(&self, cx: &Cx, bank: String, path: &str, sent: &T, state: Leg) -> Result<Progress, Failed> {
        let answer = Self::submit(cx.http.post(self.address(&bank, path)).json(sent)).await?;
        read_next(cx, bank, answer, state)
    }

    /// Asks for what may be asked again: nothing is lost when there is no answer.
    async fn ask(cx: &Cx, bank: String, request: reqwest::RequestBuilder, state: Leg) -> Result<Progress, Failed> {
        let answer = Self::call(request).await.map_err(|code| match code {
            FailureCode::TimedOut => FailureCode::InstitutionUnavailable,
            code => code,
        })?;
        read_next(cx, bank, answer, state)
    }

    /// Reads, again where there was no answer.
    async fn read<T: DeserializeOwned>(&self, cx: &Cx, access: &Access, path: &str) -> Result<T, FetchProblem> {
        let passes = |problem: &FetchProblem| *problem == FetchProblem::InstitutionUnavailable;
        reading::read(cx, passes, || self.read_once(cx, access, path)).await
    }

    async fn read_once<T: DeserializeOwned>(&self, cx: &Cx, access: &Access, path: &str) -> Result<T, FetchProblem> {
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
                want.from(account),
                want.date_to
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
    /// These banks set no limit: what they give is a token that lasts as long as the consent.
    fn facts(&self) -> Facts {
        Facts {
            fetches_per_day: None,
            steps: &[StepKind::Form, StepKind::Wait, StepKind::Accounts],
        }
    }

    fn offers(&self, provider_id: &str) -> Offers {
        let products = if provider_id == BROKER {
            Product::ALL.into()
        } else {
            Product::FETCHED.into()
        };
        Offers {
            products,
            leaves: false,
            tier: 0,
        }
    }

    async fn list(&self, cx: &Cx, after: Option<&str>) -> Result<ListPage, ListProblem> {
        let after = after.map(|after| ("after", after));
        let request = cx.http.get(format!("{}/banks", self.base)).query(after.as_slice());
        let (status, body) = Self::call(request).await.map_err(|_| ListProblem::Unavailable)?;
        if !status.is_success() {
            return Err(ListProblem::Unavailable);
        }
        let page: wire::List = serde_json::from_slice(&body).map_err(|_| ListProblem::Broken)?;
        Ok(ListPage {
            entries: page.banks.into_iter().map(Into::into).collect(),
            next: page.next,
        })
    }

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
        match (
            serde_json::from_slice(&state.0).map_err(|_| Failed::from(FailureCode::Internal))?,
            input,
        ) {
            (State::Login { bank }, Input::Answers(fields)) => self.send(cx, bank, "/login", &wire::Filled { fields }, state).await,
            (State::UnderWay { bank, login_id }, Input::Answers(fields)) => {
                let path = format!("/login/{login_id}/answer");
                self.send(cx, bank, &path, &wire::Filled { fields }, state).await
            }
            (State::UnderWay { bank, login_id }, Input::Accounts(accounts)) => {
                let path = format!("/login/{login_id}/accounts");
                self.send(cx, bank, &path, &wire::Picked { accounts }, state).await
            }
            (State::UnderWay { bank, login_id }, Input::Resend) => {
                let request = cx.http.post(self.address(&bank, &format!("/login/{login_id}/resend")));
                Self::ask(cx, bank, request, state).await
            }
            (State::UnderWay { bank, login_id }, Input::Poll) => {
                let request = cx.http.get(self.address(&bank, &format!("/login/{login_id}")));
                Self::ask(cx, bank, request, state).await
            }
            _ => Err(FailureCode::Internal.into()),
        }
    }

    /// Ends the login at the bank, with the access that it may have brought when its last answer was lost.
    async fn cancel(&self, cx: &Cx, state: Leg) -> Result<(), Failed> {
        let Ok(State::UnderWay { bank, login_id }) = serde_json::from_slice(&state.0) else {
            return Ok(());
        };
        let address = self.address(&bank, &format!("/login/{login_id}"));
        let (status, body) = Self::call(cx.http.request(Method::DELETE, address)).await?;
        match status {
            StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Ok(()),
            _ => Err(refused(status, &body)),
        }
    }

    async fn fetch(&self, cx: &Cx, grant: &Grant, want: &Want) -> Result<Fetched, FetchProblem> {
        let access: Access = serde_json::from_slice(&grant.secret).map_err(|_| FetchProblem::Broken)?;
        let listed: wire::Accounts = self.read(cx, &access, "/accounts").await?;
        let mut accounts = Vec::with_capacity(listed.accounts.len());
        for account in listed.accounts {
            let (known, id) = (account.known(), &account.resource_id);
            if !want.reach.has(known, &account.kind) {
                continue;
            }
            let balances = match want.reach.has_balances(known) {
                true => self.read(cx, &access, &format!("/accounts/{id}/balances")).await?,
                false => wire::Balances::default(),
            };
            let transactions = match want.reach.has_transactions(known) {
                true => self.transactions(cx, &access, id, want).await?,
                false => Vec::new(),
            };
            accounts.push(account.into_ours(balances, transactions));
        }
        Ok(Fetched::Data(accounts.into()))
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

/// What the bank's answer to a step of a login asks for. `state` is where the login was before.
fn read_next(cx: &Cx, bank: String, (status, body): (StatusCode, Vec<u8>), state: Leg) -> Result<Progress, Failed> {
    if !status.is_success() {
        let again = serde_json::from_slice::<wire::Refusal>(&body).ok().and_then(|refusal| refusal.form);
        return Err(Failed {
            again: again.map(|form| Box::new((form, state))),
            ..refused(status, &body)
        });
    }
    let wire::Answer { login_id, next } = parse(&body)?;
    let under_way = |bank| leg(&State::UnderWay { bank, login_id });
    let (step, leg) = match next {
        wire::Next::Form { form } => (Step::Form(form), under_way(bank)?),
        wire::Next::Wait {
            message,
            poll_after,
            until,
        } => {
            let next_poll = cx.now.plus(Duration::from_secs(poll_after.into()));
            let until = moment(&until).ok_or(FailureCode::BadInstitutionAnswer)?;
            (Step::Wait { next_poll, until, message }, under_way(bank)?)
        }
        wire::Next::Accounts { accounts } => {
            let accounts = accounts.into_iter().map(wire::Offered::into_ours).collect();
            (Step::Accounts(accounts), under_way(bank)?)
        }
        wire::Next::Granted(granted) => (Step::Done(grant(cx, bank, granted)?), leg(&State::Through)?),
    };
    Ok(Progress { step, leg })
}

/// The grant. One that ends before it begins is none: the bank's clock is wrong, or it says something else than we read.
fn grant(cx: &Cx, bank: String, granted: wire::Granted) -> Result<Grant, Failed> {
    let expires_at = moment(&granted.expires_at).filter(|ends| *ends > cx.now);
    let expires_at = expires_at.ok_or(FailureCode::BadInstitutionAnswer)?;
    let access = Access {
        bank,
        token: granted.access_token,
        consent_id: granted.consent_id,
    };
    Ok(Grant {
        secret: serde_json::to_vec(&access).map_err(|_| Failed::from(FailureCode::Internal))?,
        cosigners: granted.consent_status == "partiallyAuthorised",
        expires_at: Some(expires_at),
        // The token lasts; the login itself is kept nowhere.
        unattended: true,
        mends: false,
    })
}

fn moment(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp(at.as_microsecond()))
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
        "timed_out" => FailureCode::TimedOut,
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
