//! Ways in without the widget in a page of the shop's: its start page, and a link that is sent to somebody. The shop's backend asks for
//! them by the API; the page shows the address, which the visitor opens.

use super::answers::{Refusal, origin};
use super::gesher::{Customer, Entrance, EntranceAsked, NewEntrance};
use super::language::Language;
use super::{NAME, Shop, page, visits};
use crate::html::escape;
use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use std::sync::Arc;

/// Which way in.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// The shop's own start page, for anybody.
    StartPage,
    /// A link for this visitor's customer, good for one use.
    Link,
}

/// What the page's form says.
#[derive(Deserialize)]
pub(crate) struct Chosen {
    way: Way,
    #[serde(default)]
    lang: Language,
}

/// `POST /shop/ways`: the page, with the address of the way that was chosen.
pub(crate) async fn ways(State(shop): State<Arc<Shop>>, headers: HeaderMap, form: Result<Form<Chosen>, FormRejection>) -> Response {
    let refuse = async |refusal: Refusal, language| {
        let said = escape(&refusal.message(&shop, language));
        let offer = format!("<p class=\"status trouble\" role=\"status\">{said}</p>");
        page::with_offer(&shop, &headers, language, refusal.status(), offer).await
    };
    let Ok(Form(Chosen { way, lang })) = form else {
        return refuse(Refusal::BadRequest, Language::default()).await;
    };
    match address(&shop, &headers, way, lang).await {
        Ok((visit, address)) => {
            let cookie = visits::cookie(&visit, shop.secure);
            let page = page::with_offer(&shop, &headers, lang, StatusCode::OK, offer(way, &address, lang)).await;
            ([(header::SET_COOKIE, cookie)], page).into_response()
        }
        Err(refusal) => refuse(refusal, lang).await,
    }
}

/// The visit, and the address that leads this visitor to a connection and back.
async fn address(shop: &Shop, headers: &HeaderMap, way: Way, lang: Language) -> Result<(String, String), Refusal> {
    let origin = origin(shop, headers).ok_or(Refusal::UnknownOrigin)?;
    let (visit, customer, state) = shop.asks(headers, lang);
    let redirect_url = format!("{origin}/shop/return?from=link");
    let address = match way {
        Way::StartPage => {
            let page = start_page(shop, redirect_url).await?;
            // By the state the shop knows its own visitor again.
            format!("{}?lang={}&state={state}", page.url, lang.code())
        }
        Way::Link => {
            let asked = NewEntrance {
                name: None,
                customer: Some(Customer { external_id: customer }),
                redirect_url,
                language: Some(lang),
                connection: EntranceAsked {
                    include_sandbox: true,
                    state: Some(state),
                },
            };
            shop.gesher.hosted_link(&asked).await?.url
        }
    };
    Ok((visit, address))
}

/// The shop's start page that ends there; it is made once.
async fn start_page(shop: &Shop, redirect_url: String) -> Result<Entrance, Refusal> {
    let own = |page: &Entrance| page.name.as_deref() == Some(NAME) && page.redirect_url.as_ref() == Some(&redirect_url);
    let known = shop.gesher.start_pages().await?.into_iter();
    if let Some(page) = known.into_iter().find(|page| own(page) && page.state.as_deref() == Some("enabled")) {
        return Ok(page);
    }
    let asked = NewEntrance {
        name: Some(NAME),
        customer: None,
        redirect_url,
        language: None,
        connection: EntranceAsked {
            include_sandbox: true,
            state: None,
        },
    };
    Ok(shop.gesher.start_page(&asked).await?)
}

/// The address, to be opened or copied.
fn offer(way: Way, address: &str, language: Language) -> String {
    let (text, open) = match way {
        Way::StartPage => ("way_start_made", "way_start_open"),
        Way::Link => ("way_link_made", "way_link_open"),
    };
    let address = escape(address);
    format!(
        "<div class=\"offer\" role=\"status\"><p>{}</p><p><a id=\"way-in\" class=\"second\" href=\"{address}\">{}</a></p><p><code dir=\"ltr\">{address}</code></p></div>",
        escape(language.say(text)),
        escape(language.say(open)),
    )
}
