//! A bank's app, for testers: requests that wait for an answer, and live consents that can be revoked. It asks for no login: it
//! stands for an unlocked telephone.

use super::visit::{chosen, question};
use super::{Frame, see_other};
use crate::banks::psu::PsuId;
use crate::html::escape;
use crate::psd2::Psd2;
use crate::psd2::bank::{self, Bank};
use crate::psd2::consent::{Consent, ScaStatus, Status};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Form, OriginalUri, Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use std::sync::Arc;

/// Query of the page.
#[derive(Deserialize)]
pub(crate) struct Whose {
    psu: Option<String>,
}

type WhoseQuery = Result<Query<Whose>, QueryRejection>;

fn person(whose: WhoseQuery) -> Option<PsuId> {
    let Query(whose) = whose.ok()?;
    PsuId::parse(&whose.psu?)
}

/// What concerns a person at a bank, each consent with its id.
#[derive(Default)]
struct Theirs {
    /// Those with an authorisation, named second, that waits in the app.
    waiting: Vec<(String, String, Consent)>,
    live: Vec<(String, Consent)>,
}

fn theirs(psd2: &Psd2, bank: &Bank, psu: &PsuId) -> Theirs {
    let now = psd2.now();
    let mut desk = psd2.desk();
    let mut theirs = Theirs::default();
    for id in desk.consent_ids(bank) {
        let Some(consent) = desk.consent(bank, &id, now) else { continue };
        let asks = |psu_of: &Option<PsuId>| psu_of.as_ref() == Some(psu);
        let started = consent
            .authorisations
            .iter()
            .find(|at| at.status == ScaStatus::Started && asks(&at.psu));
        if let Some(authorisation) = started {
            theirs.waiting.push((id, authorisation.id.clone(), consent.clone()));
        } else if asks(&consent.owner) && matches!(consent.status, Status::Valid | Status::PartiallyAuthorised) {
            theirs.live.push((id, consent.clone()));
        }
    }
    theirs
}

fn card(frame: &Frame<'_>, psu: &PsuId, ids: (&str, &str), consent: &Consent, buttons: &str) -> String {
    let accounts = consent.offer(psu);
    format!(
        "<form class=\"card\" method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"consent\" value=\"{}\">\
         <input type=\"hidden\" name=\"authorisation\" value=\"{}\">{}<p class=\"actions\">{buttons}</p></form>",
        frame.action(),
        escape(ids.0),
        escape(ids.1),
        question(frame, consent, &accounts),
    )
}

/// `GET /app`
pub(crate) async fn show(
    State(psd2): State<Arc<Psd2>>,
    Path(bank_id): Path<String>,
    OriginalUri(uri): OriginalUri,
    whose: WhoseQuery,
    headers: HeaderMap,
) -> Response {
    let Some(bank) = bank::find(&bank_id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let frame = Frame::new(bank, &uri, &headers);
    let texts = frame.texts();
    let Some(psu) = person(whose) else {
        let main = format!(
            "<p>{}</p><form method=\"get\" action=\"{}\"><label>{}<input name=\"psu\" inputmode=\"numeric\" dir=\"ltr\" required></label>\
             <input type=\"hidden\" name=\"lang\" value=\"{}\"><button>{}</button></form>",
            texts.app_hint,
            escape(uri.path()),
            texts.psu_id,
            frame.lang.code(),
            texts.show,
        );
        return frame.page(StatusCode::OK, texts.app, "", &main);
    };
    let Theirs { waiting, live } = theirs(&psd2, bank, &psu);
    let answers = format!(
        "<button name=\"action\" value=\"approve\">{}</button>\
         <button class=\"quiet\" name=\"action\" value=\"decline\">{}</button>",
        texts.approve, texts.decline
    );
    let revoke = format!("<button class=\"quiet\" name=\"action\" value=\"revoke\">{}</button>", texts.revoke);
    let section = |title: &str, cards: String, none: &str| {
        let cards = if cards.is_empty() { format!("<p>{none}</p>") } else { cards };
        format!("<h2>{title}</h2>{cards}")
    };
    let waiting = waiting
        .iter()
        .map(|(id, at, consent)| card(&frame, &psu, (id, at), consent, &answers));
    let live = live.iter().map(|(id, consent)| card(&frame, &psu, (id, ""), consent, &revoke));
    let main = format!(
        "<p>{}</p>{}{}",
        texts.app_hint,
        section(texts.waiting, waiting.collect(), texts.nothing_waits),
        section(texts.consents, live.collect(), texts.no_consents),
    );
    frame.page(StatusCode::OK, texts.app, "", &main)
}

/// `POST /app`
pub(crate) async fn act(
    State(psd2): State<Arc<Psd2>>,
    Path(bank_id): Path<String>,
    OriginalUri(uri): OriginalUri,
    whose: WhoseQuery,
    Form(filled): Form<Vec<(String, String)>>,
) -> Response {
    let (Some(bank), Some(psu)) = (bank::find(&bank_id), person(whose)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let value = |name: &str| filled.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let now = psd2.now();
    let mut desk = psd2.desk();
    let Some(consent) = desk.consent(bank, value("consent"), now) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let at = value("authorisation");
    let waits = consent
        .authorisation(at)
        .is_some_and(|at| at.status == ScaStatus::Started && at.psu.as_ref() == Some(&psu));
    match value("action") {
        "approve" if waits => {
            consent.approve(at, &psu, &chosen(&filled), now);
        }
        "decline" if waits => consent.decline(at, now),
        "revoke" if consent.owner.as_ref() == Some(&psu) => consent.end(Status::RevokedByPsu, now),
        _ => {}
    }
    see_other(&uri.to_string())
}
