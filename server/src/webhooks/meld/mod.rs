//! Meld's webhooks, made of our events.
//!
//! **Contract.** Which messages an event becomes is said by the event alone ([`messages`]); what is in them also by the connection as
//! it is when they are sent ([`body`]). A message has its own `eventId`, the same in every try. Statuses are those of
//! [`gesher_domain::surface`]'s one table; where Meld's status and reason stay as they were, nothing is said. The names of the
//! messages, of the envelope's keys and of those of `BANK_LINKING_CONNECTION_COMPLETED` and `WEBHOOK_TEST` are the vendor's
//! (docs.meld.io, "Bank Linking Webhooks" and "Events"); `docs/compatibility/meld.md` marks what is inferred.

mod body;
mod sign;

pub(super) use body::{About, body};
pub(super) use sign::{reason, signature};

use gesher_contract::{ConnectionStatus, EventKind, Reason};
use gesher_domain::connection::stands;
use gesher_domain::surface;

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    /// The person is through the widget.
    ConnectionCompleted,
    /// The connection has another status, or another reason for it.
    ConnectionStatusChange,
    /// The connection is deleted.
    ConnectionDeleted,
    /// The person has to do something.
    CustomerActionRequired,
    /// The institution has accounts that were not shared.
    NewAccountsAvailable,
    /// Data are being fetched.
    AccountsUpdating,
    /// Data were fetched.
    AccountsUpdated,
    /// Accounts are gone.
    AccountsRemoved,
    /// Transactions were fetched.
    TransactionsAggregated,
    /// All transactions of the time that was asked for were fetched.
    HistoricalTransactionsAggregated,
    /// The host asked for it.
    Test,
}

impl Message {
    const ALL: [Self; 11] = [
        Self::ConnectionCompleted,
        Self::ConnectionStatusChange,
        Self::ConnectionDeleted,
        Self::CustomerActionRequired,
        Self::NewAccountsAvailable,
        Self::AccountsUpdating,
        Self::AccountsUpdated,
        Self::AccountsRemoved,
        Self::TransactionsAggregated,
        Self::HistoricalTransactionsAggregated,
        Self::Test,
    ];

    /// `eventType`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConnectionCompleted => "BANK_LINKING_CONNECTION_COMPLETED",
            Self::ConnectionStatusChange => "BANK_LINKING_CONNECTION_STATUS_CHANGE",
            Self::ConnectionDeleted => "BANK_LINKING_CONNECTION_DELETED",
            Self::CustomerActionRequired => "BANK_LINKING_CUSTOMER_ACTION_REQUIRED",
            Self::NewAccountsAvailable => "BANK_LINKING_NEW_ACCOUNTS_AVAILABLE",
            Self::AccountsUpdating => "BANK_LINKING_ACCOUNTS_UPDATING",
            Self::AccountsUpdated => "BANK_LINKING_ACCOUNTS_UPDATED",
            Self::AccountsRemoved => "BANK_LINKING_ACCOUNTS_REMOVED",
            Self::TransactionsAggregated => "BANK_LINKING_TRANSACTIONS_AGGREGATED",
            Self::HistoricalTransactionsAggregated => "BANK_LINKING_HISTORICAL_TRANSACTIONS_AGGREGATED",
            Self::Test => "WEBHOOK_TEST",
        }
    }

    /// The message that is called so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }

    /// What tells an event's messages apart in `eventId`.
    const fn number(self) -> u8 {
        match self {
            Self::ConnectionCompleted => 1,
            Self::ConnectionStatusChange => 2,
            Self::ConnectionDeleted => 3,
            Self::CustomerActionRequired => 4,
            Self::NewAccountsAvailable => 5,
            Self::AccountsUpdating => 6,
            Self::AccountsUpdated => 7,
            Self::AccountsRemoved => 8,
            Self::TransactionsAggregated => 9,
            Self::HistoricalTransactionsAggregated => 10,
            Self::Test => 11,
        }
    }
}

/// The messages that an event becomes.
pub fn messages(kind: &EventKind) -> Vec<Message> {
    match kind {
        EventKind::StatusChanged {
            from,
            to,
            reasons,
            from_reasons,
            ..
        } => {
            let mut messages = Vec::new();
            let is_new = !stands(*from) && stands(*to);
            messages.extend(is_new.then_some(Message::ConnectionCompleted));
            messages.extend(moved((*from, from_reasons), (*to, reasons)));
            // Where data came before the host confirmed, they are there already.
            messages.extend((is_new && *to == ConnectionStatus::Connected).then_some(Message::AccountsUpdating));
            messages
        }
        EventKind::ReasonsChanged { status, from, to } => moved((*status, from), (*status, to)),
        EventKind::Repaired => vec![Message::ConnectionCompleted, Message::AccountsUpdating],
        EventKind::DataUpdated {
            first,
            accounts,
            transactions,
        } => {
            let mut messages = vec![Message::AccountsUpdated];
            messages.extend((!accounts.removed.is_empty()).then_some(Message::AccountsRemoved));
            if transactions.is_some() {
                messages.push(Message::TransactionsAggregated);
                messages.extend(first.then_some(Message::HistoricalTransactionsAggregated));
            }
            messages
        }
        EventKind::Ping { .. } => vec![Message::Test],
        EventKind::ConsentEnding { .. } | EventKind::RefreshReminder { .. } | EventKind::EndpointDisabled { .. } => Vec::new(),
    }
}

/// What stands in Meld's column for a status and its reasons.
fn said(status: ConnectionStatus, reasons: &[Reason]) -> surface::Meld {
    surface::row(status, &reasons.iter().copied().collect()).meld
}

fn moved(from: (ConnectionStatus, &Vec<Reason>), to: (ConnectionStatus, &Vec<Reason>)) -> Vec<Message> {
    let (before, after) = (said(from.0, from.1), said(to.0, to.1));
    let mut messages = Vec::new();
    if (before.status, before.reason) != (after.status, after.reason) {
        messages.push(Message::ConnectionStatusChange);
        messages.extend((after.status == "DELETED" && before.status != "DELETED").then_some(Message::ConnectionDeleted));
        messages.extend(needs_the_person(&after).then_some(Message::CustomerActionRequired));
    }
    let available = Reason::NewAccountsAvailable;
    messages.extend((to.1.contains(&available) && !from.1.contains(&available)).then_some(Message::NewAccountsAvailable));
    messages
}

/// Whether nothing goes on without the person.
fn needs_the_person(said: &surface::Meld) -> bool {
    said.status == "RECONNECT_REQUIRED" || matches!(said.reason, Some("INSTITUTION_ACTION_REQUIRED" | "INTERACTIVE_REFRESH"))
}

#[cfg(test)]
mod tests;
