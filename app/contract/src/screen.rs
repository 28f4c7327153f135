//! What the widget shows: made by the server from a session's state, in one language, with nothing in it
//! that the page may not have.

use crate::{Dialect, Failure, FieldKind, IdType, Language};
use serde::{Deserialize, Serialize};

/// The door through which the page was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// `widget_url`, in the host's frame.
    Frame,
    /// `hosted_url`, a page of its own.
    Page,
}

/// What stands in the page for the island to start from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    /// The instance's handle, sent with each server function in `x-gesher-instance`. Sealed: opaque to the page.
    pub handle: String,
    /// The session's id, as host messages name it.
    pub session: String,
    /// The door.
    pub door: Door,
    /// Where host messages go: these exact origins, each of which may be the one around the frame; nowhere where there is none.
    pub parent_origins: Vec<String>,
    /// A vendor's dialect that they are said in too.
    pub dialect: Option<Dialect>,
    /// Whether the GET that made this page found this very instance live (a reload), so that nothing has to be taken over.
    pub live: bool,
    /// The first screen.
    pub screen: Screen,
}

/// What the widget shows now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screen {
    /// The session's version: an act names the version that it was made on.
    pub version: i64,
    /// The one-time ticket that this screen's plain forms carry (hidden field `ticket`).
    pub ticket: String,
    /// The ticket that `GET /w/events/{ticket}` takes: it tells that the session has moved, and nothing else.
    pub stream: String,
    /// Language of everything on it.
    pub language: Language,
    /// Whether the person may switch the language.
    pub language_switch: bool,
    /// The name of the organisation that asks.
    pub tenant_name: String,
    /// Address of its mark, where it has one of its own.
    pub tenant_mark: Option<String>,
    /// Address of the style sheet of its branding, where it has one.
    pub theme: Option<String>,
    /// Whether the session belongs to a test key.
    pub test_mode: bool,
    /// The institution that the screen belongs to, once one is chosen.
    pub institution: Option<Tile>,
    /// To quote to support: short, not secret.
    pub support_code: String,
    /// The screen itself.
    pub view: View,
}

/// The screens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum View {
    /// Who asks and for what; search; institutions.
    Picker(PickerView),
    /// An institution's form, or its challenge.
    Form(FormView),
    /// The institution's pages come next, or the person is there.
    Leaving(LeavingView),
    /// The institution waits for the person, in its app or on paper.
    Waiting(WaitingView),
    /// The institution is being called: wait and look again.
    Progress {
        /// Whether the login is through and data are being fetched.
        fetching: bool,
    },
    /// The person picks the accounts to give.
    Accounts(AccountsView),
    /// Done.
    Success(SuccessView),
    /// It failed.
    Failed {
        /// What a host would be told.
        failure: Failure,
        /// One sentence for the person: what happened.
        message: String,
        /// One sentence: what to do.
        advice: String,
        /// The label of the way on, if there is one: it starts over, or tries the same institution again.
        way_on: Option<String>,
        /// On the hosted page, where the person can go back to the host.
        return_url: Option<String>,
    },
    /// The person left, or the time is over.
    Over {
        /// Why.
        reason: ExitReason,
        /// What stood in the search box when the person did not find their institution.
        searched: Option<String>,
        /// On the hosted page, where the person can go back to the host.
        return_url: Option<String>,
    },
    /// Another window has taken this session over.
    TakenOver {
        /// The ticket of a new document in the place of this one, with which it takes the session back; none where it has changed
        /// hands too often.
        way_back: Option<String>,
    },
    /// Another window is at the bank for this session: only starting over is possible.
    UnderWay,
}

impl Screen {
    /// On the hosted page, where the person can go back to the host, with what the session has come to.
    pub fn return_url(&self) -> Option<&str> {
        match &self.view {
            View::Success(success) => success.return_url.as_deref(),
            View::Failed { return_url, .. } | View::Over { return_url, .. } => return_url.as_deref(),
            _ => None,
        }
    }
}

/// Why the widget is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExitReason {
    /// The connection was made.
    Completed,
    /// The person closed it.
    Cancelled,
    /// The person did not find their institution in the list.
    NotListed,
    /// The session's time was up.
    Expired,
    /// It failed for good.
    Failed,
}

/// Kind of an institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TileKind {
    /// A bank.
    Bank,
    /// A card issuer.
    Card,
    /// An insurer.
    Insurance,
    /// A bank for businesses.
    Business,
}

/// An institution as the picker shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tile {
    /// The institution's id.
    pub id: String,
    /// Its name in the screen's language, whole.
    pub name: String,
    /// What else it is known by: its name as it writes it itself, or in the other language. Empty where that tells nothing.
    pub other_name: String,
    /// What it is.
    pub kind: TileKind,
    /// The name of its country, where the list is of several.
    pub country: Option<String>,
    /// One or two letters for the generated mark.
    pub monogram: String,
    /// Which of the twelve mark colours, 0 to 11: always the same for the same institution.
    pub colour: u8,
    /// Address of its logo on our origin, which is shown in place of the generated mark.
    pub logo: Option<String>,
    /// Whether it is an invented institution of the sandbox.
    pub invented: bool,
    /// Whether it is having trouble, as far as others' visits show. It can be chosen all the same.
    pub troubled: bool,
    /// Whether choosing it goes to the institution's own pages at once: the host asked for that, and the institution is
    /// reached so. The tile is then the launch form: it posts to `/go`.
    pub launches: bool,
}

/// What matches beside what is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum More {
    /// Nothing.
    None,
    /// Some that match what was typed.
    Matches,
    /// So many; nothing was typed, and what is listed are the most popular.
    Others(u32),
}

/// Why nothing is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Nothing {
    /// No institution that is known is called so.
    Unknown,
    /// These are, and more may be, but none can be connected by this session.
    NotHere(Vec<String>),
    /// No institution at all can be connected by this session.
    None,
}

/// The picker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickerView {
    /// What is in the search box.
    pub query: String,
    /// What matches, best first; without a query, the usual order.
    pub tiles: Vec<Tile>,
    /// What matches beside what is listed.
    pub more: More,
    /// Why nothing is listed.
    pub nothing: Option<Nothing>,
    /// Whether the person may say that their institution is not in the list.
    pub may_be_not_listed: bool,
}

/// The way to the institution's own pages: a same-origin form POST to `/go`, in a window of its own from a frame, in the same
/// tab from the hosted page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeavingView {
    /// Whether a browser was sent there already. The form sends the same browser again.
    pub launched: bool,
    /// The two digits that `/go` asks for, where the browser does not say where its requests come from.
    pub digits: Option<String>,
    /// Whether the hosted page goes on by itself where it can: the host asked for it, and nobody was sent there yet.
    pub automatic: bool,
    /// In a frame: whether the institution's pages may take the place of the host's page (field `here` of the form), since
    /// the person comes back to the host's redirect URL.
    pub same_tab: bool,
}

/// The institution waits for the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingView {
    /// What the institution says, in the screen's language; may be empty.
    pub message: String,
    /// When it is given up, RFC 3339 UTC.
    pub until: String,
    /// The same in seconds from now.
    pub seconds_left: u32,
}

/// Something to say beside a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What a host would be told.
    pub failure: Failure,
    /// One sentence for the person, with the tries that are left.
    pub message: String,
}

/// One of a field's options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionView {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub label: String,
}

/// A field of a form, in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldView {
    /// Name of the answer; the form's control is called `f.<name>`.
    pub name: String,
    /// What it takes.
    pub kind: FieldKind,
    /// What stands above it.
    pub label: String,
    /// What stands below it; may be empty.
    pub hint: String,
    /// Whether it may be left empty.
    pub optional: bool,
    /// Fewest characters, 0 when it does not matter.
    pub min_length: u32,
    /// Most characters, 0 when it does not matter.
    pub max_length: u32,
    /// For select and radio.
    pub options: Vec<OptionView>,
    /// What was typed before (never a password or code), or the locked value.
    pub value: String,
    /// Shown, not editable.
    pub locked: bool,
    /// For a national id: whether a passport's number may be given instead (answer `<name>.type`).
    pub passport: bool,
    /// For a national id: what `value` is.
    pub id_type: IdType,
    /// For a branch and account: what was typed before into `<name>.branch` and `<name>.account`.
    pub branch: String,
    /// See `branch`.
    pub account: String,
    /// For an image: where the picture is.
    pub picture: Option<String>,
    /// What is wrong with it; empty when nothing is.
    pub error: String,
}

/// A form, in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormView {
    /// Whether this is a challenge after the login.
    pub challenge: bool,
    /// What the institution says above it; may be empty.
    pub message: String,
    /// The fields, in order.
    pub fields: Vec<FieldView>,
    /// What went wrong before, if anything.
    pub notice: Option<Notice>,
    /// Asking for the code again, where the institution can send it again.
    pub resend: Option<ResendView>,
    /// Whether the code was just sent again.
    pub resent: bool,
}

/// Asking the institution to send its code again (act `resend`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResendView {
    /// In how many seconds it can be asked for; 0: now.
    pub seconds_left: u32,
}

/// An account that can be picked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChoice {
    /// What is sent (field `account`, once for each that is picked).
    pub id: String,
    /// Its name, in the screen's language where the institution has one.
    pub name: String,
    /// The last digits of its number.
    pub last_digits: String,
}

/// The institution leaves it to us which accounts are given (act `accounts`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountsView {
    /// What can be picked. All of them are, to begin with.
    pub accounts: Vec<AccountChoice>,
    /// Whether nothing was picked, and something has to be.
    pub empty: bool,
}

/// An account on the success screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLine {
    /// Its name at the institution, in the screen's language where the institution has one.
    pub name: String,
    /// The last digits of its number.
    pub last_digits: String,
}

/// Success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuccessView {
    /// The accounts that were linked.
    pub accounts: Vec<AccountLine>,
    /// Whether other account holders have to approve before there are data.
    pub cosigners: bool,
    /// The connection.
    pub connection_id: String,
    /// For the host's page. Only the live instance gets it, and only until it is exchanged.
    pub public_token: Option<String>,
    /// Whether the host's page is to be told: until the exchange, or always where none is needed.
    pub announced: bool,
    /// The host's `state`.
    pub state: Option<String>,
    /// On the hosted page, the whole address that brings the person and the public token back to the host.
    pub return_url: Option<String>,
    /// What the vendor of the session's dialect calls the institution, where it has a name of its own for it.
    pub called: Option<String>,
}
