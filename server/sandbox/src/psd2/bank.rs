//! The invented banks that speak NextGenPSD2, and in what each differs from the others.

use crate::banks::data::{self, Account};
use crate::banks::institutions::{Asks, Challenge, Institution, Keeps};
use crate::banks::psu::PsuId;

/// How a bank lets its customer authorise a consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Approach {
    /// The customer comes to the bank's page; the authorisation begins with the consent.
    Redirect,
    /// The same, but the TPP begins the authorisation with a call of its own.
    RedirectExplicit,
    /// The customer comes by an OAuth 2 authorisation request, and data need the access token.
    OAuth,
    /// The same, but the TPP begins the authorisation with a call of its own.
    OAuthExplicit,
    /// The customer approves in the bank's app.
    Decoupled,
}

impl Approach {
    /// The value of `ASPSP-SCA-Approach`. The standard counts OAuth as a redirect.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Redirect | Self::RedirectExplicit | Self::OAuth | Self::OAuthExplicit => "REDIRECT",
            Self::Decoupled => "DECOUPLED",
        }
    }

    /// Whether the bank is an OAuth issuer.
    pub(crate) fn is_oauth(self) -> bool {
        matches!(self, Self::OAuth | Self::OAuthExplicit)
    }

    /// Whether the customer comes by a link of the authorisation itself.
    pub(crate) fn is_redirect(self) -> bool {
        matches!(self, Self::Redirect | Self::RedirectExplicit)
    }
}

/// One bank. One that speaks OAuth is an issuer of its own.
#[derive(Debug)]
pub(crate) struct Bank {
    current: Institution,
    cards: Institution,
    /// Name in Hebrew.
    pub(crate) he: &'static str,
    /// Name in English.
    pub(crate) en: &'static str,
    /// How consents are authorised.
    pub(crate) approach: Approach,
    /// Whether its links name the host; the others begin with a slash.
    pub(crate) absolute_links: bool,
}

const fn bank(ids: [&'static str; 2], code: u16, [he, en]: [&'static str; 2], approach: Approach, absolute_links: bool) -> Bank {
    let [id, cards] = ids;
    Bank {
        current: Institution {
            id,
            code,
            keeps: Keeps::Household,
            asks: Asks::Username,
            challenge: Challenge::Code,
        },
        cards: Institution {
            id: cards,
            code: 0,
            keeps: Keeps::Cards,
            asks: Asks::Username,
            challenge: Challenge::Code,
        },
        he,
        en,
        approach,
        absolute_links,
    }
}

/// Their numbers are no bank's numbers.
static BANKS: [Bank; 5] = [
    bank(
        ["redirect-bank", "redirect-bank-cards"],
        994,
        ["בנק לדוגמה בהפניה", "Sandbox Redirect Bank"],
        Approach::Redirect,
        true,
    ),
    bank(
        ["explicit-bank", "explicit-bank-cards"],
        995,
        ["בנק לדוגמה בשני צעדים", "Sandbox Two-Step Bank"],
        Approach::RedirectExplicit,
        false,
    ),
    bank(
        ["oauth-bank", "oauth-bank-cards"],
        996,
        ["בנק לדוגמה באישור OAuth", "Sandbox OAuth Bank"],
        Approach::OAuth,
        false,
    ),
    bank(
        ["oauth-two-step-bank", "oauth-two-step-bank-cards"],
        998,
        ["בנק לדוגמה OAuth בשני צעדים", "Sandbox Two-Step OAuth Bank"],
        Approach::OAuthExplicit,
        true,
    ),
    bank(
        ["decoupled-bank", "decoupled-bank-cards"],
        997,
        ["בנק לדוגמה באפליקציה", "Sandbox App Bank"],
        Approach::Decoupled,
        true,
    ),
];

/// All of them.
pub(crate) fn all() -> &'static [Bank] {
    &BANKS
}

/// The bank with this id.
pub(crate) fn find(id: &str) -> Option<&'static Bank> {
    BANKS.iter().find(|bank| bank.id() == id)
}

impl Bank {
    /// The id in its addresses.
    pub(crate) fn id(&self) -> &'static str {
        self.current.id
    }

    /// Everything that a person has here: payment accounts first, then cards.
    pub(crate) fn accounts(&self, psu: &PsuId) -> Vec<Account> {
        let mut accounts = data::accounts(&self.current, psu);
        accounts.extend(data::accounts(&self.cards, psu));
        accounts
    }
}
