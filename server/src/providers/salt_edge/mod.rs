//! Salt Edge, sixth interface: banks by way of its connect page.
//!
//! **Goal.** The one flow that its public documentation describes whole: the tenant's own API key makes a customer and a session, the
//! person goes to `connect_url`, chooses nothing there but what the bank asks for, and comes back. **Contract.** What counts is what the
//! interface says of the connection that carries our mark; neither the return's address nor an unsigned callback is believed. With a
//! private key set, every request is signed, as live clients have to. Customers bear our pseudonym, never a name.

mod client;
mod codes;
mod data;
mod hook;
mod keys;
mod state;
mod visit;
mod wire;

use super::{
    Ask, BankAddress, Brought, Checked, ConsentState, Cx, Facts, Failed, Fetched, Grant, Held, Hook, HookRefused, Input, Landed, Launch,
    Leg, ListPage, ListProblem, News, Progress, Provider, Remark, ReturnParams, Setting, Step, StepKind, Want, WrongReturn,
};
use async_trait::async_trait;
use client::{APP_ID, Client, PRIVATE_KEY, SECRET, Trouble};
use gesher_contract::{FailureCode, TileKind};
use gesher_directory::merge::Listed;
use gesher_directory::{Offers, Product};
use gesher_domain::connection::FetchProblem;
use hook::CALLBACK_KEY;
use keys::{Signer, Verifier};
use state::{Access, State, Wish};
use url::Url;

/// Where Salt Edge is.
pub const BASE_URL: &str = "https://www.saltedge.com/api/v6";
const OWN_BASE_URL: &str = "base_url";
const SANDBOXES: &str = "include_sandboxes";
/// Entries of a page of the list of providers.
const PER_PAGE: &str = "200";
/// The country of fake banks. It is none, so they are listed where the sandbox's are.
const FAKE: &str = "XF";
const INVENTED_IN: &str = "IL";

const SETTINGS: [Setting; 6] = [
    Setting {
        name: APP_ID,
        required: true,
        about: "the App-id of an API key of type Service, from Salt Edge's dashboard",
    },
    Setting {
        name: SECRET,
        required: true,
        about: "the Secret of the same API key",
    },
    Setting {
        name: PRIVATE_KEY,
        required: false,
        about: "the RSA key in PEM that requests are signed with, whose public half is in Salt Edge's dashboard; a live client needs it",
    },
    Setting {
        name: CALLBACK_KEY,
        required: false,
        about: "Salt Edge's public key in PEM that callbacks are signed with, from its documentation; without it callbacks are refused",
    },
    Setting {
        name: SANDBOXES,
        required: false,
        about: "true to list Salt Edge's fake banks, too",
    },
    Setting {
        name: OWN_BASE_URL,
        required: false,
        about: "the address of the interface, where it is not Salt Edge's own",
    },
];

/// See the module.
pub struct SaltEdge {
    base: Url,
    /// Whether all of it is made up.
    invented: bool,
}

impl SaltEdge {
    /// A provider for the interface at this address, unless a tenant has set another.
    ///
    /// # Errors
    /// When it is no address.
    pub fn new(base: &str) -> Result<Self, url::ParseError> {
        Ok(Self {
            base: Url::parse(base)?,
            invented: false,
        })
    }

    /// A provider for the sandbox's Salt Edge, which is below `base`.
    ///
    /// # Errors
    /// When `base` is no address.
    pub fn sandbox(base: &str) -> Result<Self, url::ParseError> {
        Ok(Self {
            base: Url::parse(&format!("{base}/salt-edge/api/v6"))?,
            invented: true,
        })
    }

    /// The address of the interface for a tenant.
    fn base(&self, cx: &Cx) -> Option<Url> {
        match cx.settings.text(OWN_BASE_URL) {
            Some(own) => Url::parse(own)
                .ok()
                .filter(|own| matches!(own.scheme(), "http" | "https") && own.has_host()),
            None => Some(self.base.clone()),
        }
    }

    fn client<'a>(&self, cx: &'a Cx) -> Result<Client<'a>, Trouble> {
        Client::new(cx, self.base(cx).ok_or(Trouble::Unset)?)
    }

    fn calling<'a>(&self, cx: &'a Cx) -> Result<Client<'a>, Failed> {
        self.client(cx).map_err(|trouble| trouble.of_reading())
    }

    fn is_invented(&self, cx: &Cx) -> bool {
        self.invented && self.base(cx).is_some_and(|base| base.origin() == self.base.origin())
    }
}

#[async_trait]
impl Provider for SaltEdge {
    fn facts(&self) -> Facts {
        Facts {
            // Salt Edge counts by itself and says when it fetches again.
            fetches_per_day: None,
            steps: &[StepKind::Redirect, StepKind::Wait],
        }
    }

    fn offers(&self, _provider_id: &str) -> Offers {
        Offers {
            products: Product::FETCHED.into(),
            leaves: true,
            tier: 0,
        }
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    async fn check(&self, cx: &Cx) -> Vec<Remark> {
        let set = |name: &str| cx.settings.text(name);
        let mut found: Vec<Remark> = SETTINGS
            .iter()
            .filter(|setting| setting.required && set(setting.name).is_none())
            .map(Remark::missing)
            .collect();
        if self.base(cx).is_none() {
            found.push(Remark::new(
                "base_url is no address.",
                "Set it to an address that begins with https://, or take it away.",
            ));
        }
        if set(PRIVATE_KEY).is_some_and(|pem| Signer::from_pem(pem).is_none()) {
            found.push(Remark::new(
                "private_key cannot be read.",
                "Set it to an RSA key of at least 2048 bits in PEM, PRIVATE KEY or RSA PRIVATE KEY, without a passphrase.",
            ));
        }
        if set(CALLBACK_KEY).is_some_and(|pem| Verifier::from_pem(pem).is_none()) {
            found.push(Remark::new(
                "callback_key cannot be read.",
                "Set it to the PUBLIC KEY in PEM that Salt Edge's documentation gives for callbacks.",
            ));
        }
        if !found.is_empty() {
            return found;
        }
        let tried = match self.client(cx) {
            Ok(client) => client.get::<wire::Page<serde_json::Value>>(&["countries"], &[]).await.map(|_| ()),
            Err(trouble) => Err(trouble),
        };
        tried.err().map(|trouble| remark(&trouble)).into_iter().collect()
    }

    async fn list(&self, cx: &Cx, after: Option<&str>) -> Result<ListPage, ListProblem> {
        let client = self.client(cx).map_err(|_| ListProblem::Refused)?;
        let mut query = vec![("per_page", PER_PAGE)];
        if self.is_invented(cx) || cx.settings.text(SANDBOXES) == Some("true") {
            query.push(("include_sandboxes", "true"));
        }
        query.extend(after.map(|after| ("from_id", after)));
        let page: wire::Page<wire::Provider> = client.get(&["providers"], &query).await.map_err(|trouble| match trouble {
            Trouble::Nonsense => ListProblem::Broken,
            Trouble::Refused(refusal) if refusal.failure() == FailureCode::Internal => ListProblem::Refused,
            _ => ListProblem::Unavailable,
        })?;
        let invented = self.is_invented(cx);
        // A file is nothing that a person connects to.
        let reached = page
            .data
            .into_iter()
            .filter(|provider| provider.status == "active" && provider.mode != "file");
        Ok(ListPage {
            entries: reached.map(|provider| listed(provider, self.offers(""), invented)).collect(),
            next: page.meta.next_id,
        })
    }

    async fn begin(&self, cx: &Cx, ask: &Ask) -> Result<Progress, Failed> {
        // What cannot be read is found before the person leaves.
        self.calling(cx)?;
        let mend = ask.mend.as_ref().map(Access::open).transpose()?;
        State::Ready(Wish {
            provider: ask.provider_id.clone(),
            language: ask.language,
            transactions: ask.reach.transactions.is_some(),
            owners: ask.reach.owners,
            first_day: ask.first_day.clone(),
            valid_until: ask.valid_until.clone(),
            connection: ask.connection.clone(),
            customer: ask.customer.clone(),
            mend,
        })
        .then(Step::Redirect)
    }

    async fn go_on(&self, cx: &Cx, leg: Leg, input: Input) -> Result<Progress, Failed> {
        match (State::open(&leg)?, input) {
            (State::Away(visit), Input::Returned(_) | Input::Poll) => self.calling(cx)?.look(visit).await,
            _ => Err(FailureCode::Internal.into()),
        }
    }

    async fn launch(&self, cx: &Cx, leg: Leg, launch: &Launch) -> Result<(BankAddress, Leg), Failed> {
        self.calling(cx)?.launch(State::open(&leg)?, launch).await
    }

    fn read_return(&self, leg: &Leg, _params: &ReturnParams) -> Result<Landed, WrongReturn> {
        match State::open(leg) {
            // Salt Edge tells how it went when it is asked.
            Ok(State::Away(_)) => Ok(Landed::GoOn),
            _ => Err(WrongReturn::Incomplete),
        }
    }

    async fn cancel(&self, cx: &Cx, leg: Leg) -> Result<(), Failed> {
        match State::open(&leg)? {
            State::Ready(_) => Ok(()),
            State::Away(visit) => self.calling(cx)?.undo(&visit).await,
        }
    }

    async fn fetch(&self, cx: &Cx, grant: &Grant, want: &Want) -> Result<Fetched, FetchProblem> {
        let access = Access::open(grant).map_err(|_| FetchProblem::Broken)?;
        let client = self.client(cx).map_err(|trouble| trouble.problem())?;
        let accounts = client.everything(&access, want).await?;
        Ok(Fetched::Data(Brought::from(accounts)))
    }

    async fn health(&self, cx: &Cx, grant: &Grant) -> Result<Checked, Failed> {
        let access = Access::open(grant)?;
        let client = self.calling(cx)?;
        let state = match client.connection(&access.connection_id).await {
            Ok(connection) => client.standing(&connection).await,
            Err(trouble) if trouble.is_gone() => Ok(ConsentState::Revoked),
            Err(trouble) => Err(trouble),
        };
        state.map(Checked::State).map_err(|trouble| trouble.of_reading())
    }

    fn subject(&self, hook: &Hook) -> Option<String> {
        hook::subject(hook)
    }

    async fn hear(&self, cx: &Cx, hook: &Hook, held: &Held<'_>) -> Result<News, HookRefused> {
        let client = self.client(cx).map_err(|_| HookRefused::Unavailable)?;
        hook::hear(&client, hook, held)
    }

    async fn revoke(&self, cx: &Cx, grant: &Grant) -> Result<(), Failed> {
        let access = Access::open(grant)?;
        self.calling(cx)?.remove(&access.connection_id).await
    }
}

/// What is wrong when Salt Edge does not let us read.
fn remark(trouble: &Trouble) -> Remark {
    let refused = |class: &str| trouble.is(class);
    match trouble {
        _ if refused("ApiKeyNotFound") => Remark::new(
            "Salt Edge does not know app_id with secret.",
            "Copy both from the same API key in its dashboard; the key has to be active and of type Service.",
        ),
        _ if refused("MissingSignature") || refused("MissingExpiresAt") => Remark::new(
            "This client is live, and private_key is not set.",
            "Set private_key to the key whose public half is in Salt Edge's dashboard.",
        ),
        _ if refused("PublicKeyNotProvided") => Remark::new(
            "Salt Edge has no public key of this client.",
            "Put the public half of private_key into its dashboard.",
        ),
        _ if refused("SignatureNotMatch") => Remark::new(
            "private_key is not the key that Salt Edge knows.",
            "Set private_key to the key whose public half is in its dashboard, or replace the one there.",
        ),
        _ if refused("RequestExpired") || refused("ExpiresAtInvalid") => Remark::new(
            "The clock of this server is wrong.",
            "Set it right: Salt Edge refuses what is signed in another hour.",
        ),
        Trouble::Refused(refusal) if refusal.failure() == FailureCode::Internal => Remark::new(
            "Salt Edge refuses this client.",
            "See in its dashboard whether the client is approved and not restricted.",
        ),
        Trouble::Nonsense => Remark::new("What answers is not Salt Edge's interface.", "See whether base_url is right."),
        _ => Remark::new(
            "Salt Edge cannot be reached, or is not well.",
            "Try again later; see whether base_url is right.",
        ),
    }
}

fn listed(provider: wire::Provider, offers: Offers, invented: bool) -> Listed {
    let fake = provider.country_code == FAKE;
    let host = provider
        .home_url
        .and_then(|home| Url::parse(&home).ok()?.host_str().map(str::to_lowercase));
    let domain = host.map(|host| host.strip_prefix("www.").unwrap_or(&host).to_owned());
    let bics = provider.bic_codes.unwrap_or_default().into_iter();
    Listed {
        provider_id: provider.code,
        name: provider.name,
        he: None,
        country: if fake {
            INVENTED_IN.to_owned()
        } else {
            provider.country_code.to_uppercase()
        },
        kind: TileKind::Bank,
        domains: domain.into_iter().filter(|_| !fake).collect(),
        bics: bics.filter_map(|bic| bic.get(..8).map(str::to_uppercase)).collect(),
        offers,
        invented: invented || fake,
    }
}
