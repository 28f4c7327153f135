//! The one island: the whole wizard, from the picker to the end.
//!
//! **Goal.** The server renders the first screen; the browser renders the same one from the same [`Boot`] and takes it
//! over in place; from then on each act brings the next [`Screen`]. **Contract.** No props (a prop would travel as JSON):
//! the server takes the boot data from context, the browser from the attribute [`BOOT_ATTRIBUTE`] around the island.

use crate::act::ActError;
use crate::client;
use crate::locale::{Key, say};
use crate::view::screen_view;
use gesher_contract::{Boot, Door, Screen};
use leptos::either::Either;
use leptos::prelude::*;

/// Postcard of [`Boot`] in base 64.
pub(crate) const BOOT_ATTRIBUTE: &str = "data-boot";

/// The screen on display. `turn` grows with each one, so that no element of one screen is taken for one of the next.
#[derive(Clone)]
pub(crate) struct Shown {
    pub turn: u32,
    pub screen: Screen,
}

/// An act that is on its way.
#[derive(Clone, PartialEq)]
pub(crate) struct Call {
    /// What is happening, in words.
    pub words: String,
    /// What to say when it takes long.
    pub late: String,
    /// Grows with each call.
    pub number: u32,
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

/// What the island's parts share.
#[derive(Clone, Copy)]
pub(crate) struct Flow {
    pub door: Door,
    /// What is on display.
    pub shown: RwSignal<Shown>,
    /// The act that is on its way.
    pub call: RwSignal<Option<Call>>,
    /// The last act brought no screen.
    pub trouble: RwSignal<Option<ActError>>,
    /// Whether scripts have taken over.
    pub live: RwSignal<bool>,
}

impl Flow {
    fn new(boot: &Boot) -> Self {
        Self {
            door: boot.door,
            shown: RwSignal::new(Shown {
                turn: 0,
                screen: boot.screen.clone(),
            }),
            call: RwSignal::new(None),
            trouble: RwSignal::new(None),
            live: RwSignal::new(false),
        }
    }

    /// Whether an act is on its way.
    pub fn is_busy(self) -> bool {
        self.call.with(Option::is_some)
    }
}

#[cfg(feature = "ssr")]
fn boot() -> Option<Boot> {
    use_context()
}

#[cfg(not(feature = "ssr"))]
fn boot() -> Option<Boot> {
    client::read_boot()
}

/// The wizard.
#[island]
pub fn Wizard() -> impl IntoView {
    boot().map(|boot| {
        let flow = Flow::new(&boot);
        client::start(flow, boot);
        view! {
            <div class="wizard" on:submit=move |event| client::on_submit(flow, &event)>
                {move || {
                    let Shown { turn, screen } = flow.shown.get();
                    let screen = screen_view(flow, screen);
                    if turn % 2 == 0 { Either::Left(screen) } else { Either::Right(screen) }
                }}
                <div class="notes">{move || trouble(flow)} <p class="words" role="status">{move || words(flow)}</p></div>
            </div>
        }
    })
}

/// What is said while an act is on its way.
fn words(flow: Flow) -> String {
    flow.call.with(|call| match call {
        Some(Call {
            wait: Wait::Noticed,
            words,
            ..
        }) => words.clone(),
        Some(Call {
            wait: Wait::Long, late, ..
        }) => late.clone(),
        _ => String::new(),
    })
}

/// What is said when an act brought no screen, and the way on.
fn trouble(flow: Flow) -> Option<impl IntoView> {
    flow.trouble.get().map(|error| {
        let (language, tenant) = flow.shown.with_untracked(|shown| (shown.screen.language, shown.screen.tenant_name.clone()));
        let key = match error {
            ActError::Network => Key::TroubleNetwork,
            ActError::Over => Key::TroubleOver,
            ActError::TooMany => Key::TroubleMany,
            ActError::Broken => Key::TroubleBroken,
        };
        let text = move |key| say(language, key, &[("tenant", &tenant)]);
        let way_on = (error != ActError::Over).then(|| text(Key::TryAgain));
        view! {
            <div class="trouble" role="alert">
                <strong>{text(Key::TroubleTitle)}</strong>
                <p>{text(key)}</p>
                {way_on.map(|label| view! { <button type="button" class="plain" on:click=move |_| client::look_again(flow)>{label}</button> })}
            </div>
        }
    })
}
