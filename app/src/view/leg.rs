//! The leg at the institution: going there, being there, and waiting for an approval in its app.

use super::{About, icon, icon_paths, mark, ticket};
use crate::locale::{ServerKey as Key, fill};
use gesher_contract::{Door, LeavingView, WaitingView};
use leptos::prelude::*;

/// The sign of a way out, on the line of the word before it.
pub(super) fn out() -> impl IntoView {
    view! { <span class="out">"\u{a0}" {icon(icon_paths::OUT, true)}</span> }
}

/// The way out of the frame shows that it opens a window.
fn window_mark(about: &About) -> Option<impl IntoView + use<>> {
    let words = about.text(Key::NewWindow);
    (about.door == Door::Frame).then(|| {
        view! {
            {out()}
            <span class="heard">", " {words}</span>
        }
    })
}

pub(super) fn leaving(about: &About, view: LeavingView) -> impl IntoView + use<> {
    let digits = view.digits.map(|digits| {
        view! { <p class="to-type">{about.text(Key::LeavingDigits)} " " <bdi dir="ltr"><strong>{digits}</strong></bdi></p> }
    });
    let (dots, title, words) = if view.launched {
        let words = view! { <p class="lead">{about.say(Key::AtBankText)}</p> };
        ("meeting waiting", Key::AtBankTitle, words.into_any())
    } else {
        ("meeting", Key::LeavingTitle, what_comes(about).into_any())
    };
    let again = view.launched.then(|| {
        view! {
            <form method="post" action="/w/do/start_over" class="others">
                {ticket(about.ticket.clone())}
                <button type="submit" class="plain without-scripts" formaction="/w/do/open">{about.text(Key::CheckAgain)}</button>
                <button type="submit" class="plain">{about.text(Key::ChooseOther)}</button>
            </form>
        }
    });
    let here = view.same_tab.then(|| {
        view! {
            <button type="submit" form="main" class="plain" name="here" value="1" formtarget="_top">{about.text(Key::GoHere)}</button>
        }
    });
    view! {
        <main class="content middle">
            <div class=dots>{about.tenant_mark()} <span class="dots" aria-hidden="true"></span> {about.institution.as_ref().map(mark)}</div>
            <h1 tabindex="-1">{about.say(title)}</h1>
            {digits}
            {words}
            {again}
        </main>
        <footer class="actions">
            <form id="main" method="post" action="/go" target=(about.door == Door::Frame).then_some("_blank")>
                {ticket(about.ticket.clone())}
            </form>
            <button type="submit" form="main" class="primary">
                <span>{about.say(if view.launched { Key::GoAgain } else { Key::GoToBank })}{window_mark(about)}</span>
            </button>
            {here}
        </footer>
    }
}

/// Three lines on what happens at the institution.
fn what_comes(about: &About) -> impl IntoView + use<> {
    let back = match about.door {
        Door::Frame => Key::LeavingWindow,
        Door::Page => Key::LeavingBack,
    };
    let lines = [
        (icon_paths::LOCK, Key::LeavingLogin),
        (icon_paths::CHECK, Key::LeavingApprove),
        (icon_paths::RETURN, back),
    ];
    view! {
        <ul class="facts">
            {lines
                .map(|(path, key)| view! { <li>{icon(path, path == icon_paths::RETURN)} <span>{about.say(key)}</span></li> })
                .into_iter()
                .collect::<Vec<_>>()}
        </ul>
    }
}

/// The island lets `data-clock` tick; without it, and for a screen reader, minutes are enough.
pub(super) fn waiting(about: &About, view: WaitingView) -> impl IntoView + use<> {
    let minutes = view.seconds_left.div_ceil(60);
    let left = match minutes {
        0 | 1 => about.text(Key::MinutesLeftOne).to_owned(),
        many => fill(about.text(Key::MinutesLeftOther), &[("minutes", &many.to_string())]),
    };
    let clock = format!("{}:{:02}", view.seconds_left / 60, view.seconds_left % 60);
    let message = (!view.message.is_empty()).then(|| view! { <p class="said"><bdi>{view.message}</bdi></p> });
    view! {
        <main class="content middle">
            <div class="phone waiting" aria-hidden="true">
                {about.institution.as_ref().map(mark)} <span class="line"></span> <span class="line"></span>
                <span class="approve">{icon(icon_paths::CHECK, false)}</span>
            </div>
            <h1 tabindex="-1">{about.say(Key::WaitingTitle)}</h1>
            {message}
            <p class="lead">{about.text(Key::WaitingText)}</p>
            <p class="left without-scripts">{left.clone()}</p>
            <p class="left with-scripts">
                <span class="heard">{left}</span>
                <span aria-hidden="true">{about.text(Key::TimeLeft)} " " <bdi dir="ltr" data-clock="">{clock}</bdi></span>
            </p>
            <p class="heard" role="status" data-last-minute=about.text(Key::MinutesLeftOne)></p>
            <form id="main" method="post" action="/w/do/open" class="others">
                {ticket(about.ticket.clone())}
                <button type="submit" class="plain" formaction="/w/do/start_over">{about.text(Key::ChooseOther)}</button>
            </form>
        </main>
        <footer class="actions without-scripts">
            <button type="submit" form="main" class="primary">{about.text(Key::CheckAgain)}</button>
        </footer>
    }
}
