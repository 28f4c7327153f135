//! How an institution is reached, and what that way offers.

use super::Products;
use gesher_contract::{Choice, FieldKind, LocalizedText, TileKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use utoipa::ToSchema;

/// A system through which institutions are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProviderName {
    /// The banks that come with Gesher.
    Sandbox,
    /// Banks that speak Berlin Group NextGenPSD2.
    BerlinGroup,
    /// Plaid.
    Plaid,
    /// Open Finance.
    OpenFinance,
    /// Salt Edge.
    SaltEdge,
}

impl ProviderName {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sandbox, Self::BerlinGroup, Self::Plaid, Self::OpenFinance, Self::SaltEdge];

    /// The name on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::BerlinGroup => "berlin_group",
            Self::Plaid => "plaid",
            Self::OpenFinance => "open_finance",
            Self::SaltEdge => "salt_edge",
        }
    }

    /// The provider of this name on the wire and in the store.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.as_str() == name)
    }

    /// Whether only a test key may use its routes.
    pub const fn test_only(self) -> bool {
        match self {
            Self::Sandbox => true,
            Self::BerlinGroup | Self::Plaid | Self::OpenFinance | Self::SaltEdge => false,
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
    /// Securities on an account. It narrows the choice; nothing of it is fetched.
    InvestmentHoldings,
    /// What was bought and sold there. It narrows the choice; nothing of it is fetched.
    InvestmentTransactions,
}

impl Product {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Accounts,
        Self::Balances,
        Self::Transactions,
        Self::Owners,
        Self::InvestmentHoldings,
        Self::InvestmentTransactions,
    ];
    /// Those that are fetched.
    pub const FETCHED: [Self; 4] = [Self::Accounts, Self::Balances, Self::Transactions, Self::Owners];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Balances => "balances",
            Self::Transactions => "transactions",
            Self::Owners => "owners",
            Self::InvestmentHoldings => "investment_holdings",
            Self::InvestmentTransactions => "investment_transactions",
        }
    }
}

/// What a route offers; its provider says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offers {
    /// The kinds of data.
    pub products: Products,
    /// Whether the person is usually sent to the institution's own pages.
    pub leaves: bool,
    /// Routes of one provider with the same number are open to the same tenants; the provider knows what it stands for.
    #[serde(default)]
    pub tier: u8,
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
    /// What its login form asks for, in order, where it has one and that is known beforehand.
    #[serde(skip)]
    pub fields: Arc<[LoginField]>,
}

/// A field of a login form, as the institution's customers know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginField {
    /// The institution's own name for it.
    pub name: String,
    /// What it takes.
    pub kind: FieldKind,
    /// What stands above it.
    pub label: LocalizedText,
    /// Whether it may be left empty.
    #[serde(default, skip_serializing_if = "is_false")]
    pub optional: bool,
    /// Fewest characters, 0 when it does not matter.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub min_length: u32,
    /// Most characters, 0 when it does not matter.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub max_length: u32,
    /// For a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// For a national id: whether a passport's number may be given instead.
    #[serde(default, skip_serializing_if = "is_false")]
    pub passport: bool,
}

// Their signatures are serde's.
fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// The fields that forms are made of, by the words that routes name them with.
static FIELDS: LazyLock<BTreeMap<String, LoginField>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("login_fields.json")).expect("the file is part of the program, and a test reads it")
});

/// What the sandbox's stand-ins ask for.
static STAND_IN_FIELDS: LazyLock<Arc<[LoginField]>> = LazyLock::new(|| {
    let words = ["psu_id", "username", "password"].map(str::to_owned);
    login_fields(&words).unwrap_or_default()
});

/// The fields with these words, in this order; nothing when a word is none.
pub(crate) fn login_fields(words: &[String]) -> Option<Arc<[LoginField]>> {
    words.iter().map(|word| FIELDS.get(word).cloned()).collect()
}

impl Route {
    /// A way through a provider, before anybody has said what it offers.
    pub fn new(provider: ProviderName, provider_id: impl Into<String>) -> Self {
        Self {
            provider,
            provider_id: provider_id.into(),
            offers: Offers::default(),
            fields: Arc::default(),
        }
    }

    /// The way to an institution that no file names a way to: the sandbox's stand-in for one of its kind.
    pub(crate) fn stand_in(kind: TileKind) -> Self {
        let provider_id = match kind {
            TileKind::Bank | TileKind::Business => "any-bank",
            TileKind::Card => "any-card",
            TileKind::Insurance => "any-insurer",
        };
        Self {
            provider: ProviderName::Sandbox,
            provider_id: provider_id.to_owned(),
            offers: Offers::default(),
            fields: STAND_IN_FIELDS.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_for_fields() {
        let names = |words: &[&str]| {
            let words = words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
            let fields = login_fields(&words)?;
            Some(fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>())
        };
        assert_eq!(
            names(&["psu_id_or_passport", "num"]),
            Some(vec!["psu_id".to_owned(), "num".to_owned()])
        );
        assert_eq!((names(&[]), names(&["shoe_size"])), (Some(Vec::new()), None));
        assert_eq!(Route::stand_in(TileKind::Card).fields.len(), 3);
        for (word, field) in FIELDS.iter() {
            assert!(field.min_length <= field.max_length, "{word}");
            let labels = field.label.0.keys().map(String::as_str).collect::<Vec<_>>();
            assert_eq!(labels, ["en", "he"], "{word}");
            assert_eq!(
                field.options.is_empty(),
                !matches!(field.kind, FieldKind::Select | FieldKind::Radio),
                "{word}"
            );
        }
    }
}
