//! The end of a session, and what Plaid tells about it.

use super::session::{End, Session, Step};
use super::token::LinkToken;
use crate::plaid::institutions::Institution;
use crate::plaid::item::{Item, Linked};
use crate::plaid::people::Person;
use crate::plaid::{Moment, Plaid, data, webhooks};
use serde_json::json;

/// How a session is to end.
pub(crate) enum Ending {
    /// This person gave these accounts.
    Given(Person, Vec<String>),
    /// The person left.
    Left,
}

/// Ends the session, once, and sends what there is to be told.
pub(crate) fn finish(plaid: &Plaid, session_id: &str, ending: Ending) {
    let now = plaid.now();
    let mut desk = plaid.desk();
    let Some(session) = desk.sessions.get(&session_id.to_owned()).cloned() else {
        return;
    };
    let Some(link) = desk.links.get(&session.link_token).cloned() else {
        return;
    };
    if matches!(session.step, Step::Over(_)) {
        return;
    }
    let copies = match &ending {
        Ending::Given(person, _) => webhooks::copies(person),
        Ending::Left => 1,
    };
    let end = match ending {
        // Somebody else was faster with the same token.
        Ending::Given(..) if link.used => left(&session),
        Ending::Left => left(&session),
        Ending::Given(person, chosen) => match session.institution() {
            None => left(&session),
            Some(institution) => {
                let item_id = link
                    .update
                    .as_ref()
                    .map_or_else(|| plaid.ident(37), |update| update.item_id.clone());
                let end = match desk.items.get_mut(&item_id) {
                    Some(item) => {
                        item.repair(now);
                        if link.update.as_ref().is_some_and(|update| update.choose) {
                            item.chosen = chosen;
                        }
                        End::Repaired { institution }
                    }
                    None => {
                        let item = Item::new(item_id.clone(), linked(&link, institution, person, chosen), now);
                        let accounts = item.accounts().iter().map(|account| data::linked(&item_id, account)).collect();
                        let public_token = plaid.token("public");
                        desk.publish(public_token.clone(), item_id.clone(), now);
                        desk.items.insert(item_id.clone(), item);
                        End::Linked {
                            public_token,
                            institution,
                            accounts,
                        }
                    }
                };
                if let Some(link) = desk.links.get_mut(&session.link_token) {
                    link.used = true;
                }
                if let Some(item) = desk.items.get_mut(&item_id).filter(|item| item.ends_soon(now)) {
                    webhooks::pending_expiration(plaid, item);
                }
                end
            }
        },
    };
    let Some(session) = desk.sessions.get_mut(&session_id.to_owned()) else {
        return;
    };
    close(session, end, now);
    let session = session.clone();
    drop(desk);
    tell(plaid, &link, &session, copies);
}

fn left(session: &Session) -> End {
    End::Exited {
        institution: session.institution(),
        status: session.exit_status(),
        error: session.error,
    }
}

fn linked(link: &LinkToken, institution: &'static Institution, person: Person, chosen: Vec<String>) -> Linked {
    let mut consented = link.products.clone();
    consented.extend(link.consented.iter().cloned());
    Linked {
        institution,
        person,
        chosen,
        products: link.products.clone(),
        consented,
        webhook: link.webhook.clone(),
        days: link.days,
    }
}

fn close(session: &mut Session, end: End, now: Moment) {
    let (name, metadata) = match &end {
        End::Linked { institution, .. } | End::Repaired { institution } => (
            "HANDOFF",
            json!({ "institution_id": institution.id, "institution_name": institution.name }),
        ),
        End::Exited { status, .. } => ("EXIT", json!({ "exit_status": status })),
    };
    session.note(name, now, metadata);
    session.alert = None;
    session.finished = Some(now);
    session.step = Step::Over(end);
}

/// Webhooks about a session: only those of Hosted Link have them.
fn tell(plaid: &Plaid, link: &LinkToken, session: &Session, copies: usize) {
    let (Some(url), None, Step::Over(end)) = (&link.webhook, &session.origin, &session.step) else {
        return;
    };
    let mut finished = json!({
        "webhook_type": "LINK",
        "webhook_code": "SESSION_FINISHED",
        "status": end.status(),
        "link_session_id": session.id,
        "link_token": link.token,
        "environment": "sandbox",
    });
    if let End::Linked { public_token, .. } = end {
        finished["public_token"] = json!(public_token);
        finished["public_tokens"] = json!([public_token]);
    }
    let events = json!({
        "webhook_type": "LINK",
        "webhook_code": "EVENTS",
        "link_session_id": session.id,
        "link_token": link.token,
        "events": session.events(),
        "environment": "sandbox",
    });
    plaid.webhooks.send(&plaid.clock, url, &finished, copies);
    plaid.webhooks.send(&plaid.clock, url, &events, 1);
}
