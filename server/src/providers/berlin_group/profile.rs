//! The banks' profiles: where each is, which way it is asked for, and what it demands. They are data (`profiles.json`).
//!
//! **Contract.** A profile says where it comes from. One that is `derived` was put together from what is published about the bank and
//! was never tried against it. A bank whose address is not published has none here: an operator sets it, or the bank is not reached.

use super::setting::{QSEALC_CERTIFICATE, QSEALC_KEY, QWAC_CERTIFICATE, QWAC_KEY, address_of};
use gesher_directory::{Offers, Product};
use serde::Deserialize;
use std::collections::BTreeMap;
use url::Url;

/// The profiles as they are shipped.
const SHIPPED: &str = include_str!("profiles.json");

/// Which way a bank is asked for; what it answers is what counts.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Approach {
    /// The person goes to the bank's pages. OAuth counts as this.
    Redirect,
    /// The person approves in the bank's app.
    Decoupled,
    /// The person types the bank's password and a code here.
    Embedded,
}

/// Where a bank's interface is.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Host {
    /// Where the operator says.
    Operator,
    /// Here, for everybody.
    Fixed(Url),
    /// At the sandbox, under this name.
    Sandbox(String),
    /// At the sandbox's listener that wants a certificate, under this name.
    GuardedSandbox(String),
}

/// Which lists of accounts a bank has.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Lists {
    /// `/accounts` and `/card-accounts`.
    Standard,
    /// `/accounts`, `/cards`, `/savings` and `/loans`.
    Israeli,
}

impl Lists {
    /// The lists, and the kind of what is in each where the bank does not say it.
    pub const fn all(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Standard => &[("accounts", "CACC"), ("card-accounts", "CARD")],
            Self::Israeli => &[("accounts", "CACC"), ("cards", "CARD"), ("savings", "SVGS"), ("loans", "LOAN")],
        }
    }
}

/// A bank.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The provider's id of it: the directory's routes name it.
    pub id: String,
    /// Where it is.
    pub host: Host,
    /// The way to ask for.
    pub approach: Approach,
    /// `PSU-ID-Type`, where it says which of several brands behind one host is meant.
    #[serde(default)]
    pub brand: Option<String>,
    /// Whether connections have to be opened with the tenant's QWAC.
    #[serde(default)]
    pub qwac: bool,
    /// Whether messages have to be signed with the tenant's QSealC.
    #[serde(default)]
    pub qsealc: bool,
    /// Its lists of accounts.
    pub lists: Lists,
    /// Whether it tells the owners' names, which the standard leaves to each bank.
    pub owner_names: bool,
    /// Accesses of a day without the person that a consent asks for.
    pub accesses_per_day: u32,
    /// The parameter in which it gives the browser a confirmation code, where it does.
    #[serde(default)]
    pub confirmation: Option<String>,
    /// Where this comes from.
    pub source: String,
    /// Whether it was put together from what is published, and never tried.
    pub derived: bool,
}

/// Tiers below this one are no bank's own: what has to be set for them is the same for all of a tier.
const OWN_TIERS: u8 = 3;

impl Profile {
    /// What has to be set for it.
    pub fn needs(&self) -> Vec<&'static str> {
        let mut needs = Vec::new();
        if self.qwac {
            needs.extend([QWAC_CERTIFICATE, QWAC_KEY]);
        }
        if self.qsealc {
            needs.extend([QSEALC_CERTIFICATE, QSEALC_KEY]);
        }
        if self.host == Host::Operator {
            needs.extend(address_of(&self.id).map(|(_, name)| name));
        }
        needs
    }

    /// Banks of a tier need the same: nothing, a seal, a seal and a certificate for connections, or an address of their own too.
    pub fn tier(&self) -> u8 {
        match (address_of(&self.id).filter(|_| self.host == Host::Operator), self.qwac, self.qsealc) {
            (Some((place, _)), ..) => OWN_TIERS + place,
            (None, true, _) => 2,
            (None, false, true) => 1,
            (None, false, false) => 0,
        }
    }

    /// What it offers.
    pub fn offers(&self) -> Offers {
        let told = |product: &Product| *product != Product::Owners || self.owner_names;
        Offers {
            products: Product::FETCHED.into_iter().filter(told).collect(),
            leaves: self.approach == Approach::Redirect,
            tier: self.tier(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shipped {
    banks: Vec<Profile>,
}

/// The profiles that are shipped, by their ids.
pub fn shipped() -> BTreeMap<String, Profile> {
    let shipped: Shipped = serde_json::from_str(SHIPPED).expect("a test reads the profiles that are shipped");
    shipped.banks.into_iter().map(|profile| (profile.id.clone(), profile)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn real_banks_are_marked_and_no_address_is_made_up() {
        let profiles = shipped();
        let read: Shipped = serde_json::from_str(SHIPPED).unwrap();
        assert_eq!(read.banks.len(), profiles.len(), "ids are unique");
        for (id, profile) in &profiles {
            let real = id.starts_with("il-");
            assert_eq!((profile.derived, profile.host == Host::Operator), (real, real), "{id}");
            assert!(profile.source.starts_with(if real { "https://" } else { "the sandbox" }), "{id}");
            assert!((1..=4).contains(&profile.accesses_per_day), "{id}: article 36(5) of RTS 2018/389");
        }
        assert!(profiles.keys().filter(|id| id.starts_with("il-")).count() >= 15);
    }

    #[test]
    fn what_a_tier_stands_for_is_the_same_for_all_of_it() {
        let profiles = shipped();
        let mut tiers = BTreeMap::new();
        for (id, profile) in &profiles {
            assert_eq!(address_of(id).is_some(), profile.host == Host::Operator, "{id}");
            let needs = tiers.entry(profile.tier()).or_insert_with(|| profile.needs());
            assert_eq!(*needs, profile.needs(), "{id}");
        }
        assert!(tiers[&0].is_empty() && tiers.len() == 20, "{tiers:?}");
    }

    #[test]
    fn brands_of_a_host_differ() {
        let profiles = shipped();
        let brands: Vec<&String> = profiles.values().filter_map(|profile| profile.brand.as_ref()).collect();
        assert_eq!(brands.iter().collect::<HashSet<_>>().len(), brands.len());
        assert!(brands.iter().any(|brand| *brand == "MASSAD") && brands.iter().any(|brand| *brand == "GROUP-NORTH"));
    }
}
