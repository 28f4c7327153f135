//! What a person does besides sending forms: typing, keys, the small buttons.

use super::{Flow, NOTICED, close, dom, look_again, next, parent, trouble};
use crate::act;
use crate::national_id;
use gesher_contract::{Door, ExitReason};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::{Element, Event, HtmlInputElement, KeyboardEvent, MouseEvent};
use std::cell::Cell;
use wasm_bindgen::JsCast;

/// Shortest time from one search to the next, in milliseconds. The first letter is searched for at once, and so is whatever stands in
/// the box when this is over.
const GAP: u32 = 60;
/// Pause before looking again whether a tile is still pressed, in milliseconds.
const PRESS: u32 = 30;
/// A national id is checked when it has all its digits.
const ID_LENGTH: usize = 9;

thread_local! {
    /// Grows with each search, so that an answer that comes too late is dropped.
    static SEARCHES: Cell<u32> = const { Cell::new(0) };
    /// When the last one was sent.
    static SENT: Cell<f64> = const { Cell::new(f64::NEG_INFINITY) };
    /// The search that was answered last.
    static ANSWERED: Cell<u32> = const { Cell::new(0) };
}

fn target<T: JsCast>(event: &Event) -> Option<T> {
    event.target()?.dyn_into().ok()
}

/// Something was typed.
pub(crate) fn on_input(flow: Flow, event: &Event) {
    let Some(control) = target::<Element>(event) else { return };
    let Some(input) = control.dyn_ref::<HtmlInputElement>() else {
        dom::set_problem(&control, "");
        return;
    };
    if input.id() == "q" {
        search(flow, input.value());
        return;
    }
    let chosen = control.closest(".id-type").is_ok_and(|choice| choice.is_some());
    let input = if chosen { dom::suit_id_type(&control) } else { Some(input.clone()) };
    if let Some(input) = input {
        dom::set_problem(&input, &id_problem(&input));
    }
}

/// What is wrong with a national id while it is typed. A passport's number has no check digit.
fn id_problem(input: &HtmlInputElement) -> String {
    let problem = input.get_attribute("data-check").unwrap_or_default();
    if input.value().len() == ID_LENGTH && !national_id::is_valid(&input.value()) && !dom::takes_passport(input) {
        problem
    } else {
        String::new()
    }
}

fn search(flow: Flow, query: String) {
    dom::point_at(None);
    let number = next(&SEARCHES);
    spawn_local(async move {
        let rest = SENT.get() + f64::from(GAP) - dom::now();
        if rest > 0.0 {
            TimeoutFuture::new(rest.ceil() as u32).await;
        }
        let Some(language) = flow.facts.with_untracked(|facts| facts.as_ref().map(|facts| facts.language)) else {
            return;
        };
        if SEARCHES.get() != number {
            return;
        }
        SENT.set(dom::now());
        let query = query.trim().to_owned();
        say_when_late(flow, number);
        let outcome = act::search(language, query.clone()).await;
        ANSWERED.set(number);
        // A tile that goes away under the finger would take the press with it.
        while dom::tile_is_pressed() {
            TimeoutFuture::new(PRESS).await;
        }
        if SEARCHES.get() != number {
            return;
        }
        flow.searching.set(false);
        match outcome {
            Ok(found) => {
                trouble::over(flow);
                dom::show_found(&found, !query.is_empty());
                parent::measure();
            }
            Err(error) => trouble::hit(flow, error),
        }
    });
}

/// A search that takes a while says what it does.
fn say_when_late(flow: Flow, number: u32) {
    spawn_local(async move {
        TimeoutFuture::new(NOTICED).await;
        if SEARCHES.get() == number && ANSWERED.get() != number {
            flow.searching.set(true);
        }
    });
}

/// The search form was sent: look for what is in the box, or for everything.
pub(super) fn search_form_sent(everything: bool) {
    let Some(input) = dom::search_box() else { return };
    if everything {
        input.set_value("");
        let _ = input.focus();
    }
    dom::fire_input(&input);
}

/// What a person typed before the scripts were there is searched for too.
pub(super) fn search_what_was_typed(flow: Flow) {
    if let Some(input) = dom::search_box().filter(|input| input.value() != input.default_value()) {
        search(flow, input.value());
    }
}

/// Arrows move through what was found while the focus stays in the search box; Enter takes what they point at.
pub(crate) fn on_key(event: &KeyboardEvent) {
    if target::<HtmlInputElement>(event).is_none_or(|input| input.id() != "q") || event.is_composing() {
        return;
    }
    let (at, Some(last)) = (dom::pointed_at(), dom::tile_count().checked_sub(1)) else {
        return;
    };
    let next = match (event.key().as_str(), at) {
        ("ArrowDown", Some(at)) if at < last => at + 1,
        ("ArrowDown", _) => 0,
        ("ArrowUp", Some(at)) if at > 0 => at - 1,
        ("ArrowUp", _) => last,
        ("Enter", Some(at)) => {
            event.prevent_default();
            dom::press_tile(at);
            return;
        }
        _ => return,
    };
    event.prevent_default();
    dom::point_at(Some(next));
}

/// The button that shows a password does not take the focus from its field.
pub(crate) fn on_mouse_down(event: &MouseEvent) {
    if pressed(event).is_some_and(|(what, _)| what == "reveal") {
        event.prevent_default();
    }
}

fn pressed(event: &MouseEvent) -> Option<(String, Element)> {
    let button = target::<Element>(event)?.closest("[data-press]").ok()??;
    Some((button.get_attribute("data-press")?, button))
}

/// A button that is not a form's.
pub(crate) fn on_click(flow: Flow, event: &MouseEvent) {
    let Some((what, button)) = pressed(event) else {
        dom::follow_to_field(event);
        return;
    };
    match what.as_str() {
        "reveal" => dom::reveal(&button),
        "look" => look_again(flow),
        "leave" => {
            let reason = match button.get_attribute("value").as_deref() {
                Some("completed") => ExitReason::Completed,
                Some("expired") => ExitReason::Expired,
                Some("failed") => ExitReason::Failed,
                Some("not_listed") => ExitReason::NotListed,
                _ => ExitReason::Cancelled,
            };
            parent::leave(flow, reason);
        }
        _ => close(flow),
    }
}

/// Puts the focus into the search box: at once on the hosted page; in a frame when the host's page gives it the focus.
pub(super) fn focus_search_on_first_focus(door: Door) {
    if !dom::has_keyboard() {
        return;
    }
    let focus = || {
        let on_nothing = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
        if let Some(input) = dom::search_box().filter(|_| on_nothing) {
            let _ = input.focus();
        }
    };
    if door == Door::Page || document().has_focus().unwrap_or(false) {
        focus();
    } else {
        let done = Cell::new(false);
        dom::listen(window().as_ref(), "focus", move |_| {
            if !done.replace(true) {
                focus();
            }
        });
    }
}
