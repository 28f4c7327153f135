//! The line on which the server says that the session has moved, and the looks that follow.
//!
//! **Contract.** The line tells that something moved and nothing else: what is shown comes from [`act::look`]. It is open
//! while this document is the live instance and the session is not over; polling goes on beneath it, slowly.

use super::{Came, Flow, OPENED, arrive, dom, leg, print, trouble};
use crate::act;
use crate::shown::{Facts, Stage};
use crate::wire;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::EventSource;
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsValue;

/// A line that the server has closed is not asked for again before so many milliseconds have passed.
const PATIENCE: f64 = 10_000.0;

thread_local! {
    /// The handle for which the line was opened, and the line.
    static LINE: RefCell<Option<(String, EventSource)>> = const { RefCell::new(None) };
    static OPENED_AT: Cell<f64> = const { Cell::new(0.0) };
    /// Whether something moved that nobody has looked at yet.
    static NEWS: Cell<bool> = const { Cell::new(false) };
    static LOOKING: Cell<bool> = const { Cell::new(false) };
}

fn is_in(line: Option<&(String, EventSource)>, state: u16) -> bool {
    line.is_some_and(|(_, source)| source.ready_state() == state)
}

/// Whether news come by themselves.
pub(super) fn is_open() -> bool {
    LINE.with_borrow(|line| is_in(line.as_ref(), EventSource::OPEN))
}

fn close() {
    if let Some((_, source)) = LINE.take() {
        source.close();
    }
}

/// Opens the line that belongs to this screen's instance, or closes it where nothing more will come.
pub(super) fn follow(flow: Flow, facts: &Facts) {
    let ended = matches!(
        facts.stage,
        Stage::Success { .. } | Stage::Failed { last: true, .. } | Stage::Over { .. } | Stage::TakenOver { .. } | Stage::UnderWay
    );
    if ended || !OPENED.get() {
        close();
        return;
    }
    let handle = wire::handle();
    let (ours, ended) = LINE.with_borrow(|line| {
        let ours = line.as_ref().is_some_and(|(known, _)| *known == handle);
        (ours, is_in(line.as_ref(), EventSource::CLOSED))
    });
    let now = dom::now();
    if ours && (!ended || now - OPENED_AT.get() < PATIENCE) {
        return;
    }
    close();
    OPENED_AT.set(now);
    let Ok(source) = EventSource::new(&format!("/w/events/{}", facts.stream)) else {
        return;
    };
    dom::listen(&source, "moved", move |_| look(flow));
    dom::listen(&source, "over", move |_| {
        close();
        look(flow);
    });
    LINE.set(Some((handle, source)));
}

/// Looks where the session is.
pub(super) fn look(flow: Flow) {
    NEWS.set(true);
    catch_up(flow);
}

/// Looks where the session is, if there is news. Not while an act is on its way, and one look at a time: this is called again
/// after each.
pub(super) fn catch_up(flow: Flow) {
    let busy = move || flow.call.with_untracked(Option::is_some);
    if !NEWS.get() || !OPENED.get() || busy() || LOOKING.replace(true) {
        return;
    }
    NEWS.set(false);
    spawn_local(async move {
        let outcome = act::look(print(flow)).await;
        LOOKING.set(false);
        match outcome {
            _ if busy() => NEWS.set(true),
            Ok(shown) => arrive(flow, shown, Came::Unasked),
            // Polling, or the line, brings the next one.
            Err(error) => trouble::missed(flow, error),
        }
        catch_up(flow);
    });
}

/// Looks at once when the person comes back to this document, also by the browser's back button.
pub(super) fn watch_returns(flow: Flow) {
    let back = move || {
        leg::came_back(flow);
        look(flow);
    };
    dom::listen(document().as_ref(), "visibilitychange", move |_| {
        if dom::is_visible() {
            back();
        }
    });
    dom::listen(window().as_ref(), "pageshow", move |event| {
        // Elsewhere the page has just been loaded.
        if js_sys::Reflect::get(&event, &JsValue::from_str("persisted")).is_ok_and(|kept| kept.is_truthy()) {
            back();
        }
    });
    // A page that is put aside lets go of its line: it is looked at again when it comes back.
    dom::listen(window().as_ref(), "pagehide", |_| close());
}
