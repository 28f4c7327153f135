//! What only Plaid's sandbox has: an item without Link, webhooks on demand, a login that ends.

use super::Answer;
use super::ask::{Ask, malformed, number, text};
use super::links::{institution, products, webhook};
use crate::banks::data;
use crate::plaid::item::{Item, Linked, Login};
use crate::plaid::people;
use crate::plaid::refusal::{self, Refusal};
use crate::plaid::{Plaid, webhooks};
use serde_json::json;

/// `/sandbox/public_token/create`
pub(super) fn create_public_token(plaid: &Plaid, ask: &Ask) -> Answer {
    let institution = institution(ask.text("institution_id")?)?;
    let products = products(ask.texts("initial_products")?.unwrap_or_default())?;
    if products.is_empty() {
        return Err(malformed("initial_products"));
    }
    if !institution.offers(&products) {
        return Err((&refusal::NOT_SUPPORTED).into());
    }
    let fields = ["webhook", "override_username", "override_password", "transactions"];
    let options = ask.object("options", &fields)?;
    let username = text(&options, "override_username")?.unwrap_or("user_good");
    let password = text(&options, "override_password")?.unwrap_or("pass_good");
    let login = people::log_in(username, password)?;
    if login.mfa.is_some() {
        return Err((&refusal::MFA_NOT_SUPPORTED).into());
    }
    let transactions = options
        .get("transactions")
        .and_then(|value| value.as_object())
        .cloned()
        .unwrap_or_default();
    let chosen = data::accounts(&institution.bank(), &login.person.psu);
    let linked = Linked {
        institution,
        chosen: chosen.into_iter().map(|account| account.resource_id).collect(),
        person: login.person,
        consented: products.clone(),
        products,
        webhook: webhook(plaid, text(&options, "webhook")?)?,
        days: number(&transactions, "days_requested", 1..=730)?.unwrap_or(90),
    };
    let (item_id, public_token) = (plaid.ident(37), plaid.token("public"));
    let mut desk = plaid.desk();
    desk.publish(public_token.clone(), item_id.clone(), ask.now);
    desk.items.insert(item_id.clone(), Item::new(item_id, linked, ask.now));
    Ok(json!({ "public_token": public_token }))
}

/// `/sandbox/item/fire_webhook`. What the webhook says becomes true of the item where it is about the item's login.
pub(super) fn fire_webhook(plaid: &Plaid, ask: &Ask) -> Answer {
    let code = ask.text("webhook_code")?;
    let kind = ask.maybe_text("webhook_type")?;
    let mut desk = plaid.desk();
    let item = desk.item(ask.text("access_token")?)?;
    let unfit = || malformed("webhook_code");
    let own = match code {
        "SYNC_UPDATES_AVAILABLE" | "DEFAULT_UPDATE" | "RECURRING_TRANSACTIONS_UPDATE" => "TRANSACTIONS",
        "ERROR"
        | "NEW_ACCOUNTS_AVAILABLE"
        | "PENDING_DISCONNECT"
        | "LOGIN_REPAIRED"
        | "USER_PERMISSION_REVOKED"
        | "USER_ACCOUNT_REVOKED" => "ITEM",
        _ => return Err(unfit()),
    };
    if kind.is_some_and(|kind| kind != own) {
        return Err(malformed("webhook_type"));
    }
    if item.webhook.is_none() {
        return Err((&refusal::WEBHOOK_INVALID).into());
    }
    let fired = match code {
        "SYNC_UPDATES_AVAILABLE" => webhooks::updates(plaid, item, true, true),
        "DEFAULT_UPDATE" => webhooks::of_item(
            plaid,
            item,
            (own, "DEFAULT_UPDATE"),
            json!({ "new_transactions": 0, "error": null }),
        ),
        "RECURRING_TRANSACTIONS_UPDATE" => {
            webhooks::of_item(plaid, item, (own, "RECURRING_TRANSACTIONS_UPDATE"), json!({ "account_ids": [] }))
        }
        "ERROR" => {
            item.login = Login::Reset;
            webhooks::error(plaid, item, &refusal::LOGIN_REQUIRED)
        }
        "NEW_ACCOUNTS_AVAILABLE" => webhooks::of_item(plaid, item, (own, "NEW_ACCOUNTS_AVAILABLE"), json!({ "error": null })),
        "PENDING_DISCONNECT" => webhooks::of_item(
            plaid,
            item,
            (own, "PENDING_DISCONNECT"),
            json!({ "reason": "INSTITUTION_TOKEN_EXPIRATION" }),
        ),
        "LOGIN_REPAIRED" => {
            item.repair(ask.now);
            webhooks::of_item(plaid, item, (own, "LOGIN_REPAIRED"), json!({}))
        }
        "USER_PERMISSION_REVOKED" => {
            item.login = Login::Revoked;
            webhooks::of_item(
                plaid,
                item,
                (own, "USER_PERMISSION_REVOKED"),
                json!({ "error": refusal::PERMISSION_REVOKED.told(None) }),
            )
        }
        "USER_ACCOUNT_REVOKED" => {
            let account = item
                .accounts()
                .first()
                .map(|account| crate::plaid::data::account_id(&item.id, account));
            webhooks::of_item(plaid, item, (own, "USER_ACCOUNT_REVOKED"), json!({ "account_id": account }))
        }
        _ => return Err(unfit()),
    };
    Ok(json!({ "webhook_fired": fired }))
}

/// `/sandbox/item/reset_login`
pub(super) fn reset_login(plaid: &Plaid, ask: &Ask) -> Result<serde_json::Value, Refusal> {
    let mut desk = plaid.desk();
    let item = desk.item(ask.text("access_token")?)?;
    item.login = Login::Reset;
    webhooks::error(plaid, item, &refusal::LOGIN_REQUIRED);
    Ok(json!({ "reset_login": true }))
}
