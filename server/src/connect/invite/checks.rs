//! What a wish has to be, field by field.

use super::{InviteError, Wish, wrong};
use crate::connections::surface::Vendor;
use crate::store::tenants::TenantRow;
use gesher_contract::IdType;
use gesher_domain::checks::{national_id, origin as is_origin, passport};
use gesher_domain::session::Completion;

/// Longest `customer.external_id`.
const LONGEST_CUSTOMER: usize = 200;
/// Longest `state`.
const LONGEST_STATE: usize = 500;

/// Whether this can be the tenant's own name for its user.
pub fn is_external_id(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= LONGEST_CUSTOMER && !text.chars().any(char::is_control)
}

/// The texts that are the host's own.
pub(super) fn texts(wish: &Wish) -> Result<(), InviteError> {
    if wish.customer.as_deref().is_some_and(|customer| !is_external_id(customer)) {
        return Err(wrong(
            "customer.external_id",
            "invalid_external_id",
            "customer.external_id has 1 to 200 characters and no control characters.",
        ));
    }
    state(wish.state.as_ref())
}

/// What comes back with the result.
pub(super) fn state(state: Option<&String>) -> Result<(), InviteError> {
    if state.is_some_and(|state| state.chars().count() > LONGEST_STATE || state.chars().any(char::is_control)) {
        return Err(wrong(
            "state",
            "invalid_state",
            "state has at most 500 characters and no control characters.",
        ));
    }
    Ok(())
}

/// Where the result can go: the origin and the redirect URL are compared byte for byte with what the tenant registered. Who names
/// no redirect URL gets the first registered one; not through a vendor's API, where the visit then ends on our page.
pub(super) fn ways_back(
    tenant: &TenantRow,
    vendor: Option<Vendor>,
    (parent_origin, redirect_url): (Option<&String>, Option<&String>),
    completion: Completion,
) -> Result<Option<String>, InviteError> {
    let list = |json: &str| serde_json::from_str::<Vec<String>>(json).unwrap_or_default();
    if let Some(origin) = parent_origin
        && (!is_origin(origin) || !list(&tenant.allowed_origins).contains(origin))
    {
        return Err(wrong(
            "parent_origin",
            "origin_not_allowed",
            "parent_origin is not one of the allowed origins, byte for byte.",
        ));
    }
    let registered = list(&tenant.redirect_urls);
    let redirect_url = match redirect_url {
        None => registered.into_iter().next().filter(|_| vendor.is_none()),
        Some(url) if registered.contains(url) => Some(url.clone()),
        Some(_) => {
            return Err(wrong(
                "redirect_url",
                "redirect_url_not_registered",
                "redirect_url is not one of the registered URLs, byte for byte.",
            ));
        }
    };
    // Through a vendor's API there is another way than a page's.
    if redirect_url.is_none() && parent_origin.is_none() && completion == Completion::Exchange && vendor.is_none() {
        return Err(InviteError::NoWayToConfirm);
    }
    Ok(redirect_url)
}

/// The person's id as it is locked.
pub(super) fn psu_id(wish: &Wish) -> Result<Option<String>, InviteError> {
    let Some(typed) = &wish.psu_id else {
        return match wish.psu_id_type {
            None => Ok(None),
            // Those vendors take a type alone: it narrows the choice.
            Some(_) if wish.surface.is_some() => Ok(None),
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

/// The company's number as it is locked.
pub(super) fn psu_corporate_id(wish: &Wish) -> Result<Option<String>, InviteError> {
    let Some(typed) = &wish.psu_corporate_id else {
        return Ok(None);
    };
    national_id(typed).map(Some).map_err(|_| {
        wrong(
            "psu_corporate_id",
            "invalid_psu_corporate_id",
            "psu_corporate_id is a company's number: up to nine digits, of which the last is the check digit.",
        )
    })
}

/// Who says that the connection stands, where a vendor's API may have asked: those know no exchange.
pub(super) fn completion_through(vendor: Option<Vendor>, tenant: &TenantRow, automatic: Option<bool>) -> Result<Completion, InviteError> {
    match vendor {
        Some(Vendor::OpenFinance | Vendor::Meld) => Ok(Completion::Automatic),
        Some(Vendor::ConnectFi) if automatic == Some(true) => Err(wrong(
            "completion",
            "completion_not_allowed",
            "A connection of this dialect is confirmed by exchange-public-token, or by its hosted page.",
        )),
        Some(Vendor::ConnectFi) => Ok(Completion::Exchange),
        None => completion(tenant, automatic),
    }
}

/// Who says that the connection stands.
pub(super) fn completion(tenant: &TenantRow, automatic: Option<bool>) -> Result<Completion, InviteError> {
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
