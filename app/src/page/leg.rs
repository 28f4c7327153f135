//! Pages between us and the bank, without scripts: going on to it, and the two digits before that.

use super::{Sheets, alone};
use crate::locale::{ServerKey as K, fill, server_text as text};
use crate::view::{icon, icon_paths, mark as bank_mark, tenant_mark};
use gesher_contract::{Language, Tile};
use leptos::prelude::*;

/// The page that a launch answers with: it names who asks and the bank, and goes on. The server sends `Refresh` with it;
/// the link is for a browser that does not follow.
#[component]
pub fn DeparturePage(
    /// In which language.
    language: Language,
    /// Who asks.
    tenant: String,
    /// Address of their mark.
    mark: Option<String>,
    /// The bank.
    institution: Tile,
    /// Where the bank's page is.
    address: String,
    /// The style sheets.
    style: Sheets,
) -> impl IntoView {
    let say = |key| fill(text(language, key), &[("tenant", &tenant), ("institution", &institution.name)]);
    let body = view! {
        <main class="content middle">
            <div class="meeting waiting">
                {tenant_mark(&tenant, mark)} <span class="dots" aria-hidden="true"></span> {bank_mark(&institution)}
            </div>
            <h1>{say(K::DepartureTitle)}</h1>
            <p class="lead">{say(K::DepartureText)}</p>
        </main>
        <footer class="actions">
            <a class="primary" href=address referrerpolicy="no-referrer">{say(K::GoToBank)}</a>
        </footer>
    };
    alone(say(K::DepartureTitle), language, style, body)
}

/// The page that asks for the two digits which the widget shows: for browsers that do not say where a request comes from.
/// Its form is the launch again, with the digits.
#[component]
pub fn DigitsPage(
    /// In which language.
    language: Language,
    /// Who asks.
    tenant: String,
    /// The bank.
    institution: String,
    /// The ticket of the launch.
    ticket: String,
    /// Whether the bank's page takes the place of the host's page.
    here: bool,
    /// Whether other digits were typed before.
    wrong: bool,
    /// The style sheets.
    style: Sheets,
) -> impl IntoView {
    let say = |key| fill(text(language, key), &[("tenant", &tenant), ("institution", &institution)]);
    let body = view! {
        <main class="content form">
            <h1>{text(language, K::DigitsTitle)}</h1>
            <p class="message">{say(K::DigitsText)}</p>
            <form id="main" method="post" action="/go" autocomplete="off">
                <input type="hidden" name="ticket" value=ticket />
                {here.then(|| view! { <input type="hidden" name="here" value="1" /> })}
                <div class=if wrong { "field wrong" } else { "field" }>
                    <label for="digits">{text(language, K::DigitsLabel)}</label>
                    <div class="box">
                        <input
                            id="digits" class="code" name="digits" type="text" inputmode="numeric" dir="ltr" pattern="[0-9]{2}"
                            minlength="2" maxlength="2" required autofocus autocomplete="off" spellcheck="false"
                            aria-invalid=wrong.then_some("true")
                            aria-describedby="e-digits h-digits"
                        />
                    </div>
                    <p class="problem" id="e-digits" role="alert">{wrong.then(|| text(language, K::DigitsWrong))}</p>
                    <p class="hint" id="h-digits">{icon(icon_paths::LOCK, false)} <span>{text(language, K::DigitsHint)}</span></p>
                </div>
            </form>
        </main>
        <footer class="actions">
            <button type="submit" form="main" class="primary">{say(K::GoToBank)}</button>
        </footer>
    };
    alone(text(language, K::DigitsTitle).to_owned(), language, style, body)
}
