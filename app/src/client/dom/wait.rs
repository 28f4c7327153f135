//! Waits: their words, their clock, and what goes on by itself.

use super::{find, say_once, set};
use leptos::web_sys::{Element, HtmlFormElement};

/// Says that it takes longer than usual.
pub(in crate::client) fn say_late() {
    if let Some(place) = find::<Element>("[data-late]") {
        place.set_text_content(place.get_attribute("data-late").as_deref());
    }
}

/// Whether the way to the bank asks for two digits first, which takes a person's time.
pub(in crate::client) fn asks_for_digits() -> bool {
    find::<Element>(".to-type").is_some()
}

/// Sends the screen's form, as a press would.
pub(in crate::client) fn submit_main() {
    if let Some(form) = find::<HtmlFormElement>("#main") {
        let _ = form.request_submit();
    }
}

/// The address to which the page goes back by itself.
pub(in crate::client) fn way_back() -> Option<String> {
    find::<Element>("[data-return]")?.get_attribute("href")
}

/// Writes a wait's clock, and says once that the last minute has come. Says whether there is a clock.
pub(in crate::client) fn set_clock(left: &str, last_minute: bool) -> bool {
    let Some(clock) = find::<Element>("[data-clock]") else {
        return false;
    };
    clock.set_text_content(Some(left));
    if last_minute {
        say_once("[data-last-minute]:empty", "data-last-minute");
    }
    true
}

/// Closes the way to another code while a clock runs for it; opens it, and says so, when the time has come.
pub(in crate::client) fn hold_resend(waits: bool) {
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
