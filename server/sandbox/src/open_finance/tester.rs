//! `/open-finance/tester`: a page on which testers change what happens to a person's connections. The vendor has no such page.

use super::OpenFinance;
use super::model::{Connection, Status};
use super::pages::{Filled, Frame, Tells, value};
use crate::banks::psu::PsuId;
use crate::html::escape;
use axum::extract::{Form, OriginalUri, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, Uri};
use std::sync::Arc;

/// What a tester can make of a connection.
const STATUSES: [(&str, Status); 6] = [
    ("revoke", Status::Revoked),
    ("suspend", Status::SuspendedByProvider),
    ("expire", Status::Expired),
    ("break_login", Status::CredentialsError),
    ("break_fetching", Status::FetchingError),
    ("mend", Status::Active),
];

fn person(uri: &Uri) -> Option<PsuId> {
    let query = uri.query().unwrap_or_default().as_bytes();
    let asked = url::form_urlencoded::parse(query).find(|(name, _)| name == "psu")?.1;
    PsuId::parse(&asked)
}

/// `GET /tester?psu=…`
pub(super) async fn show(State(vendor): State<Arc<OpenFinance>>, OriginalUri(uri): OriginalUri, headers: HeaderMap) -> Response {
    vendor.settle();
    let frame = Frame::new(&uri, &headers, None);
    let texts = frame.texts();
    let Some(psu) = person(&uri) else {
        let main = format!(
            "<p>{}</p><form method=\"get\" action=\"{}\"><label>{}<input name=\"psu\" inputmode=\"numeric\" dir=\"ltr\" required></label>\
             <button>{}</button></form>",
            texts.tester_text,
            escape(uri.path()),
            texts.psu_id,
            texts.show,
        );
        return frame.page(StatusCode::OK, texts.tester, "", &main, Tells::Nothing);
    };
    let label = |action: &str| match action {
        "revoke" => texts.revoke,
        "suspend" => texts.suspend,
        "expire" => texts.expire,
        "break_login" => texts.break_login,
        "break_fetching" => texts.break_fetching,
        _ => texts.mend,
    };
    let buttons: String = STATUSES
        .iter()
        .map(|(action, _)| {
            format!(
                "<button class=\"quiet\" name=\"action\" value=\"{action}\">{}</button>",
                label(action)
            )
        })
        .collect();
    let card = |connection: &Connection| {
        format!(
            "<form class=\"card\" method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"connection\" value=\"{id}\">\
             <p><bdi dir=\"ltr\">{id}</bdi> · <bdi dir=\"ltr\">{}</bdi></p><p class=\"actions\">{buttons}</p></form>",
            escape(&uri.to_string()),
            connection.status.as_str(),
            id = connection.id,
        )
    };
    let desk = vendor.desk();
    let theirs = desk.connections.keys().filter_map(|id| desk.connections.get(id));
    let cards: String = theirs
        .filter(|connection| connection.psu() == Some(&psu) && !connection.is_deleted())
        .map(card)
        .collect();
    let cards = if cards.is_empty() { texts.no_connections.to_owned() } else { cards };
    frame.page(
        StatusCode::OK,
        texts.tester,
        "",
        &format!("<p>{}</p>{cards}", texts.tester_text),
        Tells::Nothing,
    )
}

/// `POST /tester?psu=…`
pub(super) async fn act(
    State(vendor): State<Arc<OpenFinance>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    Form(filled): Form<Filled>,
) -> Response {
    let status = STATUSES.iter().find(|(action, _)| *action == value(&filled, "action"));
    let change = |connection: &mut Connection, now| {
        if let (Some((_, status)), true) = (status, connection.consent().is_some()) {
            connection.become_(*status, now);
        }
    };
    vendor.change(value(&filled, "connection"), change);
    let frame = Frame::new(&uri, &headers, None);
    frame.see(&uri.to_string())
}
