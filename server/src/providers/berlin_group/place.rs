//! Where a bank is and who the tenant is to it: its profile and the tenant's settings, put together.

use super::BerlinGroup;
use super::client::{Bank, Client};
use super::identity::IdentityError;
use super::profile::{Host, Profile};
use super::seal::{Seal, SealError};
use super::setting::{self, CLIENT_ID, OWN_ADDRESS};
use crate::providers::{Cx, Failed, Settings};
use gesher_contract::FailureCode;
use std::net::Ipv4Addr;
use url::Url;

/// Who a tenant is to the sandbox's OAuth servers that has set nothing.
const SANDBOX_CLIENT: &str = "gesher-sandbox";

/// Where the sandbox's banks are.
#[derive(Clone, Debug)]
pub struct Sandbox {
    open: Url,
    guarded: Url,
}

impl Sandbox {
    /// The banks below these addresses: for everybody, and for who shows a certificate.
    ///
    /// # Errors
    /// When they are no addresses.
    pub fn new(open: &str, guarded: &str) -> Result<Self, url::ParseError> {
        let at = |base: &str| Url::parse(&format!("{}/psd2/", base.trim_end_matches('/')));
        Ok(Self {
            open: at(open)?,
            guarded: at(guarded)?,
        })
    }
}

/// Why a bank cannot be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unset {
    /// It is nowhere.
    #[error("{0} is not reached here")]
    Address(String),
    /// Nobody said where it is.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// What was said is no address over TLS.
    #[error("{0} is no https address without a query")]
    NotHttps(&'static str),
    /// There is no profile of it.
    #[error("there is no bank {0}")]
    Bank(String),
    /// See there.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// See there.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl From<Unset> for Failed {
    fn from(unset: Unset) -> Self {
        tracing::error!(why = %unset, "a bank was not called");
        FailureCode::Internal.into()
    }
}

impl BerlinGroup {
    /// Where this bank is for a tenant that has set this.
    ///
    /// # Errors
    /// [`Unset`]
    pub(super) fn base(&self, profile: &Profile, settings: &Settings) -> Result<Url, Unset> {
        let unknown = || Unset::Address(profile.id.clone());
        match (&profile.host, &self.sandbox) {
            (Host::Operator, _) => {
                let (_, name) = setting::address_of(&profile.id).ok_or_else(unknown)?;
                let text = settings.text(name).ok_or(Unset::Missing(name))?;
                let base = Url::parse(text)
                    .ok()
                    .filter(|base| base.scheme() == "https" && base.query().is_none());
                base.ok_or(Unset::NotHttps(name))
            }
            (Host::Fixed(base), _) => Ok(base.clone()),
            (Host::Sandbox(name), Some(sandbox)) => sandbox.open.join(name).map_err(|_| unknown()),
            (Host::GuardedSandbox(name), Some(sandbox)) => sandbox.guarded.join(name).map_err(|_| unknown()),
            (Host::Sandbox(_) | Host::GuardedSandbox(_), None) => Err(unknown()),
        }
    }

    /// Whether it can be reached from here at all: a bank of the sandbox only where there is one.
    pub(super) fn is_here(&self, profile: &Profile) -> bool {
        let in_sandbox = matches!(profile.host, Host::Sandbox(_) | Host::GuardedSandbox(_));
        !in_sandbox || self.sandbox.is_some()
    }

    /// A client for this bank.
    ///
    /// # Errors
    /// [`Unset`]
    pub(super) fn client<'a>(&'a self, cx: &'a Cx, bank: &str) -> Result<Client<'a>, Unset> {
        let profile = self.profiles.get(bank).ok_or_else(|| Unset::Bank(bank.to_owned()))?;
        let in_sandbox = matches!(profile.host, Host::Sandbox(_) | Host::GuardedSandbox(_));
        let text = |name| cx.settings.text(name).map(str::to_owned);
        let own_address = text(OWN_ADDRESS).and_then(|address| address.parse().ok());
        let bank = Bank {
            profile,
            base: self.base(profile, &cx.settings)?,
            pages: self.sandbox.as_ref().filter(|_| in_sandbox).map(|sandbox| sandbox.open.clone()),
            client_id: text(CLIENT_ID).or_else(|| in_sandbox.then(|| SANDBOX_CLIENT.to_owned())),
            own_address: own_address.or(in_sandbox.then_some(Ipv4Addr::LOCALHOST)),
        };
        Ok(Client {
            http: match profile.qwac {
                true => self.identities.client(&cx.settings)?,
                false => cx.http.clone(),
            },
            seal: profile.qsealc.then(|| Seal::of(&cx.settings)).transpose()?,
            bank,
            cx,
        })
    }
}
