//! Making a connection and inviting its user.
//!
//! **Contract.** [`prepare`] checks the wish whole and gives the invitation with the unit that makes it real; nothing exists
//! until the caller has written the unit. The tokens are in the answer and, hashed, in the unit: nobody can read them later.

use crate::connect::state;
use crate::core::Core;
use crate::directory::Filter;
use crate::secrets::Context;
use crate::store::connections::{self, ConnectionRow};
use crate::store::sessions::{self, SessionRow};
use crate::store::tenants::TenantRow;
use crate::store::{Unavailable, Unit, customers};
use crate::tenants::{Caller, Kind, Mode, fingerprint, mint};
use gesher_contract::{ConnectionId, IdType, Language, SessionId};
use gesher_domain::checks::{national_id, origin as is_origin, passport};
use gesher_domain::connection::Connection;
use gesher_domain::session::{Completion, Invitation as DomainInvitation, Locks, Session};
use gesher_domain::{Timestamp, new_uuid};
use serde_json::json;
use std::sync::Arc;

/// Longest `customer.external_id`.
const LONGEST_CUSTOMER: usize = 200;
/// Longest `state`.
const LONGEST_STATE: usize = 500;
/// Most institutions in a list.
const MOST_INSTITUTIONS: usize = 100;

/// What a host asks for.
pub struct Wish {
    /// The tenant's own name for its user.
    pub customer: String,
    /// Fixes the language.
    pub language: Option<Language>,
    /// The invented institutions too.
    pub include_sandbox: bool,
    /// These institutions alone.
    pub institution_ids: Option<Vec<String>>,
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
    /// Whether the connection stands without an exchange; absent: as the tenant is set.
    pub automatic: Option<bool>,
}

/// An invitation, once its unit is written.
pub struct Invitation {
    /// The connection.
    pub connection: ConnectionId,
    /// For the frame.
    pub connect_token: String,
    /// For a page of its own.
    pub hosted_token: String,
    /// Until when both can be used.
    pub expires_at: Timestamp,
}

/// Why there is no invitation.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// A field is wrong.
    #[error("{field}: {detail}")]
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
    let tenant = tenant_of(core, caller).await?;
    check_texts(&wish)?;
    let redirect_url = check_ways_back(&tenant, &wish)?;
    let completion = check_completion(&tenant, wish.automatic)?;
    let institution_ids = check_institutions(core, caller, &wish)?;
    let psu_id = check_psu_id(&wish)?;
    let psu_corporate_id = match &wish.psu_corporate_id {
        None => None,
        Some(typed) => Some(national_id(typed).map_err(|_| {
            wrong(
                "psu_corporate_id",
                "invalid_psu_corporate_id",
                "psu_corporate_id is a company's number: up to nine digits, of which the last is the check digit.",
            )
        })?),
    };

    let now = core.clock.now();
    let connection = ConnectionId::new(&caller.tenant, new_uuid(&*core.clock, &*core.rng));
    let session_id = SessionId::new(&caller.tenant, new_uuid(&*core.clock, &*core.rng));
    let locks = Locks {
        institution_ids: institution_ids.iter().flatten().cloned().collect(),
        include_sandbox: wish.include_sandbox,
        auto_redirect: wish.auto_redirect,
        psu_id_type: wish.psu_id_type.unwrap_or_default(),
        psu_corporate_id,
        psu_id: psu_id.clone(),
        language: wish.language,
    };
    let session = Session::invite(
        DomainInvitation {
            tenant: caller.tenant.clone(),
            id: session_id,
            connection: connection.clone(),
            customer: wish.customer.clone(),
            locks,
            completion,
        },
        now,
    );
    let invitation = Invitation {
        connect_token: mint(Kind::Connect, &caller.tenant, &*core.rng),
        hosted_token: mint(Kind::Hosted, &caller.tenant, &*core.rng),
        expires_at: session.deadline,
        connection,
    };
    let unit = Unit::new()
        .with(customers::ensure(caller.tenant.as_str(), &wish.customer, now.0))
        .with(connections::insert(&connection_row(
            core,
            caller,
            &invitation,
            &wish,
            psu_id.as_deref(),
            now,
        )))
        .with(sessions::insert(&session_row(
            core,
            &session,
            &invitation,
            wish.parent_origin,
            redirect_url,
            now,
        )));
    Ok((invitation, unit))
}

async fn tenant_of(core: &Core, caller: &Caller) -> Result<Arc<TenantRow>, InviteError> {
    // A key without its tenant cannot be: rows of tenants are never deleted while keys name them.
    let found = core.keys.tenant(caller.tenant.as_str()).await?;
    found.ok_or_else(|| wrong("customer", "unknown_tenant", "The key's organisation is gone."))
}

fn check_texts(wish: &Wish) -> Result<(), InviteError> {
    let customer = &wish.customer;
    if customer.is_empty() || customer.chars().count() > LONGEST_CUSTOMER || customer.chars().any(char::is_control) {
        return Err(wrong(
            "customer.external_id",
            "invalid_external_id",
            "customer.external_id has 1 to 200 characters and no control characters.",
        ));
    }
    if wish
        .state
        .as_ref()
        .is_some_and(|state| state.chars().count() > LONGEST_STATE || state.chars().any(char::is_control))
    {
        return Err(wrong(
            "state",
            "invalid_state",
            "state has at most 500 characters and no control characters.",
        ));
    }
    Ok(())
}

/// Where the result can go: the origin and the redirect URL are compared byte for byte with what the tenant registered.
fn check_ways_back(tenant: &TenantRow, wish: &Wish) -> Result<Option<String>, InviteError> {
    let list = |json: &str| serde_json::from_str::<Vec<String>>(json).unwrap_or_default();
    if let Some(origin) = &wish.parent_origin
        && (!is_origin(origin) || !list(&tenant.allowed_origins).contains(origin))
    {
        return Err(wrong(
            "parent_origin",
            "origin_not_allowed",
            "parent_origin is not one of the allowed origins, byte for byte.",
        ));
    }
    let registered = list(&tenant.redirect_urls);
    let redirect_url = match &wish.redirect_url {
        None => registered.into_iter().next(),
        Some(url) if registered.contains(url) => Some(url.clone()),
        Some(_) => {
            return Err(wrong(
                "redirect_url",
                "redirect_url_not_registered",
                "redirect_url is not one of the registered URLs, byte for byte.",
            ));
        }
    };
    if redirect_url.is_none() && wish.parent_origin.is_none() {
        return Err(InviteError::NoWayToConfirm);
    }
    Ok(redirect_url)
}

/// The person's id as it is locked.
fn check_psu_id(wish: &Wish) -> Result<Option<String>, InviteError> {
    let Some(typed) = &wish.psu_id else {
        return match wish.psu_id_type {
            None => Ok(None),
            Some(_) => Err(wrong(
                "psu_id_type",
                "psu_id_missing",
                "psu_id_type says what psu_id is, and there is none.",
            )),
        };
    };
    let checked = match wish.psu_id_type.unwrap_or_default() {
        IdType::NationalId => national_id(typed).map_err(|_| {
            wrong(
                "psu_id",
                "invalid_psu_id",
                "psu_id is a national id: up to nine digits, of which the last is the check digit.",
            )
        }),
        IdType::Passport => passport(typed).map_err(|_| {
            wrong(
                "psu_id",
                "invalid_psu_id",
                "psu_id is a passport's number: 5 to 20 letters and digits.",
            )
        }),
    };
    checked.map(Some)
}

fn check_completion(tenant: &TenantRow, automatic: Option<bool>) -> Result<Completion, InviteError> {
    let accepts = tenant.completion == "automatic";
    match automatic {
        Some(true) if !accepts => Err(wrong(
            "completion",
            "completion_not_allowed",
            "This organisation has not accepted automatic completion: without an exchange a forwarded link can bring somebody else's accounts.",
        )),
        Some(true) => Ok(Completion::Automatic),
        None if accepts => Ok(Completion::Automatic),
        _ => Ok(Completion::Exchange),
    }
}

fn check_institutions(core: &Core, caller: &Caller, wish: &Wish) -> Result<Option<Vec<String>>, InviteError> {
    let Some(ids) = &wish.institution_ids else { return Ok(None) };
    if ids.is_empty() || ids.len() > MOST_INSTITUTIONS {
        return Err(wrong(
            "institution_ids",
            "invalid_institution_ids",
            "institution_ids has 1 to 100 ids; leave it out for all.",
        ));
    }
    let filter = Filter {
        test_mode: caller.mode == Mode::Test,
        include_invented: true,
        institution_ids: None,
    };
    for (place, id) in ids.iter().enumerate() {
        if core.directory.route(id, &filter).is_none() {
            return Err(wrong(
                format!("institution_ids[{place}]"),
                "unknown_institution",
                format!("No institution that this key can reach is called {id}."),
            ));
        }
    }
    Ok(Some(ids.clone()))
}

fn connection_row(
    core: &Core,
    caller: &Caller,
    invitation: &Invitation,
    wish: &Wish,
    psu_id: Option<&str>,
    now: Timestamp,
) -> ConnectionRow {
    let machine = Connection::new();
    let tenant = caller.tenant.as_str();
    let id = invitation.connection.as_str();
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
        customer: wish.customer.clone(),
        mode: caller.mode.as_str().to_owned(),
        status: machine.status.as_str().to_owned(),
        reasons: "[]".to_owned(),
        machine: serde_json::to_string(&machine).unwrap_or_default(),
        version: 1,
        institution_id: None,
        provider: None,
        ask: json!({ "include_sandbox": wish.include_sandbox, "institution_ids": wish.institution_ids }).to_string(),
        psu_id,
        host_state: wish.state.clone(),
        created_at: now.0,
        updated_at: now.0,
        expires_at: None,
        last_event_seq: 0,
    }
}

fn session_row(
    core: &Core,
    session: &Session,
    invitation: &Invitation,
    parent_origin: Option<String>,
    redirect_url: Option<String>,
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
    };
    state::put(core, &mut row, session);
    row
}
