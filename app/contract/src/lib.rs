//! The vocabulary that crosses a border: between the widget's page and the server, between the frame and
//! the host page, between Gesher and a host's backend.
//!
//! **Goal.** One definition for each thing that is said, so that the widget, the server and the documents cannot drift.
//! **Contract.** Types here are plain data with serde. Nothing here is secret by nature but what is named so
//! ([`Screen`] carries the public token to the live instance alone), and nothing here knows Leptos, SQL or HTTP.

mod event;
mod failure;
mod form;
mod host_message;
mod ids;
mod language;
mod screen;
mod status;

pub use event::{DisabledWhy, Event, EventKind, UpdatedAccounts, UpdatedTransactions};
pub use failure::{Blame, Failure, FailureCode, NextAction};
pub use form::{Choice, Field, FieldKind, Form, IdType, Picture, Proof};
pub use host_message::{Dialect, HostMessage, HostPayload, ProgressStage, SOURCE, StepName, VERSION};
pub use ids::{
    AccountId, ConnectionId, CustomerId, EventId, HostedLinkId, IdError, SessionId, StartPageId, TenantTag, TransactionId,
    WebhookEndpointId,
};
pub use language::{Language, LocalizedText};
pub use screen::{
    AccountChoice, AccountLine, AccountsView, Boot, Door, ExitReason, FieldView, FormView, LeavingView, More, Nothing, Notice, OptionView,
    PickerView, ResendView, Screen, SuccessView, Tile, TileKind, View, WaitingView,
};
pub use status::{ConnectionStatus, Reason};
