//! What is done to the document by hand.
//!
//! | module | what |
//! |---|---|
//! | here | the page: its start, putting a screen in place, focus, sight, events |
//! | `form` | what is about to be sent, what is wrong with a field, what was typed |
//! | `picker` | the search box and the list |
//! | `wait` | words and clock of a wait, what goes on by itself |
//! | `height` | how high the screen would like to be |

mod form;
mod height;
mod picker;
mod wait;

pub(super) use form::*;
pub(super) use height::*;
pub(super) use picker::*;
pub(super) use wait::*;

use crate::shown::Start;
use gesher_contract::Language;
use leptos::prelude::*;
use leptos::web_sys::{self, Element, HtmlElement, HtmlInputElement};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

/// What the island starts from, from the attribute around it.
pub(super) fn read_start() -> Option<Start> {
    let attribute = crate::wizard::START_ATTRIBUTE;
    let element: Element = find(&format!("[{attribute}]"))?;
    let binary = window().atob(&element.get_attribute(attribute)?).ok()?;
    let bytes: Vec<u8> = binary.chars().map(|character| u32::from(character) as u8).collect();
    postcard::from_bytes(&bytes).ok()
}

fn find<T: JsCast>(selector: &str) -> Option<T> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

fn all<T: JsCast>(selector: &str) -> impl Iterator<Item = T> {
    let list = document().query_selector_all(selector).ok();
    let length = list.as_ref().map_or(0, web_sys::NodeList::length);
    (0..length).filter_map(move |place| list.as_ref()?.get(place)?.dyn_into().ok())
}

fn set(element: &Element, attribute: &str, value: &str) {
    let _ = element.set_attribute(attribute, value);
}

/// Puts a screen in place of the one on display.
pub(super) fn replace(markup: &str, language: Language) {
    if let Some(root) = document().document_element() {
        set(&root, "lang", language.code());
        set(&root, "dir", language.dir());
    }
    if let Some(stage) = find::<Element>(".stage") {
        stage.set_inner_html(markup);
    }
}

/// Forms that are sent without the island carry the newest ticket.
pub(super) fn set_tickets(ticket: &str) {
    all::<HtmlInputElement>("input[name=ticket]:not([data-own])").for_each(|input| input.set_value(ticket));
}

fn say_once(place: &str, words: &str) {
    if let Some(place) = find::<Element>(place) {
        place.set_text_content(place.get_attribute(words).as_deref());
    }
}

/// Where the focus goes on a new screen: a field in error, what is wrong, or the heading. After a change of language it
/// stays on the switch.
pub(super) fn focus_screen(spoke: bool) {
    let targets: &[&str] = if spoke {
        &[".language"]
    } else {
        &[":is(input, select)[aria-invalid=true], [aria-invalid=true] input", ".alert", "h1"]
    };
    if let Some(element) = targets.iter().find_map(|selector| find::<HtmlElement>(selector)) {
        let _ = element.focus();
    }
}

/// Whether there is a pointer that does not bring a keyboard up with the focus.
pub(super) fn has_keyboard() -> bool {
    window()
        .match_media("(hover: hover) and (pointer: fine)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}

/// Whether the browser knows of no reason why nothing would get through.
pub(super) fn is_online() -> bool {
    window().navigator().on_line()
}

/// Milliseconds on a clock that nobody can set.
pub(super) fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// Shows the screen that was hidden until it was known whether it is the right one.
pub(super) fn show_stage() {
    if let Some(root) = document().document_element() {
        let _ = root.class_list().remove_1("kept");
    }
}

pub(super) fn is_visible() -> bool {
    document().visibility_state() != web_sys::VisibilityState::Hidden
}

/// Runs when the person can see the document: not while a browser only prepares it.
pub(super) fn when_visible(run: impl Fn() + 'static) {
    if is_visible() {
        run();
    } else {
        let done = Cell::new(false);
        listen(document().as_ref(), "visibilitychange", move |_| {
            if is_visible() && !done.replace(true) {
                run();
            }
        });
    }
}

/// Listens for as long as the document lives.
pub(super) fn listen(target: &web_sys::EventTarget, event: &str, run: impl Fn(JsValue) + 'static) {
    let closure = Closure::<dyn Fn(JsValue)>::new(run);
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}
