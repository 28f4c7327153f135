//! What a connection's data are: fetched anew where that is possible, read whole, in our words.

use super::client::{Client, Trouble};
use super::codes;
use super::state::Access;
use super::visit::moment;
use super::wire::{self, Connection, CustomFields};
use crate::providers::{Account, AccountKind, Balance, ConsentState, Known, Transaction, Want};
use gesher_contract::LocalizedText;
use gesher_domain::connection::FetchProblem;
use serde_json::{Number, json};
use std::time::Duration;

/// Data that are younger are not fetched anew.
const FRESH: Duration = Duration::from_secs(5 * 60);
/// Looks at a fetch that was asked for, and the time between two of them.
const LOOKS: u32 = 8;
const BETWEEN: Duration = Duration::from_secs(2);
/// Entries of a page.
const PER_PAGE: &str = "500";

impl Client<'_> {
    /// Everything that is wanted and that the connection has.
    pub async fn everything(&self, access: &Access, want: &Want) -> Result<Vec<Account>, FetchProblem> {
        let mut connection = self.connection(&access.connection_id).await.map_err(|trouble| trouble.problem())?;
        let passing = self.usable(&connection).await?;
        let renewed = match self.may_renew(&connection) && (passing.is_some() || self.is_old(&connection)) {
            true => self.anew(&connection, &access.connection).await?,
            false => None,
        };
        match (renewed, passing) {
            (Some(renewed), _) => connection = renewed,
            (None, Some(problem)) => return Err(problem),
            (None, None) => {}
        }
        if connection.last_success_at.is_none() {
            // Its first fetch is under way.
            return Err(FetchProblem::InstitutionUnavailable);
        }
        self.accounts(&connection, want).await.map_err(|trouble| trouble.problem())
    }

    /// Why a connection cannot be used, if it cannot; what it suffers from that may pass comes back.
    async fn usable(&self, connection: &Connection) -> Result<Option<FetchProblem>, FetchProblem> {
        match connection.status.as_str() {
            "active" => return Ok(None),
            "disabled" => return Err(FetchProblem::Suspended),
            _ => {}
        }
        match self.standing(connection).await.map_err(|trouble| trouble.problem())? {
            ConsentState::Expired => return Err(FetchProblem::ConsentExpired),
            ConsentState::Revoked | ConsentState::Rejected => return Err(FetchProblem::Revoked),
            ConsentState::Valid | ConsentState::AwaitingCosigners => {}
        }
        let class = connection
            .last_attempt
            .as_ref()
            .and_then(|attempt| attempt.fail_error_class.as_deref());
        match class.map(codes::problem) {
            passing @ (None | Some(FetchProblem::InstitutionUnavailable | FetchProblem::ProviderUnavailable)) => Ok(passing),
            Some(problem) => Err(problem),
        }
    }

    /// How the consent stands.
    pub async fn standing(&self, connection: &Connection) -> Result<ConsentState, Trouble> {
        if connection.status == "active" {
            return Ok(ConsentState::Valid);
        }
        let consent = self.consent(connection).await?;
        let state = match consent.as_ref().map(|consent| consent.status.as_str()) {
            Some("revoked") => ConsentState::Revoked,
            Some("expired") => ConsentState::Expired,
            Some("denied") => ConsentState::Rejected,
            _ => ConsentState::Valid,
        };
        let over = consent
            .and_then(|consent| moment(consent.expires_at.as_deref()?))
            .is_some_and(|at| at <= self.cx.now);
        Ok(if state == ConsentState::Valid && over {
            ConsentState::Expired
        } else {
            state
        })
    }

    /// Whether Salt Edge would fetch now.
    fn may_renew(&self, connection: &Connection) -> bool {
        let possible = connection.next_refresh_possible_at.as_deref().and_then(moment);
        possible.is_some_and(|at| at <= self.cx.now)
    }

    fn is_old(&self, connection: &Connection) -> bool {
        let last = connection.last_success_at.as_deref().and_then(moment);
        last.is_none_or(|at| at.plus(FRESH) <= self.cx.now)
    }

    /// Has the data fetched anew and waits a little for them. Nothing where that is refused for now, or takes longer.
    async fn anew(&self, connection: &Connection, ours: &str) -> Result<Option<Connection>, FetchProblem> {
        let path = ["connections", connection.id.as_str(), "refresh"];
        let fields = CustomFields {
            gesher_connection: Some(ours.to_owned()),
            gesher_visit: None,
        };
        let asked: Result<wire::Refreshing, Trouble> = self.post(&path, &json!({ "attempt": { "custom_fields": fields } })).await;
        match asked {
            Ok(wire::Refreshing { connect_url: None }) => {}
            Ok(wire::Refreshing { connect_url: Some(_) }) => return Ok(None),
            Err(trouble) => {
                return match trouble.problem() {
                    problem @ (FetchProblem::ConsentExpired
                    | FetchProblem::Revoked
                    | FetchProblem::LoginRequired
                    | FetchProblem::Suspended) => Err(problem),
                    _ => Ok(None),
                };
            }
        }
        for look in 0..LOOKS {
            if look > 0 {
                tokio::time::sleep(BETWEEN).await;
            }
            let now = self.connection(&connection.id).await.map_err(|trouble| trouble.problem())?;
            let attempt = now.last_attempt.clone().unwrap_or_default();
            if let Some(class) = attempt.fail_error_class {
                return Err(codes::problem(&class));
            }
            if attempt.finished != Some(false) {
                return Ok(Some(now));
            }
        }
        Ok(None)
    }

    async fn accounts(&self, connection: &Connection, want: &Want) -> Result<Vec<Account>, Trouble> {
        let listed: Vec<wire::Account> = self
            .all(&["accounts"], &[("connection_id", &connection.id), ("per_page", PER_PAGE)])
            .await?;
        let mut accounts: Vec<Account> = Vec::with_capacity(listed.len());
        for listed in listed {
            let mut account = account(listed, want)?;
            let known = Known::from(&account);
            // One that comes twice is read once.
            if !want.reach.has(known, &account.kind) || accounts.iter().any(|other| other.provider_ref == account.provider_ref) {
                continue;
            }
            if !want.reach.has_balances(known) {
                account.balances = Vec::new();
            }
            if want.reach.has_transactions(Known::from(&account)) {
                account.transactions = self.transactions(connection, &account.provider_ref, want).await?;
            }
            accounts.push(account);
        }
        Ok(accounts)
    }

    /// An account's transactions, the newest first: those that are booked, and those that are not yet.
    async fn transactions(&self, connection: &Connection, account: &str, want: &Want) -> Result<Vec<Transaction>, Trouble> {
        let of = [
            ("connection_id", connection.id.as_str()),
            ("account_id", account),
            ("per_page", PER_PAGE),
        ];
        let mut listed: Vec<wire::Transaction> = self.all(&["transactions"], &of).await?;
        let pending = [&of[..], &[("pending", "true")]].concat();
        listed.extend(self.all::<wire::Transaction>(&["transactions"], &pending).await?);
        let wanted = want.from(account)..=want.date_to.as_str();
        let inside = |one: &wire::Transaction| wanted.contains(&one.made_on.as_str()) && !one.duplicated;
        let mut transactions: Vec<Transaction> = listed.into_iter().filter(inside).map(transaction).collect::<Result<_, _>>()?;
        transactions.sort_by(|one, other| other.booking_date.cmp(&one.booking_date));
        Ok(transactions)
    }
}

/// An amount as it is written elsewhere: with two digits after the point at least. A JSON number's own digits are kept.
fn amount(number: &Number) -> Result<String, Trouble> {
    let text = match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => whole.to_string(),
        (None, Some(amount)) if amount.is_finite() => amount.to_string(),
        _ => return Err(Trouble::Nonsense),
    };
    Ok(match text.split_once('.') {
        None => format!("{text}.00"),
        Some((_, digits)) if digits.len() == 1 => format!("{text}0"),
        Some(_) => text,
    })
}

/// ISO 20022's name for what Salt Edge calls an account's nature. What is new to us is an account.
fn kind(nature: &str) -> AccountKind {
    match nature {
        "card" | "credit_card" | "debit_card" => AccountKind::Card,
        "savings" | "insurance" => AccountKind::Svgs,
        "loan" | "mortgage" | "credit" => AccountKind::Loan,
        "investment" => AccountKind::Scts,
        _ => AccountKind::Cacc,
    }
}

fn account(listed: wire::Account, want: &Want) -> Result<Account, Trouble> {
    let extra = listed.extra;
    let kind = kind(&listed.nature);
    let day = listed.updated_at.get(..10).ok_or(Trouble::Nonsense)?.to_owned();
    let balance = |kind: &str, number: &Number| {
        Ok(Balance {
            kind: kind.to_owned(),
            amount: amount(number)?,
            currency: listed.currency_code.clone(),
            reference_date: day.clone(),
        })
    };
    let mut balances = vec![balance("closingBooked", &listed.balance)?];
    if let Some(available) = &extra.available_amount {
        balances.push(balance("interimAvailable", available)?);
    }
    let masked_pan = extra
        .cards
        .and_then(|cards| cards.into_iter().next())
        .filter(|_| kind == AccountKind::Card);
    let number = extra.account_number.or_else(|| extra.iban.clone()).or_else(|| masked_pan.clone());
    let owner = extra.holder_name.or(extra.client_name).filter(|_| want.reach.owners);
    Ok(Account {
        provider_ref: listed.id,
        kind: kind.as_str().to_owned(),
        currency: listed.currency_code,
        iban: extra.iban,
        masked_pan,
        number: number.unwrap_or_default(),
        owner_name: owner.unwrap_or_default(),
        name: LocalizedText::he_en(listed.name.clone(), listed.name),
        balances,
        transactions: Vec::new(),
    })
}

fn transaction(listed: wire::Transaction) -> Result<Transaction, Trouble> {
    let amount = amount(&listed.amount)?;
    let extra = listed.extra;
    let counterparty = if amount.starts_with('-') {
        extra.payee.or(extra.payer)
    } else {
        extra.payer.or(extra.payee)
    };
    Ok(Transaction {
        provider_ref: listed.id,
        booking_date: extra.posting_date.unwrap_or_else(|| listed.made_on.clone()),
        value_date: listed.made_on,
        amount,
        currency: listed.currency_code,
        status: if listed.status == "pending" { "pending" } else { "booked" }.to_owned(),
        description: listed.description,
        counterparty,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_keeps_its_digits_and_has_two_after_the_point() {
        let written = |text: &str| amount(&serde_json::from_str(text).expect("a number")).expect("an amount");
        for (number, expected) in [
            ("-12.34", "-12.34"),
            ("5", "5.00"),
            ("0.1", "0.10"),
            ("-1234567.8", "-1234567.80"),
            ("1e3", "1000.00"),
            ("0.123", "0.123"),
        ] {
            assert_eq!(written(number), expected);
        }
    }

    #[test]
    fn a_nature_has_a_name_of_the_standard() {
        for (nature, expected) in [
            ("checking", "CACC"),
            ("debit_card", "CARD"),
            ("mortgage", "LOAN"),
            ("investment", "SCTS"),
            ("newer", "CACC"),
        ] {
            assert_eq!(kind(nature).as_str(), expected);
        }
    }
}
