//! The checks where all is well between a provider and its institutions, and who can still be there or not.

use super::person::{connect, launch};
use super::wire::{Break, Call};
use super::{Subject, cx, everything};
use gesher_contract::FailureCode;
use gesher_directory::Product;
use gesher_domain::connection::FetchProblem;
use gesher_server::providers::{Ask, Brought, Checked, ConsentState, Fetched, Grant, Progress, Reach, Step, Want};
use std::collections::BTreeSet;
use std::str::FromStr as _;
use std::time::Duration;

/// All of them, as the macro names them.
pub const ALL: [&str; 14] = [
    "a_person_gets_through_and_the_data_make_sense",
    "each_end_has_its_name",
    "only_what_is_declared_is_asked_of_a_person",
    "what_is_not_wanted_is_not_asked_for",
    "an_access_lasts_and_is_given_back_until_that_is_true",
    "a_repair_brings_an_access_that_works",
    "an_access_that_is_lost_says_so",
    "trouble_while_reading_passes_and_is_called_by_its_name",
    "nothing_is_sent_twice_that_may_be_acted_on_once",
    "nobody_is_followed_elsewhere",
    "an_answer_without_end_is_cut_off",
    "what_comes_twice_is_there_once",
    "the_persons_presence_is_told_only_while_they_are_there",
    "a_wrong_setting_is_found_and_called_by_its_name",
];

pub(super) async fn granted(subject: &dyn Subject) -> Grant {
    let ended = connect(subject, &subject.ask(), "").await;
    ended.outcome.unwrap_or_else(|failed| panic!("{failed:?} after {:?}", ended.asked))
}

/// Fetches as the caller does: a renewed grant is kept, and the fetch is made again.
pub(super) async fn fetch(subject: &dyn Subject, grant: &mut Grant, want: &Want) -> Result<Brought, FetchProblem> {
    for _ in 0..3 {
        match subject.provider().fetch(&cx(subject, false), grant, want).await? {
            Fetched::Data(brought) => {
                if let Some(next) = &brought.grant {
                    *grant = next.clone();
                }
                return Ok(brought);
            }
            Fetched::Renewed(renewed) => *grant = renewed,
        }
    }
    panic!("a grant that is renewed again and again");
}

/// Fetches until the institution has its data: some bring them a while after the person has gone.
pub(super) async fn settled(subject: &dyn Subject, grant: &mut Grant) -> Brought {
    for _ in 0..40 {
        match fetch(subject, grant, &everything()).await {
            Ok(brought) if !brought.accounts.is_empty() => return brought,
            Ok(_) | Err(FetchProblem::InstitutionUnavailable) => {}
            Err(problem) => panic!("{problem:?}"),
        }
        subject.place().clock.advance(Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no data");
}

async fn state(subject: &dyn Subject, grant: &Grant) -> ConsentState {
    let mut grant = grant.clone();
    for _ in 0..3 {
        match subject.provider().health(&cx(subject, false), &grant).await.expect("a state") {
            Checked::State(state) => return state,
            Checked::Renewed(renewed) => grant = renewed,
        }
    }
    panic!("a grant that is renewed again and again");
}

pub async fn a_person_gets_through_and_the_data_make_sense(subject: &dyn Subject) {
    let mut grant = granted(subject).await;
    assert_eq!(state(subject, &grant).await, ConsentState::Valid);
    assert!(grant.expires_at.is_none_or(|ends| ends > cx(subject, false).now));
    let brought = settled(subject, &mut grant).await;
    let mut accounts = BTreeSet::new();
    let mut transactions = 0;
    for account in &brought.accounts {
        assert!(accounts.insert(&account.provider_ref), "{} twice", account.provider_ref);
        assert!(
            ["CACC", "SVGS", "CARD", "LOAN", "SCTS"].contains(&account.kind.as_str()),
            "{account:?}"
        );
        assert!(is_currency(&account.currency), "{account:?}");
        assert!(!account.name.0.values().all(|name| name.trim().is_empty()), "{account:?}");
        for balance in &account.balances {
            assert!(
                is_amount(&balance.amount) && is_currency(&balance.currency) && is_day(&balance.reference_date),
                "{balance:?}"
            );
        }
        let mut own = BTreeSet::new();
        for transaction in &account.transactions {
            assert!(own.insert(&transaction.provider_ref), "{} twice", transaction.provider_ref);
            assert!(
                is_amount(&transaction.amount) && is_currency(&transaction.currency),
                "{transaction:?}"
            );
            assert!(
                is_day(&transaction.booking_date) && is_day(&transaction.value_date),
                "{transaction:?}"
            );
            assert!(["booked", "pending"].contains(&transaction.status.as_str()), "{transaction:?}");
            transactions += 1;
        }
    }
    assert!(brought.accounts.iter().any(|account| !account.balances.is_empty()), "no balances");
    assert!(transactions > 0, "no transactions");
    // What was fetched can be fetched again, under the same names.
    let again = fetch(subject, &mut grant, &everything()).await.expect("data");
    assert_eq!(
        again.accounts.iter().map(|account| &account.provider_ref).collect::<BTreeSet<_>>(),
        accounts
    );
}

fn is_amount(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, rest) = text
        .strip_prefix('-')
        .unwrap_or(text)
        .split_once('.')
        .map_or((text.strip_prefix('-').unwrap_or(text), None), |(whole, rest)| (whole, Some(rest)));
    digits(whole) && rest.is_none_or(digits)
}

fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_day(text: &str) -> bool {
    jiff::civil::Date::from_str(text).is_ok() && text.len() == 10
}

pub async fn each_end_has_its_name(subject: &dyn Subject) {
    let fates = subject.fates();
    assert!(!fates.is_empty(), "somebody fails everywhere");
    for (fate, code) in fates {
        let ended = connect(subject, &subject.ask(), fate).await;
        let outcome = ended.outcome.map(|_| ()).map_err(|failed| failed.code);
        assert_eq!(outcome, Err(code), "{fate}, after {:?}", ended.asked);
        if let Some(leg) = ended.leg {
            subject
                .provider()
                .cancel(&cx(subject, false), leg)
                .await
                .unwrap_or_else(|failed| panic!("{fate}: {failed:?}"));
        }
    }
}

pub async fn only_what_is_declared_is_asked_of_a_person(subject: &dyn Subject) {
    let declared = subject.provider().facts().steps;
    for fate in [""].into_iter().chain(subject.fates().into_iter().map(|(fate, _)| fate)) {
        for asked in connect(subject, &subject.ask(), fate).await.asked {
            assert!(declared.contains(&asked), "{fate}: {asked:?} is not among {declared:?}");
        }
    }
    let offers = subject.provider().offers(&subject.ask().provider_id);
    assert!(offers.products.contains(Product::Accounts), "it offers something");
}

pub async fn what_is_not_wanted_is_not_asked_for(subject: &dyn Subject) {
    let reach = Reach {
        balances: None,
        transactions: None,
        owners: false,
        ..Reach::everything()
    };
    let ask = Ask {
        reach: reach.clone(),
        ..subject.ask()
    };
    let mut grant = connect(subject, &ask, "").await.outcome.expect("a grant");
    settled_with(subject, &mut grant, &reach).await;
    subject.place().wire.taken();
    let brought = settled_with(subject, &mut grant, &reach).await;
    let calls = subject.place().wire.taken();
    assert!(!brought.accounts.is_empty() && !calls.is_empty());
    for part in [subject.transactions_path(), subject.balances_path()]
        .into_iter()
        .filter(|part| !part.is_empty())
    {
        assert!(
            calls.iter().all(|call| !call.path.contains(part)),
            "{part} was asked for: {:?}",
            paths(&calls)
        );
    }
}

async fn settled_with(subject: &dyn Subject, grant: &mut Grant, reach: &Reach) -> Brought {
    let want = Want {
        reach: reach.clone(),
        ..everything()
    };
    for _ in 0..40 {
        match fetch(subject, grant, &want).await {
            Ok(brought) if !brought.accounts.is_empty() => return brought,
            Ok(_) | Err(FetchProblem::InstitutionUnavailable) => {}
            Err(problem) => panic!("{problem:?}"),
        }
        subject.place().clock.advance(Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("no data");
}

pub(super) fn paths(calls: &[Call]) -> Vec<String> {
    calls.iter().map(|call| format!("{} {}", call.method, call.path)).collect()
}

pub async fn an_access_lasts_and_is_given_back_until_that_is_true(subject: &dyn Subject) {
    let mut grant = granted(subject).await;
    settled(subject, &mut grant).await;
    let (provider, wire) = (subject.provider(), &subject.place().wire);
    wire.break_(Break::Down, "", None);
    assert!(
        provider.revoke(&cx(subject, false), &grant).await.is_err(),
        "nobody has heard of it"
    );
    wire.mend();
    provider.revoke(&cx(subject, false), &grant).await.expect("given back");
    provider.revoke(&cx(subject, false), &grant).await.expect("done is done");
    let outcome = fetch(subject, &mut grant, &everything()).await.map(|_| ());
    assert!(
        matches!(
            outcome,
            Err(FetchProblem::Revoked | FetchProblem::LoginRequired | FetchProblem::ConsentExpired)
        ),
        "{outcome:?}"
    );
    assert_ne!(state(subject, &grant).await, ConsentState::Valid);
}

pub async fn a_repair_brings_an_access_that_works(subject: &dyn Subject) {
    let mut first = granted(subject).await;
    let before = settled(subject, &mut first).await;
    subject.lose(&first).await;
    let ask = Ask {
        mend: Some(first.clone()),
        ..subject.ask()
    };
    let ended = connect(subject, &ask, "").await;
    let mut second = ended.outcome.expect("a grant");
    let after = settled(subject, &mut second).await;
    if second.mends {
        // The two are one: what was fetched goes on under the same names.
        let ids = |brought: &Brought| {
            brought
                .accounts
                .iter()
                .map(|account| account.provider_ref.clone())
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(ids(&before), ids(&after));
    }
    assert_eq!(state(subject, &second).await, ConsentState::Valid);
    // A repair that somebody gives up leaves what there was.
    let Progress { leg, .. } = subject.provider().begin(&cx(subject, true), &ask).await.expect("begins");
    subject.provider().cancel(&cx(subject, false), leg).await.expect("cancelled");
    assert_eq!(state(subject, &second).await, ConsentState::Valid);
}

pub async fn an_access_that_is_lost_says_so(subject: &dyn Subject) {
    let mut grant = granted(subject).await;
    settled(subject, &mut grant).await;
    if subject.lose(&grant).await {
        let outcome = fetch(subject, &mut grant, &everything()).await.map(|_| ());
        assert!(
            matches!(
                outcome,
                Err(FetchProblem::LoginRequired | FetchProblem::ConsentExpired | FetchProblem::Revoked)
            ),
            "{outcome:?}"
        );
    }
}

/// Where accesses without the person are counted by the day, another one begins.
pub(super) fn another_day(subject: &dyn Subject) {
    if subject.provider().facts().fetches_per_day.is_some() {
        subject.place().clock.advance(Duration::from_secs(24 * 60 * 60));
    }
}

pub async fn the_persons_presence_is_told_only_while_they_are_there(subject: &dyn Subject) {
    let mut grant = granted(subject).await;
    subject.place().wire.taken();
    settled(subject, &mut grant).await;
    let calls = subject.place().wire.taken();
    assert!(!calls.is_empty());
    for call in calls {
        let told = call
            .headers
            .iter()
            .find(|(name, value)| name.as_str().starts_with("psu-") || value.as_bytes() == b"192.0.2.7" || value.as_bytes() == b"Tester/1");
        assert!(told.is_none(), "{} {}: {told:?}", call.method, call.path);
        assert!(
            !String::from_utf8_lossy(&call.body).contains("192.0.2.7"),
            "{} {}",
            call.method,
            call.path
        );
    }
}

pub async fn a_wrong_setting_is_found_and_called_by_its_name(subject: &dyn Subject) {
    let provider = subject.provider();
    let good = provider.check(&cx(subject, false)).await;
    assert_eq!(good, [], "what is right is found wrong");
    let required: Vec<_> = provider.settings().iter().filter(|setting| setting.required).collect();
    if !required.is_empty() {
        let nothing = subject.place().cx(&[], false);
        let found = provider.check(&nothing).await;
        for setting in required {
            assert!(
                found.iter().any(|remark| remark.finding.contains(setting.name)),
                "{}: {found:?}",
                setting.name
            );
        }
    }
    let Some(wrong) = subject.wrong_settings() else { return };
    let wrong: Vec<_> = wrong.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let nobody = subject.place().cx(&wrong, true);
    let found = provider.check(&nobody).await;
    assert!(!found.is_empty(), "what lets nobody in is found well");
    for (_, value) in &wrong {
        assert!(
            found
                .iter()
                .all(|remark| !remark.finding.contains(value) && !remark.remedy.contains(value)),
            "a value is said"
        );
    }
    // A person is not blamed for it.
    let begun = provider.begin(&nobody, &subject.ask()).await;
    let failed = match begun {
        Err(failed) => failed,
        Ok(Progress { step: Step::Redirect, leg }) => provider
            .launch(&nobody, leg, &launch())
            .await
            .map(|_| ())
            .expect_err("it lets nobody in"),
        Ok(_) => panic!("it asks a person for something"),
    };
    assert!(
        !matches!(
            failed.code,
            FailureCode::WrongCredentials | FailureCode::WrongCode | FailureCode::ConsentRejected
        ),
        "{failed:?}"
    );
}
