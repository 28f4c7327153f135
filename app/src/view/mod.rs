//! The screens as markup, rendered by the server alone.
//!
//! **Contract.** Every act is a submit button of a plain form that posts to `/w/do/<act>` with the screen's ticket; the
//! island takes the submits over. What a script does beyond that hangs on `data-press`, `data-check` and ids. The frame
//! around the content never changes: header, content, actions.

mod accounts;
mod ends;
mod field;
mod form;
mod leg;
pub mod picker;

use crate::locale::{Key as IslandKey, ServerKey as Key, fill, server_text as text};
use gesher_contract::{Door, Language, Screen, Tile, View};
use leptos::either::Either;
use leptos::prelude::*;

/// Paths of the icons, on a 24 by 24 grid, drawn with a stroke.
pub(crate) mod icon_paths {
    pub const BACK: &str = "M15 5l-7 7 7 7";
    pub const CHEVRON: &str = "M9 5l7 7-7 7";
    pub const CLOSE: &str = "M6 6l12 12M18 6L6 18";
    pub const EYE: &str = "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9a3 3 0 100 6 3 3 0 000-6z";
    pub const LIST: &str = "M4 19h16M6.5 15.5v-5M12 15.5v-9M17.5 15.5v-7";
    pub const LOCK: &str = "M6.5 10.5h11a1 1 0 011 1v7a1 1 0 01-1 1h-11a1 1 0 01-1-1v-7a1 1 0 011-1zM8.5 10.5V8a3.5 3.5 0 017 0v2.5";
    pub const SEARCH: &str = "M10.5 4a6.5 6.5 0 110 13 6.5 6.5 0 010-13zM15.5 15.5L20 20";
    pub const CHECK: &str = "M5 12.5l4.5 4.5L19 7.5";
    pub const ALERT: &str = "M12 4l9 16H3zM12 10v4.5M12 17.2v.1";
    pub const CLOCK: &str = "M12 3.5a8.5 8.5 0 110 17 8.5 8.5 0 010-17zM12 7.5V12l3 2";
    pub const OUT: &str = "M10.5 5H6a1 1 0 00-1 1v12a1 1 0 001 1h12a1 1 0 001-1v-4.5M14 4.5h5.5V10M19.5 4.5l-8 8";
    pub const RETURN: &str = "M9 6.5L4.5 11 9 15.5M4.5 11H14a5 5 0 015 5v2.5";
    pub const WINDOWS: &str = "M8.5 8.5h12v12h-12zM15.5 8.5v-5h-12v12h5";
}

/// An icon that is only decoration. `turns` where it points along the line of reading.
pub(crate) fn icon(path: &'static str, turns: bool) -> impl IntoView {
    view! { <svg class=if turns { "icon turns" } else { "icon" } viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=path></path></svg> }
}

/// The mark of an institution: letters of its name, and its logo over them. Where that does not load, the letters stay: a script
/// takes it away, and without scripts most browsers show them in its place.
pub(crate) fn mark(tile: &Tile) -> impl IntoView + use<> {
    let class = format!("mark c{}", tile.colour % 12);
    let letters = tile.monogram.clone();
    let logo = tile.logo.clone().map(|address| {
        view! { <img class="logo" src=address alt="" width="40" height="40" loading="lazy" data-letters=letters.clone() /> }
    });
    view! { <span class=class aria-hidden="true">{letters}{logo}</span> }
}

/// The mark of the organisation that asks: its own, or a generated one.
pub(crate) fn tenant_mark(name: &str, own: Option<String>) -> impl IntoView + use<> {
    match own {
        Some(address) => Either::Left(view! { <span class="mark tenant own" aria-hidden="true"><img src=address alt="" /></span> }),
        None => {
            let letter: String = name
                .chars()
                .find(|letter| letter.is_alphanumeric())
                .into_iter()
                .flat_map(char::to_uppercase)
                .collect();
            Either::Right(view! { <span class="mark tenant" aria-hidden="true">{letter}</span> })
        }
    }
}

/// The hidden field that every form carries.
pub(crate) fn ticket(ticket: String) -> impl IntoView {
    view! { <input type="hidden" name="ticket" value=ticket /> }
}

/// What every screen's markup needs to know of it.
pub(crate) struct About {
    pub door: Door,
    pub language: Language,
    pub tenant: String,
    pub tenant_mark: Option<String>,
    pub institution: Option<Tile>,
    pub ticket: String,
    pub support_code: String,
}

impl About {
    /// A text with the names of who asks and of the institution filled in.
    pub fn say(&self, key: Key) -> String {
        let institution = self.institution.as_ref().map_or("", |tile| tile.name.as_str());
        fill(text(self.language, key), &[("tenant", &self.tenant), ("institution", institution)])
    }

    /// The mark of who asks.
    pub fn tenant_mark(&self) -> impl IntoView + use<> {
        tenant_mark(&self.tenant, self.tenant_mark.clone())
    }

    /// A text without names.
    pub fn text(&self, key: Key) -> &'static str {
        text(self.language, key)
    }
}

/// What to quote to support. It is short and not secret.
fn support(about: &About) -> impl IntoView + use<> {
    view! { <p class="support">{crate::locale::text(about.language, IslandKey::SupportCode)} " " <bdi dir="ltr">{about.support_code.clone()}</bdi></p> }
}

/// The primary action, pinned at the bottom: it submits the form `main`.
pub(crate) fn primary(label: String) -> impl IntoView {
    view! {
        <footer class="actions">
            <button type="submit" form="main" class="primary">{label}</button>
        </footer>
    }
}

/// The whole screen.
pub fn screen_view(door: Door, screen: Screen) -> impl IntoView {
    let header = header(door, &screen);
    let about = About {
        door,
        language: screen.language,
        tenant: screen.tenant_name,
        tenant_mark: screen.tenant_mark,
        institution: screen.institution,
        ticket: screen.ticket,
        support_code: screen.support_code,
    };
    let body = match screen.view {
        View::Picker(view) => picker::picker(&about, view).into_any(),
        View::Form(view) => form::form(&about, view).into_any(),
        View::Accounts(view) => accounts::accounts(&about, view).into_any(),
        View::Leaving(view) => leg::leaving(&about, view).into_any(),
        View::Waiting(view) => leg::waiting(&about, view).into_any(),
        View::Progress { fetching } => ends::progress(&about, fetching).into_any(),
        View::Success(view) => ends::success(&about, view).into_any(),
        View::Failed {
            failure,
            message,
            advice,
            way_on,
            return_url,
        } => ends::failed(&about, &failure, message, advice, way_on, return_url).into_any(),
        View::Over { reason, return_url, .. } => ends::over(&about, reason, return_url).into_any(),
        View::TakenOver { way_back } => ends::taken_over(&about, way_back).into_any(),
        View::UnderWay => ends::under_way(&about).into_any(),
    };
    (header, body)
}

fn header(door: Door, screen: &Screen) -> impl IntoView + use<> {
    let language = screen.language;
    let back = match &screen.view {
        View::Form(_) | View::Accounts(_) | View::Leaving(_) | View::Waiting(_) => true,
        View::Failed { way_on, .. } => way_on.is_some(),
        _ => false,
    };
    let over = match &screen.view {
        View::Success(_) | View::Over { .. } | View::TakenOver { .. } => true,
        View::Failed { way_on, .. } => way_on.is_none(),
        _ => false,
    };
    let closes = !over || door == Door::Frame;
    let others: Vec<_> = Language::ALL
        .into_iter()
        .filter(|other| screen.language_switch && *other != language)
        .collect();
    view! {
        <header class="top">
            <form method="post" action="/w/do/cancel" class="bar">
                {ticket(screen.ticket.clone())}
                {back.then(|| view! {
                    <button type="submit" class="round" formaction="/w/do/start_over" aria-label=text(language, Key::Back) title=text(language, Key::Back)>
                        {icon(icon_paths::BACK, true)}
                    </button>
                })}
                <span class="who">
                    {tenant_mark(&screen.tenant_name, screen.tenant_mark.clone())}
                    {screen.institution.as_ref().map(mark)}
                    <bdi class="name">{screen.tenant_name.clone()}</bdi>
                </span>
                {others
                    .into_iter()
                    .map(|other| view! {
                        <button type="submit" class="plain language" formaction="/w/do/language" name="language" value=other.code() lang=other.code()>
                            {other.native_name()}
                        </button>
                    })
                    .collect::<Vec<_>>()}
                {closes.then(|| view! {
                    <button type="submit" class="round" aria-label=text(language, Key::Close) title=text(language, Key::Close)>
                        {icon(icon_paths::CLOSE, false)}
                    </button>
                })}
            </form>
            {screen.test_mode.then(|| view! { <p class="strip">{text(language, Key::TestMode)}</p> })}
        </header>
    }
}
