//! Tries, times and questions.

use super::*;

const BANK: &str = "sandbox-bank";

fn psu(id: &str) -> PsuId {
    PsuId::parse(id).expect(id)
}

fn begin(logins: &mut Logins, now: i64, right: bool) -> Result<(), LoginRefused> {
    logins
        .begin(now, "l".into(), (BANK, Challenge::Code), psu("43510023"), right)
        .map(|_| ())
}

fn at(challenge: Challenge, id: &str) -> (Logins, Next) {
    let mut logins = Logins::new();
    let next = logins
        .begin(0, "l".into(), (BANK, challenge), psu(id), true)
        .expect("a right login");
    (logins, next)
}

fn answer(logins: &mut Logins, now: i64, name: &str, value: &str) -> Result<Next, StepRefused> {
    logins.answer(now, "l", BANK, &HashMap::from([(name.to_owned(), value.to_owned())]))
}

fn wrong(tries_left: u32) -> StepRefused {
    StepRefused::Wrong { tries_left, again: None }
}

#[test]
fn the_third_wrong_login_locks_for_ten_minutes() {
    let mut logins = Logins::new();
    assert_eq!(begin(&mut logins, 0, false), Err(LoginRefused::Wrong { tries_left: 2 }));
    assert_eq!(begin(&mut logins, 0, false), Err(LoginRefused::Wrong { tries_left: 1 }));
    assert_eq!(begin(&mut logins, 0, false), Err(LoginRefused::Locked));
    assert_eq!(begin(&mut logins, LOCK - 1, true), Err(LoginRefused::Locked));
    assert_eq!(begin(&mut logins, LOCK, false), Err(LoginRefused::Wrong { tries_left: 2 }));
    assert_eq!(begin(&mut logins, LOCK, true), Ok(()));
}

#[test]
fn a_right_login_forgives_and_another_bank_does_not_count() {
    let mut logins = Logins::new();
    assert!(begin(&mut logins, 0, false).is_err());
    assert_eq!(begin(&mut logins, 0, true), Ok(()));
    assert_eq!(begin(&mut logins, 0, false), Err(LoginRefused::Wrong { tries_left: 2 }));
    let elsewhere = logins.begin(0, "m".into(), ("il-leumi", Challenge::Code), psu("43510023"), false);
    assert_eq!(elsewhere, Err(LoginRefused::Wrong { tries_left: 2 }));
}

#[test]
fn a_code_is_tried_three_times_and_taken_once() {
    let mut logins = Logins::new();
    begin(&mut logins, 0, true).expect("a right login");
    assert_eq!(logins.finish(1, "l", "il-leumi", CODE), Err(StepRefused::Unknown));
    assert_eq!(logins.finish(1, "l", BANK, "00000"), Err(wrong(2)));
    assert_eq!(logins.finish(1, "l", BANK, " 12345 "), Ok(psu("043510023")));
    assert_eq!(logins.finish(1, "l", BANK, CODE), Err(StepRefused::Unknown));

    begin(&mut logins, 0, true).expect("a right login");
    for tries_left in [2, 1] {
        assert_eq!(logins.finish(1, "l", BANK, "1"), Err(wrong(tries_left)));
    }
    assert_eq!(logins.finish(1, "l", BANK, "1"), Err(StepRefused::Locked));
    assert_eq!(logins.finish(1, "l", BANK, CODE), Err(StepRefused::Locked));
}

#[test]
fn a_late_code_is_expired_and_later_forgotten() {
    let mut logins = Logins::new();
    begin(&mut logins, 0, true).expect("a right login");
    assert_eq!(logins.finish(300 * SECOND + 1, "l", BANK, CODE), Err(StepRefused::Expired));
    assert_eq!(logins.finish(FORGET + 1, "l", BANK, CODE), Err(StepRefused::Unknown));
}

#[test]
fn the_person_who_refuses_is_asked_for_the_right_code_first() {
    let mut logins = Logins::new();
    logins
        .begin(0, "l".into(), (BANK, Challenge::Code), psu("50299338"), true)
        .expect("a right login");
    assert_eq!(logins.finish(1, "l", BANK, "1"), Err(wrong(2)));
    assert_eq!(logins.finish(1, "l", BANK, CODE), Err(StepRefused::ConsentRejected));
    assert_eq!(logins.finish(1, "l", BANK, CODE), Err(StepRefused::Unknown));
}

#[test]
fn a_code_is_sent_again_only_after_its_time_and_lives_anew() {
    let (mut logins, sent) = at(Challenge::Code, "43510023");
    assert_eq!(logins.resend(30 * SECOND - 1, "l", BANK), Err(StepRefused::NotDue));
    assert_eq!(logins.resend(30 * SECOND, "l", BANK), Ok(sent));
    assert_eq!(logins.resend(31 * SECOND, "l", BANK), Err(StepRefused::NotDue));
    assert!(logins.finish(320 * SECOND, "l", BANK, CODE).is_ok());

    let (mut logins, _) = at(Challenge::Code, "43510023");
    for _ in 0..3 {
        assert!(logins.finish(1, "l", BANK, "1").is_err());
    }
    assert_eq!(logins.resend(40 * SECOND, "l", BANK), Err(StepRefused::Locked));
    let (mut logins, _) = at(Challenge::Question, "43510023");
    assert_eq!(logins.resend(40 * SECOND, "l", BANK), Err(StepRefused::OutOfTurn));
}

#[test]
fn the_chosen_method_is_what_comes_next() {
    let (mut logins, asked) = at(Challenge::Methods, "43510023");
    assert_eq!(asked, Next::Awaits(psu("43510023"), Awaits::Method));
    assert_eq!(answer(&mut logins, 1, "method", "pigeon"), Err(StepRefused::Unfit("method")));
    let call = Awaits::Code {
        by: By::Call,
        resend_after: RESEND_SOON,
    };
    assert_eq!(answer(&mut logins, 1, "method", "call"), Ok(Next::Awaits(psu("43510023"), call)));
    assert_eq!(answer(&mut logins, 2, "code", CODE), Ok(Next::Through(psu("43510023"))));
}

#[test]
fn the_app_approves_declines_or_says_nothing() {
    let waits = |logins: &mut Logins, now| matches!(logins.look(now, "l", BANK), Ok(Next::Awaits(_, Awaits::App { .. })));
    for (id, came) in [
        ("43510023", Ok(Next::Through(psu("43510023")))),
        ("50299338", Err(StepRefused::ConsentRejected)),
    ] {
        let (mut logins, _) = at(Challenge::Methods, id);
        answer(&mut logins, 0, "method", "app").expect("a choice");
        assert_eq!(answer(&mut logins, 1, "code", CODE), Err(StepRefused::OutOfTurn));
        assert!(waits(&mut logins, APP_ANSWERS - 1));
        assert_eq!(logins.look(APP_ANSWERS, "l", BANK), came);
    }
    let (mut logins, _) = at(Challenge::Methods, "8332884");
    answer(&mut logins, 0, "method", "app").expect("a choice");
    assert!(waits(&mut logins, 60 * SECOND - 1));
    assert_eq!(logins.look(60 * SECOND, "l", BANK), Err(StepRefused::TimedOut));
}

#[test]
fn the_security_question_takes_either_language_and_any_case() {
    for right in ["blue", " BLUE ", "כחול"] {
        let (mut logins, _) = at(Challenge::Question, "43510023");
        assert_eq!(answer(&mut logins, 1, "answer", "red"), Err(wrong(2)));
        assert!(answer(&mut logins, FORGET, "answer", right).is_ok(), "{right}");
    }
}

#[test]
fn each_try_has_a_picture_of_its_own() {
    let (mut logins, asked) = at(Challenge::Picture, "43510023");
    let mut shown = Vec::new();
    let Next::Awaits(_, Awaits::Picture { digits }) = asked else {
        panic!("no picture")
    };
    shown.push(digits);
    for left in [2, 1] {
        let Err(StepRefused::Wrong {
            tries_left,
            again: Some((_, Awaits::Picture { digits })),
        }) = answer(&mut logins, 1, "digits", "x")
        else {
            panic!("no other picture")
        };
        assert_eq!(tries_left, left);
        assert!(!shown.contains(&digits));
        shown.push(digits);
    }
    assert_eq!(answer(&mut logins, 302 * SECOND, "digits", &shown[2]), Err(StepRefused::Expired));
    assert!(answer(&mut logins, 2, "digits", &shown[2]).is_ok());
}

#[test]
fn accounts_are_picked_after_the_code_and_only_those_that_fit() {
    let (mut logins, _) = at(Challenge::CodeThenAccounts, "43510023");
    assert_eq!(logins.pick(1, "l", BANK, |_| true), Err(StepRefused::OutOfTurn));
    assert_eq!(
        answer(&mut logins, 1, "code", CODE),
        Ok(Next::Awaits(psu("43510023"), Awaits::Accounts))
    );
    assert_eq!(logins.pick(1, "l", BANK, |_| false), Err(StepRefused::Unfit("accounts")));
    assert_eq!(logins.pick(1, "l", BANK, |_| true), Ok(psu("43510023")));
    assert_eq!(logins.pick(1, "l", BANK, |_| true), Err(StepRefused::Unknown));
    let (mut logins, _) = at(Challenge::CodeThenAccounts, "50299338");
    assert_eq!(answer(&mut logins, 1, "code", CODE), Err(StepRefused::ConsentRejected));
}
