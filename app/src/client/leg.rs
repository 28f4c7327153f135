//! The way to the bank and back, from the browser's side.
//!
//! **Contract.** The launch form is the browser's own: it is never held up. What is added is words: while the bank's page
//! opens, and when its window did not; the clock of a wait; going on by itself where the server says so.

use super::{DOOR, Flow, LATE, NOTICED, dom, next, parent, print, run, wait_for_the_institution};
use crate::act;
use crate::locale::Key;
use crate::shown::{Facts, Stage};
use crate::wizard::{Going, RETURNS_AFTER};
use gesher_contract::Door;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::cell::Cell;

/// A window that has not sent the person off after so many milliseconds did not open.
const BLOCKED: u32 = 3000;
/// A wait's clock is set again when it is so many milliseconds off.
const DRIFT: f64 = 2000.0;
/// The wait's last minute is told to a screen reader too.
const LAST_MINUTE: u32 = 60;
/// Where the tab remembers which launch it has made by itself.
const MADE: &str = "gesher-go";

thread_local! {
    /// Grows with each launch.
    static GOES: Cell<u32> = const { Cell::new(0) };
    /// The version on which the last launch was made, until the session has moved.
    static FROM: Cell<Option<i64>> = const { Cell::new(None) };
    /// A tile's window did not open: its institution is chosen in the ordinary way, and that is said there.
    static MISSED: Cell<bool> = const { Cell::new(false) };
    static UNTIL: Cell<f64> = const { Cell::new(0.0) };
    static TICKING: Cell<bool> = const { Cell::new(false) };
    static RETURNING: Cell<bool> = const { Cell::new(false) };
}

fn version(flow: Flow) -> i64 {
    flow.facts.with_untracked(|facts| facts.as_ref().map_or(0, |facts| facts.version))
}

/// The browser sends a launch form.
pub(super) fn sent(flow: Flow, form: dom::Sent) {
    let (number, from) = (next(&GOES), version(flow));
    FROM.set(Some(from));
    flow.going.set(None);
    parent::launching(from);
    wait_for_the_institution(flow);
    let still = move || GOES.get() == number && FROM.get().is_some();
    spawn_local(async move {
        TimeoutFuture::new(NOTICED).await;
        if still() {
            flow.going.set(Some(Going::Opening));
        }
        if DOOR.get() == Door::Page {
            TimeoutFuture::new(LATE).await;
        } else {
            TimeoutFuture::new(BLOCKED - NOTICED).await;
            missed(flow, form, from, still).await;
        }
        if still() && flow.going.get_untracked() == Some(Going::Opening) {
            flow.going.set(None);
        }
    });
}

/// Says that the window did not open, unless it did: nobody has come to us through it, and this document is still in front.
async fn missed(flow: Flow, form: dom::Sent, from: i64, still: impl Fn() -> bool) {
    if !still() || !dom::is_visible() || dom::asks_for_digits() {
        return;
    }
    let moved = act::look(print(flow)).await.map_or(true, |shown| shown.facts.version != from);
    if moved || !still() || flow.call.with_untracked(Option::is_some) {
        return;
    }
    if let Some(institution) = form.field("institution") {
        MISSED.set(true);
        run(flow, Key::OneMoment, act::choose(from, institution));
    } else {
        say_blocked(flow);
    }
}

fn say_blocked(flow: Flow) {
    flow.going.set(Some(Going::Blocked));
    parent::measure();
}

/// The person looks at this document again: whatever was being opened is not being opened any more.
pub(super) fn came_back(flow: Flow) {
    if flow.going.get_untracked() == Some(Going::Opening) {
        flow.going.set(None);
    }
}

/// What follows a screen.
pub(super) fn arrived(flow: Flow, facts: &Facts) {
    if FROM.get().is_some_and(|from| from != facts.version) {
        FROM.set(None);
        flow.going.set(None);
    }
    match facts.stage {
        Stage::Leaving {
            launched: false,
            automatic,
        } => {
            if MISSED.take() {
                say_blocked(flow);
            }
            // A tile that is the launch form chooses and launches: what is seen in between must not be sent too.
            if automatic && GOES.get() == 0 && first_at(facts.version) {
                dom::submit_main();
            }
        }
        Stage::Progress { .. } => {}
        Stage::Waiting { seconds_left } => count_down(seconds_left),
        Stage::Form {
            resend: Some(seconds_left),
            ..
        } => {
            MISSED.set(false);
            count_down(seconds_left);
        }
        Stage::Success { .. } => go_back(),
        _ => MISSED.set(false),
    }
}

/// Whether this tab has not launched this session by itself at this version yet; it is noted: also when the server sends the browser back
/// to this very screen, that is not done again.
fn first_at(version: i64) -> bool {
    let Ok(Some(storage)) = window().session_storage() else {
        return false;
    };
    // The hosted page's address names the session.
    let at = format!("{} {version}", window().location().pathname().unwrap_or_default());
    storage.get_item(MADE).ok().flatten().as_ref() != Some(&at) && storage.set_item(MADE, &at).is_ok()
}

/// After success the hosted page goes back to the host.
fn go_back() {
    if dom::way_back().is_none() || RETURNING.replace(true) {
        return;
    }
    spawn_local(async {
        TimeoutFuture::new(RETURNS_AFTER * 1000).await;
        let made = if dom::way_back().is_some() {
            act::create_redirect_url().await.ok().flatten()
        } else {
            None
        };
        RETURNING.set(false);
        // Without an answer the link on display is as good. It is gone where another screen has come meanwhile.
        if let Some(shown) = dom::way_back() {
            let _ = window().location().replace(&made.unwrap_or(shown));
        }
    });
}

/// Lets the clock of a wait tick, for the bank's app or until a code can be sent again.
fn count_down(seconds_left: u32) {
    let until = dom::now() + f64::from(seconds_left) * 1000.0;
    if (until - UNTIL.get()).abs() > DRIFT {
        UNTIL.set(until);
    }
    // A screen that has just come need not wait for the next tick.
    show_clock();
    if TICKING.replace(true) {
        return;
    }
    spawn_local(async {
        loop {
            TimeoutFuture::new(1000).await;
            if !show_clock() {
                break;
            }
        }
        TICKING.set(false);
    });
}

/// Writes how much is left, and keeps the way to another code closed for as long. Says whether there is a clock.
fn show_clock() -> bool {
    let left = ((UNTIL.get() - dom::now()) / 1000.0).ceil().max(0.0) as u32;
    dom::hold_resend(left > 0);
    dom::set_clock(&format!("{}:{:02}", left / 60, left % 60), left <= LAST_MINUTE)
}
