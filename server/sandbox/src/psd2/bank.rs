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
    /// As [`Approach::Redirect`], and at the end the TPP has to send a code that the customer's browser brought it.
    RedirectConfirmed,
    /// The customer comes by an OAuth 2 authorisation request, and data need the access token.
    OAuth,
    /// The same, but the TPP begins the authorisation with a call of its own.
    OAuthExplicit,
    /// The customer approves in the bank's app.
    Decoupled,
    /// The TPP asks its customer for the bank's password and for a code.
    Embedded,
}

impl Approach {
    /// The value of `ASPSP-SCA-Approach`. The standard counts OAuth as a redirect.
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Redirect | Self::RedirectExplicit | Self::RedirectConfirmed | Self::OAuth | Self::OAuthExplicit => "REDIRECT",
            Self::Decoupled => "DECOUPLED",
            Self::Embedded => "EMBEDDED",
        }
    }

    /// Whether the bank is an OAuth issuer.
    pub(crate) fn is_oauth(self) -> bool {
        matches!(self, Self::OAuth | Self::OAuthExplicit)
    }

    /// Whether the customer comes by a link of the authorisation itself.
    pub(crate) fn is_redirect(self) -> bool {
        matches!(self, Self::Redirect | Self::RedirectExplicit | Self::RedirectConfirmed)
    }

    /// Whether the authorisation begins with the consent, at the bank's page.
    pub(crate) fn begins_at_once(self) -> bool {
        matches!(self, Self::Redirect | Self::RedirectConfirmed | Self::OAuth)
    }
}

/// What a bank demands of every call to its interface beside the standard's headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demands {
    /// Nothing.
    Nothing,
    /// That it is signed with the TPP's QSealC.
    Seal,
    /// The same, and that it comes over a connection that was opened with the TPP's QWAC.
    SealAndWebsite,
}

/// Which lists of accounts a bank has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lists {
    /// The standard's: accounts and card accounts.
    Standard,
    /// Those that banks in Israel have: cards, savings and loans each have a list of their own.
    Israeli,
}

/// One bank. One that speaks OAuth is an issuer of its own.
#[derive(Debug)]
pub(crate) struct Bank {
    current: Institution,
    cards: Institution,
    loans: Institution,
    /// Name in its addresses; several brands may share it.
    host: &'static str,
    /// The `PSU-ID-Type` that chooses this one of several brands.
    pub(crate) brand: Option<&'static str>,
    /// Name in Hebrew.
    pub(crate) he: &'static str,
    /// Name in English.
    pub(crate) en: &'static str,
    /// How consents are authorised.
    pub(crate) approach: Approach,
    /// Whether its links name the host; the others begin with a slash.
    pub(crate) absolute_links: bool,
    /// What it demands of every call.
    pub(crate) demands: Demands,
    /// Its lists of accounts.
    pub(crate) lists: Lists,
}

const fn bank(
    [id, cards, loans]: [&'static str; 3],
    code: u16,
    [he, en]: [&'static str; 2],
    approach: Approach,
    absolute_links: bool,
) -> Bank {
    const fn keeping(id: &'static str, code: u16, keeps: Keeps) -> Institution {
        Institution {
            id,
            code,
            keeps,
            asks: Asks::Username,
            challenge: Challenge::Code,
        }
    }
    Bank {
        current: keeping(id, code, Keeps::Household),
        cards: keeping(cards, 0, Keeps::Cards),
        loans: keeping(loans, code, Keeps::Loans),
        host: id,
        brand: None,
        he,
        en,
        approach,
        absolute_links,
        demands: Demands::Nothing,
        lists: Lists::Standard,
    }
}

/// A name, and what is made of it for what else the bank keeps.
macro_rules! ids {
    ($id:literal) => {
        [$id, concat!($id, "-cards"), concat!($id, "-loans")]
    };
}

/// Their numbers are no bank's numbers.
static BANKS: [Bank; 11] = [
    bank(
        ids!("redirect-bank"),
        994,
        ["בנק לדוגמה בהפניה", "Sandbox Redirect Bank"],
        Approach::Redirect,
        true,
    ),
    bank(
        ids!("explicit-bank"),
        995,
        ["בנק לדוגמה בשני צעדים", "Sandbox Two-Step Bank"],
        Approach::RedirectExplicit,
        false,
    ),
    bank(
        ids!("oauth-bank"),
        996,
        ["בנק לדוגמה באישור OAuth", "Sandbox OAuth Bank"],
        Approach::OAuth,
        false,
    ),
    bank(
        ids!("oauth-two-step-bank"),
        998,
        ["בנק לדוגמה OAuth בשני צעדים", "Sandbox Two-Step OAuth Bank"],
        Approach::OAuthExplicit,
        true,
    ),
    bank(
        ids!("decoupled-bank"),
        997,
        ["בנק לדוגמה באפליקציה", "Sandbox App Bank"],
        Approach::Decoupled,
        true,
    ),
    bank(
        ids!("embedded-bank"),
        970,
        ["בנק לדוגמה עם סיסמה", "Sandbox Password Bank"],
        Approach::Embedded,
        false,
    ),
    bank(
        ids!("confirmed-bank"),
        971,
        ["בנק לדוגמה עם קוד חזרה", "Sandbox Confirmation Bank"],
        Approach::RedirectConfirmed,
        false,
    ),
    Bank {
        demands: Demands::Seal,
        ..bank(
            ids!("sealed-bank"),
            972,
            ["בנק לדוגמה בחתימה", "Sandbox Signature Bank"],
            Approach::RedirectExplicit,
            false,
        )
    },
    Bank {
        demands: Demands::SealAndWebsite,
        lists: Lists::Israeli,
        ..bank(
            ids!("guarded-bank"),
            973,
            ["בנק לדוגמה בתעודה", "Sandbox Certificate Bank"],
            Approach::OAuth,
            true,
        )
    },
    Bank {
        host: "group-bank",
        brand: Some("GROUP-NORTH"),
        lists: Lists::Israeli,
        ..bank(
            ids!("group-north"),
            974,
            ["בנק הצפון לדוגמה", "Sandbox North Bank"],
            Approach::Redirect,
            false,
        )
    },
    Bank {
        host: "group-bank",
        brand: Some("GROUP-SOUTH"),
        lists: Lists::Israeli,
        ..bank(
            ids!("group-south"),
            975,
            ["בנק הדרום לדוגמה", "Sandbox South Bank"],
            Approach::Redirect,
            false,
        )
    },
];

/// All of them.
pub(crate) fn all() -> &'static [Bank] {
    &BANKS
}

/// The bank with this name in its addresses; of several brands the first, which stands for all until it is known which is meant.
pub(crate) fn find(host: &str) -> Option<&'static Bank> {
    BANKS.iter().find(|bank| bank.host == host)
}

impl Bank {
    /// Its own id.
    pub(crate) fn id(&self) -> &'static str {
        self.current.id
    }

    /// The name in its addresses.
    pub(crate) fn host(&self) -> &'static str {
        self.host
    }

    /// Whether this is the other bank, or another brand at the same addresses.
    pub(crate) fn shares_host_with(&self, other: &Self) -> bool {
        self.host == other.host
    }

    /// The brand that a `PSU-ID-Type` chooses. A bank of one brand does not look at it.
    pub(crate) fn chosen_by(&self, psu_id_type: Option<&str>) -> Option<&'static Self> {
        let chosen = |bank: &&Self| bank.host == self.host && (bank.brand.is_none() || bank.brand == psu_id_type);
        BANKS.iter().find(chosen)
    }

    /// Everything that a person has here: payment accounts first, then cards, then loans where they are listed.
    pub(crate) fn accounts(&self, psu: &PsuId) -> Vec<Account> {
        let mut accounts = data::accounts(&self.current, psu);
        accounts.extend(data::accounts(&self.cards, psu));
        if self.lists == Lists::Israeli {
            accounts.extend(data::accounts(&self.loans, psu));
        }
        accounts
    }
}
