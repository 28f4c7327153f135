//! Everything that the fake remembers: in memory, bounded.

use super::Moment;
use super::item::Item;
use super::link::session::Session;
use super::link::token::LinkToken;
use super::refusal::{self, Refusal};
use crate::bounded::Bounded;

const CAPACITY: usize = 4096;
/// How long a public token lasts, in seconds.
const PUBLIC_LASTS: i64 = 30 * 60;

struct Public {
    item_id: String,
    until: Moment,
}

/// What was begun and given.
pub(super) struct Desk {
    pub(super) links: Bounded<String, LinkToken>,
    /// Ends of hosted addresses, and their link tokens.
    pub(super) hosted: Bounded<String, String>,
    pub(super) sessions: Bounded<String, Session>,
    public: Bounded<String, Public>,
    access: Bounded<String, String>,
    pub(super) items: Bounded<String, Item>,
}

impl Desk {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self {
            links: Bounded::new(CAPACITY),
            hosted: Bounded::new(CAPACITY),
            sessions: Bounded::new(CAPACITY),
            public: Bounded::new(CAPACITY),
            access: Bounded::new(CAPACITY),
            items: Bounded::new(CAPACITY),
        }
    }

    /// Keeps a public token of an item.
    pub(super) fn publish(&mut self, token: String, item_id: String, now: Moment) {
        let until = now.after(PUBLIC_LASTS);
        self.public.insert(token, Public { item_id, until });
    }

    /// Takes the public token and keeps an access token in its place. Gives the item's id.
    pub(super) fn exchange(&mut self, public: &str, access: String, now: Moment) -> Result<String, Refusal> {
        let taken = self.public.remove(&public.to_owned());
        let Public { item_id, .. } = taken.filter(|kept| now < kept.until).ok_or(&refusal::INVALID_PUBLIC_TOKEN)?;
        self.access.insert(access, item_id.clone());
        Ok(item_id)
    }

    /// Puts a new access token in the place of this one.
    pub(super) fn rotate(&mut self, access: &str, fresh: String) {
        if let Some(item_id) = self.access.remove(&access.to_owned()) {
            self.access.insert(fresh, item_id);
        }
    }

    /// The item that this access token opens.
    pub(super) fn item(&mut self, access: &str) -> Result<&mut Item, Refusal> {
        let id = self.access.get(&access.to_owned()).ok_or(&refusal::INVALID_ACCESS_TOKEN)?;
        let item = self.items.get_mut(id).ok_or(&refusal::INVALID_ACCESS_TOKEN)?;
        if item.removed {
            return Err((&refusal::ITEM_NOT_FOUND).into());
        }
        Ok(item)
    }
}
