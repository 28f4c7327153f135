//! The page of a start page or a hosted link, without scripts: who asks and for what, and the press that begins.

use super::{Sheets, alone};
use crate::backend::{Doorway, Entrance};
use crate::locale::{ServerKey as K, fill, server_text as text};
use crate::view::{icon, icon_paths, primary, tenant_mark};
use gesher_contract::Language;
use leptos::prelude::*;

/// The page.
#[component]
pub fn EntrancePage(
    /// Which one.
    entrance: Entrance,
    /// What it shows.
    doorway: Doorway,
    /// The host's own state, from the page's address.
    state: Option<String>,
    /// The widget's style sheet.
    style: String,
) -> impl IntoView {
    let Doorway { language, tenant, .. } = doorway.clone();
    let say = |key| fill(text(language, key), &[("tenant", &tenant)]);
    let (act, key) = match entrance {
        Entrance::StartPage(_) => ("/w/fn/create_connect_token", "start_page"),
        Entrance::Link(_) => ("/w/fn/create_link_token", "link"),
    };
    let (Entrance::StartPage(value) | Entrance::Link(value)) = entrance.clone();
    let institutions = (!doorway.institutions.is_empty()).then(|| {
        let names = doorway
            .institutions
            .iter()
            .map(|name| format!("\u{2068}{name}\u{2069}"))
            .collect::<Vec<_>>();
        view! { <li>{icon(icon_paths::OUT, true)} <span>{text(language, K::StartAt)} " " {names.join(", ")}</span></li> }
    });
    // The page again in another language: a form that asks, and changes nothing.
    let others = Language::ALL
        .into_iter()
        .filter(|other| doorway.language_switch && *other != language);
    let lasting = if doorway.recurring { K::StartRecurring } else { K::StartOnce };
    let body = view! {
        <header class="top">
            <form method="get" action=entrance.address() class="bar">
                <span class="who">
                    {tenant_mark(&tenant, doorway.mark.clone())}
                    <bdi class="name">{tenant.clone()}</bdi>
                </span>
                {state.clone().map(|state| view! { <input type="hidden" name="state" value=state /> })}
                {others
                    .map(|other| view! {
                        <button type="submit" class="plain language" name="lang" value=other.code() lang=other.code()>
                            {other.native_name()}
                        </button>
                    })
                    .collect::<Vec<_>>()}
            </form>
            {doorway.test_mode.then(|| view! { <p class="strip">{text(language, K::TestMode)}</p> })}
        </header>
        <main class="content middle">
            {tenant_mark(&tenant, doorway.mark.clone())}
            <h1>{say(K::StartTitle)}</h1>
            {doorway.name.clone().map(|name| view! { <p class="lead"><bdi>{name}</bdi></p> })}
            <ul class="facts">
                <li>{icon(icon_paths::LIST, false)} <span>{text(language, K::PickerReads)}</span></li>
                <li>{icon(icon_paths::CLOCK, false)} <span>{say(lasting)}</span></li>
                {institutions}
                <li>{icon(icon_paths::LOCK, false)} <span>{say(K::PickerPrivate)}</span></li>
            </ul>
            <form id="main" method="post" action=act autocomplete="off">
                <input type="hidden" name=key value=value />
                <input type="hidden" name="ticket" value=doorway.ticket.clone() />
                <input type="hidden" name="language" value=language.code() />
                {state.map(|state| view! { <input type="hidden" name="state" value=state /> })}
            </form>
        </main>
        {primary(text(language, K::StartGoOn).to_owned())}
    };
    let sheets = Sheets {
        own: style,
        theme: doorway.theme,
    };
    alone(say(K::StartTitle), language, sheets, body)
}
