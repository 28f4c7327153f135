//! When no screen comes: the note, what the host's page hears of it, and going on by itself.
//!
//! **Contract.** What was typed is left alone, and no act is sent again: the document only asks where the session is until
//! an answer comes. The host's page hears of each trouble once.

use super::{OPENED, OPENING, dom, input, open, parent, stream};
use crate::act::ActError;
use crate::trouble::Trouble;
use crate::wizard::Flow;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::Cell;

/// Shortest and longest pause between two questions, in milliseconds.
const PAUSES: (u32, u32) = (1000, 10_000);
/// That screens come again is said for so many milliseconds.
const SAID: u32 = 6000;

thread_local! {
    /// What the host's page was told of, until a screen comes.
    static TOLD: Cell<Option<Trouble>> = const { Cell::new(None) };
    static ASKING: Cell<bool> = const { Cell::new(false) };
    static SINCE: Cell<f64> = const { Cell::new(0.0) };
}

/// An act, or a look, brought no screen.
pub(super) fn hit(flow: Flow, error: ActError) {
    show(flow, Trouble::of(error, dom::is_online()));
}

/// A look in vain: of no weight by itself, unless the session is gone. A note that is on display says what is true now.
pub(super) fn missed(flow: Flow, error: ActError) {
    if error == ActError::Over || flow.trouble.get_untracked().is_some() {
        hit(flow, error);
    }
}

fn show(flow: Flow, trouble: Trouble) {
    flow.again.set(false);
    if flow.trouble.get_untracked() != Some(trouble) {
        flow.trouble.set(Some(trouble));
        SINCE.set(dom::now());
    }
    dom::show_stage();
    if TOLD.replace(Some(trouble)) != Some(trouble) {
        flow.facts.with_untracked(|facts| {
            if let Some(facts) = facts {
                parent::trouble(facts, trouble);
            }
        });
    }
    parent::measure();
    if trouble.passes() {
        ask_on(flow);
    }
}

/// An answer came. One that was on its way already when the connection went says nothing about it.
pub(super) fn over(flow: Flow) {
    let Some(trouble) = flow.trouble.get_untracked() else { return };
    if trouble == Trouble::Offline && !dom::is_online() && dom::now() - SINCE.get() < f64::from(PAUSES.0) {
        return;
    }
    TOLD.set(None);
    flow.trouble.set(None);
    if trouble.passes() {
        flow.again.set(true);
        spawn_local(async move {
            TimeoutFuture::new(SAID).await;
            flow.again.set(false);
        });
        input::search_what_was_typed(flow);
    }
}

/// Asks until an answer comes.
fn ask_on(flow: Flow) {
    if ASKING.replace(true) {
        return;
    }
    spawn_local(async move {
        let (mut pause, longest) = PAUSES;
        loop {
            TimeoutFuture::new(pause).await;
            pause = longest.min(pause + pause / 2);
            if !flow.trouble.get_untracked().is_some_and(Trouble::passes) {
                break;
            }
            ask(flow);
        }
        ASKING.set(false);
    });
}

/// Asks where the session is, or to be let in.
pub(super) fn ask(flow: Flow) {
    if OPENED.get() {
        stream::look(flow);
    } else if !OPENING.get() {
        open(flow);
    }
}

/// Follows what the browser knows of its connection.
pub(super) fn watch(flow: Flow) {
    dom::listen(window().as_ref(), "offline", move |_| {
        let live = flow
            .facts
            .with_untracked(|facts| facts.as_ref().is_some_and(|facts| facts.stage.over().is_none()));
        if live {
            show(flow, Trouble::Offline);
        }
    });
    dom::listen(window().as_ref(), "online", move |_| {
        if flow.trouble.get_untracked().is_some_and(Trouble::passes) {
            ask(flow);
        }
    });
}
