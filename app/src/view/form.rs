//! An institution's form, and its challenge.

use super::field::{control_in_error, field};
use super::{About, icon, icon_paths, mark, primary, support, ticket};
use crate::locale::{ServerKey as Key, fill};
use gesher_contract::{FormView, ResendView};
use leptos::prelude::*;

pub(super) fn form(about: &About, view: FormView) -> impl IntoView + use<> {
    let title = if view.challenge { Key::ChallengeTitle } else { Key::FormTitle };
    let wrong: Vec<_> = view
        .fields
        .iter()
        .filter(|field| !field.error.is_empty())
        .map(|field| (control_in_error(field), field.label.clone()))
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
                            .map(|(id, label)| view! { <li><a href=format!("#{id}")>{label}</a></li> })
                            .collect::<Vec<_>>()}
                    </ul>
                </div>
            </div>
        }
    });
    let support = view.notice.is_some().then(|| support(about));
    let notice = view.notice.map(|notice| {
        view! {
            <div class="alert" role="alert" tabindex="-1">{icon(icon_paths::ALERT, false)} <p>{notice.message}</p></div>
        }
    });
    let message = (!view.message.is_empty()).then(|| view! { <p class="message" dir="auto">{view.message}</p> });
    let sent = view.resent.then(|| {
        view! { <div class="alert sent" role="status" tabindex="-1">{icon(icon_paths::CHECK, false)} <p>{about.text(Key::Resent)}</p></div> }
    });
    let again = view.resend.map(|resend| again(about, resend));
    let promise = view! { <p class="promise">{icon(icon_paths::LOCK, false)} <span>{about.say(Key::FormPrivate)}</span></p> };
    view! {
        <main class="content form">
            <div class="heading">{about.institution.as_ref().map(mark)} <h1 tabindex="-1">{about.say(title)}</h1></div>
            {promise}
            {message}
            {notice}
            {sent}
            {summary}
            <form id="main" method="post" action="/w/do/submit" novalidate>
                {ticket(about.ticket.clone())}
                {view.fields.into_iter().map(|one| field(about, one)).collect::<Vec<_>>()}
            </form>
            {again}
            {support}
        </main>
        {primary(about.text(Key::GoOn).to_owned())}
    }
}

/// Asking for the code again. The island keeps the button closed for as long as its clock runs; without it a press that is
/// too early changes nothing.
fn again(about: &About, resend: ResendView) -> impl IntoView + use<> {
    let left = resend.seconds_left;
    let wait = (left > 0).then(|| {
        let (before, after) = about.text(Key::ResendIn).split_once("{time}").unwrap_or_default();
        let clock = format!("{}:{:02}", left / 60, left % 60);
        view! { <p class="hint" data-resend-in="">{before} <bdi dir="ltr" data-clock="">{clock}</bdi> {after}</p> }
    });
    view! {
        <form class="again" method="post" action="/w/do/resend">
            {ticket(about.ticket.clone())}
            <button type="submit" class="plain" data-resend=(left > 0).then_some(left)>{about.text(Key::Resend)}</button>
            {wait}
            <p class="heard" role="status" data-resend-ready=about.text(Key::ResendReady)></p>
        </form>
    }
}
