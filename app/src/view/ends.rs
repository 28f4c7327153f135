//! The screens without anything to type: waiting, success, failure, and the ends.

use super::accounts::last_four;
use super::{About, icon, icon_paths, mark, primary, support, ticket};
use crate::host::reason_name;
use crate::locale::ServerKey as Key;
use gesher_contract::{Door, ExitReason, Failure, FailureCode, SuccessView};
use leptos::either::Either;
use leptos::prelude::*;

pub(super) fn progress(about: &About, fetching: bool) -> impl IntoView + use<> {
    view! {
        <main class="content middle progress">
            <div class="meeting waiting">{about.tenant_mark()} <span class="dots" aria-hidden="true"></span> {about.institution.as_ref().map(mark)}</div>
            <div class="appears">
                <h1 tabindex="-1">{about.say(if fetching { Key::Fetching } else { Key::Connecting })}</h1>
                <p class="lead">{about.text(Key::KeepOpen)}</p>
            </div>
            <p class="lead late" role="status" data-late=about.say(Key::Late)></p>
            <form id="main" class="without-scripts" method="post" action="/w/do/open">
                {ticket(about.ticket.clone())}
                <button type="submit" class="plain">{about.text(Key::CheckAgain)}</button>
            </form>
        </main>
    }
}

/// The way back to the host: a link on the hosted page, which may go there `by_itself` after a moment; a press that tells the
/// host's page in the frame.
fn leave(about: &About, reason: ExitReason, return_url: Option<String>, by_itself: bool) -> impl IntoView + use<> {
    match (about.door, return_url) {
        (Door::Frame, _) => Either::Left(view! {
            <footer class="actions with-scripts">
                <button type="button" class="primary" data-press="leave" value=reason_name(reason)>{about.text(Key::Done)}</button>
            </footer>
        }),
        (Door::Page, url) => Either::Right(url.map(|url| {
            view! { <footer class="actions"><a class="primary" href=url data-return=by_itself.then_some("")>{about.say(Key::ReturnTo)}</a></footer> }
        })),
    }
}

pub(super) fn success(about: &About, view: SuccessView) -> impl IntoView + use<> {
    let say_digits = about.text(Key::EndsIn);
    let accounts = (!view.accounts.is_empty()).then(|| {
        view! {
            <h2 class="heard">{about.text(Key::AccountsTitle)}</h2>
            <ul class="accounts">
                {view
                    .accounts
                    .into_iter()
                    .map(|account| view! {
                        <li>
                            <bdi>{account.name}</bdi>
                            {last_four(say_digits, &account.last_digits)}
                        </li>
                    })
                    .collect::<Vec<_>>()}
            </ul>
        }
    });
    // Where others have to approve too, the person is done all the same.
    let (class, path, title, words) = if view.cosigners {
        ("tick later", icon_paths::CLOCK, Key::CosignersTitle, Key::CosignersText)
    } else {
        ("tick", icon_paths::CHECK, Key::SuccessTitle, Key::SuccessText)
    };
    let nothing_to_do = view
        .cosigners
        .then(|| view! { <p class="lead">{about.say(Key::CosignersAdvice)}</p> });
    view! {
        <main class="content middle success">
            <div class="meeting met">
                {about.tenant_mark()} <span class=class aria-hidden="true">{icon(path, false)}</span> {about.institution.as_ref().map(mark)}
            </div>
            <h1 tabindex="-1">{about.text(title)}</h1>
            <p class="lead">{about.say(words)}</p>
            {nothing_to_do}
            {(view.announced && view.return_url.is_some()).then(|| view! { <p class="lead">{about.say(Key::Returning)}</p> })}
            {accounts}
        </main>
        {leave(about, ExitReason::Completed, view.return_url, view.announced)}
    }
}

/// Whether what to do after this failure is the same once more, at the same institution.
const fn is_tried_again(code: FailureCode) -> bool {
    matches!(
        code,
        FailureCode::CodeExpired | FailureCode::CancelledAtInstitution | FailureCode::InstitutionUnavailable | FailureCode::TimedOut
    )
}

pub(super) fn failed(
    about: &About,
    failure: &Failure,
    message: String,
    advice: String,
    way_on: Option<String>,
    return_url: Option<String>,
) -> impl IntoView + use<> {
    let class = if failure.retryable { "badge warn" } else { "badge bad" };
    // Nobody should have to look for the same institution again; another one is behind the way back in the header.
    let same = about
        .institution
        .as_ref()
        .filter(|_| is_tried_again(failure.code))
        .map(|tile| tile.id.clone());
    let act = if same.is_some() { "/w/do/choose" } else { "/w/do/start_over" };
    let same = same.map(|id| view! { <input type="hidden" name="institution" value=id /> });
    let ends = way_on.is_none();
    let back = (about.door == Door::Page && !ends).then(|| return_url.clone()).flatten();
    let back = back.map(|url| view! { <p class="lead"><a href=url>{about.say(Key::ReturnTo)}</a></p> });
    let action = match way_on {
        Some(label) => Either::Left(primary(label)),
        None => Either::Right(leave(about, ExitReason::Failed, return_url, false)),
    };
    view! {
        <main class="content middle">
            <span class=class aria-hidden="true">{icon(icon_paths::ALERT, false)}</span>
            <h1 tabindex="-1">{message}</h1>
            <p class="lead">{advice}</p>
            {back}
            <form id="main" method="post" action=act>{ticket(about.ticket.clone())} {same}</form>
            {support(about)}
        </main>
        {action}
    }
}

pub(super) fn over(about: &About, reason: ExitReason, return_url: Option<String>) -> impl IntoView + use<> {
    let (title, words, path) = match reason {
        ExitReason::Completed => (Key::CompletedTitle, Key::CompletedText, icon_paths::CHECK),
        ExitReason::Cancelled => (Key::CancelledTitle, Key::CancelledText, icon_paths::CLOSE),
        ExitReason::NotListed => (Key::NotListedTitle, Key::NotListedText, icon_paths::SEARCH),
        ExitReason::Expired => (Key::ExpiredTitle, Key::ExpiredText, icon_paths::CLOCK),
        ExitReason::Failed => (Key::FailedTitle, Key::FailedText, icon_paths::ALERT),
    };
    // Whoever has not brought it about may want to ask.
    let unasked = matches!(reason, ExitReason::Expired | ExitReason::Failed);
    view! {
        <main class="content middle">
            <span class="badge" aria-hidden="true">{icon(path, false)}</span>
            <h1 tabindex="-1">{about.text(title)}</h1>
            <p class="lead">{about.say(words)}</p>
            {unasked.then(|| support(about))}
        </main>
        {leave(about, reason, return_url, false)}
    }
}

/// The way back is a form with a ticket of its own: whoever takes the session back does so as a new document.
pub(super) fn taken_over(about: &About, way_back: Option<String>) -> impl IntoView + use<> {
    let words = if way_back.is_some() { Key::TakenText } else { Key::TakenLastText };
    let here = way_back.map(|way_back| {
        view! {
            <footer class="actions">
                <form method="post" action="/w/do/open">
                    <input type="hidden" name="ticket" value=way_back data-own="" />
                    <button type="submit" class="primary">{about.text(Key::ContinueHere)}</button>
                </form>
            </footer>
        }
    });
    view! {
        <main class="content middle">
            <span class="badge" aria-hidden="true">{icon(icon_paths::WINDOWS, false)}</span>
            <h1 tabindex="-1">{about.text(Key::TakenTitle)}</h1>
            <p class="lead">{about.text(words)}</p>
            {support(about)}
        </main>
        {here}
    }
}

pub(super) fn under_way(about: &About) -> impl IntoView + use<> {
    view! {
        <main class="content middle">
            <span class="badge" aria-hidden="true">{icon(icon_paths::WINDOWS, false)}</span>
            <h1 tabindex="-1">{about.text(Key::UnderWayTitle)}</h1>
            <p class="lead">{about.text(Key::UnderWayText)}</p>
            <form id="main" method="post" action="/w/do/start_over">{ticket(about.ticket.clone())}</form>
            {support(about)}
        </main>
        {primary(about.text(Key::StartOver).to_owned())}
    }
}
