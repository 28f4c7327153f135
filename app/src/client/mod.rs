//! The browser's side of the island: acts, waiting, what follows a screen.
//!
//! **Contract.** Compiled everywhere, run only in a browser: the server renders the same closures and drops them.

mod dom;
mod input;
mod leg;
mod parent;
mod stream;
mod trouble;

use crate::act::{self, ActError};
use crate::locale::Key;
use crate::shown::{Facts, Shown, Stage, Start};
use crate::trouble::Trouble;
use crate::wizard::{Call, Flow, Wait};
use gesher_contract::{Door, ExitReason, Language};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::SubmitEvent;
use std::cell::Cell;

pub(crate) use input::{on_click, on_input, on_key, on_mouse_down};

/// Waiting gets words after so many milliseconds.
const NOTICED: u32 = 400;
/// Waiting gets an explanation after so many milliseconds.
const LATE: u32 = 10_000;
/// Shortest and longest pause between two looks while the institution is called, in milliseconds.
const LOOKS: (u32, u32) = (400, 1500);
/// So many looks in a row may go unanswered before the person hears of it.
const UNANSWERED: u32 = 4;
/// Pause between two looks while the server says by itself that something moves, in milliseconds.
const BENEATH: u32 = 5000;

/// How a screen came.
#[derive(Clone, Copy, PartialEq)]
enum Came {
    /// It answers an act, the opening included.
    Asked,
    /// The document looked by itself.
    Unasked,
}

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
    /// Grows with each screen.
    static TURN: Cell<u32> = const { Cell::new(0) };
    /// When the last act was begun.
    static PRESSED: Cell<Option<f64>> = const { Cell::new(None) };
    /// Whether this document is, or was, the live instance.
    static OPENED: Cell<bool> = const { Cell::new(false) };
    static DOOR: Cell<Door> = const { Cell::new(Door::Frame) };
    static OPENING: Cell<bool> = const { Cell::new(false) };
    /// What was pressed while the opening was under way.
    static EARLY: Cell<Option<dom::Sent>> = const { Cell::new(None) };
}

fn next(counter: &'static std::thread::LocalKey<Cell<u32>>) -> u32 {
    let number = counter.get() + 1;
    counter.set(number);
    number
}

/// Takes the page over: once, when the island runs in the browser.
pub(crate) fn start(flow: Flow) {
    if cfg!(feature = "ssr") {
        return;
    }
    let Some(Start {
        handle,
        session,
        door,
        parent_origins,
        dialect,
        live,
        facts,
    }) = dom::read_start()
    else {
        return;
    };
    DOOR.set(door);
    flow.facts.set(Some(facts));
    let kept = parent::start(flow, door, session, (parent_origins, dialect), &handle);
    OPENED.set(live || kept);
    stream::watch_returns(flow);
    trouble::watch(flow);
    dom::watch_logos();
    request_animation_frame(move || {
        dom::dress();
        input::search_what_was_typed(flow);
        input::focus_search_on_first_focus(door);
        if OPENED.get() {
            resume(flow, kept, handle.clone());
        } else {
            dom::when_visible(move || open(flow));
        }
    });
}

fn print(flow: Flow) -> u64 {
    flow.facts.with_untracked(|facts| facts.as_ref().map_or(0, |facts| facts.print))
}

/// Goes on as the instance that is live already: the page's own, or the one that the frame kept over a reload.
fn resume(flow: Flow, kept: bool, own: String) {
    spawn_local(async move {
        match act::look(print(flow)).await {
            Ok(shown) => arrive(flow, shown, Came::Asked),
            Err(ActError::Over) if kept => {
                parent::forget(&own);
                OPENED.set(false);
                open(flow);
            }
            Err(error) => trouble::hit(flow, error),
        }
    });
}

/// Makes this document the live instance.
fn open(flow: Flow) {
    OPENING.set(true);
    spawn_local(async move {
        let outcome = act::open(print(flow)).await;
        OPENING.set(false);
        let early = EARLY.take();
        match outcome {
            Ok(shown) => {
                opened();
                arrive(flow, shown, Came::Asked);
                if let Some(sent) = early {
                    perform(flow, sent);
                }
            }
            Err(error) => trouble::hit(flow, error),
        }
    });
}

fn opened() {
    OPENED.set(true);
    parent::keep(DOOR.get());
}

/// The way on after an act that brought no screen.
fn look_again(flow: Flow) {
    if OPENED.get() {
        run(flow, Key::OneMoment, act::look(print(flow)));
    } else {
        open(flow);
    }
}

/// Puts a screen in place, unless it is the one on display.
fn arrive(flow: Flow, Shown { facts, mut markup }: Shown, came: Came) {
    trouble::over(flow);
    dom::show_stage();
    parent::ready(facts.language);
    if came == Came::Unasked {
        let is_form = |stage: &Stage| matches!(stage, Stage::Form { .. });
        let (known, shows_form) = flow.facts.with_untracked(|known| {
            let known = known.as_ref();
            (
                known.map_or(i64::MIN, |known| known.version),
                known.is_some_and(|known| is_form(&known.stage)),
            )
        });
        if facts.version < known {
            return;
        }
        // What is wrong with a form, and what stands in it, only this document knows.
        if facts.version == known && shows_form && is_form(&facts.stage) {
            markup = None;
        }
    }
    let fresh = markup.is_some();
    let fetches = matches!(
        facts.stage,
        Stage::Progress { .. } | Stage::Leaving { launched: true, .. } | Stage::Waiting { .. }
    );
    parent::tell(&facts);
    if let Some(markup) = markup {
        next(&TURN);
        let spoke = flow
            .facts
            .with_untracked(|known| known.as_ref().is_some_and(|known| known.language != facts.language));
        let typed = if spoke { dom::typed() } else { Vec::new() };
        dom::replace(&markup, facts.language);
        dom::put_back(&typed);
        dom::dress();
        dom::focus_screen(spoke);
    }
    dom::set_tickets(&facts.ticket);
    flow.facts.set(Some(facts.clone()));
    leg::arrived(flow, &facts);
    parent::measure();
    if !fetches {
        PRESSED.set(None);
    } else if fresh || came != Came::Unasked {
        wait_for_the_institution(flow);
    }
    stream::follow(flow, &facts);
    stream::catch_up(flow);
}

/// Looks again and again while the institution is called.
fn wait_for_the_institution(flow: Flow) {
    let turn = next(&TURN);
    // The person has waited since the press.
    let waited = PRESSED.take().map_or(0.0, |pressed| dom::now() - pressed) as u32;
    spawn_local(async move {
        TimeoutFuture::new(LATE.saturating_sub(waited)).await;
        if TURN.get() == turn {
            dom::say_late();
        }
    });
    spawn_local(async move {
        let (mut pause, longest) = LOOKS;
        let mut unanswered = 0;
        loop {
            TimeoutFuture::new(if stream::is_open() { BENEATH } else { pause }).await;
            pause = longest.min(pause + pause / 4);
            if TURN.get() != turn {
                return;
            }
            let outcome = act::look(print(flow)).await;
            if TURN.get() != turn || flow.call.with_untracked(Option::is_some) {
                continue;
            }
            match outcome {
                Ok(shown) => {
                    unanswered = 0;
                    arrive(flow, shown, Came::Unasked);
                }
                Err(ActError::Network | ActError::TooMany) if unanswered < UNANSWERED => unanswered += 1,
                Err(error) => {
                    trouble::hit(flow, error);
                    if error == ActError::Over {
                        return;
                    }
                }
            }
        }
    });
}

/// Runs an act: one at a time, with words when it takes a while.
fn run(flow: Flow, words: Key, act: impl Future<Output = Result<Shown, ActError>> + 'static) {
    if flow.call.with_untracked(Option::is_some) {
        return;
    }
    let number = next(&CALLS);
    PRESSED.set(Some(dom::now()));
    flow.again.set(false);
    flow.call.set(Some(Call {
        number,
        words,
        wait: Wait::Short,
    }));
    for (after, wait) in [(NOTICED, Wait::Noticed), (LATE, Wait::Long)] {
        spawn_local(async move {
            TimeoutFuture::new(after).await;
            if flow
                .call
                .with_untracked(|call| call.as_ref().is_some_and(|call| call.number == number))
            {
                flow.call.set(Some(Call { number, words, wait }));
            }
        });
    }
    let act: std::pin::Pin<Box<dyn Future<Output = Result<Shown, ActError>>>> = Box::pin(act);
    finish(flow, act);
}

fn finish(flow: Flow, act: std::pin::Pin<Box<dyn Future<Output = Result<Shown, ActError>>>>) {
    spawn_local(async move {
        let outcome = act.await;
        flow.call.set(None);
        match outcome {
            Ok(shown) => {
                opened();
                arrive(flow, shown, Came::Asked);
            }
            Err(error) => trouble::hit(flow, error),
        }
    });
}

/// A form of the page is about to be sent: the act is in the button's or the form's address.
pub(crate) fn on_submit(flow: Flow, event: &SubmitEvent) {
    let Some(sent) = dom::Sent::of(event) else { return };
    let opening = OPENING.get() && sent.act != "search";
    // The way to the bank is the browser's own.
    let offline = flow.trouble.get_untracked() == Some(Trouble::Offline);
    if sent.act == "go" && !opening && !offline {
        leg::sent(flow, sent);
        return;
    }
    event.prevent_default();
    // A window that cannot load anything helps nobody.
    if sent.act == "go" && offline {
        trouble::ask(flow);
        return;
    }
    if opening {
        // The opening makes the version that this act has to name.
        EARLY.set(Some(sent));
        return;
    }
    perform(flow, sent);
}

fn perform(flow: Flow, sent: dom::Sent) {
    let Some(version) = flow.facts.with_untracked(|facts| facts.as_ref().map(|facts| facts.version)) else {
        return;
    };
    match sent.act.as_str() {
        // The press that was too early, again: the browser still counts it as the person's.
        "go" => dom::press(&sent),
        "search" => input::search_form_sent(sent.field("all").is_some()),
        "choose" => {
            if let Some(institution) = sent.field("institution") {
                run(flow, Key::OneMoment, act::choose(version, institution));
            }
        }
        "submit" => run(flow, Key::Sending, act::submit(version, sent.answers())),
        "resend" => run(flow, Key::OneMoment, act::resend(version)),
        "accounts" => run(flow, Key::OneMoment, act::pick(version, sent.all("account"))),
        "start_over" => run(flow, Key::OneMoment, act::start_over(version)),
        "language" => {
            if let Some(language) = sent.field("language").and_then(|code| Language::from_code(&code)) {
                run(flow, Key::OneMoment, act::speak(version, language));
            }
        }
        "cancel" => close(flow),
        "not_listed" => run(flow, Key::OneMoment, act::not_listed(version, sent.field("q").unwrap_or_default())),
        "open" => open_again(flow),
        _ => look_again(flow),
    }
}

/// Takes the session back from the window that has it, as a new document.
fn open_again(flow: Flow) {
    let way_back = flow.facts.with_untracked(|facts| match facts.as_ref().map(|facts| &facts.stage) {
        Some(Stage::TakenOver { way_back }) => way_back.clone(),
        _ => None,
    });
    if let Some(way_back) = way_back {
        parent::act_as(&way_back);
        run(flow, Key::OneMoment, act::open(print(flow)));
    } else {
        look_again(flow);
    }
}

/// The person, or the host's page, closes the widget.
fn close(flow: Flow) {
    let Some(Facts { version, stage, .. }) = flow.facts.get_untracked() else {
        return;
    };
    // A widget that does not answer: at least the host's page hears that the person wants out.
    let stuck = || {
        flow.trouble.get_untracked().map(|trouble| match trouble {
            Trouble::Over => ExitReason::Expired,
            _ => ExitReason::Cancelled,
        })
    };
    let over = stage.over().or_else(stuck);
    match over {
        Some(reason) => parent::leave(flow, reason),
        None => run(flow, Key::OneMoment, act::cancel(version)),
    }
}
