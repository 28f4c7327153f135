//! An institution's form, and its challenge.

use super::field::field;
use super::{About, icon, icon_paths, mark, primary, ticket};
use crate::locale::{ServerKey as Key, fill};
use gesher_contract::FormView;
use leptos::prelude::*;

pub(super) fn form(about: &About, view: FormView) -> impl IntoView + use<> {
    let title = if view.challenge { Key::ChallengeTitle } else { Key::FormTitle };
    let wrong: Vec<_> = view
        .fields
        .iter()
        .filter(|field| !field.error.is_empty())
        .map(|field| (field.name.clone(), field.label.clone()))
        .collect();
    let summary = (!wrong.is_empty()).then(|| {
        let count = wrong.len().to_string();
        let key = if wrong.len() == 1 { Key::ProblemsOne } else { Key::ProblemsOther };
        view! {
            <div class="alert" role="alert" tabindex="-1">
                {icon(icon_paths::ALERT, false)}
                <div>
                    <strong>{fill(about.text(key), &[("count", &count)])}</strong>
                    <ul>
                        {wrong
                            .into_iter()
                            .map(|(name, label)| view! { <li><a href=format!("#f-{name}")>{label}</a></li> })
                            .collect::<Vec<_>>()}
                    </ul>
                </div>
            </div>
        }
    });
    let notice = view.notice.map(|notice| {
        view! {
            <div class="alert" role="alert" tabindex="-1">{icon(icon_paths::ALERT, false)} <p>{notice.message}</p></div>
        }
    });
    let message = (!view.message.is_empty()).then(|| view! { <p class="message" dir="auto">{view.message}</p> });
    let again = view.resend.map(|resend| {
        let minutes = fill(about.text(Key::ResendIn), &[("seconds", &resend.seconds_left.to_string())]);
        view! {
            <form class="again" method="post" action="/w/do/resend">
                {ticket(about.ticket.clone())}
                {view.resent.then(|| view! { <p role="status">{about.text(Key::Resent)}</p> })}
                <button type="submit" class="plain" data-resend=(resend.seconds_left > 0).then_some(resend.seconds_left)>{about.text(Key::Resend)}</button>
                {(resend.seconds_left > 0).then(|| view! { <p class="hint" data-resend-in>{minutes}</p> })}
            </form>
        }
    });
    let promise = view! { <p class="promise">{icon(icon_paths::LOCK, false)} <span>{about.say(Key::FormPrivate)}</span></p> };
    view! {
        <main class="content form">
            <div class="heading">{about.institution.as_ref().map(mark)} <h1 tabindex="-1">{about.say(title)}</h1></div>
            {promise}
            {message}
            {notice}
            {summary}
            <form id="main" method="post" action="/w/do/submit" novalidate>
                {ticket(about.ticket.clone())}
                {view.fields.into_iter().map(|one| field(about, one)).collect::<Vec<_>>()}
            </form>
            {again}
        </main>
        {primary(about.text(Key::GoOn).to_owned())}
    }
}
