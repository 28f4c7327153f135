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
