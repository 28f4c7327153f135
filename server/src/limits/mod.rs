//! How many requests a key, a tenant and an address may make.
//!
//! **Goal.** Nobody's requests take the place of everybody else's. **Contract.** Each node counts for itself, in memory of bounded
//! size, with the clock that is passed in; nothing is looked up and no lock is held across an await. A refused request is not
//! counted, so [`TooMany`] says truly after how long the next one is taken. Figures: 100 requests a second for a live key and 25 for a
//! test key are Stripe's; a tenant may set others.

mod buckets;

use crate::tenants::{Caller, Mode};
use buckets::{Buckets, Rate};
use gesher_contract::TenantTag;
use gesher_domain::Timestamp;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

/// Requests a second of a live key, where its tenant sets nothing else.
pub const LIVE: u32 = 100;
/// Requests a second of a test key, where its tenant sets nothing else.
pub const TEST: u32 = 25;
/// Most that a tenant can be set to.
pub const MOST: u32 = 100_000;
/// Two keys of a mode work at once; the tokens of a tenant's customers together may make as many requests again.
const KEYS: u32 = 2;
/// Requests without a key that count as one person's, from one address. Many people share an address, a whole mobile network even, and
/// each of them loads pages, searches while typing and asks how things stand.
const VISITS: Rate = Rate::new(100, 1_000);
/// Requests to the API without a usable key, from one address. A backend has a key; what has none is lost, or guesses.
const STRANGERS: Rate = Rate::new(10, 100);

/// Over the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("over the limit of requests")]
pub struct TooMany {
    /// After so many whole seconds a request is taken again, if no other one comes before it.
    pub retry_after: u64,
}

impl From<Duration> for TooMany {
    fn from(wait: Duration) -> Self {
        Self {
            retry_after: wait.as_secs() + u64::from(wait.subsec_nanos() > 0),
        }
    }
}

/// Who of a tenant's asks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Side {
    /// Its backend, with a key.
    Backend,
    /// Its customers, each with a token.
    Customers,
}

/// What was counted lately.
#[derive(Default)]
pub struct Limits {
    callers: Buckets<Vec<u8>>,
    tenants: Buckets<(TenantTag, Mode, Side)>,
    visits: Buckets<IpAddr>,
    strangers: Buckets<IpAddr>,
    guesses: Buckets<IpAddr>,
}

impl Limits {
    /// A request of a tenant's backend.
    ///
    /// # Errors
    /// [`TooMany`]: over its key's limit, or its tenant's.
    pub fn call(&self, caller: &Caller, now: Timestamp) -> Result<(), TooMany> {
        if caller.per_second == 0 {
            return Ok(());
        }
        let all = caller.per_second.saturating_mul(KEYS);
        self.callers
            .take(&caller.proof, Rate::new(caller.per_second, caller.per_second), now)?;
        // What customers' own apps ask for takes nothing from the tenant's backend.
        let side = if caller.customer.is_some() {
            Side::Customers
        } else {
            Side::Backend
        };
        self.tenants
            .take(&(caller.tenant.clone(), caller.mode, side), Rate::new(all, all), now)?;
        Ok(())
    }

    /// A request for the widget.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn visit(&self, from: IpAddr, now: Timestamp) -> Result<(), TooMany> {
        Ok(self.visits.take(&network(from), VISITS, now)?)
    }

    /// A request to the API that brings no usable key.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn stranger(&self, from: IpAddr, now: Timestamp) -> Result<(), TooMany> {
        Ok(self.strangers.take(&network(from), STRANGERS, now)?)
    }

    /// A key that never worked here, before it is looked up. Who brings none at all is not counted with these, so that they take nothing
    /// from a backend behind the same address that calls for the first time.
    ///
    /// # Errors
    /// [`TooMany`].
    pub fn guess(&self, from: IpAddr, now: Timestamp) -> Result<(), TooMany> {
        Ok(self.guesses.take(&network(from), STRANGERS, now)?)
    }

    /// The key works.
    pub fn no_guess(&self, from: IpAddr) {
        self.guesses.give_back(&network(from), STRANGERS);
    }
}

/// What one household or machine has: an address of IPv4, 64 bits of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp(1_795_176_000_000_000);

    fn caller(proof: u8, per_second: u32) -> Caller {
        Caller {
            tenant: TenantTag::from_random(7),
            mode: Mode::Live,
            customer: None,
            proof: vec![proof],
            per_second,
        }
    }

    #[test]
    fn a_tenant_s_keys_share_what_two_of_them_may() {
        let limits = Limits::default();
        for proof in [1, 2] {
            for _ in 0..10 {
                assert_eq!(limits.call(&caller(proof, 10), NOON), Ok(()));
            }
        }
        assert_eq!(limits.call(&caller(3, 10), NOON), Err(TooMany { retry_after: 1 }));
        assert_eq!(limits.call(&caller(3, 10), NOON.plus(Duration::from_secs(1))), Ok(()));
        assert_eq!(limits.call(&caller(3, 0), NOON), Ok(()), "no limit");
    }

    #[test]
    fn an_address_is_one_machine_however_it_is_written() {
        let of = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
    }

    #[test]
    fn a_part_of_a_second_is_a_whole_one() {
        assert_eq!(TooMany::from(Duration::from_millis(1)).retry_after, 1);
        assert_eq!(TooMany::from(Duration::from_secs(1)).retry_after, 1);
        assert_eq!(TooMany::from(Duration::from_millis(1_001)).retry_after, 2);
    }
}
