//! What is made of a connection's transactions: categories, what comes again, transfers between the customer's own accounts; and what
//! the host has seen of them.
//!
//! **Contract.** Each is off until the host switches it on. It is made by a job: of all the customer's connections at once, because a
//! transfer has two sides; after each fetch, and when a switch is moved. A job that is overtaken writes nothing, so what stands was
//! made of what is there. What is off is not said. No network; what is looked at is bounded.

use super::read::{self, ReadError};
use crate::core::Core;
use crate::jobs::{self, Leased};
use crate::store::accounts::{self, AccountRow};
use crate::store::connections::{self, ConnectionRow, Wanted};
use crate::store::insights::{self, Counts, LineRow, RepeatRow, Said, Switches};
use crate::store::{Statement, Unavailable, Unit, WriteError};
use crate::tenants::Caller;
use gesher_contract::{ConnectionId, TransactionId};
use gesher_domain::connection::readable;
use gesher_insights::{Account, Category, Day, Decimal, Kind, Transaction};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use utoipa::ToSchema;

/// Connections of a customer that are looked at, the newest.
const CONNECTIONS: i64 = 50;
/// Transactions of a connection that are looked at, the newest.
const LINES: i64 = 20_000;
/// Most transactions that can be marked as seen at once.
pub const MOST_SEEN: usize = 500;

/// What can be switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Insight {
    /// A category for each transaction.
    Categories,
    /// What comes again.
    Repeats,
    /// Transfers between the customer's own accounts.
    Transfers,
}

/// The switches of what is to be on.
pub fn switches(on: &BTreeSet<Insight>) -> Switches {
    Switches {
        categories: on.contains(&Insight::Categories),
        repeats: on.contains(&Insight::Repeats),
        transfers: on.contains(&Insight::Transfers),
    }
}

/// What these switches have on.
pub fn on(switches: Switches) -> BTreeSet<Insight> {
    let all = [
        (Insight::Categories, switches.categories),
        (Insight::Repeats, switches.repeats),
        (Insight::Transfers, switches.transfers),
    ];
    all.into_iter().filter(|(_, on)| *on).map(|(insight, _)| insight).collect()
}

/// How a connection is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What is on.
    pub on: BTreeSet<Insight>,
    /// Transactions that the host has not seen, and that have no category.
    pub counts: Counts,
}

/// How a connection of the caller's is.
///
/// # Errors
/// [`ReadError`].
pub async fn standing(core: &Core, caller: &Caller, id: &ConnectionId) -> Result<Standing, ReadError> {
    let row = read::connection(core, caller, id).await?;
    let switches = insights::switches(&core.store, &row.tenant_id, &row.id).await?;
    let counts = match readable(read::status(&row)) {
        Ok(()) => insights::counts(&core.store, &row.tenant_id, &row.id).await?,
        // Before it may be read nothing is said of what is there.
        Err(_) => Counts::default(),
    };
    Ok(Standing { on: on(switches), counts })
}

/// Switches on what is to be on for a connection of the caller's, and off the rest. What was switched is made, and taken away, soon
/// after.
///
/// # Errors
/// [`ReadError`].
pub async fn change(core: &Core, caller: &Caller, id: &ConnectionId, wanted: &BTreeSet<Insight>) -> Result<(), ReadError> {
    let row = read::connection(core, caller, id).await?;
    let switch = insights::switch(&row.tenant_id, &row.id, switches(wanted));
    let unit = Unit::from(switch).with(job(core, &row));
    core.store.write(unit).await.map_err(|error| match error {
        WriteError::Unavailable(error) => ReadError::Unavailable(error),
        // Neither statement has a condition.
        WriteError::Conflict { .. } => ReadError::NotFound("connection"),
    })?;
    core.work.notify_one();
    Ok(())
}

/// The host has seen these transactions of a connection of the caller's, or all that are there.
///
/// # Errors
/// [`ReadError`].
pub async fn see(core: &Core, caller: &Caller, id: &ConnectionId, seen: Option<&[TransactionId]>) -> Result<(), ReadError> {
    let row = read::open_connection(core, caller, id).await?;
    let now = core.clock.now().0;
    let statements = match seen {
        None => vec![insights::see_all(&row.tenant_id, &row.id, now)],
        Some(seen) => {
            let ids: Vec<&str> = seen.iter().map(TransactionId::as_str).collect();
            insights::see(&row.tenant_id, &row.id, now, &ids)
        }
    };
    let mut unit = Unit::new();
    unit.extend(statements);
    match core.store.write(unit).await {
        Ok(()) | Err(WriteError::Conflict { .. }) => Ok(()),
        Err(WriteError::Unavailable(error)) => Err(error.into()),
    }
}

/// What has the customer's transactions looked at again after those of a connection have changed or gone, if anything is on for any of
/// their connections.
///
/// # Errors
/// The database failed.
pub async fn again(core: &Core, row: &ConnectionRow) -> Result<Option<Statement>, Unavailable> {
    let any = insights::any_on(&core.store, &row.tenant_id, &row.mode, &row.customer, &row.id).await?;
    Ok(any.then(|| job(core, row)))
}

/// The job of all connections of a customer has one id: a new one overtakes what is under way.
fn job(core: &Core, row: &ConnectionRow) -> Statement {
    let whose = if row.customer.is_empty() { &row.id } else { &row.customer };
    jobs::insights(core, &row.tenant_id, &row.id, &format!("{}_{whose}", row.mode))
}

/// Does the job.
pub async fn work(core: &Core, leased: &Leased) {
    let done = match prepare(core, leased).await {
        Ok(unit) => core.store.write(unit).await,
        Err(error) => Err(WriteError::Unavailable(error)),
    };
    match done {
        // Overtaken, by another job or by another worker.
        Ok(()) | Err(WriteError::Conflict { .. }) => {}
        Err(WriteError::Unavailable(error)) => {
            tracing::warn!(%error, connection = leased.job.subject, "transactions could not be looked at yet");
            if let Err(error) = core.store.write(leased.later(core)).await {
                tracing::warn!(%error, job = leased.job.id, "a job could not be put back");
            }
        }
    }
}

/// A connection with what is there of it.
struct Seen {
    id: String,
    on: Switches,
    accounts: Vec<AccountRow>,
    lines: Vec<LineRow>,
}

async fn prepare(core: &Core, leased: &Leased) -> Result<Unit, Unavailable> {
    let tenant = leased.job.tenant_id.as_str();
    let mut unit = Unit::new();
    if let Some(row) = connections::by_id(&core.store, tenant, &leased.job.subject).await? {
        let mut all = Vec::new();
        for row in of_customer(core, row).await? {
            all.push(Seen {
                on: insights::switches(&core.store, tenant, &row.id).await?,
                accounts: accounts::of_connection(&core.store, tenant, &row.id).await?,
                lines: insights::lines(&core.store, tenant, &row.id, LINES).await?,
                id: row.id,
            });
        }
        let today = core.clock.now().rfc3339();
        let today = today.get(..10).and_then(Day::parse);
        unit.extend(today.map(|today| statements(tenant, &all, today)).unwrap_or_default());
    }
    unit.push(leased.complete());
    Ok(unit)
}

async fn of_customer(core: &Core, row: ConnectionRow) -> Result<Vec<ConnectionRow>, Unavailable> {
    if row.customer.is_empty() {
        return Ok(vec![row]);
    }
    let wanted = Wanted {
        mode: Some(&row.mode),
        customer: Some(&row.customer),
        ..Wanted::default()
    };
    connections::list(&core.store, &row.tenant_id, &wanted, CONNECTIONS).await
}

fn kind(kind: &str) -> Kind {
    match kind {
        "CACC" => Kind::Current,
        "CARD" => Kind::Card,
        "SVGS" => Kind::Savings,
        "LOAN" => Kind::Loan,
        _ => Kind::Other,
    }
}

/// An id like another one, with another prefix.
fn named(prefix: &str, id: &str) -> String {
    let rest = id.split_once('_').map_or(id, |(_, rest)| rest);
    format!("{prefix}_{rest}")
}

/// What writes what is to be said of all these, as far as it is not said already.
fn statements(tenant: &str, all: &[Seen], today: Day) -> Vec<Statement> {
    let rows = || all.iter().flat_map(|seen| &seen.accounts);
    let accounts: Vec<Account<'_>> = rows()
        .map(|row| Account {
            kind: kind(&row.kind),
            number: row.iban.as_deref().or(row.number.as_deref()),
            owner: row.owner_name.as_deref(),
        })
        .collect();
    let places: HashMap<&str, usize> = rows().enumerate().map(|(place, row)| (row.id.as_str(), place)).collect();
    // What has no day or no amount that can be read has no place among the others, and nothing is said of it.
    let lines: Vec<(&Seen, &LineRow)> = all
        .iter()
        .flat_map(|seen| seen.lines.iter().map(move |line| (seen, line)))
        .collect();
    let read = |&(seen, line)| {
        let line: &LineRow = line;
        let transaction = Transaction {
            id: &line.id,
            account: *places.get(line.account_id.as_str())?,
            date: Day::parse(&line.booking_date)?,
            amount: line.amount.parse::<Decimal>().ok()?,
            currency: &line.currency,
            description: &line.description,
            counterparty: line.counterparty.as_deref(),
        };
        Some((seen, line, transaction))
    };
    let told: Vec<(&Seen, &LineRow, Transaction<'_>)> = lines.iter().filter_map(read).collect();
    let transactions: Vec<Transaction<'_>> = told.iter().map(|(_, _, transaction)| *transaction).collect();
    let categories = gesher_insights::categories(&accounts, &transactions);
    let mut said: HashMap<&str, Said> = HashMap::new();
    for ((seen, line, _), category) in told.iter().zip(&categories) {
        if seen.on.categories {
            said.entry(&line.id).or_default().category = category.map(|category| category.id().to_owned());
        }
    }
    let mut repeats: BTreeMap<&str, Vec<RepeatRow>> = all.iter().map(|seen| (seen.id.as_str(), Vec::new())).collect();
    for repeat in gesher_insights::repeats(&transactions, &categories, today) {
        let (Some(first), Some(last)) = (repeat.members.first(), repeat.members.last()) else {
            continue;
        };
        let (seen, line, _) = told[*last];
        if !seen.on.repeats {
            continue;
        }
        let id = named("rep", &told[*first].1.id);
        for member in &repeat.members {
            said.entry(&told[*member].1.id).or_default().repeat_id = Some(id.clone());
        }
        repeats.entry(&seen.id).or_default().push(RepeatRow {
            tenant_id: tenant.to_owned(),
            connection_id: seen.id.clone(),
            id,
            account_id: line.account_id.clone(),
            period: repeat.period.id().to_owned(),
            amount: repeat.amount.to_string(),
            currency: line.currency.clone(),
            description: line.description.clone(),
            counterparty: line.counterparty.clone(),
            category: categories[*last]
                .filter(|_| seen.on.categories)
                .map(Category::id)
                .map(str::to_owned),
            members: i64::try_from(repeat.members.len()).unwrap_or(i64::MAX),
            first_on: transactions[*first].date.to_string(),
            last_on: repeat.last.to_string(),
            next_on: repeat.next.map(|day| day.to_string()),
        });
    }
    for pair in gesher_insights::transfers(&accounts, &transactions, &categories) {
        let id = named("trf", &told[pair.from].1.id);
        for side in [pair.from, pair.to] {
            let (seen, line, _) = told[side];
            if seen.on.transfers {
                said.entry(&line.id).or_default().transfer_id = Some(id.clone());
            }
        }
    }
    let mut changed: BTreeMap<(&str, Said), Vec<&str>> = BTreeMap::new();
    for (_, line) in &lines {
        let now = said.remove(line.id.as_str()).unwrap_or_default();
        if now != line.said {
            changed.entry((&line.account_id, now)).or_default().push(&line.id);
        }
    }
    let written = changed
        .iter()
        .flat_map(|((account, said), ids)| insights::say(tenant, account, said, ids));
    let mut statements: Vec<Statement> = written.collect();
    statements.extend(
        repeats
            .iter()
            .flat_map(|(connection, rows)| insights::replace_repeats(tenant, connection, rows)),
    );
    statements
}
