//! A screen as the island gets it: its markup, and the few facts that the island acts on and tells the host's page.

use gesher_contract::{Dialect, Door, ExitReason, Failure, Language};
use serde::{Deserialize, Serialize};

/// What the island starts from, in an attribute of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The instance's handle.
    pub handle: String,
    /// The session's id.
    pub session: String,
    /// The door.
    pub door: Door,
    /// Where host messages go: exact origins.
    pub parent_origins: Vec<String>,
    /// A vendor's dialect that they are said in too.
    pub dialect: Option<Dialect>,
    /// Whether the page's instance is the live one already.
    pub live: bool,
    /// The screen that the page shows.
    pub facts: Facts,
}

/// What the island knows of the screen on display.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The session's version, that the next act names.
    pub version: i64,
    /// The same for two screens that look the same.
    pub print: u64,
    /// The ticket for the screen's forms.
    pub ticket: String,
    /// The ticket for the session's event stream.
    pub stream: String,
    /// The screen's language.
    pub language: Language,
    /// Who asks.
    pub tenant: String,
    /// The chosen institution's id and name.
    pub institution: Option<(String, String)>,
    /// To quote to support.
    pub support_code: String,
    /// Which screen it is.
    pub stage: Stage,
}

/// Which screen it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// The picker.
    Picker,
    /// An institution's form.
    Form {
        /// Whether it is a challenge after the login.
        challenge: bool,
        /// In how many seconds the code can be sent again; nothing where it cannot.
        resend: Option<u32>,
        /// What went wrong before.
        notice: Option<Failure>,
    },
    /// Accounts are to be picked.
    Accounts,
    /// The institution's pages come next.
    Leaving {
        /// Whether a browser was sent there already.
        launched: bool,
        /// Whether the hosted page goes on by itself.
        automatic: bool,
    },
    /// The institution waits for the person.
    Waiting {
        /// When it is given up, in seconds from now.
        seconds_left: u32,
    },
    /// The institution is being called.
    Progress {
        /// Whether data are being fetched already.
        fetching: bool,
    },
    /// Done.
    Success {
        /// For the host's page, until it is exchanged.
        public_token: Option<String>,
        /// Whether the host's page is to be told.
        announced: bool,
        /// The connection.
        connection_id: String,
        /// The host's `state`.
        state: Option<String>,
        /// How many accounts were connected.
        accounts: u32,
        /// What the vendor of the session's dialect calls the institution, where it has a name of its own for it.
        called: Option<String>,
    },
    /// It failed.
    Failed {
        /// How.
        failure: Failure,
        /// Whether this session has no way on.
        last: bool,
    },
    /// Over.
    Over {
        /// Why.
        reason: ExitReason,
        /// What stood in the search box when the person did not find their institution.
        searched: Option<String>,
    },
    /// Another window has the session.
    TakenOver {
        /// What this document acts as when it takes the session back.
        way_back: Option<String>,
    },
    /// Another window is at the bank.
    UnderWay,
}

impl Stage {
    /// Why the widget is over, if it is: whoever closes it now ends nothing more.
    pub const fn over(&self) -> Option<ExitReason> {
        match self {
            Self::Success { .. } => Some(ExitReason::Completed),
            Self::Over { reason, .. } => Some(*reason),
            Self::Failed { last: true, .. } => Some(ExitReason::Failed),
            Self::TakenOver { .. } => Some(ExitReason::Cancelled),
            _ => None,
        }
    }
}

/// The answer to an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What the island has to know.
    pub facts: Facts,
    /// The markup, without tickets; nothing when the screen is the one that the island has.
    pub markup: Option<String>,
}

/// The answer to a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The list.
    pub markup: String,
    /// What a screen reader says about it.
    pub said: String,
}

#[cfg(feature = "ssr")]
mod server {
    use super::{Facts, Found, Shown, Stage, Start};
    use gesher_contract::{Boot, Door, Language, PickerView, ResendView, Screen, View};
    use leptos::prelude::RenderHtml;

    impl Facts {
        /// What the island has to know of this screen.
        pub fn of(screen: &Screen) -> Self {
            let stage = match &screen.view {
                View::Picker(_) => Stage::Picker,
                View::Form(form) => Stage::Form {
                    challenge: form.challenge,
                    resend: form.resend.map(|resend| resend.seconds_left),
                    notice: form.notice.as_ref().map(|notice| notice.failure),
                },
                View::Accounts(_) => Stage::Accounts,
                View::Leaving(leaving) => Stage::Leaving {
                    launched: leaving.launched,
                    automatic: leaving.automatic,
                },
                View::Waiting(waiting) => Stage::Waiting {
                    seconds_left: waiting.seconds_left,
                },
                View::Progress { fetching } => Stage::Progress { fetching: *fetching },
                View::Success(success) => Stage::Success {
                    public_token: success.public_token.clone(),
                    announced: success.announced,
                    connection_id: success.connection_id.clone(),
                    state: success.state.clone(),
                    accounts: u32::try_from(success.accounts.len()).unwrap_or(u32::MAX),
                    called: success.called.clone(),
                },
                View::Failed { failure, way_on, .. } => Stage::Failed {
                    failure: *failure,
                    last: way_on.is_none(),
                },
                View::Over { reason, searched, .. } => Stage::Over {
                    reason: *reason,
                    searched: searched.clone(),
                },
                View::TakenOver { way_back } => Stage::TakenOver {
                    way_back: way_back.clone(),
                },
                View::UnderWay => Stage::UnderWay,
            };
            Self {
                version: screen.version,
                print: print(screen),
                ticket: screen.ticket.clone(),
                stream: screen.stream.clone(),
                language: screen.language,
                tenant: screen.tenant_name.clone(),
                institution: screen.institution.as_ref().map(|tile| (tile.id.clone(), tile.name.clone())),
                support_code: screen.support_code.clone(),
                stage,
            }
        }
    }

    /// FNV-1a over what decides a screen's looks: everything but version, tickets and the time that passes.
    fn print(screen: &Screen) -> u64 {
        let mut bare = Screen {
            version: 0,
            ticket: String::new(),
            stream: String::new(),
            ..screen.clone()
        };
        match &mut bare.view {
            View::Waiting(waiting) => waiting.seconds_left = 0,
            View::TakenOver { way_back: Some(way_back) } => way_back.clear(),
            View::Form(form) => {
                form.resend = form.resend.map(|_| ResendView { seconds_left: 0 });
                // The address of a picture is sealed anew each time; what was typed wrong stays with the form.
                form.fields
                    .iter_mut()
                    .for_each(|field| field.picture = field.picture.take().map(|_| String::new()));
            }
            _ => {}
        }
        let bytes = postcard::to_allocvec(&bare).unwrap_or_default();
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    impl Start {
        /// What the island starts from on this page.
        pub fn of(boot: &Boot) -> Self {
            Self {
                handle: boot.handle.clone(),
                session: boot.session.clone(),
                door: boot.door,
                parent_origins: boot.parent_origins.clone(),
                dialect: boot.dialect,
                live: boot.live,
                facts: Facts::of(&boot.screen),
            }
        }
    }

    impl Shown {
        /// The answer that shows this screen to an island that has the one with the print `known`.
        pub fn of(mut screen: Screen, door: Door, known: Option<u64>) -> Self {
            let facts = Facts::of(&screen);
            screen.ticket = String::new();
            let markup = (known != Some(facts.print)).then(|| crate::view::screen_view(door, screen).to_html());
            Self { facts, markup }
        }
    }

    impl Found {
        /// The answer that shows what a search brought.
        pub fn of(door: Door, language: Language, view: PickerView) -> Self {
            let said = crate::view::picker::said(language, &view);
            Self {
                markup: crate::view::picker::found(door, language, view).to_html(),
                said,
            }
        }
    }
}
