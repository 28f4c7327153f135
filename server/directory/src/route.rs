//! How an institution is reached, and what that way offers.

use gesher_contract::TileKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A system through which institutions are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderName {
    /// The banks that come with Gesher.
    Sandbox,
    /// Banks that speak Berlin Group NextGenPSD2.
    BerlinGroup,
}

impl ProviderName {
    /// The name on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::BerlinGroup => "berlin_group",
        }
    }

    /// The provider of this name on the wire and in the store.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sandbox, Self::BerlinGroup]
            .into_iter()
            .find(|provider| provider.as_str() == name)
    }

    /// Whether only a test key may use its routes.
    pub const fn test_only(self) -> bool {
        match self {
            Self::Sandbox => true,
            Self::BerlinGroup => false,
        }
    }
}

/// A kind of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Product {
    /// The accounts themselves: without them there is nothing.
    Accounts,
    /// What is on them.
    Balances,
    /// What moved.
    Transactions,
    /// The names of those whose accounts they are.
    Owners,
}

impl Product {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Accounts, Self::Balances, Self::Transactions, Self::Owners];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Balances => "balances",
            Self::Transactions => "transactions",
            Self::Owners => "owners",
        }
    }
}

/// What a route offers; its provider says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offers {
    /// The kinds of data.
    pub products: BTreeSet<Product>,
    /// Whether the person is usually sent to the institution's own pages.
    pub leaves: bool,
}

/// How one institution is reached through one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The provider.
    pub provider: ProviderName,
    /// The provider's own id for the institution.
    pub provider_id: String,
    /// What it offers; stands in no file.
    #[serde(skip)]
    pub offers: Offers,
}

impl Route {
    /// A way through a provider, before anybody has said what it offers.
    pub fn new(provider: ProviderName, provider_id: impl Into<String>) -> Self {
        Self {
            provider,
            provider_id: provider_id.into(),
            offers: Offers::default(),
        }
    }

    /// The way to an institution that no file names a way to: the sandbox's stand-in for one of its kind.
    pub(crate) fn stand_in(kind: TileKind) -> Self {
        let provider_id = match kind {
            TileKind::Bank | TileKind::Business => "any-bank",
            TileKind::Card => "any-card",
            TileKind::Insurance => "any-insurer",
        };
        Self::new(ProviderName::Sandbox, provider_id)
    }
}
