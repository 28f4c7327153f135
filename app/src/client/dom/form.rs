//! Forms: what is about to be sent, what is wrong with a field, and what was typed.

use super::{all, set};
use leptos::prelude::*;
use leptos::web_sys::{Element, FormData, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlSelectElement, MouseEvent, SubmitEvent};
use wasm_bindgen::JsCast;

/// A form that is about to be sent.
pub(in crate::client) struct Sent {
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

/// Says beside a field, or beside its part, what is wrong with it, or that nothing is.
pub(in crate::client) fn set_problem(control: &Element, problem: &str) {
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
pub(in crate::client) fn takes_passport(control: &Element) -> bool {
    let field = control.closest(".field").ok().flatten();
    field.is_some_and(|field| {
        field
            .query_selector(".id-type [value=passport]:checked")
            .is_ok_and(|found| found.is_some())
    })
}

/// The input beside the choice of what an id is, made right for what is chosen.
pub(in crate::client) fn suit_id_type(choice: &Element) -> Option<HtmlInputElement> {
    let field = choice.closest(".field").ok()??;
    let input: HtmlInputElement = field.query_selector("input[data-check]").ok()??.dyn_into().ok()?;
    set(&input, "inputmode", if takes_passport(&input) { "text" } else { "numeric" });
    Some(input)
}

/// Shows or hides a password.
pub(in crate::client) fn reveal(button: &Element) {
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
pub(in crate::client) fn follow_to_field(event: &MouseEvent) {
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

fn selects() -> impl Iterator<Item = HtmlSelectElement> {
    all("select[name^='f.']")
}

/// What stands in the form, but for secrets: names, values, and what is picked.
pub(in crate::client) fn typed() -> Vec<(String, String, bool)> {
    all::<HtmlInputElement>(
        "input[name^='f.'][type=text]:not([readonly], .code, :has(~ .reveal)), input[name^='f.'][type=radio], input[name=account]",
    )
    .map(|input| (input.name(), input.value(), input.checked()))
    .chain(selects().map(|select| (select.name(), select.value(), true)))
    .collect()
}

/// Puts back what was typed before the language changed.
pub(in crate::client) fn put_back(typed: &[(String, String, bool)]) {
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
    for select in selects() {
        if let Some((_, value, _)) = typed.iter().find(|(name, ..)| *name == select.name()) {
            select.set_value(value);
        }
    }
}
