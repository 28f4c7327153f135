//! Picking the accounts to give, where the institution leaves that to us.

use super::{About, icon, icon_paths, mark, primary, ticket};
use crate::locale::ServerKey as Key;
use gesher_contract::{AccountChoice, AccountsView};
use leptos::prelude::*;

pub(super) fn accounts(about: &About, view: AccountsView) -> impl IntoView + use<> {
    let missing = view.empty.then(|| {
        view! {
            <div class="alert" role="alert" tabindex="-1">{icon(icon_paths::ALERT, false)} <p>{about.text(Key::AccountsEmpty)}</p></div>
        }
    });
    let all_picked = !view.empty;
    let choice = move |AccountChoice { id, name, last_digits }| {
        view! {
            <label class="option account">
                <input type="checkbox" name="account" value=id checked=all_picked />
                <bdi>{name}</bdi>
                <span class="digits" dir="ltr">"•••• " {last_digits}</span>
            </label>
        }
    };
    view! {
        <main class="content form">
            <div class="heading">{about.institution.as_ref().map(mark)} <h1 tabindex="-1">{about.say(Key::AccountsPickTitle)}</h1></div>
            <p class="promise">{icon(icon_paths::LOCK, false)} <span>{about.say(Key::AccountsPickText)}</span></p>
            {missing}
            <form id="main" method="post" action="/w/do/accounts">
                {ticket(about.ticket.clone())}
                <fieldset class="field" aria-invalid=view.empty.then_some("true")>
                    <legend>{about.text(Key::AccountsPickLegend)}</legend>
                    {view.accounts.into_iter().map(choice).collect::<Vec<_>>()}
                </fieldset>
            </form>
        </main>
        {primary(about.text(Key::GoOn).to_owned())}
    }
}
