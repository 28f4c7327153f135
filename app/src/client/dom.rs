//! What is done to the document by hand.

use crate::shown::{Found, Start};
use gesher_contract::Language;
use leptos::prelude::*;
use leptos::web_sys::{self, Element, FormData, HtmlElement, HtmlFormElement, HtmlInputElement, MouseEvent, SubmitEvent};
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

    /// Every value of a field that may come several times.
    pub fn all(&self, name: &str) -> Vec<String> {
        let values = self.entries.iter().filter(|(known, _)| known == name);
        values.map(|(_, value)| value.clone()).collect()
    }

    /// The answers to an institution's form: the fields `f.<name>`.
    pub fn answers(self) -> Vec<(String, String)> {
        self.entries
            .into_iter()
            .filter_map(|(name, value)| Some((name.strip_prefix("f.")?.to_owned(), value)))
            .collect()
    }
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

/// Gives the search box its combobox: without scripts the arrows do nothing, so the markup does not promise it. Where an id
/// may be a passport, its input suits what is chosen.
pub(super) fn dress() {
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

/// Whether a tile is being pressed at this moment.
pub(super) fn tile_is_pressed() -> bool {
    find::<Element>(".tile:active").is_some()
}

pub(super) fn search_box() -> Option<HtmlInputElement> {
    find("#q")
}

/// Lets the search box say that something was typed.
pub(super) fn fire_input(input: &HtmlInputElement) {
    let options = web_sys::EventInit::new();
    options.set_bubbles(true);
    if let Ok(event) = web_sys::Event::new_with_event_init_dict("input", &options) {
        let _ = input.dispatch_event(&event);
    }
}

/// Shows what a search brought. The first is what Enter takes, if there was something to look for.
pub(super) fn show_found(found: &Found, looked_for: bool) {
    if let Some(place) = find::<Element>("#found") {
        place.set_inner_html(&found.markup);
    }
    if let Some(said) = find::<Element>("#said") {
        said.set_text_content(Some(&found.said));
    }
    dress_list();
    point_at((looked_for && tile_count() > 0).then_some(0));
}

pub(super) fn tile_count() -> usize {
    all::<Element>(".tile").count()
}

pub(super) fn pointed_at() -> Option<usize> {
    all::<Element>(".tile").position(|tile| tile.class_list().contains("active"))
}

/// Points at a tile, and at no other.
pub(super) fn point_at(place: Option<usize>) {
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
pub(super) fn press_tile(place: usize) {
    if let Some(tile) = find::<HtmlElement>(&format!("#tile-{place}")) {
        tile.click();
    }
}

/// Presses the button again that sent a form.
pub(super) fn press(sent: &Sent) {
    let institution = sent.field("institution");
    let tile = all::<HtmlElement>(".tile").find(|tile| tile.get_attribute("value") == institution);
    if let Some(tile) = tile.filter(|_| institution.is_some()) {
        tile.click();
    }
}

/// Says beside a field, or beside its part, what is wrong with it, or that nothing is.
pub(super) fn set_problem(control: &Element, problem: &str) {
    let Ok(Some(field)) = control.closest(".part, .field") else {
        return;
    };
    let wrong = !problem.is_empty();
    let _ = field.class_list().toggle_with_force("wrong", wrong);
    if wrong {
        set(control, "aria-invalid", "true");
    } else {
        let _ = field.remove_attribute("aria-invalid");
        while let Ok(Some(control)) = field.query_selector("[aria-invalid]") {
            let _ = control.remove_attribute("aria-invalid");
        }
    }
    if let Ok(Some(place)) = field.query_selector(".problem") {
        place.set_text_content(Some(problem));
    }
}

/// Whether a field takes a passport's number now.
pub(super) fn takes_passport(control: &Element) -> bool {
    let field = control.closest(".field").ok().flatten();
    field.is_some_and(|field| {
        field
            .query_selector(".id-type [value=passport]:checked")
            .is_ok_and(|found| found.is_some())
    })
}

/// The input beside the choice of what an id is, made right for what is chosen.
pub(super) fn suit_id_type(choice: &Element) -> Option<HtmlInputElement> {
    let field = choice.closest(".field").ok()??;
    let input: HtmlInputElement = field.query_selector("input[data-check]").ok()??.dyn_into().ok()?;
    set(&input, "inputmode", if takes_passport(&input) { "text" } else { "numeric" });
    Some(input)
}

/// Shows or hides a password.
pub(super) fn reveal(button: &Element) {
    let field = button
        .closest(".box")
        .ok()
        .flatten()
        .and_then(|field| field.query_selector("input").ok().flatten());
    let Some(input) = field.and_then(|input| input.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    let shown = input.type_() == "text";
    input.set_type(if shown { "password" } else { "text" });
    set(button, "aria-pressed", if shown { "false" } else { "true" });
}

/// A link to a field puts the focus into it, and leaves the address alone.
pub(super) fn follow_to_field(event: &MouseEvent) {
    let link = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|element| element.closest("a[href^='#']").ok()?);
    let Some(address) = link.and_then(|link| link.get_attribute("href")) else {
        return;
    };
    if let Some(field) = document()
        .get_element_by_id(address.trim_start_matches('#'))
        .and_then(|field| field.dyn_into::<HtmlElement>().ok())
    {
        event.prevent_default();
        let _ = field.focus();
    }
}

/// Forms that are sent without the island carry the newest ticket.
pub(super) fn set_tickets(ticket: &str) {
    all::<HtmlInputElement>("input[name=ticket]").for_each(|input| input.set_value(ticket));
}

/// What stands in the form, but for secrets: names, values, and what is picked.
pub(super) fn typed() -> Vec<(String, String, bool)> {
    all::<HtmlInputElement>(
        "input[name^='f.'][type=text]:not([readonly], .code, :has(~ .reveal)), input[name^='f.'][type=radio], input[name=account]",
    )
    .map(|input| (input.name(), input.value(), input.checked()))
    .collect()
}

/// Puts back what was typed before the language changed.
pub(super) fn put_back(typed: &[(String, String, bool)]) {
    for input in all::<HtmlInputElement>("input[name^='f.']:not([readonly], [type=hidden]), input[name=account]") {
        let text = input.type_() == "text";
        let known = typed
            .iter()
            .find(|(name, value, _)| *name == input.name() && (text || *value == input.value()));
        match known {
            Some((_, value, _)) if text => input.set_value(value),
            Some((_, _, checked)) => input.set_checked(*checked),
            None => {}
        }
    }
}

/// Says that it takes longer than usual.
pub(super) fn say_late() {
    if let Some(place) = find::<Element>("[data-late]") {
        place.set_text_content(place.get_attribute("data-late").as_deref());
    }
}

/// Whether the way to the bank asks for two digits first, which takes a person's time.
pub(super) fn asks_for_digits() -> bool {
    find::<Element>(".to-type").is_some()
}

/// Sends the screen's form, as a press would.
pub(super) fn submit_main() {
    if let Some(form) = find::<HtmlFormElement>("#main") {
        let _ = form.request_submit();
    }
}

/// The address to which the page goes back by itself.
pub(super) fn way_back() -> Option<String> {
    find::<Element>("[data-return]")?.get_attribute("href")
}

/// Writes a wait's clock, and says once that the last minute has come. Says whether there is a clock.
pub(super) fn set_clock(left: &str, last_minute: bool) -> bool {
    let Some(clock) = find::<Element>("[data-clock]") else {
        return false;
    };
    clock.set_text_content(Some(left));
    if last_minute {
        say_once("[data-last-minute]:empty", "data-last-minute");
    }
    true
}

fn say_once(place: &str, words: &str) {
    if let Some(place) = find::<Element>(place) {
        place.set_text_content(place.get_attribute(words).as_deref());
    }
}

/// Closes the way to another code while a clock runs for it; opens it, and says so, when the time has come.
pub(super) fn hold_resend(waits: bool) {
    let Some(button) = find::<Element>("[data-resend]") else { return };
    if waits {
        set(&button, "disabled", "");
        return;
    }
    let _ = button.remove_attribute("disabled");
    let _ = button.remove_attribute("data-resend");
    if let Some(hint) = find::<Element>("[data-resend-in]") {
        hint.remove();
    }
    say_once("[data-resend-ready]", "data-resend-ready");
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

/// The height that the screen would take if it had all the room it wanted, in CSS pixels.
pub(super) fn natural_height() -> u32 {
    let fixed = [".top", ".notes", ".actions"]
        .into_iter()
        .filter_map(find::<HtmlElement>)
        .map(|element| element.offset_height())
        .sum::<i32>();
    u32::try_from(fixed + find(".content").map_or(0, |content| inner_height(&content))).unwrap_or(0)
}

/// How much the children of the content take, and its padding; not the room that is left over between them.
fn inner_height(content: &HtmlElement) -> i32 {
    const PADDING: i32 = 40;
    let children = content.children();
    let parts = (0..children.length()).filter_map(|place| children.item(place)?.dyn_into::<HtmlElement>().ok());
    let (top, bottom) = parts
        .filter(|part| part.offset_height() > 1)
        .fold((i32::MAX, 0), |(top, bottom), part| {
            (top.min(part.offset_top()), bottom.max(part.offset_top() + part.offset_height()))
        });
    if bottom > top { bottom - top + PADDING } else { 0 }
}
