//! The banks that are reached here, all invented: fake banks of the country XF, which are there only for who asks for sandboxes, two
//! Israeli ones, and so many British ones that a list of them has pages. `fakebank_simple_xf`, `fakebank_interactive_xf` and
//! `fakebank_oauth_xf` are called as Salt Edge's own fake banks are.

use super::moment::Moment;
use crate::banks::data::{self, Account};
use crate::banks::institutions::{Asks, Challenge, Institution, Keeps};
use crate::banks::psu::PsuId;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// A bank.
#[derive(Debug)]
pub(super) struct Provider {
    pub(super) id: u64,
    pub(super) code: String,
    pub(super) name: String,
    /// Two letters; XF for fake.
    pub(super) country: &'static str,
    /// Whether a code comes after the login.
    pub(super) interactive: bool,
    pub(super) mode: &'static str,
    /// Whether it can be connected to.
    pub(super) active: bool,
    pub(super) max_consent_days: i64,
    current: Institution,
    cards: Institution,
}

/// A country with banks in it.
pub(super) struct Country {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
}

/// All of them, by code.
pub(super) const COUNTRIES: [Country; 3] = [
    Country {
        code: "GB",
        name: "United Kingdom",
    },
    Country {
        code: "IL",
        name: "Israel",
    },
    Country { code: "XF", name: "Fake" },
];

/// The country of fake banks.
pub(super) const FAKE: &str = "XF";
const TOWNS: [&str; 30] = [
    "Aldermoor",
    "Ashwick",
    "Barrowby",
    "Birchley",
    "Brackenford",
    "Calderhope",
    "Coldmere",
    "Dunwell",
    "Eastholm",
    "Fernhurst Vale",
    "Foxcombe",
    "Greyhaven",
    "Hartlow",
    "Hazelby",
    "Inglemoor",
    "Kestrelwick",
    "Larkstone",
    "Longmarsh",
    "Marlowby",
    "Netherfold",
    "Oakenshaw Cross",
    "Pinewick",
    "Quarrydale",
    "Ravensholt",
    "Saltmarsh End",
    "Thornecombe",
    "Underwold",
    "Westerleigh Bay",
    "Wrenfield",
    "Yarrowdale",
];
const KINDS: [&str; 4] = ["Building Society", "Credit Union", "Mutual Bank", "Savings Bank"];

const fn institution(id: &'static str, code: u16, keeps: Keeps) -> Institution {
    Institution {
        id,
        code,
        keeps,
        asks: Asks::Username,
        challenge: Challenge::Code,
    }
}

/// What a bank keeps: two institutions of these names, the first with this bank number, which is no bank's.
const fn keeps([current, cards]: [&'static str; 2], code: u16) -> (Institution, Institution) {
    (institution(current, code, Keeps::Household), institution(cards, 0, Keeps::Cards))
}

struct Made {
    code: &'static str,
    name: &'static str,
    country: &'static str,
    interactive: bool,
    mode: &'static str,
    active: bool,
    kept: (Institution, Institution),
}

const fn made(code: &'static str, name: &'static str, country: &'static str, kept: (Institution, Institution)) -> Made {
    Made {
        code,
        name,
        country,
        interactive: false,
        mode: "web",
        active: true,
        kept,
    }
}

const BY_HAND: [Made; 6] = [
    made(
        "fakebank_simple_xf",
        "Fake Bank Simple",
        FAKE,
        keeps(["fakebank-simple", "fakebank-simple-cards"], 970),
    ),
    Made {
        interactive: true,
        ..made(
            "fakebank_interactive_xf",
            "Fake Bank Interactive",
            FAKE,
            keeps(["fakebank-interactive", "fakebank-interactive-cards"], 971),
        )
    },
    Made {
        mode: "oauth",
        ..made(
            "fakebank_oauth_xf",
            "Fake Bank OAuth",
            FAKE,
            keeps(["fakebank-oauth", "fakebank-oauth-cards"], 972),
        )
    },
    Made {
        active: false,
        ..made(
            "fakebank_inactive_xf",
            "Fake Bank Inactive",
            FAKE,
            keeps(["fakebank-inactive", "fakebank-inactive-cards"], 973),
        )
    },
    made(
        "bank_shaked_il",
        "Bank Shaked",
        "IL",
        keeps(["bank-shaked", "bank-shaked-cards"], 974),
    ),
    Made {
        interactive: true,
        ..made("bank_brosh_il", "Bank Brosh", "IL", keeps(["bank-brosh", "bank-brosh-cards"], 975))
    },
];

static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    let by_hand = BY_HAND.into_iter().map(|made| Provider {
        id: 0,
        code: made.code.to_owned(),
        name: made.name.to_owned(),
        country: made.country,
        interactive: made.interactive,
        mode: made.mode,
        active: made.active,
        max_consent_days: if made.mode == "web" { 365 } else { 90 },
        current: made.kept.0,
        cards: made.kept.1,
    });
    let (current, cards) = keeps(["town-bank", "town-bank-cards"], 976);
    let towns = TOWNS.iter().flat_map(|town| KINDS.iter().map(move |kind| format!("{town} {kind}")));
    let towns = towns.map(|name| Provider {
        id: 0,
        code: format!("{}_gb", name.to_ascii_lowercase().replace(' ', "_")),
        name,
        country: "GB",
        interactive: true,
        mode: "oauth",
        active: true,
        max_consent_days: 90,
        current,
        cards,
    });
    let numbered = by_hand.chain(towns).zip(1201..);
    numbered.map(|(provider, id)| Provider { id, ..provider }).collect()
});

/// All of them, in the order of their ids.
pub(super) fn all() -> &'static [Provider] {
    &PROVIDERS
}

/// The provider with this code.
pub(super) fn find(code: &str) -> Option<&'static Provider> {
    all().iter().find(|provider| provider.code == code)
}

impl Provider {
    /// Whether it is a fake bank.
    pub(super) fn is_sandbox(&self) -> bool {
        self.country == FAKE
    }

    /// Everything that a person has here.
    pub(super) fn accounts(&self, psu: &PsuId) -> Vec<Account> {
        let mut accounts = data::accounts(&self.current, psu);
        accounts.extend(data::accounts(&self.cards, psu));
        accounts
    }

    /// As the interface writes it. `since` is when this sandbox began.
    pub(super) fn json(&self, since: Moment) -> Value {
        let stamp = since.stamp();
        let home = format!("https://{}.example", self.code.replace('_', "-"));
        json!({
            "id": self.id.to_string(),
            "code": self.code,
            "name": self.name,
            "mode": self.mode,
            "status": if self.active { "active" } else { "inactive" },
            "automatic_fetch": !self.interactive,
            "interactive": self.interactive,
            "instruction": "Invented bank. Log in with the words that its page names.",
            "home_url": home,
            "login_url": format!("{home}/login"),
            "logo_url": format!("{home}/logo.svg"),
            "country_code": self.country,
            "refresh_timeout": 5,
            "holder_info": ["names"],
            "max_consent_days": self.max_consent_days,
            "timezone": "UTC",
            "optional_interactivity": false,
            "regulated": self.mode == "oauth",
            "identification_mode": "saltedge",
            "supported_account_natures": ["checking", "savings", "credit_card"],
            "supported_account_types": ["personal"],
            "supported_fetch_scopes": ["accounts", "balance", "transactions", "holder_info"],
            "created_at": stamp,
            "updated_at": stamp,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_ascend_codes_differ_and_end_with_the_country() {
        assert!(all().is_sorted_by(|one, two| one.id < two.id));
        let codes: HashSet<_> = all().iter().map(|provider| &provider.code).collect();
        assert_eq!(codes.len(), all().len());
        for provider in all() {
            let end = format!("_{}", provider.country.to_ascii_lowercase());
            assert!(provider.code.ends_with(&end), "{}", provider.code);
            assert!(COUNTRIES.iter().any(|country| country.code == provider.country));
        }
        assert!(all().iter().filter(|provider| provider.country == "GB").count() > 100);
    }
}
