//! Picking the accounts to give, where the institution leaves that to us.

use super::{About, icon, icon_paths, mark, primary, ticket};
use crate::locale::{ServerKey as Key, fill};
use gesher_contract::{AccountChoice, AccountsView};
use leptos::prelude::*;

/// The last digits of an account's number: as they are printed for the eye, in words for the ear.
pub(super) fn last_four(say_digits: &'static str, digits: &str) -> Option<impl IntoView + use<>> {
    (!digits.is_empty()).then(|| {
        view! {
            <span class="digits" aria-hidden="true" dir="ltr">"•••• " {digits.to_owned()}</span>
            <span class="heard">{fill(say_digits, &[("digits", digits)])}</span>
        }
    })
}

pub(super) fn accounts(about: &About, view: AccountsView) -> impl IntoView + use<> {
    let (all_picked, say_digits) = (!view.empty, about.text(Key::EndsIn));
    let wrong = view.empty.then_some("true");
    let choice = move |(place, AccountChoice { id, name, last_digits }): (usize, AccountChoice)| {
        view! {
            <label class="option account">
                <input
                    id=(place == 0).then_some("f-account") type="checkbox" name="account" value=id checked=all_picked aria-invalid=wrong
                    aria-describedby=wrong.map(|_| "e-account")
                />
                <bdi class="name">{name}</bdi>
                {last_four(say_digits, &last_digits)}
            </label>
        }
    };
    view! {
        <main class="content form">
            <div class="heading">{about.institution.as_ref().map(mark)} <h1 tabindex="-1">{about.say(Key::AccountsPickTitle)}</h1></div>
            <p class="promise">{icon(icon_paths::LOCK, false)} <span>{about.say(Key::AccountsPickText)}</span></p>
            <form id="main" method="post" action="/w/do/accounts">
                {ticket(about.ticket.clone())}
                <fieldset class=if view.empty { "field wrong" } else { "field" } aria-describedby="e-account">
                    <legend>{about.text(Key::AccountsPickLegend)}</legend>
                    <p class="problem" id="e-account" role="alert">{view.empty.then(|| about.text(Key::AccountsEmpty))}</p>
                    <div class="choices">{view.accounts.into_iter().enumerate().map(choice).collect::<Vec<_>>()}</div>
                </fieldset>
            </form>
        </main>
        {primary(about.text(Key::GoOn).to_owned())}
    }
}
