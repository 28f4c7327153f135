//! One call to Plaid: credentials, the answer's shape, what a refusal is.

use super::codes::Trouble;
use super::wire;
use crate::outbound;
use crate::providers::{Cx, Failed, reading};
use gesher_contract::FailureCode;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

/// The version of the interface that is spoken.
const VERSION: &str = "2020-09-14";

/// Nothing but a request's id.
#[derive(Deserialize)]
pub struct Empty {}

/// Calls Plaid for one tenant in one mode.
#[derive(Clone)]
pub struct Client<'a> {
    pub cx: &'a Cx,
    pub base: Url,
    pub id: &'a str,
    secret: &'a str,
}

impl<'a> Client<'a> {
    /// What is set has to be enough.
    ///
    /// # Errors
    /// It is not.
    pub fn new(cx: &'a Cx, base: Url) -> Result<Self, Failed> {
        let (id, secret) = cx
            .settings
            .text(super::CLIENT_ID)
            .zip(cx.settings.text(super::SECRET))
            .ok_or(FailureCode::Internal)?;
        Ok(Self { cx, base, id, secret })
    }

    fn address(&self, path: &str) -> Result<Url, Trouble> {
        let mut address = self.base.clone();
        address
            .path_segments_mut()
            .map_err(|()| Trouble::Unreachable)?
            .pop_if_empty()
            .extend(path.split('/'));
        Ok(address)
    }

    /// Calls once.
    pub async fn call<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Trouble> {
        let request = self
            .cx
            .http
            .post(self.address(path)?)
            .header("PLAID-CLIENT-ID", self.id)
            .header("PLAID-SECRET", self.secret)
            .header("Plaid-Version", VERSION)
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        let response = request.send().await.map_err(|error| {
            if error.is_connect() || error.is_builder() {
                Trouble::Unreachable
            } else {
                Trouble::Silent { late: error.is_timeout() }
            }
        })?;
        let status = response.status();
        let body = outbound::read(response).await.map_err(|error| match error {
            outbound::BodyError::Broken(error) => Trouble::Silent { late: error.is_timeout() },
            outbound::BodyError::TooLarge => Trouble::Nonsense,
        })?;
        if status == StatusCode::OK {
            return serde_json::from_slice(&body).map_err(|_| Trouble::Nonsense);
        }
        let Ok(error) = serde_json::from_slice::<wire::Error>(&body) else {
            return Err(Trouble::Status(status));
        };
        tracing::info!(
            path,
            status = status.as_u16(),
            error_type = error.error_type,
            error_code = error.error_code,
            "Plaid refused a call"
        );
        Err(Trouble::Refused(error))
    }

    /// Calls what changes nothing, again where that may help.
    pub async fn read<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Trouble> {
        reading::read(self.cx, Trouble::passes, || self.call(path, body)).await
    }
}
