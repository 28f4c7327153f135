//! The one island: the whole wizard, from the picker to the end.
//!
//! **Goal.** It stands around the server's markup, takes the forms' submits over, and puts the next screen in place.
//! **Contract.** No props but `children` (a prop would travel as JSON): what the island starts from stands in the
//! attribute [`START_ATTRIBUTE`]. What it draws by itself is what the server cannot: that no answer comes.

use crate::client;
use crate::locale::{Key, say};
use crate::shown::Facts;
use crate::trouble::Trouble;
use leptos::prelude::*;

/// Postcard of [`crate::shown::Start`] in base 64.
pub(crate) const START_ATTRIBUTE: &str = "data-start";

/// So many seconds after success the hosted page goes back to the host by itself.
pub(crate) const RETURNS_AFTER: u32 = 5;

/// An act that is on its way.
#[derive(Clone, PartialEq)]
pub(crate) struct Call {
    /// Grows with each call.
    pub number: u32,
    /// What is happening.
    pub words: Key,
    /// How far the waiting has come.
    pub wait: Wait,
}

/// How long an act has been on its way.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Wait {
    /// Not worth a word.
    Short,
    /// Says what is happening.
    Noticed,
    /// Says what may be wrong.
    Long,
}

/// How the opening of the bank's page goes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Going {
    /// It was asked for.
    Opening,
    /// Its window did not open.
    Blocked,
}

/// What the island's parts share.
#[derive(Clone, Copy)]
pub(crate) struct Flow {
    /// The screen on display; nothing before the browser has taken over.
    pub facts: RwSignal<Option<Facts>>,
    /// The act that is on its way.
    pub call: RwSignal<Option<Call>>,
    /// The bank's page is being opened.
    pub going: RwSignal<Option<Going>>,
    /// A search takes a while.
    pub searching: RwSignal<bool>,
    /// What keeps screens from coming.
    pub trouble: RwSignal<Option<Trouble>>,
    /// Screens come again, since a moment ago.
    pub again: RwSignal<bool>,
}

/// The wizard, around the first screen.
#[island]
pub fn Wizard(children: Children) -> impl IntoView {
    let flow = Flow {
        facts: RwSignal::new(None),
        call: RwSignal::new(None),
        going: RwSignal::new(None),
        searching: RwSignal::new(false),
        trouble: RwSignal::new(None),
        again: RwSignal::new(false),
    };
    client::start(flow);
    view! {
        <div
            class="wizard"
            class:busy=move || flow.call.with(Option::is_some) || flow.going.get() == Some(Going::Opening) || flow.again.get()
            on:submit=move |event| client::on_submit(flow, &event)
            on:input=move |event| client::on_input(flow, &event)
            on:keydown=move |event| client::on_key(&event)
            on:mousedown=move |event| client::on_mouse_down(&event)
            on:click=move |event| client::on_click(flow, &event)
        >
            <div class="stage">{children()}</div>
            <div class="notes">
                <div role="alert">{move || blocked(flow)} {move || trouble(flow)}</div>
                <p class="words" role="status">{move || words(flow)}</p>
            </div>
        </div>
    }
}

/// A text in the screen's language, with its names.
fn told(flow: Flow, key: Key) -> String {
    flow.facts.with(|facts| {
        let Some(facts) = facts else { return String::new() };
        let institution = facts.institution.as_ref().map_or("", |(_, name)| name.as_str());
        say(facts.language, key, &[("tenant", &facts.tenant), ("institution", institution)])
    })
}

/// What is said while an act is on its way.
fn words(flow: Flow) -> String {
    match flow.call.get() {
        Some(Call {
            wait: Wait::Noticed,
            words,
            ..
        }) => told(flow, words),
        Some(Call { wait: Wait::Long, .. }) => told(flow, Key::LateCall),
        None if flow.going.get() == Some(Going::Opening) => told(flow, Key::Opening),
        None if flow.again.get() => told(flow, Key::ConnectedAgain),
        None if flow.searching.get() => told(flow, Key::Searching),
        _ => String::new(),
    }
}

/// What is said when the bank's window did not open. The way on is the screen's own.
fn blocked(flow: Flow) -> Option<impl IntoView> {
    (flow.going.get() == Some(Going::Blocked)).then(|| view! { <p class="trouble">{told(flow, Key::Blocked)}</p> })
}

/// What is said when no screen comes, and the way on.
fn trouble(flow: Flow) -> Option<impl IntoView> {
    flow.trouble.get().map(|trouble| {
        let (happened, advice) = trouble.keys();
        let code = flow
            .facts
            .with(|facts| facts.as_ref().map(|facts| facts.support_code.clone()))
            .unwrap_or_default();
        let unknown = code.is_empty();
        view! {
            <div class="trouble">
                <strong>{told(flow, happened)}</strong>
                <p>{told(flow, advice)}</p>
                <p class="support" hidden=unknown>{told(flow, Key::SupportCode)} " " <bdi dir="ltr">{code}</bdi></p>
                <button type="button" class="plain" data-press="look" hidden=trouble == Trouble::Over>{told(flow, Key::TryAgain)}</button>
            </div>
        }
    })
}
