//! The shop's pages and files. Pages come whole from the server; scripts only add the widget.

use super::Shop;
use super::accounts::{self, Shown};
use super::answers::In;
use super::language::Language;
use crate::banks::institutions::{self, Asks, Challenge, Institution, Keeps};
use crate::banks::psu::{Outcome, TEST_USERS};
use crate::html::escape;
use crate::psd2::bank::{self, Approach, Bank, Demands};
use crate::psd2::manner::{Manner, PSD2_USERS};
use crate::trouble::{TROUBLED, Trouble};
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use std::sync::Arc;

const FRAME: &str = include_str!("static/frame.html");
const SHOP: &str = include_str!("static/shop.html");
const USERS: &str = include_str!("static/users.html");
const CONNECT: &str = include_str!("static/connect.js");

/// Fills `{{name}}` with the value of that name, which is HTML, else with the language's text. What nobody knows stays visible.
fn fill(template: &str, values: &[(&str, String)], language: Language) -> String {
    let mut html = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        html.push_str(before);
        let Some((name, after)) = after.split_once("}}") else {
            html.push_str("{{");
            rest = after;
            continue;
        };
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => html.push_str(value),
            None => match language.text(name) {
                Some(text) => html.push_str(&escape(text)),
                None => html.push_str(&format!("{{{{{name}}}}}")),
            },
        }
        rest = after;
    }
    html.push_str(rest);
    html
}

fn framed(language: Language, here: &str, title: &str, scripts: String, content: String) -> String {
    let values = [
        ("lang", language.code().to_owned()),
        ("dir", language.dir().to_owned()),
        ("other_lang", language.other().code().to_owned()),
        ("here", here.to_owned()),
        ("title", escape(title)),
        ("scripts", scripts),
        ("content", content),
    ];
    fill(FRAME, &values, language)
}

/// What the shop's server sends to Gesher, for the page to show.
fn backend_code(shop: &Shop) -> String {
    let (gesher, shop) = (&shop.gesher_url, shop.address());
    format!(
        "POST {gesher}/v1/connections\nAuthorization: Bearer gk_test_…\n\n{{\n  \"customer\": {{ \"external_id\": \"shop-7f3a…\" }},\n  \
         \"parent_origin\": \"{shop}\",\n  \"redirect_url\": \"{shop}/shop/return\"\n}}\n\n\
         POST {gesher}/v1/public_tokens/exchange\nAuthorization: Bearer gk_test_…\n\n{{\n  \"public_token\": \"public_…\",\n  \
         \"customer\": {{ \"external_id\": \"shop-7f3a…\" }}\n}}"
    )
}

/// `notice` is said beside the button; `offer` is HTML below the other ways in.
async fn shop_page(shop: &Shop, headers: &HeaderMap, language: Language, notice: &str, offer: String) -> String {
    let gesher = &shop.gesher_url;
    let scripts = format!(
        "<script src=\"{0}/gesher.js\" defer></script>\n<script src=\"/shop/connect.js\" defer></script>\n\
         <script src=\"/shop/shop.js\" defer></script>",
        escape(gesher)
    );
    let shown = Shown::read(shop, headers).await;
    let people: String = people()
        .map(|(id, key)| format!("<option value=\"{id}\">{}</option>", escape(language.say(key))))
        .collect();
    let sum = |amount: &str| accounts::amount(amount, "ILS");
    let values = [
        ("notice", escape(notice)),
        ("offer", offer),
        ("people", people),
        ("banks", ways_to_try(language)),
        ("lang", language.code().to_owned()),
        ("sum_1", sum("1840.00")),
        ("sum_2", sum("6320.00")),
        ("sum_3", sum("975.00")),
        ("sum_4", sum("2410.00")),
        (
            "page_code",
            escape(&format!("<script src=\"{gesher}/gesher.js\"></script>\n\n{}", CONNECT.trim_end())),
        ),
        ("backend_code", escape(&backend_code(shop))),
        ("accounts", accounts::html(shop, &shown, language)),
    ];
    let content = fill(SHOP, &values, language);
    framed(language, "/", language.say("page_title"), scripts, content)
}

/// The shop's page with something to say beside the button.
pub(crate) async fn with_notice(shop: &Shop, headers: &HeaderMap, language: Language, status: StatusCode, notice: &str) -> Response {
    (status, Html(shop_page(shop, headers, language, notice, String::new()).await)).into_response()
}

/// The shop's page with something below the other ways in, which is HTML.
pub(crate) async fn with_offer(shop: &Shop, headers: &HeaderMap, language: Language, status: StatusCode, offer: String) -> Response {
    (status, Html(shop_page(shop, headers, language, "", offer).await)).into_response()
}

/// `GET /`
pub(crate) async fn index(State(shop): State<Arc<Shop>>, headers: HeaderMap, Query(query): Query<In>) -> Html<String> {
    let language = Language::from_code(query.lang.as_deref());
    Html(shop_page(&shop, &headers, language, "", String::new()).await)
}

const fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Active => "outcome_active",
        Outcome::Rejected => "outcome_rejected",
        Outcome::AwaitingCosigners => "outcome_cosigners",
        Outcome::Broken => "outcome_broken",
        Outcome::Unavailable => "outcome_unavailable",
        Outcome::Suspended => "outcome_suspended",
    }
}

const fn manner_key(manner: Manner) -> &'static str {
    match manner {
        Manner::CosignerSigns => "manner_cosigner_signs",
        Manner::CosignerDeclines => "manner_cosigner_declines",
        Manner::NoRefreshToken => "manner_no_refresh_token",
        Manner::OneMethod => "manner_one_method",
        Manner::EncryptedPassword => "manner_encrypted_password",
    }
}

const fn trouble_key(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Down => "trouble_down",
        Trouble::Slow => "trouble_slow",
        Trouble::Stuck => "trouble_stuck",
        Trouble::Page => "trouble_page",
        Trouble::Half => "trouble_half",
        Trouble::OtherShape => "trouble_other_shape",
        Trouble::HalfGrant => "trouble_half_grant",
        Trouble::PastExpiry => "trouble_past_expiry",
    }
}

const fn approach_key(approach: Approach) -> &'static str {
    match approach {
        Approach::Redirect => "approach_redirect",
        Approach::RedirectExplicit => "approach_redirect_explicit",
        Approach::RedirectConfirmed => "approach_redirect_confirmed",
        Approach::OAuth => "approach_oauth",
        Approach::OAuthExplicit => "approach_oauth_explicit",
        Approach::Decoupled => "approach_decoupled",
        Approach::Embedded => "approach_embedded",
    }
}

/// What a bank demands of whoever calls it, where it is more than usual.
const fn demands_key(demands: Demands) -> Option<&'static str> {
    match demands {
        Demands::Nothing => None,
        Demands::Seal => Some("demands_seal"),
        Demands::SealAndWebsite => Some("demands_seal_and_website"),
    }
}

/// How consents are given at a bank, and what it demands.
fn way_in(bank: &Bank, language: Language) -> String {
    let way = language.say(approach_key(bank.approach));
    match demands_key(bank.demands) {
        Some(key) => format!("{way}. {}", language.say(key)),
        None => way.to_owned(),
    }
}

/// The test users and the keys of what happens to them: those of all banks first.
fn people() -> impl Iterator<Item = (&'static str, &'static str)> {
    let everywhere = TEST_USERS.iter().map(|(id, outcome)| (*id, outcome_key(*outcome)));
    let troubled = TROUBLED.iter().map(|(id, trouble)| (*id, trouble_key(*trouble)));
    let at_psd2 = PSD2_USERS.iter().map(|(id, manner)| (*id, manner_key(*manner)));
    everywhere.chain(troubled).chain(at_psd2)
}

const fn name_of(bank: &Bank, language: Language) -> &'static str {
    match language {
        Language::En => bank.en,
        Language::He => bank.he,
    }
}

/// The sentence that names a bank of each way.
fn ways_to_try(language: Language) -> String {
    let mut sentence = escape(language.say("test_banks"));
    for (place, approach) in [
        ("{redirect}", Approach::Redirect),
        ("{oauth}", Approach::OAuth),
        ("{app}", Approach::Decoupled),
    ] {
        let bank = bank::all().iter().find(|bank| bank.approach == approach);
        let name = bank.map_or("", |bank| name_of(bank, language));
        sentence = sentence.replace(place, &format!("<b>{}</b>", escape(name)));
    }
    sentence
}

const fn keeps_key(keeps: Keeps) -> &'static str {
    match keeps {
        Keeps::Household => "keeps_household",
        Keeps::Cards => "keeps_cards",
        Keeps::Policies => "keeps_policies",
        Keeps::Business => "keeps_business",
        Keeps::Loans => "keeps_loans",
        Keeps::Securities => "keeps_securities",
    }
}

/// How to pass the institution, where the usual way is not enough.
const fn way_key(institution: &Institution) -> Option<&'static str> {
    match (institution.challenge, institution.asks) {
        (Challenge::Methods, _) => Some("way_methods"),
        (Challenge::Question, _) => Some("way_question"),
        (Challenge::Picture, _) => Some("way_picture"),
        (Challenge::CodeThenAccounts, _) => Some("way_accounts"),
        (Challenge::Code, Asks::Everything) => Some("way_forms"),
        (Challenge::Code, Asks::Company) => Some("way_business"),
        (Challenge::Code, _) => None,
    }
}

fn row(id: &str, what: &str) -> String {
    format!("<tr><td><code>{id}</code></td><td>{}</td></tr>", escape(what))
}

/// `GET /sandbox`: who can be tried here, and what happens to them.
pub(crate) async fn sandbox(Query(query): Query<In>) -> Html<String> {
    let language = Language::from_code(query.lang.as_deref());
    let users = TEST_USERS
        .iter()
        .map(|(id, outcome)| row(id, language.say(outcome_key(*outcome))))
        .collect();
    let institutions = institutions::invented()
        .iter()
        .map(|institution| {
            let name = language.say(institution.id);
            let keeps = language.say(keeps_key(institution.keeps));
            let way = language.say(way_key(institution).unwrap_or("way_usual"));
            format!(
                "<tr><td>{}</td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
                escape(name),
                institution.id,
                escape(keeps),
                escape(way)
            )
        })
        .collect();
    let banks = bank::all()
        .iter()
        .map(|bank| {
            format!(
                "<tr><td>{name}</td><td>{way}</td><td><a href=\"/psd2/{id}/consents.json\">{consents}</a>, \
                 <a href=\"/psd2/{id}/app?lang={lang}\">{app}</a></td></tr>",
                name = escape(name_of(bank, language)),
                way = escape(&way_in(bank, language)),
                id = bank.host(),
                consents = escape(language.say("sandbox_psd2_consents")),
                lang = language.code(),
                app = escape(language.say("sandbox_psd2_phone")),
            )
        })
        .collect();
    let psd2_users = PSD2_USERS
        .iter()
        .map(|(id, manner)| row(id, language.say(manner_key(*manner))))
        .collect();
    let troubled = TROUBLED
        .iter()
        .map(|(id, trouble)| row(id, language.say(trouble_key(*trouble))))
        .collect();
    let values = [
        ("users", users),
        ("troubled", troubled),
        ("institutions", institutions),
        ("banks", banks),
        ("psd2_users", psd2_users),
        ("lang", language.code().to_owned()),
    ];
    let content = fill(USERS, &values, language);
    Html(framed(language, "/sandbox", language.say("sandbox_title"), String::new(), content))
}

fn file(kind: &'static str, body: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

/// `GET /shop/shop.css`
pub(crate) async fn style() -> Response {
    file("text/css; charset=utf-8", include_str!("static/shop.css"))
}

/// `GET /shop/shop.js`
pub(crate) async fn script() -> Response {
    file("text/javascript; charset=utf-8", include_str!("static/shop.js"))
}

/// `GET /shop/connect.js`
pub(crate) async fn connect_script() -> Response {
    file("text/javascript; charset=utf-8", CONNECT)
}

/// `GET /shop/icon.svg`
pub(crate) async fn icon() -> Response {
    file("image/svg+xml", include_str!("static/icon.svg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_escaped_and_what_nobody_knows_stays() {
        let values = [("html", "<b>".to_owned())];
        assert_eq!(
            fill("{{html}} {{connect}} {{nobody}} {{", &values, Language::En),
            "<b> Connect your bank {{nobody}} {{"
        );
        assert_eq!(escape("<a href='x'>&\"</a>"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;&lt;/a&gt;");
    }
}
