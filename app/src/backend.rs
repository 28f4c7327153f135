//! The one trait behind the widget's two doors.
//!
//! **Goal.** Server functions (for WebAssembly) and plain form routes (without scripts) do the same thing, because both
//! only call this. **Contract.** Each act takes a [`SessionRef`] that [`Backend::admit`] made from a sealed handle or ticket
//! and returns the [`Screen`] that the session shows *now*: an act that comes too late (a spent ticket of the live
//! instance) changes nothing and shows the current screen; an instance that was taken over sees that it was.

use async_trait::async_trait;
use gesher_contract::{Boot, Door, Language, PickerView, Screen, SessionId, TenantTag};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which browser document acts on which session. Only [`Backend::admit`] and [`Backend::enter`] make one.
#[derive(Clone, Debug)]
pub struct SessionRef {
    /// The tenant.
    pub tenant: TenantTag,
    /// The session.
    pub id: SessionId,
    /// The instance's secret.
    pub instance: Instance,
    /// The door of the document.
    pub door: Door,
    /// What the browser would like to read, where the session leaves it open: known since the page was first made.
    pub preferred: Option<Language>,
    /// Whether the browser does not say where its requests come from (no `Sec-Fetch-Site`): known since the page was first
    /// made. On the way to a bank the person then types two digits.
    pub silent: bool,
    /// Whether the page's address asked for the messages of the session's vendor: known since the page was first made.
    pub vendor_messages: bool,
    /// The session's version that the act was made on: from the ticket, or from the server function's argument.
    pub step: Option<i64>,
}

/// An instance's secret. It cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Instance(pub String);

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Instance(…)")
    }
}

/// What a person typed. It cannot be printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Answers(pub BTreeMap<String, String>);

impl std::fmt::Debug for Answers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answers({} fields)", self.0.len())
    }
}

/// What a tenant's branding brings to a page beside its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Names this state of it in addresses.
    pub version: String,
    /// The style sheet: custom properties alone.
    pub style: String,
    /// The mark, where there is one.
    pub mark: Option<Mark>,
}

/// A tenant's mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it is.
    pub kind: MarkKind,
    /// Its file.
    pub bytes: Vec<u8>,
}

/// What a mark's file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// A picture of pixels.
    Png,
    /// A drawing.
    Svg,
}

impl MarkKind {
    /// Its content type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Svg => "image/svg+xml",
        }
    }
}

/// The logo of an institution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// What it is: a picture of pixels.
    pub content_type: &'static str,
    /// Its file.
    pub bytes: Arc<[u8]>,
}

/// Why a page cannot be shown at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The token or handle is not one of ours, or is not for this door.
    Unknown,
    /// The invitation was used and its session is over, or its time is up.
    Over,
    /// Too many acts in too short a time.
    TooMany,
    /// Something broke; the support code stands in the log.
    Broken,
}

/// What the request for a page says of the browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The language that its `Accept-Language` likes best. It counts only where the session's is not fixed or chosen yet.
    pub preferred: Option<Language>,
    /// Whether it does not say where the request comes from.
    pub silent: bool,
    /// Whether the page's address asks for the messages of the session's vendor.
    pub vendor_messages: bool,
}

/// An address of a tenant's that makes a session for whoever comes.
#[derive(Clone, PartialEq, Eq)]
pub enum Entrance {
    /// A start page, by its slug.
    StartPage(String),
    /// A hosted link, by its token.
    Link(String),
}

impl Entrance {
    /// Its address.
    pub fn address(&self) -> String {
        match self {
            Self::StartPage(slug) => format!("/start/{slug}"),
            Self::Link(token) => format!("/l/{token}"),
        }
    }
}

impl std::fmt::Debug for Entrance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::StartPage(_) => "StartPage",
            Self::Link(_) => "Link",
        })
    }
}

/// What an entrance shows before anything is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doorway {
    /// In which language.
    pub language: Language,
    /// Whether the person may choose another one.
    pub language_switch: bool,
    /// Who asks.
    pub tenant: String,
    /// Address of their mark.
    pub mark: Option<String>,
    /// Address of their style sheet.
    pub theme: Option<String>,
    /// What the start page is called.
    pub name: Option<String>,
    /// Whether no real bank is called.
    pub test_mode: bool,
    /// The institutions, where they are few.
    pub institutions: Vec<String>,
    /// Whether data are fetched again and again.
    pub recurring: bool,
    /// For the form: a session that is not made yet.
    pub ticket: String,
}

/// Why an entrance lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shut {
    /// There is none.
    Unknown,
    /// It was switched off.
    Off,
    /// Its time is up.
    Expired,
    /// It has made all the connections of the day.
    Full,
    /// The link was used as often as it can be.
    UsedUp,
    /// The link was revoked.
    Revoked,
    /// What it asks for cannot be asked for any more: the host has to mend it.
    Unready,
    /// The form is too old, or of another page: show the page again.
    Stale,
    /// Something broke.
    Broken,
}

/// An entrance that lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// Why.
    pub why: Shut,
    /// The language that it fixes.
    pub language: Option<Language>,
}

/// What comes with the press that makes a session.
#[derive(Clone, Debug, Default)]
pub struct Knock {
    /// From the page.
    pub ticket: String,
    /// The host's own, from the page's address.
    pub state: Option<String>,
    /// What the browser says of the page that it comes from.
    pub origin: Option<String>,
    /// Whether it does not say where the request comes from.
    pub silent: bool,
}

/// A page about to be rendered.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The session as this document sees it.
    pub at: SessionRef,
    /// What the island starts from.
    pub boot: Boot,
}

/// What the widget's two doors call. See the module.
#[async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Opens a page by an invitation's token (`ct_…` in the frame, `hl_…` on the hosted page, `cl_…` in either). Changes
    /// nothing: the instance in the answer is a candidate until its first act.
    async fn enter(&self, token: &str, door: Door, asked: Asked) -> Result<Entry, Refused>;

    /// Who may show this invitation in a frame, for `frame-ancestors`: the session's `parent_origin`, or, of a session that a
    /// vendor's API made, every origin that its tenant allows. Nobody when the token is unknown or there is none.
    async fn frame_ancestors(&self, token: &str) -> Vec<String>;

    /// Whether a page of this origin may show this invitation in a frame. `None` when the token is unknown.
    async fn may_embed(&self, token: &str, origin: &str) -> Option<bool>;

    /// What this tenant's branding brings to its pages; `None` when it has none.
    async fn theme(&self, tenant: &TenantTag) -> Option<Theme>;

    /// The logo in this file, whoever asks: its name stands for what is in it.
    fn logo(&self, file: &str) -> Option<Logo>;

    /// What an entrance shows. Changes nothing.
    async fn doorway(&self, entrance: &Entrance, preferred: Option<Language>) -> Result<Doorway, Closed>;

    /// Makes the session that the page's ticket names, once however often it is asked for, and makes its document live.
    async fn come_in(&self, entrance: &Entrance, knock: Knock) -> Result<SessionRef, Closed>;

    /// Opens the token-less hosted page from its cookie's handle. Changes nothing.
    async fn reenter(&self, at: &SessionRef) -> Result<Boot, Refused>;

    /// Unseals a handle (header, cookie) or a ticket (form).
    fn admit(&self, handle_or_ticket: &str) -> Result<SessionRef, Refused>;

    /// The handle of an instance, for the hosted page's cookie.
    fn handle(&self, at: &SessionRef) -> String;

    /// The island's first act: makes the candidate live (the takeover), and shows where the session is.
    async fn open(&self, at: &SessionRef) -> Result<Screen, Refused>;

    /// Where the session is. Changes nothing.
    async fn look(&self, at: &SessionRef) -> Result<Screen, Refused>;

    /// Institutions that match, best first. Changes nothing and works for a candidate too.
    async fn search(&self, at: &SessionRef, query: &str) -> Result<PickerView, Refused>;

    /// The picker with a query in it, for the search without scripts. Makes the candidate live, as any form does.
    async fn search_screen(&self, at: &SessionRef, query: &str) -> Result<Screen, Refused>;

    /// Chooses an institution.
    async fn choose(&self, at: &SessionRef, institution: &str) -> Result<Screen, Refused>;

    /// Sends an institution's form. A wrong field comes back in the screen and nothing is sent to the institution.
    async fn submit(&self, at: &SessionRef, answers: Answers) -> Result<Screen, Refused>;

    /// Asks the institution to send its code again.
    async fn resend(&self, at: &SessionRef) -> Result<Screen, Refused>;

    /// Gives these of the offered accounts. None: the screen comes back and says that something has to be picked.
    async fn pick(&self, at: &SessionRef, accounts: Vec<String>) -> Result<Screen, Refused>;

    /// A picture of the institution's form: its media type and its bytes. `ticket` is the one in the picture's address.
    async fn picture(&self, ticket: &str, field: &str) -> Result<(String, Vec<u8>), Refused>;

    /// Back to the picker: after a failure, from a form, or past an attempt that is under way elsewhere.
    async fn start_over(&self, at: &SessionRef) -> Result<Screen, Refused>;

    /// The person leaves.
    async fn cancel(&self, at: &SessionRef) -> Result<Screen, Refused>;

    /// The person does not find their institution; what stands in the search box. Nothing happens where no list is shown.
    async fn not_listed(&self, at: &SessionRef, searched: &str) -> Result<Screen, Refused>;

    /// Switches the language, where the session leaves it open.
    async fn speak(&self, at: &SessionRef, language: Language) -> Result<Screen, Refused>;
}
