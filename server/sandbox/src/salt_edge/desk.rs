//! Everything that is remembered: in memory, bounded.

use super::connection::Connection;
use super::moment::Moment;
use super::rsa::PublicKey;
use super::session::Session;
use super::{API_KEY, ApiKey, LIVE_API_KEY};
use crate::bounded::Bounded;
use crate::trouble::Trouble;
use url::Url;

const CUSTOMERS: usize = 4096;
const CONNECTIONS: usize = 1024;
const SESSIONS: usize = 1024;
/// Troubles that a tester may have made at a time.
const TROUBLES: usize = 16;

/// What a client has set at the dashboard.
pub(super) struct Client {
    pub(super) key: &'static ApiKey,
    pub(super) public_key: Option<PublicKey>,
    pub(super) callbacks: Callbacks,
    pub(super) troubles: Vec<Made>,
}

/// Where callbacks go. A kind without an address is not sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Callbacks {
    pub(super) success: Option<Url>,
    pub(super) fail: Option<Url>,
    pub(super) notify: Option<Url>,
    pub(super) destroy: Option<Url>,
}

/// What a tester made of the answers to one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoilt {
    /// As with a person with whom every bank is in trouble.
    By(Trouble),
    /// Refused: too many requests.
    Busy,
    /// Refused: an internal error.
    Broken,
}

/// Trouble that a tester has made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// With which action.
    pub(super) on: String,
    pub(super) what: Spoilt,
    /// How many times more; for ever without a number.
    pub(super) times: Option<u32>,
}

/// A customer.
#[derive(Clone, Debug)]
pub(super) struct Customer {
    pub(super) id: u64,
    pub(super) app: &'static str,
    pub(super) identifier: String,
    pub(super) created: Moment,
}

/// All that.
pub(super) struct Desk {
    pub(super) clients: [Client; 2],
    pub(super) customers: Bounded<u64, Customer>,
    pub(super) connections: Bounded<u64, Connection>,
    pub(super) sessions: Bounded<String, Session>,
    next: u64,
}

impl Desk {
    /// Nothing yet. Ids begin with this moment, so that a restart does not give one twice.
    pub(super) fn new(now: Moment) -> Self {
        let client = |key| Client {
            key,
            public_key: None,
            callbacks: Callbacks::default(),
            troubles: Vec::new(),
        };
        Self {
            clients: [client(&API_KEY), client(&LIVE_API_KEY)],
            customers: Bounded::new(CUSTOMERS),
            connections: Bounded::new(CONNECTIONS),
            sessions: Bounded::new(SESSIONS),
            next: u64::try_from(now.0).unwrap_or(0).saturating_mul(1000),
        }
    }

    /// An id that no other thing has: a number of nineteen digits, greater than all before it.
    pub(super) fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// The client with this App-id.
    pub(super) fn client(&mut self, app: &str) -> Option<&mut Client> {
        self.clients.iter_mut().find(|client| client.key.app_id == app)
    }

    /// A client's customer.
    pub(super) fn customer(&self, app: &str, id: u64) -> Option<&Customer> {
        self.customers.get(&id).filter(|customer| customer.app == app)
    }

    /// A client's customers, the oldest first.
    pub(super) fn customers_of(&self, app: &str) -> Vec<Customer> {
        let all = self.customers.keys().filter_map(|id| self.customers.get(id));
        all.filter(|customer| customer.app == app).cloned().collect()
    }

    /// A client's connection, as it stands now.
    pub(super) fn connection(&mut self, app: &str, id: u64, now: Moment) -> Option<&mut Connection> {
        let connection = self.connections.get_mut(&id).filter(|connection| connection.app == app)?;
        connection.settle(now);
        Some(connection)
    }

    /// A client's connections as they stand now, the oldest first.
    pub(super) fn connections_of(&mut self, app: &str, now: Moment) -> Vec<Connection> {
        let ids: Vec<u64> = self.connections.keys().copied().collect();
        let settled = ids.into_iter().filter_map(|id| self.connection(app, id, now).cloned());
        settled.collect()
    }
}

impl Client {
    /// Keeps a trouble instead of what was made of the same action before. False when there are too many.
    pub(super) fn make_trouble(&mut self, made: Made) -> bool {
        self.troubles.retain(|before| before.on != made.on);
        let fits = self.troubles.len() < TROUBLES;
        if fits {
            self.troubles.push(made);
        }
        fits
    }

    /// What is made of the answer to this action, once.
    pub(super) fn spoil(&mut self, action: &str) -> Option<Spoilt> {
        let place = self.troubles.iter().position(|made| made.on == action)?;
        let made = &mut self.troubles[place];
        let what = made.what;
        if let Some(times) = &mut made.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.troubles.remove(place);
            }
        }
        Some(what)
    }
}
