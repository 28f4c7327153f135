//! How high the screen would like to be.

use super::find;
use leptos::web_sys::HtmlElement;
use wasm_bindgen::JsCast;

/// The height that the screen would take if it had all the room it wanted, in CSS pixels.
pub(in crate::client) fn natural_height() -> u32 {
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
