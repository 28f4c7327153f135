//! Checking answers against a form.

use super::*;

fn problem(field: Field, typed: &str) -> Option<Problem> {
    let answers = answers(&[(field.name.as_str(), typed)]);
    check(&form(vec![field]), &answers).err().map(|errors| errors[0].problem)
}

fn cleaned(field: Field, typed: &str) -> String {
    let name = field.name.clone();
    let answers = answers(&[(name.as_str(), typed)]);
    check(&form(vec![field]), &answers).expect("right").0[&name].clone()
}

#[test]
fn an_answer_is_required_unless_the_field_is_optional() {
    assert_eq!(problem(field("f", FieldKind::Text), "  "), Some(Problem::Required));
    assert_eq!(problem(field("f", FieldKind::Password), ""), Some(Problem::Required));
    let optional = Field {
        optional: true,
        min_length: 3,
        ..field("f", FieldKind::Text)
    };
    assert_eq!(check(&form(vec![optional.clone()]), &answers(&[])), Ok(Cleaned::default()));
    assert_eq!(problem(optional, "ab"), Some(Problem::TooShort));
}

#[test]
fn lengths_count_characters_not_bytes() {
    let sized = Field {
        min_length: 2,
        max_length: 4,
        ..field("f", FieldKind::Text)
    };
    assert_eq!(problem(sized.clone(), "ש"), Some(Problem::TooShort));
    assert_eq!(problem(sized.clone(), "שלום"), None);
    assert_eq!(problem(sized, "שלוםם"), Some(Problem::TooLong));
    assert_eq!(problem(field("f", FieldKind::Text), &"x".repeat(MAX_ANSWER)), None);
    assert_eq!(
        problem(field("f", FieldKind::Text), &"x".repeat(MAX_ANSWER + 1)),
        Some(Problem::TooLong)
    );
}

#[test]
fn a_number_has_digits_only_and_keeps_its_zeros() {
    assert_eq!(problem(field("f", FieldKind::Number), "12a"), Some(Problem::DigitsOnly));
    assert_eq!(problem(field("f", FieldKind::Number), "-12"), Some(Problem::DigitsOnly));
    assert_eq!(problem(field("f", FieldKind::Number), "١٢"), Some(Problem::DigitsOnly));
    assert_eq!(cleaned(field("f", FieldKind::Number), " 0012 "), "0012");
}

#[test]
fn a_national_id_is_padded_and_its_check_digit_checked() {
    let id = || field("f", FieldKind::NationalId);
    assert_eq!(cleaned(id(), "43510023"), "043510023");
    assert_eq!(cleaned(id(), " 1772268 "), "001772268");
    assert_eq!(problem(id(), "043510024"), Some(Problem::CheckDigit));
    assert_eq!(problem(id(), "0435100230"), Some(Problem::TooLong));
    assert_eq!(problem(id(), "04351002x"), Some(Problem::DigitsOnly));
}

#[test]
fn a_choice_is_one_of_the_options() {
    for kind in [FieldKind::Select, FieldKind::Radio] {
        let choice = Field {
            options: options(&["a", "b"]),
            ..field("f", kind)
        };
        assert_eq!(problem(choice.clone(), "c"), Some(Problem::NotAnOption));
        assert_eq!(cleaned(choice, "b"), "b");
    }
}

#[test]
fn a_password_is_sent_as_it_was_typed() {
    assert_eq!(cleaned(field("f", FieldKind::Password), " p ass "), " p ass ");
    assert_eq!(cleaned(field("f", FieldKind::Code), " 12345 "), "12345");
}

#[test]
fn a_locked_field_is_filled_in_and_an_answer_may_only_repeat_it() {
    let locked = |kind, value: &str| Field {
        locked: Some(value.into()),
        ..field("f", kind)
    };
    assert_eq!(cleaned(locked(FieldKind::Text, "fixed"), ""), "fixed");
    assert_eq!(cleaned(locked(FieldKind::Text, "fixed"), "fixed"), "fixed");
    assert_eq!(problem(locked(FieldKind::Text, "fixed"), "other"), Some(Problem::Locked));
    assert_eq!(cleaned(locked(FieldKind::NationalId, "43510023"), "043510023"), "043510023");
    assert_eq!(
        problem(locked(FieldKind::NationalId, "43510023"), "321547416"),
        Some(Problem::Locked)
    );
}

#[test]
fn what_the_form_does_not_ask_for_is_ignored() {
    let answers = answers(&[("f", "x"), ("g", "y")]);
    let cleaned = check(&form(vec![field("f", FieldKind::Text)]), &answers).unwrap();
    assert_eq!(cleaned.0.keys().collect::<Vec<_>>(), ["f"]);
}

#[test]
fn answers_cannot_be_printed() {
    let cleaned = check(&login(), &right()).unwrap();
    assert_eq!(format!("{cleaned:?}"), "Cleaned(3 fields)");
}

#[test]
fn a_branch_and_account_are_sent_as_one_and_checked_as_two() {
    let form = form(vec![field("account", FieldKind::BranchAccount)]);
    let sent = |branch: &str, account: &str| {
        let typed = answers(&[("account.branch", branch), ("account.account", account)]);
        check(&form, &typed)
            .map(|cleaned| cleaned.0["account"].clone())
            .map_err(|errors| errors[0].problem)
    };
    assert_eq!(sent("612", " 12-345/67 "), Ok("612-1234567".to_owned()));
    assert_eq!(sent("", "1234"), Err(Problem::Required));
    assert_eq!(sent("612", ""), Err(Problem::Required));
    assert_eq!(sent("6a", "1234"), Err(Problem::DigitsOnly));
    assert_eq!(sent("61234", "1234"), Err(Problem::TooLong));
    assert_eq!(sent("612", "1"), Err(Problem::TooShort));
    assert_eq!(sent("612", "1234567890123"), Err(Problem::TooLong));
    let optional = Field {
        optional: true,
        ..field("account", FieldKind::BranchAccount)
    };
    assert_eq!(
        check(&super::form(vec![optional]), &answers(&[])).map(|cleaned| cleaned.0.len()),
        Ok(0)
    );
    let kept = crate::session::answers::keepable(&form, &answers(&[("account.branch", "612"), ("account.account", "x")]));
    assert_eq!(kept.len(), 2, "both parts are shown again");
}

#[test]
fn a_passport_is_taken_where_the_form_allows_it_and_said_to_be_one() {
    let id = Field {
        passport: true,
        ..field("psu_id", FieldKind::NationalId)
    };
    let sent = |field: &Field, kind: &str, number: &str| {
        let typed = answers(&[("psu_id.type", kind), ("psu_id", number)]);
        let cleaned = check(&form(vec![field.clone()]), &typed).map_err(|errors| errors[0].problem)?;
        Ok((cleaned.0["psu_id"].clone(), cleaned.0.get("psu_id_type").cloned()))
    };
    let as_type = |kind: &str| Some(kind.to_owned());
    assert_eq!(sent(&id, "passport", "ab1234567"), Ok(("AB1234567".into(), as_type("passport"))));
    assert_eq!(
        sent(&id, "national_id", "43510023"),
        Ok(("043510023".into(), as_type("national_id")))
    );
    assert_eq!(sent(&id, "", "43510023"), Ok(("043510023".into(), as_type("national_id"))));
    assert_eq!(sent(&id, "national_id", "AB1234567"), Err(Problem::DigitsOnly));
    assert_eq!(sent(&id, "passport", "AB-1234"), Err(Problem::Passport));
    assert_eq!(sent(&id, "passport", "AB1"), Err(Problem::TooShort));
    let only_ids = field("psu_id", FieldKind::NationalId);
    assert_eq!(
        sent(&only_ids, "passport", "AB1234567"),
        Err(Problem::DigitsOnly),
        "nobody asked for a type"
    );
    assert_eq!(sent(&only_ids, "", "43510023"), Ok(("043510023".into(), None)));
    let locked = Field {
        locked: Some("AB1234567".into()),
        locked_type: Some(gesher_contract::IdType::Passport),
        ..id
    };
    assert_eq!(
        sent(&locked, "national_id", "ab1234567"),
        Ok(("AB1234567".into(), as_type("passport")))
    );
    assert_eq!(sent(&locked, "passport", "AB1234568"), Err(Problem::Locked));
}

#[test]
fn a_note_asks_for_nothing_and_what_is_typed_for_it_is_dropped() {
    let form = form(vec![field("terms", FieldKind::Note), field("seen", FieldKind::Image)]);
    assert_eq!(
        check(&form, &answers(&[("terms", "x")])).map_err(|errors| errors[0].name.clone()),
        Err("seen".to_owned())
    );
    let sent = check(&form, &answers(&[("terms", "x"), ("seen", " abc ")])).expect("right").0;
    assert_eq!(sent, answers(&[("seen", "abc")]));
}

#[test]
fn a_company_and_a_passport_that_the_host_fixed_are_locked() {
    let locks = Locks {
        psu_id: Some("AB1234567".into()),
        psu_id_type: gesher_contract::IdType::Passport,
        psu_corporate_id: Some("512345674".into()),
        ..Locks::default()
    };
    let session = invited_with(locks, Completion::Exchange);
    let session = go(session, |session| session.open(document(1), T0));
    let session = go(session, |session| session.choose(&document(1), None, route("leumi"), T0));
    let asked = form(vec![
        Field {
            passport: true,
            ..field("psu_id", FieldKind::NationalId)
        },
        field("psu_corporate_id", FieldKind::Number),
    ]);
    let session = go(session, |session| session.step(FIRST, Step::Form(asked), T0));
    let on = session.version;
    let changed = answers(&[("psu_corporate_id", "512345675")]);
    let why = session.clone().submit(&document(1), on, &changed, T0).expect_err("changed").why;
    assert!(
        matches!(&why, Refusal::Invalid(errors) if errors[0].problem == Problem::Locked),
        "{why:?}"
    );
    let (_, sent) = session.submit(&document(1), on, &answers(&[]), T0).expect("as it is");
    let whole = [
        ("psu_id", "AB1234567"),
        ("psu_id_type", "passport"),
        ("psu_corporate_id", "512345674"),
    ];
    assert_eq!(sent.0, answers(&whole));
}
