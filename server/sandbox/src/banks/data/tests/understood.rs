//! How well `gesher-insights` understands what the fake banks keep: categories and what comes again against labels that were set by
//! hand, transfers against what the accounts are known to pay each other.

use super::*;
use crate::banks::data::{Account, Entry, Kind, PlanKind};
use gesher_insights::{Account as Own, Category, Day, Kind as OwnKind, Transaction, categories, repeats, transfers};
use std::collections::{BTreeMap, BTreeSet};

/// What one person has at several institutions.
const INSTITUTIONS: [&str; 7] = [
    "sandbox-bank",
    "sandbox-card",
    "sandbox-insurance",
    "sandbox-business",
    "il-hapoalim",
    "il-isracard",
    "sandbox-methods",
];

struct Label {
    account: &'static str,
    description: &'static str,
    comes_in: bool,
    category: &'static str,
    comes: &'static str,
}

fn labels() -> Vec<Label> {
    let lines = include_str!("labels.tsv").lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            let [account, description, money, category, comes] = columns[..] else {
                panic!("{line}")
            };
            assert!(category == "-" || Category::parse(category).is_some(), "{category}");
            Label {
                account,
                description,
                comes_in: money == "in",
                category,
                comes,
            }
        })
        .collect()
}

fn plan(account: &Account) -> &'static str {
    match account.plan {
        PlanKind::Household => "household",
        PlanKind::Business => "business",
        PlanKind::Card => "card",
        PlanKind::Savings => "savings",
        PlanKind::Policy => "policy",
        PlanKind::Loan => "loan",
        PlanKind::Portfolio => "portfolio",
    }
}

/// The label of a line: the one that says most of its beginning.
fn label<'a>(labels: &'a [Label], account: &Account, entry: &Entry) -> &'a Label {
    let fits = |label: &&Label| {
        [plan(account), "*"].contains(&label.account)
            && entry.description.starts_with(label.description)
            && label.comes_in == (entry.agorot > 0)
    };
    let found = labels.iter().filter(fits).max_by_key(|label| label.description.len());
    found.unwrap_or_else(|| panic!("no label: {} {}", plan(account), entry.description))
}

/// A person's lines, in the order of accounts.
struct Person {
    accounts: Vec<Account>,
    /// Each with its account's place.
    entries: Vec<(usize, Entry)>,
}

impl Person {
    fn of(psu: &PsuId, today: Date) -> Self {
        let at = INSTITUTIONS.map(|id| institutions::find(id).expect(id));
        let accounts: Vec<Account> = at.into_iter().flat_map(|institution| super::accounts(institution, psu)).collect();
        let entries = accounts
            .iter()
            .enumerate()
            .flat_map(|(place, account)| account.year(today).entries.into_iter().map(move |entry| (place, entry)))
            .collect();
        Self { accounts, entries }
    }

    fn own(&self) -> Vec<Own<'_>> {
        let kind = |kind| match kind {
            Kind::Cacc => OwnKind::Current,
            Kind::Svgs => OwnKind::Savings,
            Kind::Card => OwnKind::Card,
            Kind::Loan => OwnKind::Loan,
            Kind::Scts => OwnKind::Other,
        };
        let own = self.accounts.iter().map(|account| Own {
            kind: kind(account.kind),
            number: account.iban.as_deref().or(Some(&account.number)),
            owner: Some(&account.owner_name),
        });
        own.collect()
    }

    fn transactions(&self) -> Vec<Transaction<'_>> {
        let told = self.entries.iter().map(|(account, entry)| Transaction {
            id: &entry.id,
            account: *account,
            date: Day::parse(&entry.booked_on().to_string()).expect("a day"),
            amount: format!(
                "{}{}.{:02}",
                if entry.agorot < 0 { "-" } else { "" },
                entry.agorot.abs() / 100,
                entry.agorot.abs() % 100
            )
            .parse()
            .expect("an amount"),
            currency: "ILS",
            description: &entry.description,
            counterparty: entry.counterparty.as_deref(),
        });
        told.collect()
    }

    /// Pairs of lines that are two sides of one transfer: the paying account's lines carry the other's number.
    fn true_transfers(&self) -> BTreeSet<(usize, usize)> {
        let mut pairs = BTreeSet::new();
        for (one, (account, entry)) in self.entries.iter().enumerate() {
            let ends_with = |number: &str| entry.description.ends_with(&format!(" {number}"));
            let mirrors = ["חיוב כרטיס אשראי ", "הוראת קבע לחיסכון ", "העברה מחיסכון "];
            if !mirrors.iter().any(|mirror| entry.description.starts_with(mirror)) {
                continue;
            }
            let other = self.entries.iter().position(|(other, mirrored)| {
                mirrored.agorot == -entry.agorot
                    && other != account
                    && ends_with(&self.accounts[*other].number)
                    && (mirrored.date..=mirrored.date.saturating_add(1.day())).contains(&entry.date)
            });
            if let Some(other) = other {
                pairs.insert(if entry.agorot < 0 { (one, other) } else { (other, one) });
            }
        }
        pairs
    }
}

/// What was found, of what had to be.
#[derive(Default)]
struct Measure {
    found: usize,
    right: usize,
    wanted: usize,
}

impl Measure {
    #[expect(clippy::print_stdout, reason = "the measure is to be read")]
    fn hold(&self, what: &str, precision: usize, recall: usize, wrong: &BTreeMap<String, usize>) {
        let share = |all: usize| self.right * 1_000 / all.max(1);
        let (of_found, of_wanted) = (share(self.found), share(self.wanted));
        println!(
            "{what}: precision {of_found}‰ ({} of {}), recall {of_wanted}‰ ({} of {})\n{wrong:#?}",
            self.right, self.found, self.right, self.wanted
        );
        assert!(self.wanted > 100 && of_found >= precision && of_wanted >= recall, "{what}");
    }
}

fn people() -> impl Iterator<Item = Person> {
    let numbers = (0..6u32).map(|place| 4_351_002 + place * 791_977);
    let ids = numbers.filter_map(|number| (0..10).find_map(|check| PsuId::parse(&format!("{number:08}{check}"))));
    ids.zip(0..)
        .map(|(psu, place)| Person::of(&psu, date(2026, 11, 20).saturating_add((place * 11).days())))
}

#[test]
fn what_the_fake_banks_keep_is_understood() {
    let labels = labels();
    let (mut about, mut again, mut between) = (Measure::default(), Measure::default(), Measure::default());
    let mut wrong: [BTreeMap<String, usize>; 3] = Default::default();
    for (person, place) in people().zip(0..) {
        let (own, transactions) = (person.own(), person.transactions());
        let said = categories(&own, &transactions);
        let mut groups: BTreeMap<(usize, bool, &str), Vec<usize>> = BTreeMap::new();
        for (place, (account, entry)) in person.entries.iter().enumerate() {
            let label = label(&labels, &person.accounts[*account], entry);
            let category = said[place].map_or("-", Category::id);
            about.found += usize::from(category != "-");
            about.wanted += usize::from(label.category != "-");
            about.right += usize::from(category != "-" && category == label.category);
            if category != label.category {
                *wrong[0]
                    .entry(format!("{}: {category}, not {}", entry.description, label.category))
                    .or_default() += 1;
            }
            if label.comes != "-" {
                groups
                    .entry((*account, label.comes_in, &entry.description))
                    .or_default()
                    .push(place);
            }
        }
        // A level that starts or ends within the year may be too short to be seen.
        groups.retain(|_, members| members.len() > 3);
        let today = Day::parse(&date(2026, 11, 20).saturating_add((place * 11).days()).to_string()).expect("a day");
        let found = repeats(&transactions, &said, today);
        again.wanted += groups.len();
        again.found += found.len();
        for repeat in &found {
            let (account, entry) = &person.entries[repeat.members[0]];
            let label = label(&labels, &person.accounts[*account], entry);
            let key = (*account, label.comes_in, entry.description.as_str());
            // Most of the members, nothing else, and the period.
            let right = groups.get(&key).is_some_and(|members| {
                repeat.members.iter().all(|member| members.contains(member)) && repeat.members.len() * 10 >= members.len() * 9
            });
            if right && label.comes == repeat.period.id() {
                groups.remove(&key);
                again.right += 1;
            } else {
                *wrong[1]
                    .entry(format!("{} {} ×{}", entry.description, repeat.period.id(), repeat.members.len()))
                    .or_default() += 1;
            }
        }
        for (_, _, description) in groups.into_keys() {
            *wrong[1].entry(format!("not found: {description}")).or_default() += 1;
        }
        let truth = person.true_transfers();
        let paired: BTreeSet<(usize, usize)> = transfers(&own, &transactions, &said)
            .iter()
            .map(|pair| (pair.from, pair.to))
            .collect();
        between.wanted += truth.len();
        between.found += paired.len();
        between.right += truth.intersection(&paired).count();
        for (from, to) in truth.symmetric_difference(&paired) {
            let [from, to] = [from, to].map(|&place| &person.entries[place].1);
            *wrong[2]
                .entry(format!(
                    "{} → {} {} {} {}",
                    from.description, to.description, from.agorot, from.date, to.date
                ))
                .or_default() += 1;
        }
    }
    about.hold("categories", 990, 990, &wrong[0]);
    again.hold("what comes again", 950, 950, &wrong[1]);
    between.hold("transfers", 980, 980, &wrong[2]);
}
