//! The leg at the institution: going there, being there, and waiting for an approval in its app.

use super::{About, icon, icon_paths, mark, tenant_mark, ticket};
use crate::locale::{ServerKey as Key, fill};
use gesher_contract::{Door, LeavingView, WaitingView};
use leptos::prelude::*;

pub(super) fn leaving(about: &About, view: LeavingView) -> impl IntoView + use<> {
    let (title, words) = if view.launched {
        (Key::AtBankTitle, Key::AtBankText)
    } else {
        (Key::LeavingTitle, Key::LeavingText)
    };
    let target = (about.door == Door::Frame).then_some("_blank");
    let digits = view.digits.map(|digits| {
        view! { <p class="lead digits-to-type">{about.text(Key::LeavingDigits)} " " <bdi dir="ltr"><strong>{digits}</strong></bdi></p> }
    });
    view! {
        <main class="content middle">
            <div class="meeting">{tenant_mark(&about.tenant)} <span class="dots" aria-hidden="true"></span> {about.institution.as_ref().map(mark)}</div>
            <h1 tabindex="-1">{about.say(title)}</h1>
            <p class="lead">{about.say(words)}</p>
            {digits}
            <form id="main" method="post" action="/go" target=target>
                {ticket(about.ticket.clone())}
                {view.same_tab.then(|| view! {
                    <button type="submit" class="plain" name="here" value="1" formtarget="_top">{about.text(Key::GoHere)}</button>
                })}
            </form>
        </main>
        <footer class="actions">
            <button type="submit" form="main" class="primary">
                {about.say(if view.launched { Key::GoAgain } else { Key::GoToBank })}
                {icon(icon_paths::WINDOWS, false)}
            </button>
        </footer>
    }
}

pub(super) fn waiting(about: &About, view: WaitingView) -> impl IntoView + use<> {
    let minutes = view.seconds_left.div_ceil(60).to_string();
    view! {
        <main class="content middle progress">
            <div class="meeting waiting">{tenant_mark(&about.tenant)} <span class="dots" aria-hidden="true"></span> {about.institution.as_ref().map(mark)}</div>
            <h1 tabindex="-1">{about.say(Key::WaitingTitle)}</h1>
            {(!view.message.is_empty()).then(|| view! { <p class="lead"><bdi>{view.message}</bdi></p> })}
            <p class="lead" data-until=view.until>{fill(about.text(Key::WaitingUntil), &[("minutes", &minutes)])}</p>
            <form id="main" class="without-scripts" method="post" action="/w/do/open">
                {ticket(about.ticket.clone())}
                <button type="submit" class="plain">{about.text(Key::CheckAgain)}</button>
            </form>
        </main>
    }
}
