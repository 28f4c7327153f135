//! The browser's side of the island: acts, waiting, focus.
//!
//! **Contract.** Compiled everywhere, run only in a browser: the server renders the same closures and drops them.

mod dom;
mod parent;

use crate::act::{self, ActError};
use crate::locale::Key;
use crate::view::picker::Found;
use crate::wizard::{Call, Flow, Wait};
use gesher_contract::{Boot, Door, ExitReason, Language, Screen, View};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::SubmitEvent;
use std::cell::{Cell, RefCell};

#[cfg(not(feature = "ssr"))]
pub(crate) use dom::read_boot;
pub(crate) use dom::{bring_into_view, press};
pub(crate) use parent::leave;

/// Waiting gets words after so many milliseconds.
const NOTICED: u32 = 400;
/// Waiting gets an explanation after so many milliseconds.
const LATE: u32 = 10_000;
/// Typing is searched for after such a pause, in milliseconds.
const PAUSE: u32 = 120;
/// Shortest and longest pause between two looks while the institution is called, in milliseconds.
const LOOKS: (u32, u32) = (400, 1500);
/// So many looks in a row may go unanswered before the person hears of it.
const UNANSWERED: u32 = 4;

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
    static SEARCHES: Cell<u32> = const { Cell::new(0) };
    static OPENED: Cell<bool> = const { Cell::new(false) };
    static TYPED: RefCell<Vec<(String, String)>> = const { RefCell::new(Vec::new()) };
}

fn next(counter: &'static std::thread::LocalKey<Cell<u32>>) -> u32 {
    let number = counter.get() + 1;
    counter.set(number);
    number
}

/// Takes the page over: once, when the island runs in the browser.
pub(crate) fn start(flow: Flow, boot: Boot) {
    if cfg!(feature = "ssr") {
        return;
    }
    let Boot {
        handle,
        session,
        door,
        parent_origin,
        live,
        screen,
    } = boot;
    let kept = parent::start(flow, session, parent_origin, &handle);
    OPENED.set(live || kept);
    request_animation_frame(move || flow.live.set(true));
    dom::focus_search_on_first_focus(door);
    if OPENED.get() {
        spawn_local(async move {
            match (kept, act::look().await) {
                (_, Ok(screen)) => arrive(flow, screen, true),
                (true, Err(ActError::Over)) => {
                    // What the frame had kept is gone: begin with the page's own candidate.
                    parent::forget(&handle);
                    OPENED.set(false);
                    open(flow);
                }
                (_, Err(error)) => flow.trouble.set(Some(error)),
            }
        });
    } else {
        drop(screen);
        dom::when_visible(move || open(flow));
    }
}

/// Makes this document the live instance.
fn open(flow: Flow) {
    spawn_local(async move {
        match act::open().await {
            Ok(screen) => {
                OPENED.set(true);
                parent::keep(flow);
                arrive(flow, screen, true);
            }
            Err(error) => flow.trouble.set(Some(error)),
        }
    });
}

/// The way on after an act that brought no screen.
pub(crate) fn look_again(flow: Flow) {
    flow.trouble.set(None);
    if OPENED.get() {
        run(flow, Key::OneMoment, act::look());
    } else {
        open(flow);
    }
}

/// Shows a screen that has come, unless it is the one on display.
fn arrive(flow: Flow, screen: Screen, first: bool) {
    if first {
        parent::ready(screen.language);
    }
    let same = flow.shown.with_untracked(|shown| {
        let old = &shown.screen;
        old.view == screen.view && old.language == screen.language && old.institution == screen.institution
    });
    let polls = matches!(screen.view, View::Progress { .. });
    if same {
        dom::set_tickets(&screen.ticket);
        if first {
            parent::tell(&screen);
        }
        flow.shown.update_untracked(|shown| shown.screen = screen);
        if first && polls {
            poll(flow);
        }
        return;
    }
    let spoke = flow.shown.with_untracked(|shown| shown.screen.language) != screen.language;
    dom::speak(screen.language);
    parent::tell(&screen);
    flow.shown.update(|shown| {
        shown.turn += 1;
        shown.screen = screen;
    });
    request_animation_frame(move || {
        if spoke {
            dom::put_back(&TYPED.take());
        }
        dom::focus_screen(spoke);
        parent::measure();
    });
    if polls {
        poll(flow);
    }
}

/// Looks again and again while the institution is called.
fn poll(flow: Flow) {
    let turn = flow.shown.with_untracked(|shown| shown.turn);
    spawn_local(async move {
        let (mut pause, longest) = LOOKS;
        let mut unanswered = 0;
        loop {
            TimeoutFuture::new(pause).await;
            pause = longest.min(pause + pause / 4);
            if flow.shown.with_untracked(|shown| shown.turn) != turn {
                return;
            }
            match act::look().await {
                Ok(screen) => {
                    unanswered = 0;
                    if flow.trouble.get_untracked().is_some() {
                        flow.trouble.set(None);
                    }
                    if flow.shown.with_untracked(|shown| shown.turn) == turn && !flow.call.with_untracked(Option::is_some) {
                        arrive(flow, screen, false);
                    }
                }
                Err(ActError::Network | ActError::TooMany) if unanswered < UNANSWERED => unanswered += 1,
                Err(error) => {
                    flow.trouble.set(Some(error));
                    if error == ActError::Over {
                        return;
                    }
                }
            }
        }
    });
}

/// Runs an act: one at a time, with words when it takes a while.
fn run(flow: Flow, words: Key, act: impl Future<Output = Result<Screen, ActError>> + 'static) {
    if flow.call.with_untracked(Option::is_some) {
        return;
    }
    let number = next(&CALLS);
    let (words, late) = flow.shown.with_untracked(|shown| {
        let screen = &shown.screen;
        let institution = screen.institution.as_ref().map_or("", |tile| tile.name.as_str());
        let say = |key| crate::locale::say(screen.language, key, &[("institution", institution)]);
        (say(words), say(Key::LateCall))
    });
    flow.trouble.set(None);
    flow.call.set(Some(Call {
        words,
        late,
        number,
        wait: Wait::Short,
    }));
    for (after, wait) in [(NOTICED, Wait::Noticed), (LATE, Wait::Long)] {
        spawn_local(async move {
            TimeoutFuture::new(after).await;
            if flow
                .call
                .with_untracked(|call| call.as_ref().is_some_and(|call| call.number == number))
            {
                flow.call.update(|call| {
                    if let Some(call) = call {
                        call.wait = wait;
                    }
                });
            }
        });
    }
    spawn_local(async move {
        let outcome = act.await;
        flow.call.set(None);
        match outcome {
            Ok(screen) => {
                OPENED.set(true);
                parent::keep(flow);
                arrive(flow, screen, false);
            }
            Err(error) => flow.trouble.set(Some(error)),
        }
    });
}

/// Any form of the page is about to be sent: the act is in the button's or the form's address.
pub(crate) fn on_submit(flow: Flow, event: &SubmitEvent) {
    event.prevent_default();
    let Some(sent) = dom::Sent::of(event) else { return };
    let version = flow.shown.with_untracked(|shown| shown.screen.version);
    match sent.act.as_str() {
        "search" => dom::search_again(sent.field("all").is_some()),
        "choose" => {
            if let Some(institution) = sent.field("institution") {
                run(flow, Key::OneMoment, act::choose(version, institution));
            }
        }
        "submit" => run(flow, Key::Sending, act::submit(version, sent.answers())),
        "start_over" => run(flow, Key::OneMoment, act::start_over(version)),
        "language" => {
            if let Some(language) = sent.field("language").and_then(|code| Language::from_code(&code)) {
                TYPED.set(dom::typed());
                run(flow, Key::OneMoment, act::speak(version, language));
            }
        }
        "cancel" => close(flow),
        _ => look_again(flow),
    }
}

/// The person, or the host's page, closes the widget.
pub(crate) fn close(flow: Flow) {
    let (version, over) = flow.shown.with_untracked(|shown| {
        let over = match &shown.screen.view {
            View::Success(_) => Some(ExitReason::Completed),
            View::Over { reason, .. } => Some(*reason),
            View::Failed { way_on: None, .. } => Some(ExitReason::Failed),
            View::TakenOver => Some(ExitReason::Cancelled),
            _ => None,
        };
        (shown.screen.version, over)
    });
    match over {
        Some(reason) if flow.door == Door::Frame => leave(flow, reason),
        Some(_) => {}
        None if flow.trouble.get_untracked().is_some() => leave(flow, ExitReason::Cancelled),
        None => run(flow, Key::OneMoment, act::cancel(version)),
    }
}

/// Something was typed into the search box.
pub(crate) fn on_search_input(flow: Flow, found: Found, query: String) {
    found.query.set(query.clone());
    found.active.set(None);
    let number = next(&SEARCHES);
    spawn_local(async move {
        TimeoutFuture::new(PAUSE).await;
        if SEARCHES.get() != number {
            return;
        }
        let outcome = act::search(query.trim().to_owned()).await;
        if SEARCHES.get() != number {
            return;
        }
        match outcome {
            Ok((tiles, more)) => {
                if flow.trouble.get_untracked().is_some() {
                    flow.trouble.set(None);
                }
                found.show(query.trim(), tiles, more);
                parent::measure();
            }
            Err(error) => flow.trouble.set(Some(error)),
        }
    });
}

/// What a person typed before the scripts were there is searched for too.
pub(crate) fn search_what_was_typed(flow: Flow, found: Found) {
    if cfg!(feature = "ssr") {
        return;
    }
    request_animation_frame(move || {
        if let Some(typed) = dom::search_box().map(|input| input.value())
            && typed != found.query.get_untracked()
        {
            on_search_input(flow, found, typed);
        }
    });
}

/// Sets the signal when waiting has become long.
pub(crate) fn when_late(late: RwSignal<bool>) {
    if cfg!(feature = "ssr") {
        return;
    }
    spawn_local(async move {
        TimeoutFuture::new(LATE).await;
        late.try_set(true);
    });
}
