//! What the fake banks keep: accounts, balances and a year of transactions, all derived from bank and person.

mod business;
mod card;
mod household;
mod ledger;
mod links;
mod loan;
mod names;
mod portfolio;
mod savings;
mod shops;
#[cfg(test)]
mod tests;

use super::forms::Text;
use super::institutions::{Institution, Keeps};
use super::psu::PsuId;
use crate::random::{Dice, digest};
use jiff::civil::Date;
pub(crate) use ledger::{Entry, Year};
use links::Paid;
pub(crate) use names::iban;
use serde::Serialize;

/// What an account is; names of ISO 20022.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Kind {
    /// Current account.
    Cacc,
    /// Savings or a policy.
    Svgs,
    /// Payment card.
    Card,
    /// A loan.
    Loan,
    /// Securities.
    Scts,
}

/// An account, as the protocol writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Account {
    pub(crate) resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) iban: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) masked_pan: Option<String>,
    pub(crate) name: Text,
    pub(crate) owner_name: String,
    pub(crate) currency: &'static str,
    pub(crate) kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bank_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) branch: Option<String>,
    pub(crate) number: String,
    #[serde(skip)]
    key: [u8; 32],
    #[serde(skip)]
    plan: PlanKind,
    /// The person's other accounts that this one pays.
    #[serde(skip)]
    pays: Vec<Paid>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlanKind {
    Household,
    Business,
    Card,
    Savings,
    Policy,
    Loan,
    Portfolio,
}

const CURRENT: Text = Text {
    he: "עובר ושב",
    en: "Current account",
};
const SAVINGS: Text = Text {
    he: "חיסכון",
    en: "Savings",
};
const CHILD_SAVINGS: Text = Text {
    he: "חיסכון לכל ילד",
    en: "Children’s savings",
};
const BUSINESS: Text = Text {
    he: "חשבון עסקי",
    en: "Business account",
};
const BUSINESS_DEPOSIT: Text = Text {
    he: "פיקדון עסקי",
    en: "Business deposit",
};
const STUDY_FUND: Text = Text {
    he: "קרן השתלמות",
    en: "Study fund",
};
const PENSION: Text = Text {
    he: "קרן פנסיה",
    en: "Pension fund",
};
const POLICY: Text = Text {
    he: "פוליסת חיסכון",
    en: "Savings policy",
};
const MORTGAGE: Text = Text {
    he: "משכנתה",
    en: "Mortgage",
};
const LOAN: Text = Text {
    he: "הלוואה", en: "Loan"
};
const CAR_LOAN: Text = Text {
    he: "הלוואה לרכב",
    en: "Car loan",
};
const CARD: Text = Text {
    he: "כרטיס אשראי",
    en: "Credit card",
};
const GOLD_CARD: Text = Text {
    he: "כרטיס זהב",
    en: "Gold card",
};
const FAMILY_CARD: Text = Text {
    he: "כרטיס משפחתי",
    en: "Family card",
};

const SECURITIES: Text = Text {
    he: "תיק ניירות ערך",
    en: "Securities account",
};
const MANAGED: Text = Text {
    he: "תיק מנוהל",
    en: "Managed portfolio",
};
const ABROAD: Text = Text {
    he: "תיק שוקי חו״ל",
    en: "Foreign markets portfolio",
};

type Kept = [(Text, Kind, PlanKind); 3];

/// What an institution keeps for a person who has all of it, in the order in which people open accounts.
const fn kept(keeps: Keeps) -> Kept {
    match keeps {
        Keeps::Household => [
            (CURRENT, Kind::Cacc, PlanKind::Household),
            (SAVINGS, Kind::Svgs, PlanKind::Savings),
            (CHILD_SAVINGS, Kind::Svgs, PlanKind::Savings),
        ],
        Keeps::Business => [
            (BUSINESS, Kind::Cacc, PlanKind::Business),
            (BUSINESS_DEPOSIT, Kind::Svgs, PlanKind::Savings),
            (BUSINESS, Kind::Cacc, PlanKind::Business),
        ],
        Keeps::Cards => [
            (CARD, Kind::Card, PlanKind::Card),
            (GOLD_CARD, Kind::Card, PlanKind::Card),
            (FAMILY_CARD, Kind::Card, PlanKind::Card),
        ],
        Keeps::Policies => [
            (STUDY_FUND, Kind::Svgs, PlanKind::Policy),
            (PENSION, Kind::Svgs, PlanKind::Policy),
            (POLICY, Kind::Svgs, PlanKind::Policy),
        ],
        Keeps::Loans => [
            (LOAN, Kind::Loan, PlanKind::Loan),
            (MORTGAGE, Kind::Loan, PlanKind::Loan),
            (CAR_LOAN, Kind::Loan, PlanKind::Loan),
        ],
        Keeps::Securities => [
            (SECURITIES, Kind::Scts, PlanKind::Portfolio),
            (MANAGED, Kind::Scts, PlanKind::Portfolio),
            (ABROAD, Kind::Scts, PlanKind::Portfolio),
        ],
    }
}

/// What the account at a place follows from.
fn key(institution: &Institution, psu: &PsuId, place: usize) -> [u8; 32] {
    let (bank, person) = (institution.id.as_bytes(), psu.as_str().as_bytes());
    digest(&[b"account", bank, person, &(place as u64).to_be_bytes()])
}

/// An account's number; a card's are its last four digits.
fn number(key: &[u8; 32]) -> u32 {
    Dice::of(&[key, b"number"]).number(1_000_000..=99_999_999) as u32
}

/// A person's branch, and how many accounts they have there.
fn branch_and_count(institution: &Institution, psu: &PsuId) -> (u16, usize) {
    let dice = &mut Dice::of(&[b"accounts", institution.id.as_bytes(), psu.as_str().as_bytes()]);
    let branch = dice.number(101..=989) as u16;
    (branch, dice.pick(&[1, 2, 2, 2, 3]))
}

/// The accounts of a person at an institution: one to three.
pub(crate) fn accounts(institution: &Institution, psu: &PsuId) -> Vec<Account> {
    let owner_dice = &mut Dice::of(&[b"owner", psu.as_str().as_bytes()]);
    let owner_name = if institution.keeps == Keeps::Business {
        names::company(owner_dice)
    } else {
        names::person(owner_dice)
    };
    let (branch, count) = branch_and_count(institution, psu);
    kept(institution.keeps)
        .into_iter()
        .take(count)
        .enumerate()
        .map(|(place, (name, kind, plan))| {
            let key = key(institution, psu, place);
            let digits = number(&key);
            let is_card = kind == Kind::Card;
            let has_iban = !is_card && kind != Kind::Loan;
            let last_four = format!("{:04}", digits % 10_000);
            Account {
                resource_id: data_encoding::HEXLOWER.encode(&digest(&[&key, b"resource"])[..10]),
                iban: has_iban.then(|| names::iban(institution.code, branch, digits)),
                masked_pan: is_card.then(|| format!("400000******{last_four}")),
                name,
                owner_name: owner_name.clone(),
                currency: "ILS",
                kind,
                bank_code: (!is_card).then(|| format!("{:03}", institution.code)),
                branch: (!is_card).then(|| format!("{branch:03}")),
                number: if is_card { last_four } else { digits.to_string() },
                key,
                plan,
                pays: if place == 0 { links::of(institution, psu) } else { Vec::new() },
            }
        })
        .collect()
}

impl Account {
    /// The year of this account that ends today.
    pub(crate) fn year(&self, today: Date) -> Year {
        match self.plan {
            PlanKind::Household => ledger::year(&self.key, &household::Household::of(self.key, &self.pays), today),
            PlanKind::Business => ledger::year(&self.key, &business::Business::of(self.key, &self.pays), today),
            PlanKind::Card => ledger::year(&self.key, &card::Card::of(self.key), today),
            PlanKind::Savings => ledger::year(&self.key, &savings::Savings::of(self.key), today),
            PlanKind::Policy => ledger::year(&self.key, &savings::Policy::of(self.key), today),
            PlanKind::Loan => ledger::year(&self.key, &loan::Loan::of(self.key), today),
            PlanKind::Portfolio => ledger::year(&self.key, &portfolio::Portfolio::of(self.key), today),
        }
    }
}
