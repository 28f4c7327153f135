//! What the shop's backend answers to its page. Refusals carry a code and a sentence in the page's language.

use super::accounts::{self, Shown};
use super::gesher::{Customer, NewConnection, Trouble};
use super::language::Language;
use super::{Shop, page, visits};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Why the shop does not do what its page asks.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Gesher did not.
    Gesher(Trouble),
    /// The page stands at an address that is not the shop's.
    UnknownOrigin,
    /// No such visit, or not the one that began this.
    UnknownVisit,
    /// The request is not one of the page's.
    BadRequest,
}

impl From<Trouble> for Refusal {
    fn from(trouble: Trouble) -> Self {
        Self::Gesher(trouble)
    }
}

impl Refusal {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            // What the person chose on the page can be refused; the rest is between the shop and Gesher.
            Self::Gesher(Trouble::Refused { status: 422, .. }) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Gesher(Trouble::Refused {
                status: 404 | 409 | 410, ..
            }) => StatusCode::CONFLICT,
            Self::Gesher(_) => StatusCode::BAD_GATEWAY,
            Self::UnknownOrigin | Self::UnknownVisit => StatusCode::FORBIDDEN,
            Self::BadRequest => StatusCode::BAD_REQUEST,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Gesher(Trouble::Unreachable) => "gesher_unreachable",
            Self::Gesher(Trouble::Nonsense) => "gesher_nonsense",
            Self::Gesher(Trouble::Refused { problem, .. }) if problem.code.is_empty() => "gesher_refused",
            Self::Gesher(Trouble::Refused { problem, .. }) => &problem.code,
            Self::UnknownOrigin => "unknown_origin",
            Self::UnknownVisit => "unknown_visit",
            Self::BadRequest => "bad_request",
        }
    }

    /// The sentence for the person.
    pub(crate) fn message(&self, shop: &Shop, language: Language) -> String {
        match self {
            Self::Gesher(Trouble::Unreachable) => language.say("trouble_unreachable").replace("{url}", &isolated(&shop.gesher_url)),
            Self::Gesher(Trouble::Nonsense) => language.say("trouble_nonsense").to_owned(),
            Self::Gesher(Trouble::Refused { status, problem }) => {
                let detail = match (problem.detail.as_str(), problem.title.as_str()) {
                    ("", "") => format!("HTTP {status}"),
                    ("", said) | (said, _) => said.to_owned(),
                };
                let names: Vec<&str> = [problem.code.as_str(), problem.field.as_deref().unwrap_or_default()].into();
                let names = names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ");
                let detail = if names.is_empty() { detail } else { format!("{detail} ({names})") };
                language.say("trouble_refused").replace("{detail}", &isolated(&detail))
            }
            Self::UnknownOrigin => language.say("trouble_origin").replace("{url}", &isolated(shop.address())),
            Self::UnknownVisit => language.say("trouble_visit").to_owned(),
            Self::BadRequest => language.say("trouble_request").to_owned(),
        }
    }

    fn answer(&self, shop: &Shop, language: Language) -> Response {
        let error = json!({ "code": self.code(), "message": self.message(shop, language) });
        (self.status(), Json(json!({ "error": error }))).into_response()
    }
}

/// Kept apart from the direction of the text around it.
fn isolated(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

/// The origin that the page was loaded from, if the shop knows it.
pub(crate) fn origin<'a>(shop: &'a Shop, headers: &HeaderMap) -> Option<&'a str> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let known = |matches: &dyn Fn(&str) -> bool| shop.origins.iter().map(String::as_str).find(|origin| matches(origin));
    match text(header::ORIGIN) {
        Some(origin) => known(&|known| known == origin),
        None => {
            let host = text(header::HOST)?;
            known(&|known| known.split_once("://").is_some_and(|(_, authority)| authority == host))
        }
    }
}

/// What the page's options say.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    lang: Language,
    language: String,
    institution_id: String,
    psu_id: String,
}

impl Asked {
    /// The language that the session is fixed to, if any.
    fn fixed(&self) -> Option<Language> {
        match self.language.as_str() {
            "he" => Some(Language::He),
            "en" => Some(Language::En),
            "free" => None,
            _ => Some(self.lang),
        }
    }
}

/// `POST /shop/connect`: a connection for this visitor.
pub(crate) async fn connect(State(shop): State<Arc<Shop>>, headers: HeaderMap, body: Result<Json<Asked>, JsonRejection>) -> Response {
    let Ok(Json(asked)) = body else {
        return Refusal::BadRequest.answer(&shop, Language::default());
    };
    let lang = asked.lang;
    match begin(&shop, &headers, asked).await {
        Ok((visit, answer)) => ([(header::SET_COOKIE, visits::cookie(&visit, shop.secure))], Json(answer)).into_response(),
        Err(refusal) => refusal.answer(&shop, lang),
    }
}

async fn begin(shop: &Shop, headers: &HeaderMap, asked: Asked) -> Result<(String, Value), Refusal> {
    let origin = origin(shop, headers).ok_or(Refusal::UnknownOrigin)?;
    let (visit, external_id, state) = shop.asks(headers, asked.lang);
    let language = asked.fixed();
    let given = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let created = shop
        .gesher
        .connect(&NewConnection {
            customer: Customer { external_id },
            include_sandbox: true,
            parent_origin: origin.to_owned(),
            redirect_url: format!("{origin}/shop/return"),
            state,
            language,
            institution_ids: given(asked.institution_id).map(|id| vec![id]),
            psu_id: given(asked.psu_id),
        })
        .await?;
    let answer = json!({ "token": created.connect_token, "hosted_url": created.hosted_url, "connection_id": created.id });
    Ok((visit, answer))
}

/// What the page got from the widget.
#[derive(Deserialize)]
pub(crate) struct Got {
    public_token: String,
    #[serde(default)]
    lang: Language,
}

/// `POST /shop/exchange`: confirms the connection for this visitor's customer.
pub(crate) async fn exchange(State(shop): State<Arc<Shop>>, headers: HeaderMap, body: Result<Json<Got>, JsonRejection>) -> Response {
    let Ok(Json(got)) = body else {
        return Refusal::BadRequest.answer(&shop, Language::default());
    };
    let known = visits::said(&headers).and_then(|id| Some((id, shop.visits().get(id)?.customer.clone())));
    let Some((id, customer)) = known else {
        return Refusal::UnknownVisit.answer(&shop, got.lang);
    };
    match confirm(&shop, id, customer, &got.public_token).await {
        Ok(connection) => Json(json!({ "connection": connection })).into_response(),
        Err(refusal) => refusal.answer(&shop, got.lang),
    }
}

async fn confirm(shop: &Shop, visit: &str, customer: String, public_token: &str) -> Result<super::gesher::Connection, Refusal> {
    let connection = shop.gesher.exchange(public_token, customer).await?;
    shop.visits().exchanged(visit, connection.id.clone());
    Ok(connection)
}

/// What the hosted page brings back.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Back {
    public_token: String,
    state: String,
}

/// `GET /shop/return`: where the hosted page ends. The public token leaves the address at once.
pub(crate) async fn come_back(State(shop): State<Arc<Shop>>, headers: HeaderMap, Query(back): Query<Back>) -> Response {
    let id = visits::said(&headers).unwrap_or_default();
    let visit = shop.visits().returning(id, &back.state).cloned();
    let Some(visit) = visit else {
        let refusal = Refusal::UnknownVisit;
        let language = shop.visits().get(id).map(|visit| visit.language).unwrap_or_default();
        return page::with_notice(&shop, &headers, language, refusal.status(), &refusal.message(&shop, language)).await;
    };
    if back.public_token.is_empty() {
        let notice = visit.language.say("status_back");
        return page::with_notice(&shop, &headers, visit.language, StatusCode::OK, notice).await;
    }
    match confirm(&shop, id, visit.customer, &back.public_token).await {
        Ok(_) => Redirect::to(&format!("/?lang={}#accounts-title", visit.language.code())).into_response(),
        Err(refusal) => {
            let message = refusal.message(&shop, visit.language);
            page::with_notice(&shop, &headers, visit.language, refusal.status(), &message).await
        }
    }
}

/// `GET /shop/institutions`: what the options can preset.
pub(crate) async fn institutions(State(shop): State<Arc<Shop>>) -> Response {
    match shop.gesher.institutions().await {
        Ok(institutions) => Json(json!({ "data": institutions })).into_response(),
        Err(trouble) => Refusal::Gesher(trouble).answer(&shop, Language::default()),
    }
}

/// `GET /shop/accounts`: this visitor's connections with their accounts.
pub(crate) async fn accounts(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Json<Value> {
    let shown = Shown::read(&shop, &headers).await;
    Json(shown.json(&shop))
}

/// Query of the shop's pages.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct In {
    /// `he` or `en`.
    pub(crate) lang: Option<String>,
}

/// `GET /shop/accounts/list`: the same, as the part of the page that shows them.
pub(crate) async fn accounts_list(State(shop): State<Arc<Shop>>, headers: HeaderMap, Query(query): Query<In>) -> Html<String> {
    let language = Language::from_code(query.lang.as_deref());
    let shown = Shown::read(&shop, &headers).await;
    Html(accounts::html(&shop, &shown, language))
}
