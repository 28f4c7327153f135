//! The checks where what comes between a provider and its institutions is broken.

use super::checks::{another_day, fetch, granted, paths, settled};
use super::person::connect;
use super::wire::Break;
use super::{Subject, cx, everything};
use gesher_contract::FailureCode;
use gesher_domain::connection::FetchProblem;
use gesher_server::providers::Step;
use std::collections::{BTreeMap, BTreeSet};

pub async fn trouble_while_reading_passes_and_is_called_by_its_name(subject: &dyn Subject) {
    let mut grant = granted(subject).await;
    settled(subject, &mut grant).await;
    let wire = &subject.place().wire;
    for (how, problems) in [
        (
            Break::Down,
            &[FetchProblem::InstitutionUnavailable, FetchProblem::ProviderUnavailable][..],
        ),
        (
            Break::Silent,
            &[FetchProblem::InstitutionUnavailable, FetchProblem::ProviderUnavailable][..],
        ),
        (
            Break::Half,
            &[
                FetchProblem::InstitutionUnavailable,
                FetchProblem::ProviderUnavailable,
                FetchProblem::Broken,
            ][..],
        ),
        (Break::Garbage, &[FetchProblem::Broken][..]),
    ] {
        another_day(subject);
        // Whatever has to be renewed on another day is.
        settled(subject, &mut grant).await;
        wire.taken();
        wire.break_(how, "", None);
        let outcome = fetch(subject, &mut grant, &everything()).await.map(|_| ());
        wire.mend();
        let problem = outcome.expect_err("trouble");
        assert!(problems.contains(&problem), "{how:?}: {problem:?}");
        // Few tries, and then the answer that it is no use.
        let mut tries: BTreeMap<String, u32> = BTreeMap::new();
        for call in paths(&wire.taken()) {
            *tries.entry(call).or_default() += 1;
        }
        assert!(tries.values().all(|tries| *tries <= 3), "{how:?}: {tries:?}");
        settled(subject, &mut grant).await;
    }
    // One that fails and then answers is nobody's business; but where accesses are counted by the day, a second try would be one of them.
    if subject.provider().facts().fetches_per_day.is_none() {
        wire.break_(Break::Down, "", Some(1));
        fetch(subject, &mut grant, &everything()).await.expect("data after a second try");
    }
}

pub async fn nothing_is_sent_twice_that_may_be_acted_on_once(subject: &dyn Subject) {
    // What is sent once on the way, when all goes well.
    let wire = &subject.place().wire;
    wire.taken();
    granted(subject).await;
    let submits: BTreeSet<String> = wire
        .taken()
        .iter()
        .filter(|call| subject.is_submit(&call.method, &call.path))
        .map(|call| {
            let last = call
                .path
                .rsplit('/')
                .find(|part| part.chars().all(|letter| letter.is_ascii_alphabetic() || "_-".contains(letter)));
            format!("{} {}", call.method, last.unwrap_or_default())
        })
        .collect();
    assert!(!submits.is_empty(), "something is sent once");
    for how in [Break::Silent, Break::Down, Break::Half, Break::Garbage] {
        for submit in &submits {
            let (method, part) = submit.split_once(' ').expect("a call");
            wire.taken();
            wire.break_(how, part, None);
            let ended = connect(subject, &subject.ask(), "").await;
            wire.mend();
            let sent = wire.taken();
            let mut bodies: BTreeMap<(String, Vec<u8>), u32> = BTreeMap::new();
            for call in sent
                .iter()
                .filter(|call| call.method == method && call.path.contains(part) && subject.is_submit(&call.method, &call.path))
            {
                *bodies.entry((call.path.clone(), call.body.to_vec())).or_default() += 1;
            }
            assert!(bodies.values().all(|times| *times == 1), "{how:?}, {submit}: {:?}", paths(&sent));
            let code = ended.outcome.map(|_| ()).map_err(|failed| failed.code);
            assert!(
                matches!(
                    code,
                    Err(FailureCode::OutcomeUnknown
                        | FailureCode::InstitutionUnavailable
                        | FailureCode::TimedOut
                        | FailureCode::BadInstitutionAnswer)
                ),
                "{how:?}, {submit}: {code:?}"
            );
        }
    }
}

pub async fn nobody_is_followed_elsewhere(subject: &dyn Subject) {
    let mut grant = granted(subject).await;
    settled(subject, &mut grant).await;
    let wire = &subject.place().wire;
    wire.break_(Break::Elsewhere, "", None);
    let outcome = fetch(subject, &mut grant, &everything()).await.map(|_| ());
    assert!(outcome.is_err(), "a redirect is no answer");
    // What a provider asks for without asking anybody comes from nowhere else.
    wire.taken();
    let begun = subject.provider().begin(&cx(subject, true), &subject.ask()).await;
    let form = begun.is_ok_and(|progress| !matches!(progress.step, Step::Redirect));
    assert!(!form || wire.taken().is_empty(), "a redirect is no form");
    wire.mend();
    settled(subject, &mut grant).await;
}

pub async fn an_answer_without_end_is_cut_off(subject: &dyn Subject) {
    let mut grant = granted(subject).await;
    settled(subject, &mut grant).await;
    let wire = &subject.place().wire;
    wire.break_(Break::Endless, "", None);
    let outcome = fetch(subject, &mut grant, &everything()).await.map(|_| ());
    wire.mend();
    assert!(outcome.is_err(), "32 MiB of nothing are no answer");
    settled(subject, &mut grant).await;
}

pub async fn what_comes_twice_is_there_once(subject: &dyn Subject) {
    let mut grant = granted(subject).await;
    settled(subject, &mut grant).await;
    let wire = &subject.place().wire;
    wire.break_(Break::Twice, "", None);
    let brought = fetch(subject, &mut grant, &everything()).await;
    wire.mend();
    let brought = brought.expect("data");
    let accounts: BTreeSet<_> = brought.accounts.iter().map(|account| &account.provider_ref).collect();
    assert_eq!(accounts.len(), brought.accounts.len(), "an account twice");
    for account in &brought.accounts {
        let ids: BTreeSet<_> = account.transactions.iter().map(|transaction| &transaction.provider_ref).collect();
        assert_eq!(ids.len(), account.transactions.len(), "a transaction twice");
        let kinds: BTreeSet<_> = account.balances.iter().map(|balance| (&balance.kind, &balance.currency)).collect();
        assert_eq!(kinds.len(), account.balances.len(), "a balance twice");
    }
}
