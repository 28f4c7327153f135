//! The picker: who asks and for what, search, institutions.

use super::{About, icon, icon_paths, mark, ticket};
use crate::client;
use crate::locale::{Key, fill, say, text};
use gesher_contract::{Language, PickerView, Tile, TileKind};
use leptos::either::Either;
use leptos::prelude::*;
use leptos::web_sys;

/// What the search found, and which of it the keyboard points at.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    pub query: RwSignal<String>,
    pub tiles: RwSignal<Vec<Tile>>,
    pub more: RwSignal<bool>,
    pub active: RwSignal<Option<usize>>,
}

impl Found {
    /// Shows what a search brought; the first is what Enter takes.
    pub fn show(self, query: &str, tiles: Vec<Tile>, more: bool) {
        self.active.set((!query.is_empty() && !tiles.is_empty()).then_some(0));
        self.more.set(more);
        self.tiles.set(tiles);
    }
}

pub(super) fn picker(about: &About, view: PickerView) -> impl IntoView + use<> {
    let (flow, language) = (about.flow, about.language);
    let found = Found {
        query: RwSignal::new(view.query.clone()),
        tiles: RwSignal::new(view.tiles),
        more: RwSignal::new(view.more),
        active: RwSignal::new(None),
    };
    client::search_what_was_typed(flow, found);
    let live = flow.live;
    view! {
        <main class="content picker">
            <h1 tabindex="-1">{about.say(Key::PickerTitle)}</h1>
            <ul class="facts">
                <li>{icon(icon_paths::LIST, false)} <span>{about.say(Key::PickerReads)}</span></li>
                <li>{icon(icon_paths::LOCK, false)} <span>{about.say(Key::PickerPrivate)}</span></li>
            </ul>
            <form id="main" method="post" action="/w/do/search" class="search" autocomplete="off">
                {ticket(about.ticket.clone())}
                <div class="box">
                    {icon(icon_paths::SEARCH, false)}
                    <input
                        id="q" name="q" type="text" inputmode="search" enterkeyhint="search" maxlength="80" spellcheck="false" dir="auto"
                        value=view.query
                        placeholder=about.text(Key::SearchLabel)
                        aria-label=about.text(Key::SearchLabel)
                        role=move || live.get().then_some("combobox")
                        aria-expanded=move || live.get().then_some("true")
                        aria-autocomplete=move || live.get().then_some("list")
                        aria-controls=move || live.get().then_some("tiles")
                        aria-activedescendant=move || found.active.get().map(|place| format!("tile-{place}"))
                        on:input=move |event| client::on_search_input(flow, found, event_target_value(&event))
                        on:keydown=move |event| on_key(found, &event)
                    />
                    <button type="submit" class="plain without-scripts">{about.text(Key::SearchSubmit)}</button>
                </div>
                <div class="tiles" id="tiles" role=move || live.get().then_some("listbox") aria-label=about.text(Key::ResultsLabel)>
                    {move || {
                        let on = live.get();
                        found.tiles.get().into_iter().enumerate().map(|(place, tile)| tile_view(language, place, tile, found, on)).collect::<Vec<_>>()
                    }}
                </div>
                {move || after_list(language, found)}
            </form>
            <p class="heard" role="status">{move || count(language, found)}</p>
        </main>
    }
}

fn on_key(found: Found, event: &web_sys::KeyboardEvent) {
    let last = found.tiles.with_untracked(Vec::len).checked_sub(1);
    let (Some(last), at) = (last, found.active.get_untracked()) else {
        return;
    };
    let next = match (event.key().as_str(), at) {
        ("ArrowDown", None) => Some(0),
        ("ArrowDown", Some(at)) => Some(if at >= last { 0 } else { at + 1 }),
        ("ArrowUp", None | Some(0)) => Some(last),
        ("ArrowUp", Some(at)) => Some(at - 1),
        ("Enter", Some(at)) if !event.is_composing() => {
            event.prevent_default();
            client::press(&format!("tile-{at}"));
            return;
        }
        _ => return,
    };
    event.prevent_default();
    found.active.set(next);
    client::bring_into_view(&format!("tile-{}", next.unwrap_or(0)));
}

fn tile_view(language: Language, place: usize, tile: Tile, found: Found, live: bool) -> impl IntoView {
    let kind = text(
        language,
        match tile.kind {
            TileKind::Bank => Key::KindBank,
            TileKind::Card => Key::KindCard,
            TileKind::Insurance => Key::KindInsurance,
            TileKind::Business => Key::KindBusiness,
        },
    );
    let active = move || found.active.get() == Some(place);
    view! {
        <button
            type="submit" class="tile" formaction="/w/do/choose" name="institution"
            id=format!("tile-{place}")
            value=tile.id.clone()
            class:active=active
            role=live.then_some("option")
            tabindex=live.then_some("-1")
            aria-selected=move || live.then(|| if active() { "true" } else { "false" })
        >
            {mark(&tile)}
            <span class="label"><bdi class="name">{tile.name}</bdi><span class="kind">{kind}</span></span>
            {tile.invented.then(|| view! { <span class="chip">{text(language, Key::Invented)}</span> })}
            {icon(icon_paths::CHEVRON, true)}
        </button>
    }
}

/// What stands under the list: that there is more, or that there is nothing and what to do about it.
fn after_list(language: Language, found: Found) -> impl IntoView {
    if found.tiles.with(Vec::is_empty) {
        let query = found.query.get();
        return Either::Left(view! {
            <div class="empty">
                <h2>{say(language, Key::EmptyTitle, &[("query", &query)])}</h2>
                <p>{text(language, Key::EmptyAdvice)}</p>
                <button type="submit" class="plain" name="all" value="1">{text(language, Key::ShowAll)}</button>
            </div>
        });
    }
    Either::Right(found.more.get().then(|| view! { <p class="more">{text(language, Key::More)}</p> }))
}

/// What a screen reader hears when a search has brought something else.
fn count(language: Language, found: Found) -> String {
    if found.query.with(String::is_empty) {
        return String::new();
    }
    match found.tiles.with(Vec::len) {
        0 => say(language, Key::EmptyTitle, &[("query", &found.query.get())]),
        1 => text(language, Key::ResultsOne).to_owned(),
        many => fill(text(language, Key::ResultsOther), &[("count", &many.to_string())]),
    }
}
