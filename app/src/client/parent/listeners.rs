//! Whom the frame speaks to, and whom it hears.
//!
//! **Contract.** Each message goes once to each origin of the session, so that the page around the frame gets it if it is of
//! one of them, and nobody else ever does. Where the browser says whose page that is, it goes to that one alone: it would
//! write a complaint about each of the others.

use super::get;
use leptos::prelude::window;
use leptos::web_sys::MessageEvent;
use wasm_bindgen::{JsCast, JsValue};

/// The origins that may be around this frame. None on the hosted page.
#[derive(Clone, Default)]
pub(super) struct Listeners(Vec<String>);

impl Listeners {
    /// Of the session's origins those that can be around this frame.
    pub(super) fn around_this_frame(origins: Vec<String>) -> Self {
        let around = get(&get(window().location().as_ref(), "ancestorOrigins"), "0").as_string();
        Self(of_these(origins, around))
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Says this to the page around the frame.
    pub(super) fn say(&self, message: &JsValue) {
        let Ok(Some(parent)) = window().parent() else { return };
        for origin in &self.0 {
            let _ = parent.post_message(message, origin);
        }
    }

    /// What the page around the frame said, if this event is that.
    pub(super) fn said(&self, event: &JsValue) -> Option<JsValue> {
        let event = event.dyn_ref::<MessageEvent>()?;
        let parent: Option<JsValue> = window().parent().ok().flatten().map(Into::into);
        let source: Option<JsValue> = event.source().map(Into::into);
        (source.is_some() && source == parent && self.0.contains(&event.origin())).then(|| event.data())
    }
}

fn of_these(origins: Vec<String>, around: Option<String>) -> Vec<String> {
    match around {
        Some(around) if origins.contains(&around) => vec![around],
        _ => origins,
    }
}

#[cfg(test)]
mod tests {
    use super::of_these;

    #[test]
    fn nobody_is_spoken_to_but_the_sessions_origins() {
        let both = || vec!["https://a.example".to_owned(), "https://b.example".to_owned()];
        let around = |origin: &str| of_these(both(), Some(origin.to_owned()));
        assert_eq!(around("https://b.example"), ["https://b.example"]);
        for other in ["https://c.example", "null", "*", ""] {
            assert_eq!(around(other), both(), "{other}");
        }
        assert_eq!(of_these(both(), None), both(), "a browser that does not say");
        assert!(of_these(Vec::new(), Some("https://a.example".to_owned())).is_empty());
    }
}
