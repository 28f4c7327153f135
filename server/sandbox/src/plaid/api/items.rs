//! Items, their tokens and accounts, and the key of the webhooks.

use super::Answer;
use super::ask::{Ask, texts};
use super::links;
use crate::plaid::people::Manner;
use crate::plaid::refusal::{self, Refusal};
use crate::plaid::{Plaid, data, webhooks};
use serde_json::{Value, json};

/// At which try the item of somebody who stays is removed.
const STAYS: u8 = 3;

/// `/item/public_token/exchange`
pub(super) fn exchange(plaid: &Plaid, ask: &Ask) -> Answer {
    let access = plaid.token("access");
    let item_id = plaid.desk().exchange(ask.text("public_token")?, access.clone(), ask.now)?;
    Ok(json!({ "access_token": access, "item_id": item_id }))
}

/// `/item/get`
pub(super) fn get(plaid: &Plaid, ask: &Ask) -> Answer {
    let mut desk = plaid.desk();
    let item = desk.item(ask.text("access_token")?)?;
    Ok(json!({ "item": item.told(ask.now), "status": item.status(ask.now) }))
}

/// `/item/remove`
pub(super) fn remove(plaid: &Plaid, ask: &Ask) -> Answer {
    let mut desk = plaid.desk();
    let item = desk.item(ask.text("access_token")?)?;
    item.removals = item.removals.saturating_add(1);
    if item.person.manner == Manner::Stays && item.removals < STAYS {
        return Err((&refusal::INTERNAL).into());
    }
    item.removed = true;
    Ok(json!({}))
}

/// `/item/webhook/update`
pub(super) fn update_webhook(plaid: &Plaid, ask: &Ask) -> Answer {
    let webhook = links::webhook(plaid, ask.maybe_text("webhook")?)?;
    let mut desk = plaid.desk();
    let item = desk.item(ask.text("access_token")?)?;
    item.webhook.clone_from(&webhook);
    let more = json!({ "new_webhook_url": webhook, "error": null });
    webhooks::of_item(plaid, item, ("ITEM", "WEBHOOK_UPDATE_ACKNOWLEDGED"), more);
    Ok(json!({ "item": item.told(ask.now) }))
}

/// `/item/access_token/invalidate`
pub(super) fn invalidate(plaid: &Plaid, ask: &Ask) -> Answer {
    let access = ask.text("access_token")?;
    let fresh = plaid.token("access");
    let mut desk = plaid.desk();
    desk.item(access)?;
    desk.rotate(access, fresh.clone());
    Ok(json!({ "new_access_token": fresh }))
}

/// `/accounts/get` and `/accounts/balance/get`
pub(super) fn accounts(plaid: &Plaid, ask: &Ask) -> Answer {
    let options = ask.object("options", &["account_ids", "min_last_updated_datetime"])?;
    let wanted = texts(&options, "account_ids")?;
    let mut desk = plaid.desk();
    let item = desk.item(ask.text("access_token")?)?;
    let currency = item.institution.currency();
    let today = ask.now.date();
    let mut told: Vec<Value> = item
        .accounts()
        .iter()
        .map(|account| data::account(&item.id, account, currency, today))
        .collect();
    if let Some(wanted) = wanted {
        let there = |id: &String| told.iter().any(|account| account["account_id"] == json!(id));
        if let Some(unknown) = wanted.iter().find(|id| !there(id)) {
            return Err(Refusal::of(&refusal::INVALID_ACCOUNT_ID, &[unknown]));
        }
        told.retain(|account| wanted.iter().any(|id| account["account_id"] == json!(id)));
    }
    Ok(json!({ "accounts": told, "item": item.told(ask.now) }))
}

/// `/webhook_verification_key/get`
pub(super) fn key(plaid: &Plaid, ask: &Ask) -> Answer {
    let key = plaid.webhooks.key(ask.text("key_id")?).ok_or(&refusal::INVALID_KEY_ID)?;
    Ok(json!({ "key": key }))
}
