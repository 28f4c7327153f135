//! How well lines are understood that were invented and labelled before there was any rule. Nothing is tuned on them; the floors are
//! what was measured, so that no change makes it worse unseen.

use gesher_insights::{Account, Category, Day, Decimal, Kind, Transaction, categories, repeats, transfers};
use std::collections::{BTreeMap, BTreeSet, HashMap};

fn rows(file: &'static str) -> Vec<Vec<&'static str>> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect()).collect()
}

fn kind(name: &str) -> Kind {
    match name {
        "current" => Kind::Current,
        "card" => Kind::Card,
        "savings" => Kind::Savings,
        "loan" => Kind::Loan,
        other => panic!("no kind of account: {other}"),
    }
}

/// What was found, of what had to be.
struct Measure {
    found: usize,
    right: usize,
    wanted: usize,
}

impl Measure {
    /// Shows both shares in hundredths and holds them to their floors.
    fn hold(&self, what: &str, precision: usize, recall: usize) {
        let share = |all: usize| self.right * 100 / all.max(1);
        let told = format!(
            "{what}: precision {}% ({} of {}), recall {}% ({} of {})",
            share(self.found),
            self.right,
            self.found,
            share(self.wanted),
            self.right,
            self.wanted
        );
        println_in_tests(&told);
        assert!(share(self.found) >= precision && share(self.wanted) >= recall, "{told}");
    }
}

#[expect(clippy::print_stdout, reason = "the measure is to be read")]
fn println_in_tests(text: &str) {
    println!("{text}");
}

#[test]
fn categories_of_lines_that_no_rule_was_made_from() {
    let mut measure = Measure {
        found: 0,
        right: 0,
        wanted: 0,
    };
    for row in rows(include_str!("heldout/categories.tsv")) {
        let [account, amount, description, party, label] = row[..] else {
            panic!("{row:?}")
        };
        assert!(label == "-" || Category::parse(label).is_some(), "{label}");
        let account = Account {
            kind: kind(account),
            number: None,
            owner: None,
        };
        let transaction = Transaction {
            id: "1",
            account: 0,
            date: Day::parse("2026-06-12").expect("a day"),
            amount: amount.parse().expect("an amount"),
            currency: "ILS",
            description,
            counterparty: Some(party).filter(|party| !party.is_empty()),
        };
        let said = categories(&[account], &[transaction])[0].map_or("-", Category::id);
        measure.found += usize::from(said != "-");
        measure.wanted += usize::from(label != "-");
        measure.right += usize::from(said == label && label != "-");
        if said != label {
            println_in_tests(&format!("{description}: {said}, not {label}"));
        }
    }
    measure.hold("categories", 96, 94);
}

struct Year {
    accounts: Vec<Account<'static>>,
    transactions: Vec<Transaction<'static>>,
    repeat: Vec<&'static str>,
    transfer: Vec<&'static str>,
}

fn year() -> Year {
    let account_rows = rows(include_str!("heldout/accounts.tsv"));
    let places: HashMap<&str, usize> = account_rows.iter().enumerate().map(|(place, row)| (row[0], place)).collect();
    let accounts = account_rows.iter().map(|row| Account {
        kind: kind(row[1]),
        number: Some(row[2]).filter(|number| !number.is_empty()),
        owner: Some(row[3]),
    });
    let lines = rows(include_str!("heldout/transactions.tsv"));
    let ids = lines.iter().enumerate().map(|(place, _)| &*format!("txn_{place:04}").leak());
    let transactions = lines.iter().zip(ids).map(|(row, id)| Transaction {
        id,
        account: places[row[0]],
        date: Day::parse(row[1]).expect("a day"),
        amount: row[2].parse::<Decimal>().expect("an amount"),
        currency: "ILS",
        description: row[3],
        counterparty: Some(row[4]).filter(|party| !party.is_empty()),
    });
    Year {
        accounts: accounts.collect(),
        transactions: transactions.collect(),
        repeat: lines.iter().map(|row| row[5]).collect(),
        transfer: lines.iter().map(|row| row[6]).collect(),
    }
}

#[test]
fn what_comes_again_in_a_year_that_no_rule_was_made_from() {
    let year = year();
    let said = categories(&year.accounts, &year.transactions);
    let found = repeats(&year.transactions, &said, Day::parse("2026-06-30").expect("a day"));
    let labels: BTreeSet<&str> = year.repeat.iter().copied().filter(|label| *label != "-").collect();
    let mut measure = Measure {
        found: found.len(),
        right: 0,
        wanted: labels.len(),
    };
    let mut missing = labels.clone();
    for group in &found {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for &member in &group.members {
            *counts.entry(year.repeat[member]).or_default() += 1;
        }
        let (&label, &of_label) = counts.iter().max_by_key(|(_, count)| **count).expect("members");
        let all = year.repeat.iter().filter(|other| **other == label).count();
        // Right is a group that has the period, and nine of ten of the lines and no more than one of ten of others.
        let period = label.split_once(':').map(|(_, period)| period);
        let is_right = period == Some(group.period.id()) && of_label * 10 >= all * 9 && of_label * 10 >= group.members.len() * 9;
        if is_right && missing.remove(label) {
            measure.right += 1;
        } else {
            println_in_tests(&format!(
                "{} {label} {of_label}/{all}: {group:?} {}",
                group.period.id(),
                year.transactions[group.members[0]].description
            ));
        }
    }
    println_in_tests(&format!("missing: {missing:?}"));
    measure.hold("what comes again", 95, 90);
}

#[test]
fn transfers_in_a_year_that_no_rule_was_made_from() {
    let year = year();
    let said = categories(&year.accounts, &year.transactions);
    let found = transfers(&year.accounts, &year.transactions, &said);
    let labels: BTreeSet<&str> = year.transfer.iter().copied().filter(|label| *label != "-").collect();
    let right = |from: usize, to: usize| year.transfer[from] != "-" && year.transfer[from] == year.transfer[to];
    for pair in found.iter().filter(|pair| !right(pair.from, pair.to)) {
        println_in_tests(&format!(
            "wrong: {:?} {:?}",
            year.transactions[pair.from], year.transactions[pair.to]
        ));
    }
    let paired: BTreeSet<&str> = found.iter().map(|pair| year.transfer[pair.from]).collect();
    println_in_tests(&format!("missing: {:?}", labels.difference(&paired)));
    let measure = Measure {
        found: found.len(),
        right: found.iter().filter(|pair| right(pair.from, pair.to)).count(),
        wanted: labels.len(),
    };
    measure.hold("transfers", 100, 95);
}
