//! The picker: who asks and for what, search, institutions.

use super::{About, icon, icon_paths, leg, mark, ticket};
use crate::locale::{ServerKey as Key, fill, server_text as text};
use gesher_contract::{Door, Language, More, Nothing, PickerView, Tile, TileKind};
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
    let empty = view.tiles.is_empty().then(|| empty(language, &view));
    let missing = view.may_be_not_listed.then(|| {
        view! {
            <button type="submit" class="plain missing" formaction="/w/do/not_listed">{text(language, Key::NotListed)}</button>
        }
    });
    if let Some((title, advice)) = empty {
        let show_all = (view.nothing != Some(Nothing::None)).then(|| {
            view! { <button type="submit" class="plain" name="all" value="1">{text(language, Key::ShowAll)}</button> }
        });
        return Either::Left(view! {
            <div class="empty">
                <h2>{title}</h2>
                <p>{advice}</p>
                {show_all}
                {missing}
            </div>
        });
    }
    let popular = matches!(view.more, More::Others(_)).then(|| view! { <h2 class="popular">{text(language, Key::Popular)}</h2> });
    let more = match view.more {
        More::None => None,
        More::Matches => Some(text(language, Key::More).to_owned()),
        More::Others(count) => Some(fill(text(language, Key::MoreOthers), &[("count", &grouped(count))])),
    };
    Either::Right(view! {
        {popular}
        <div class="tiles" id="tiles" aria-label=text(language, Key::ResultsLabel)>
            {view.tiles.into_iter().enumerate().map(|(place, tile)| tile_view(door, language, place, tile)).collect::<Vec<_>>()}
        </div>
        {more.map(|more| view! { <p class="more">{more}</p> })}
        {missing}
    })
}

/// Why there is no list, and what to do.
fn empty(language: Language, view: &PickerView) -> (String, &'static str) {
    match &view.nothing {
        Some(Nothing::None) => (text(language, Key::NoneTitle).to_owned(), text(language, Key::NoneAdvice)),
        Some(Nothing::NotHere(names)) => {
            // Each in its own direction.
            let names: Vec<String> = names.iter().map(|name| fill("{name}", &[("name", name)])).collect();
            let title = fill(text(language, Key::NotHereTitle), &[("institutions", &names.join(", "))]);
            (title, text(language, Key::NotHereAdvice))
        }
        Some(Nothing::Unknown) | None => {
            let title = fill(text(language, Key::EmptyTitle), &[("query", &view.query)]);
            (title, text(language, Key::EmptyAdvice))
        }
    }
}

/// A number with its thousands apart, as both languages write it.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut written = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
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
    let place_name = tile.country.clone().map(|country| view! { " · " <bdi>{country}</bdi> });
    let other = (!tile.other_name.is_empty()).then(|| view! { <bdi class="other">{tile.other_name.clone()}</bdi> });
    let troubled = tile
        .troubled
        .then(|| view! { <span class="troubled">{text(language, Key::Troubled)}</span> });
    view! {
        <button
            type="submit" class="tile" formaction=if tile.launches { "/go" } else { "/w/do/choose" } formtarget=target
            name="institution" id=format!("tile-{place}") value=tile.id.clone()
        >
            {mark(&tile)}
            <span class="label">
                <bdi class="name">{tile.name}</bdi>
                {other}
                <span class="kind">{kind}{place_name}{leaves}</span>
                {troubled}
            </span>
            {tile.invented.then(|| view! { <span class="chip">{text(language, Key::Invented)}</span> })}
        </button>
    }
}

/// What a screen reader says when a search has brought something else.
pub(crate) fn said(language: Language, view: &PickerView) -> String {
    match view.tiles.len() {
        0 => empty(language, view).0,
        1 => text(language, Key::ResultsOne).to_owned(),
        many => fill(text(language, Key::ResultsOther), &[("count", &many.to_string())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(name: &str) -> Tile {
        Tile {
            id: "xx-bank".into(),
            name: name.into(),
            other_name: String::new(),
            kind: TileKind::Bank,
            country: None,
            monogram: "B".into(),
            colour: 3,
            logo: None,
            invented: false,
            troubled: false,
            launches: false,
        }
    }

    fn view(tiles: Vec<Tile>, more: More, nothing: Option<Nothing>) -> PickerView {
        PickerView {
            query: "wxyz".into(),
            tiles,
            more,
            nothing,
            may_be_not_listed: true,
        }
    }

    fn markup(language: Language, view: PickerView) -> String {
        found(Door::Page, language, view).to_html()
    }

    #[test]
    fn a_tile_with_a_logo_shows_it_over_its_letters() {
        let logo = Some("/w/logo/xx-bank.png".to_owned());
        let shown = markup(Language::En, view(vec![Tile { logo, ..tile("Bank") }], More::None, None));
        assert!(
            shown.contains(r#"src="/w/logo/xx-bank.png" alt="" width="40" height="40" loading="lazy""#),
            "{shown}"
        );
        assert!(shown.contains(r#"data-letters="B""#) && !shown.contains("onerror"), "{shown}");
        let bare = markup(Language::En, view(vec![tile("Bank")], More::None, None));
        assert!(!bare.contains("<img") && bare.contains(">B<"), "{bare}");
    }

    #[test]
    fn a_tile_says_its_country_its_other_name_and_its_trouble() {
        for (language, country, trouble) in [
            (Language::En, "Germany", "Having trouble right now"),
            (Language::He, "גרמניה", "יש שם תקלה כרגע"),
        ] {
            let told = Tile {
                country: Some(country.into()),
                other_name: "Εθνική".into(),
                troubled: true,
                ..tile("Bank")
            };
            let shown = markup(language, view(vec![told], More::None, None));
            for words in [country, trouble, "Εθνική"] {
                assert!(shown.contains(words), "{words}: {shown}");
            }
            let bare = markup(language, view(vec![tile("Bank")], More::None, None));
            assert!(
                !bare.contains(trouble) && !bare.contains("class=\"other\"") && !bare.contains('·'),
                "{bare}"
            );
        }
    }

    #[test]
    fn what_is_popular_is_said_to_be_and_the_others_are_counted() {
        let shown = markup(Language::En, view(vec![tile("Bank")], More::Others(15_442), None));
        assert!(shown.contains("Popular</h2>") && shown.contains("15,442"), "{shown}");
        for more in [More::None, More::Matches] {
            assert!(!markup(Language::En, view(vec![tile("Bank")], more, None)).contains("Popular"));
        }
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn an_empty_list_says_why_and_what_to_do() {
        let here = Nothing::NotHere(vec!["Deutsche Bank".into(), "בנק לאומי".into()]);
        for (nothing, title, all) in [
            (Nothing::Unknown, "wxyz", true),
            (here, "Deutsche Bank\u{2069}, \u{2068}בנק לאומי", true),
            (Nothing::None, "No bank can be connected here", false),
        ] {
            let view = view(Vec::new(), More::None, Some(nothing));
            assert!(said(Language::En, &view).contains(title));
            let shown = markup(Language::En, view);
            assert!(shown.contains(title) && shown.contains("/w/do/not_listed"), "{shown}");
            assert_eq!(shown.contains("name=\"all\""), all, "{shown}");
        }
    }

    #[test]
    fn where_it_makes_no_sense_nobody_can_say_that_a_bank_is_missing() {
        let repair = PickerView {
            may_be_not_listed: false,
            ..view(vec![tile("Bank")], More::None, None)
        };
        assert!(!markup(Language::En, repair).contains("not_listed"));
    }
}
