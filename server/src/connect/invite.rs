//! Making a connection and inviting its user.
//!
//! **Contract.** [`prepare`] checks the wish whole and gives the invitation with the unit that makes it real; nothing exists
//! until the caller has written the unit. The tokens are in the answer and, hashed, in the unit: nobody can read them later.

mod access;
pub mod again;
mod callbacks;
mod checks;
mod choice;
mod terms;

use crate::callbacks::NewCallback;
use crate::connect::{state, timeline};
use crate::connections::asked::{Access, Asked};
use crate::connections::insights::{Insight, switches};
use crate::connections::surface::{Surface, Vendor};
use crate::connections::{customers, person};
use crate::core::Core;
use crate::providers::AccountKind;
use crate::secrets::Context;
use crate::store::connections::{self, ConnectionRow};
use crate::store::sessions::{self, SessionRow};
use crate::store::tenants::TenantRow;
use crate::store::{Unavailable, Unit, insights, references};
use crate::tenants::{Caller, Kind, fingerprint, mint};
pub use checks::is_external_id;
use gesher_contract::{ConnectionId, Dialect, IdType, Language, SessionId};
use gesher_directory::{Product, Wanted};
use gesher_domain::connection::Connection;
use gesher_domain::session::{Completion, Invitation as DomainInvitation, Locks, Purpose, Session};
use gesher_domain::{Timestamp, new_uuid};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a host asks for. It is kept as JSON where it is asked again and again.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Wish {
    /// The tenant's own name for its user; absent: the exchange names them.
    pub customer: Option<String>,
    /// Fixes the language.
    pub language: Option<Language>,
    /// The invented institutions too.
    pub include_sandbox: bool,
    /// These institutions alone, by id or alias.
    pub institution_ids: Option<Vec<String>>,
    /// What is in the picker's search box at first.
    pub institution_search: Option<String>,
    /// Which institutions are shown.
    #[serde(flatten)]
    pub institutions: Wanted,
    /// Kinds of data that are wanted where they are offered.
    pub optional_products: Option<Vec<Product>>,
    /// Institutions of Plaid's sandbox alone.
    pub plaid_sandbox: Option<bool>,
    /// Which data of which accounts.
    pub access: Option<Access>,
    /// Accounts of these kinds alone are asked for.
    pub restricted_to: Option<Vec<AccountKind>>,
    /// Which accounts are offered and kept.
    pub account_filter: Option<WantedAccounts>,
    /// The person's national id, locked.
    pub psu_id: Option<String>,
    /// What `psu_id` is; absent: a national id.
    pub psu_id_type: Option<IdType>,
    /// The company's number, locked.
    pub psu_corporate_id: Option<String>,
    /// The origin of the page around the frame.
    pub parent_origin: Option<String>,
    /// Where the hosted page ends.
    pub redirect_url: Option<String>,
    /// Choosing an institution that is reached by its own pages goes there at once.
    pub auto_redirect: bool,
    /// Comes back with the result.
    pub state: Option<String>,
    /// Whether data are fetched again and again; absent: yes.
    pub recurring: Option<bool>,
    /// Until when the access is asked for, RFC 3339.
    pub consent_expires_at: Option<String>,
    /// The first day of the transactions, `YYYY-MM-DD`.
    pub start_date: Option<String>,
    /// Names and values of the host's own.
    pub references: BTreeMap<String, String>,
    /// What is made of the transactions.
    pub insights: BTreeSet<Insight>,
    /// Whether the connection stands without an exchange; absent: as the tenant is set.
    pub automatic: Option<bool>,
    /// A vendor's dialect that the frame's messages are said in too.
    pub dialect: Option<Dialect>,
    /// Addresses that are told of the outcome. What opens them is kept nowhere but sealed with its connection.
    #[serde(skip)]
    pub callbacks: Vec<NewCallback>,
    /// The vendor's API that it comes through.
    #[serde(skip)]
    pub surface: Option<Surface>,
}

/// Which accounts are offered and kept, as a host writes it.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WantedAccounts {
    /// Of these kinds.
    pub kinds: Option<Vec<AccountKind>>,
    /// In these currencies.
    pub currencies: Option<Vec<String>>,
}

/// The ids of what a wish makes.
pub struct Ids {
    /// The connection's.
    pub connection: ConnectionId,
    /// The session's.
    pub session: SessionId,
}

impl Ids {
    /// New ones.
    pub fn new(core: &Core, caller: &Caller) -> Self {
        Self {
            connection: ConnectionId::new(&caller.tenant, new_uuid(&*core.clock, &*core.rng)),
            session: SessionId::new(&caller.tenant, new_uuid(&*core.clock, &*core.rng)),
        }
    }
}

/// An invitation, once its unit is written.
pub struct Invitation {
    /// The connection.
    pub connection: ConnectionId,
    /// For the frame.
    pub connect_token: String,
    /// For a page of its own; through Open Finance's and Meld's APIs the same token as for the frame.
    pub hosted_token: String,
    /// Until when both can be used.
    pub expires_at: Timestamp,
}

impl Invitation {
    /// New tokens for a session.
    fn to(core: &Core, session: &Session, vendor: Option<Vendor>) -> Self {
        let mint = |kind| mint(kind, &session.tenant, &*core.rng);
        let (connect_token, hosted_token) = match vendor {
            None | Some(Vendor::ConnectFi) => (mint(Kind::Connect), mint(Kind::Hosted)),
            Some(Vendor::OpenFinance | Vendor::Meld) => {
                let token = mint(Kind::Either);
                (token.clone(), token)
            }
        };
        Self {
            connection: session.connection.clone(),
            connect_token,
            hosted_token,
            expires_at: session.opens_until.unwrap_or(session.deadline),
        }
    }
}

/// Why there is no invitation.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// A field is wrong.
    #[error("{}", crate::field::say(field, detail))]
    Field {
        /// Its path.
        field: String,
        /// Stable name of what is wrong.
        code: &'static str,
        /// What is wrong, for people.
        detail: String,
    },
    /// The public token would have nowhere to go.
    #[error("no way to confirm")]
    NoWayToConfirm,
    /// No institution at all can be reached by who asks, whatever they ask for.
    #[error("no institution can be reached")]
    NoInstitution,
    /// The database does not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

fn wrong(field: impl Into<String>, code: &'static str, detail: impl Into<String>) -> InviteError {
    InviteError::Field {
        field: field.into(),
        code,
        detail: detail.into(),
    }
}

/// Checks a wish and prepares what makes it real.
///
/// # Errors
/// [`InviteError`]; nothing was written.
pub async fn prepare(core: &Core, caller: &Caller, wish: Wish) -> Result<(Invitation, Unit), InviteError> {
    prepare_as(core, caller, wish, Ids::new(core, caller)).await
}

/// The same, under ids that were given out before.
///
/// # Errors
/// [`InviteError`]; nothing was written.
pub async fn prepare_as(core: &Core, caller: &Caller, wish: Wish, ids: Ids) -> Result<(Invitation, Unit), InviteError> {
    let tenant = tenant_of(core, caller).await?;
    let wish = choice::in_plaids_sandbox(core, caller, wish)?;
    checks::texts(&wish)?;
    let vendor = vendor_of(&wish);
    let completion = checks::completion_through(vendor, &tenant, wish.automatic)?;
    let redirect_url = checks::ways_back(
        &tenant,
        vendor,
        (wish.parent_origin.as_ref(), wish.redirect_url.as_ref()),
        completion,
    )?;
    let psu_id = checks::psu_id(&wish)?;
    let psu_corporate_id = checks::psu_corporate_id(&wish)?;
    let choice = choice::choice(core, caller, &wish)?;
    let now = core.clock.now();
    let asked = terms::asked(&wish, choice, now)?;
    callbacks::check(core, &wish.callbacks).await?;

    let Ids {
        connection,
        session: session_id,
    } = ids;
    let locks = Locks {
        institution_ids: asked.institution_ids.iter().flatten().cloned().collect(),
        include_sandbox: wish.include_sandbox,
        auto_redirect: wish.auto_redirect,
        psu_id_type: wish.psu_id_type.unwrap_or_default(),
        psu_corporate_id: psu_corporate_id.clone(),
        psu_id: psu_id.clone(),
        language: wish.language,
        state: None,
    };
    let session = Session::invite(
        DomainInvitation {
            tenant: caller.tenant.clone(),
            id: session_id,
            connection: connection.clone(),
            customer: wish.customer.clone(),
            locks,
            completion,
            purpose: Purpose::Connect,
            life: vendor.map(Vendor::life).unwrap_or_default(),
        },
        now,
    );
    let invitation = Invitation::to(core, &session, vendor);
    // Who names pages of their own in ConnectFi's dialect gets those alone, as natively.
    let has_pages = wish.parent_origin.is_some() || redirect_url.is_some();
    let made_by = vendor.filter(|vendor| *vendor != Vendor::ConnectFi || !has_pages);
    let mut unit = Unit::new();
    unit.extend(
        wish.customer
            .as_deref()
            .map(|customer| customers::ensured(core, &caller.tenant, customer)),
    );
    let mut unit = unit
        .with(connections::insert(&connection_row(
            core,
            caller,
            &invitation,
            &wish,
            &asked,
            (psu_id.as_deref(), psu_corporate_id.as_deref()),
            now,
        )))
        .with(sessions::insert(&session_row(
            core,
            &session,
            &invitation,
            made_by,
            (wish.parent_origin, redirect_url),
            now,
        )))
        .with(timeline::step(&session, &[], now));
    let id = invitation.connection.as_str();
    unit.extend(
        asked
            .references
            .iter()
            .map(|(name, value)| references::insert(caller.tenant.as_str(), id, name, value)),
    );
    unit.extend((!wish.insights.is_empty()).then(|| insights::switch(caller.tenant.as_str(), id, switches(&wish.insights))));
    unit.extend(callbacks::rows(core, &caller.tenant, id, vendor, &wish.callbacks));
    Ok((invitation, unit))
}

/// The vendor whose rules the connection keeps: that of the API that it comes through, or ConnectFi, whose API takes connections that
/// were made natively in its dialect.
fn vendor_of(wish: &Wish) -> Option<Vendor> {
    let through = wish.surface.as_ref().map(|surface| surface.vendor);
    through.or_else(|| (wish.dialect == Some(Dialect::ConnectFi)).then_some(Vendor::ConnectFi))
}

/// Whether a wish that is kept for later can be had. Whether any institution can be reached is not asked: that is the affair of the
/// server that will let somebody in, and it may be set up by then.
///
/// # Errors
/// [`InviteError`].
pub async fn check(core: &Core, caller: &Caller, wish: Wish) -> Result<(), InviteError> {
    match prepare(core, caller, wish).await {
        Ok(_) | Err(InviteError::NoInstitution) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Who will say that a connection of the caller's stands, where this is asked for.
///
/// # Errors
/// [`InviteError`].
pub async fn completion(core: &Core, caller: &Caller, automatic: Option<bool>) -> Result<Completion, InviteError> {
    checks::completion(&*tenant_of(core, caller).await?, automatic)
}

async fn tenant_of(core: &Core, caller: &Caller) -> Result<Arc<TenantRow>, InviteError> {
    // A key without its tenant cannot be: rows of tenants are never deleted while keys name them.
    let found = core.keys.tenant(caller.tenant.as_str()).await?;
    found.ok_or_else(|| wrong("customer", "unknown_tenant", "The key's organisation is gone."))
}

fn connection_row(
    core: &Core,
    caller: &Caller,
    invitation: &Invitation,
    wish: &Wish,
    asked: &Asked,
    (psu_id, psu_corporate_id): (Option<&str>, Option<&str>),
    now: Timestamp,
) -> ConnectionRow {
    let machine = Connection::new();
    let tenant = caller.tenant.as_str();
    let id = invitation.connection.as_str();
    let person = psu_id.map(|psu_id| person::fingerprint(core, tenant, psu_id, psu_corporate_id));
    let psu_id = psu_id.map(|psu_id| {
        let context = Context {
            tenant,
            table: "connections",
            row: id,
            column: "psu_id",
        };
        core.seal(&context, psu_id.as_bytes())
    });
    ConnectionRow {
        tenant_id: tenant.to_owned(),
        id: id.to_owned(),
        customer: wish.customer.clone().unwrap_or_default(),
        mode: caller.mode.as_str().to_owned(),
        status: machine.status.as_str().to_owned(),
        reasons: "[]".to_owned(),
        machine: serde_json::to_string(&machine).unwrap_or_default(),
        version: 1,
        institution_id: None,
        provider: None,
        ask: serde_json::to_string(asked).unwrap_or_default(),
        psu_id,
        host_state: wish.state.clone(),
        created_at: now.0,
        updated_at: now.0,
        expires_at: None,
        last_event_seq: 0,
        upkeep: "{}".to_owned(),
        person,
    }
}

fn session_row(
    core: &Core,
    session: &Session,
    invitation: &Invitation,
    vendor: Option<Vendor>,
    (parent_origin, redirect_url): (Option<String>, Option<String>),
    now: Timestamp,
) -> SessionRow {
    let mut row = SessionRow {
        tenant_id: session.tenant.to_string(),
        id: session.id.to_string(),
        connection_id: session.connection.to_string(),
        state_name: String::new(),
        state: String::new(),
        instance_hash: None,
        version: session.version,
        deadline: None,
        lease_until: None,
        language: None,
        language_fixed: session.locks.language.is_some(),
        widget_token_hash: Some(fingerprint(&invitation.connect_token)),
        hosted_token_hash: Some(fingerprint(&invitation.hosted_token)),
        parent_origin,
        redirect_url,
        leg: None,
        public_token: None,
        public_token_hash: None,
        bank_state_hash: None,
        created_at: now.0,
        updated_at: now.0,
        vendor: vendor.map(|vendor| vendor.as_str().to_owned()),
    };
    state::put(core, &mut row, session);
    row
}
