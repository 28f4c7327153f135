//! The search box and the list of institutions.

use super::form::{Sent, suit_id_type};
use super::{all, find, set};
use crate::shown::Found;
use leptos::prelude::document;
use leptos::web_sys::{self, Element, HtmlElement, HtmlInputElement};
use wasm_bindgen::{JsCast, closure::Closure};

/// Gives the search box its combobox: without scripts the arrows do nothing, so the markup does not promise it. Where an id
/// may be a passport, its input suits what is chosen.
pub(in crate::client) fn dress() {
    for choice in all::<Element>(".id-type") {
        suit_id_type(&choice);
    }
    let Some(input) = search_box() else { return };
    set(&input, "role", "combobox");
    set(&input, "aria-autocomplete", "list");
    dress_list();
}

fn dress_list() {
    let (input, list) = (search_box(), find::<Element>("#tiles"));
    if let Some(list) = &list {
        set(list, "role", "listbox");
    }
    if let Some(input) = input {
        set(&input, "aria-expanded", if list.is_some() { "true" } else { "false" });
        if list.is_some() {
            set(&input, "aria-controls", "tiles");
        } else {
            let _ = input.remove_attribute("aria-controls");
        }
    }
    for tile in all::<Element>(".tile") {
        set(&tile, "role", "option");
        set(&tile, "tabindex", "-1");
        set(&tile, "aria-selected", "false");
    }
}

/// A logo that does not load goes away, and leaves the letters below it.
pub(in crate::client) fn watch_logos() {
    let closure = Closure::<dyn Fn(web_sys::Event)>::new(|event: web_sys::Event| {
        let picture: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
        if let Some(logo) = picture.filter(|element| element.class_list().contains("logo")) {
            logo.remove();
        }
    });
    // Such an event does not bubble.
    let capture = true;
    let _ = document().add_event_listener_with_callback_and_bool("error", closure.as_ref().unchecked_ref(), capture);
    closure.forget();
    let has = |logo: &Element, key: &str| js_sys::Reflect::get(logo, &key.into()).is_ok_and(|value| value.is_truthy());
    for logo in all::<Element>(".logo").filter(|logo| has(logo, "complete") && !has(logo, "naturalWidth")) {
        logo.remove();
    }
}

/// Whether a tile is being pressed at this moment.
pub(in crate::client) fn tile_is_pressed() -> bool {
    find::<Element>(".tile:active").is_some()
}

pub(in crate::client) fn search_box() -> Option<HtmlInputElement> {
    find("#q")
}

/// Lets the search box say that something was typed.
pub(in crate::client) fn fire_input(input: &HtmlInputElement) {
    let options = web_sys::EventInit::new();
    options.set_bubbles(true);
    if let Ok(event) = web_sys::Event::new_with_event_init_dict("input", &options) {
        let _ = input.dispatch_event(&event);
    }
}

/// Shows what a search brought. The first is what Enter takes, if there was something to look for.
pub(in crate::client) fn show_found(found: &Found, looked_for: bool) {
    if let Some(place) = find::<Element>("#found") {
        place.set_inner_html(&found.markup);
    }
    if let Some(said) = find::<Element>("#said") {
        said.set_text_content(Some(&found.said));
    }
    dress_list();
    point_at((looked_for && tile_count() > 0).then_some(0));
}

pub(in crate::client) fn tile_count() -> usize {
    all::<Element>(".tile").count()
}

pub(in crate::client) fn pointed_at() -> Option<usize> {
    all::<Element>(".tile").position(|tile| tile.class_list().contains("active"))
}

/// Points at a tile, and at no other.
pub(in crate::client) fn point_at(place: Option<usize>) {
    let input = search_box();
    if let Some(input) = &input {
        let _ = input.remove_attribute("aria-activedescendant");
    }
    for (at, tile) in all::<HtmlElement>(".tile").enumerate() {
        let active = place == Some(at);
        let _ = tile.class_list().toggle_with_force("active", active);
        set(&tile, "aria-selected", if active { "true" } else { "false" });
        if let Some(input) = input.as_ref().filter(|_| active) {
            set(input, "aria-activedescendant", &tile.id());
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            tile.scroll_into_view_with_scroll_into_view_options(&options);
        }
    }
}

/// Presses a tile.
pub(in crate::client) fn press_tile(place: usize) {
    if let Some(tile) = find::<HtmlElement>(&format!("#tile-{place}")) {
        tile.click();
    }
}

/// Presses the button again that sent a form.
pub(in crate::client) fn press(sent: &Sent) {
    let institution = sent.field("institution");
    let tile = all::<HtmlElement>(".tile").find(|tile| tile.get_attribute("value") == institution);
    if let Some(tile) = tile.filter(|_| institution.is_some()) {
        tile.click();
    }
}
