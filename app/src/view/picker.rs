//! The picker: who asks and for what, search, institutions.

use super::{About, icon, icon_paths, leg, mark, ticket};
use crate::locale::{ServerKey as Key, fill, server_text as text};
use gesher_contract::{Door, Language, PickerView, Tile, TileKind};
use leptos::either::Either;
use leptos::prelude::*;

pub(super) fn picker(about: &About, view: PickerView) -> impl IntoView + use<> {
    let language = about.language;
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
                        id="q" name="q" type="text" inputmode="search" enterkeyhint="search" maxlength="80" spellcheck="false"
                        value=view.query.clone()
                        placeholder=about.text(Key::SearchLabel)
                        aria-label=about.text(Key::SearchLabel)
                    />
                    <button type="submit" class="plain without-scripts">{about.text(Key::SearchSubmit)}</button>
                </div>
                <div id="found">{found(about.door, language, view)}</div>
            </form>
            <p id="said" class="heard" role="status"></p>
        </main>
    }
}

/// The list that a search brought; and what to do when it brought nothing, or not all.
pub(crate) fn found(door: Door, language: Language, view: PickerView) -> impl IntoView + use<> {
    let PickerView {
        query,
        tiles,
        more,
        may_be_not_listed,
    } = view;
    let missing = may_be_not_listed.then(|| {
        view! {
            <button type="submit" class="plain missing" formaction="/w/do/not_listed">{text(language, Key::NotListed)}</button>
        }
    });
    if tiles.is_empty() {
        return Either::Left(view! {
            <div class="empty">
                <h2>{fill(text(language, Key::EmptyTitle), &[("query", &query)])}</h2>
                <p>{text(language, Key::EmptyAdvice)}</p>
                <button type="submit" class="plain" name="all" value="1">{text(language, Key::ShowAll)}</button>
                {missing}
            </div>
        });
    }
    Either::Right(view! {
        <div class="tiles" id="tiles" aria-label=text(language, Key::ResultsLabel)>
            {tiles.into_iter().enumerate().map(|(place, tile)| tile_view(door, language, place, tile)).collect::<Vec<_>>()}
        </div>
        {more.then(|| view! { <p class="more">{text(language, Key::More)}</p> })}
        {missing}
    })
}

fn tile_view(door: Door, language: Language, place: usize, tile: Tile) -> impl IntoView {
    let kind = text(
        language,
        match tile.kind {
            TileKind::Bank => Key::KindBank,
            TileKind::Card => Key::KindCard,
            TileKind::Insurance => Key::KindInsurance,
            TileKind::Business => Key::KindBusiness,
        },
    );
    // The press itself goes to the institution's pages, in a frame in a window of its own: only a press may open one.
    let target = (tile.launches && door == Door::Frame).then_some("_blank");
    let leaves = tile.launches.then(|| {
        let opens = fill(text(language, Key::OpensSite), &[("institution", &tile.name)]);
        view! { {leg::out()} <span class="heard">", " {opens}</span> }
    });
    view! {
        <button
            type="submit" class="tile" formaction=if tile.launches { "/go" } else { "/w/do/choose" } formtarget=target
            name="institution" id=format!("tile-{place}") value=tile.id.clone()
        >
            {mark(&tile)}
            <span class="label"><bdi class="name">{tile.name}</bdi><span class="kind">{kind}{leaves}</span></span>
            {tile.invented.then(|| view! { <span class="chip">{text(language, Key::Invented)}</span> })}
        </button>
    }
}

/// What a screen reader says when a search has brought something else.
pub(crate) fn said(language: Language, view: &PickerView) -> String {
    match view.tiles.len() {
        0 => fill(text(language, Key::EmptyTitle), &[("query", &view.query)]),
        1 => text(language, Key::ResultsOne).to_owned(),
        many => fill(text(language, Key::ResultsOther), &[("count", &many.to_string())]),
    }
}
