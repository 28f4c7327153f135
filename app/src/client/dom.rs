//! The little that is done to the document by hand.

use gesher_contract::{Boot, Door, Language};
use leptos::prelude::*;
use leptos::web_sys::{self, FormData, HtmlElement, HtmlFormElement, HtmlInputElement, SubmitEvent};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

/// The island's boot data, from the attribute around it.
#[cfg_attr(feature = "ssr", expect(dead_code, reason = "the server takes it from context"))]
pub(crate) fn read_boot() -> Option<Boot> {
    let attribute = crate::wizard::BOOT_ATTRIBUTE;
    let element = document().query_selector(&format!("[{attribute}]")).ok()??;
    let binary = window().atob(&element.get_attribute(attribute)?).ok()?;
    let bytes: Vec<u8> = binary.chars().map(|character| u32::from(character) as u8).collect();
    postcard::from_bytes(&bytes).ok()
}

fn find<T: JsCast>(selector: &str) -> Option<T> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

fn all(selector: &str) -> impl Iterator<Item = HtmlInputElement> {
    let list = document().query_selector_all(selector).ok();
    let length = list.as_ref().map_or(0, web_sys::NodeList::length);
    (0..length).filter_map(move |place| list.as_ref()?.get(place)?.dyn_into().ok())
}

/// A form that is about to be sent.
pub(super) struct Sent {
    pub act: String,
    entries: Vec<(String, String)>,
}

impl Sent {
    pub fn of(event: &SubmitEvent) -> Option<Self> {
        let form: HtmlFormElement = event.target()?.dyn_into().ok()?;
        let button = event.submitter();
        let action = button
            .as_ref()
            .and_then(|button| button.get_attribute("formaction"))
            .or_else(|| form.get_attribute("action"))?;
        let data = FormData::new_with_form(&form).ok()?;
        let mut entries = Vec::new();
        for entry in js_sys::try_iter(&data).ok()??.flatten() {
            let entry = js_sys::Array::from(&entry);
            if let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string()) {
                entries.push((name, value));
            }
        }
        if let Some(button) = button
            && let (Some(name), Some(value)) = (button.get_attribute("name"), button.get_attribute("value"))
        {
            entries.push((name, value));
        }
        Some(Self {
            act: action.rsplit('/').next()?.to_owned(),
            entries,
        })
    }

    pub fn field(&self, name: &str) -> Option<String> {
        self.entries.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// The answers to an institution's form: the fields `f.<name>`.
    pub fn answers(self) -> Vec<(String, String)> {
        self.entries
            .into_iter()
            .filter_map(|(name, value)| Some((name.strip_prefix("f.")?.to_owned(), value)))
            .collect()
    }
}

pub(super) fn search_box() -> Option<HtmlInputElement> {
    find("#q")
}

/// The search form was sent: look for what is in the box, or for everything.
pub(super) fn search_again(everything: bool) {
    let Some(input) = search_box() else { return };
    if everything {
        input.set_value("");
        let _ = input.focus();
    }
    let options = web_sys::EventInit::new();
    options.set_bubbles(true);
    if let Ok(event) = web_sys::Event::new_with_event_init_dict("input", &options) {
        let _ = input.dispatch_event(&event);
    }
}

/// Presses a button.
pub(crate) fn press(id: &str) {
    if let Some(button) = find::<HtmlElement>(&format!("#{id}")) {
        button.click();
    }
}

/// Scrolls as little as needed to show an element.
pub(crate) fn bring_into_view(id: &str) {
    if let Some(element) = find::<HtmlElement>(&format!("#{id}")) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// Forms that a script-less press would send carry the newest ticket.
pub(super) fn set_tickets(ticket: &str) {
    all("input[name=ticket]").for_each(|input| input.set_value(ticket));
}

/// What stands in the form, but for secrets.
pub(super) fn typed() -> Vec<(String, String)> {
    all("input[name^='f.']:not([type=password], [type=radio], [readonly], .code)")
        .map(|input| (input.name(), input.value()))
        .collect()
}

/// Puts back what was typed before the language changed.
pub(super) fn put_back(typed: &[(String, String)]) {
    for input in all("input[name^='f.']:not([type=password], [readonly])") {
        if let Some((_, value)) = typed.iter().find(|(name, _)| *name == input.name()) {
            input.set_value(value);
        }
    }
}

/// The document's language and direction.
pub(super) fn speak(language: Language) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", language.code());
        let _ = root.set_attribute("dir", language.dir());
    }
}

/// Where the focus goes on a new screen: a field in error, what is wrong, or the heading. After a change of language it
/// stays on the switch.
pub(super) fn focus_screen(spoke: bool) {
    let targets: &[&str] = if spoke {
        &[".language"]
    } else {
        &["[aria-invalid=true]", ".alert", "h1"]
    };
    if let Some(element) = targets.iter().find_map(|selector| find::<HtmlElement>(selector)) {
        let _ = element.focus();
    }
    if let Some(content) = find::<HtmlElement>(".content").filter(|_| !spoke) {
        content.set_scroll_top(0);
    }
}

/// Whether there is a pointer that does not bring a keyboard up with the focus.
fn has_keyboard() -> bool {
    window()
        .match_media("(hover: hover) and (pointer: fine)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}

/// Puts the focus into the search box: at once on the hosted page; in a frame when the host's page gives it the focus.
pub(super) fn focus_search_on_first_focus(door: Door) {
    if !has_keyboard() {
        return;
    }
    let focus = || {
        let on_nothing = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
        if let Some(input) = search_box().filter(|_| on_nothing) {
            let _ = input.focus();
        }
    };
    if door == Door::Page || document().has_focus().unwrap_or(false) {
        focus();
    } else {
        once(window().as_ref(), "focus", focus);
    }
}

/// Runs when the person can see the document: not while a browser only prepares it.
pub(super) fn when_visible(run: impl Fn() + 'static) {
    let visible = || document().visibility_state() != web_sys::VisibilityState::Hidden;
    if visible() {
        run();
    } else {
        let done = Cell::new(false);
        listen(document().as_ref(), "visibilitychange", move |_| {
            if visible() && !done.replace(true) {
                run();
            }
        });
    }
}

fn once(target: &web_sys::EventTarget, event: &str, run: impl Fn() + 'static) {
    let done = Cell::new(false);
    listen(target, event, move |_| {
        if !done.replace(true) {
            run();
        }
    });
}

/// Listens for as long as the document lives.
pub(super) fn listen(target: &web_sys::EventTarget, event: &str, run: impl Fn(JsValue) + 'static) {
    let closure = Closure::<dyn Fn(JsValue)>::new(run);
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// The height that the content would take if it had all the room it wanted, in CSS pixels.
pub(super) fn natural_height() -> u32 {
    let part = |selector: &str, whole: bool| {
        find::<HtmlElement>(selector).map_or(0, |element| if whole { element.scroll_height() } else { element.offset_height() })
    };
    u32::try_from(part(".top", false) + part(".content", true) + part(".actions", false)).unwrap_or(0)
}
