//! What the forms ask, and what they make of answers.

use super::super::institutions;
use super::*;
use std::collections::HashSet;

fn names(id: &str) -> Vec<&'static str> {
    fields(institutions::find(id).expect(id)).iter().map(|field| field.name).collect()
}

fn read_at(id: &str, answers: &[(&str, &str)]) -> Result<Answers, Unfit> {
    let answers = answers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    read(institutions::find(id).expect(id), &answers)
}

#[test]
fn each_form_asks_what_the_institution_asks_its_customers() {
    assert_eq!(names("il-leumi"), ["psu_id", "username", "password"]);
    assert_eq!(names("il-hapoalim"), ["psu_id", "userCode", "password"]);
    assert_eq!(names("il-discount"), ["psu_id", "password", "num"]);
    assert_eq!(names("il-mercantile"), ["psu_id", "password", "num"]);
    assert_eq!(names("il-isracard"), ["psu_id", "card6Digits", "password"]);
    assert_eq!(names("il-amex"), ["psu_id", "card6Digits", "password"]);
    assert_eq!(names("il-yahav"), ["psu_id", "username", "password"]);
    assert_eq!(names("il-onezero"), ["psu_id", "email", "password"]);
    assert_eq!(names("sandbox-business"), ["psu_id", "psu_corporate_id", "username", "password"]);
}

#[test]
fn the_directory_says_what_each_form_asks() {
    let mut seen = HashSet::new();
    for listed in gesher_directory::israel() {
        for route in listed
            .routes
            .iter()
            .filter(|route| route.provider == gesher_directory::ProviderName::Sandbox)
        {
            let institution = institutions::find(&route.provider_id).expect(&route.provider_id);
            // The hints say what to type to test: they are the sandbox's own.
            let asked = fields(institution).into_iter().map(|field| {
                let mut field = serde_json::to_value(field).expect("it is plain data");
                field.as_object_mut().expect("an object").remove("hint");
                field
            });
            let told = route.fields.iter().map(|field| {
                serde_json::json!({
                    "name": field.name, "kind": field.kind, "label": field.label, "optional": field.optional,
                    "min_length": field.min_length, "max_length": field.max_length, "options": field.options, "passport": field.passport,
                })
            });
            assert_eq!(told.collect::<Vec<_>>(), asked.collect::<Vec<_>>(), "{}", listed.id);
            seen.insert(institution.id);
        }
    }
    let left = institutions::all()
        .iter()
        .filter(|one| !one.id.starts_with("any-") && !seen.contains(one.id));
    assert_eq!(left.count(), 0, "each institution of the sandbox is in the directory");
}

#[test]
fn every_form_begins_with_the_national_id_and_its_hints_log_in() {
    for institution in institutions::all() {
        let fields: Vec<Field> = fields(institution).into_iter().filter(|field| field.kind != Kind::Note).collect();
        assert_eq!(fields[0].name, PSU_ID);
        let answers = fields
            .iter()
            .map(|field| {
                let hinted = field.hint.en.rsplit_once(": ").map(|(_, value)| value);
                let value = hinted.or(field.options.first().map(|option| option.value)).expect(field.name);
                (field.name.to_owned(), value.to_owned())
            })
            .collect();
        assert!(read(institution, &answers).expect(institution.id).right, "{}", institution.id);
    }
}

#[test]
fn a_missing_field_is_named_and_a_malformed_one_too() {
    let good = [("psu_id", "043510023"), ("card6Digits", "123456"), ("password", "pass")];
    assert!(read_at("il-isracard", &good).expect("a good form").right);
    assert_eq!(read_at("il-isracard", &good[..2]), Err(Unfit::Missing("password")));
    assert_eq!(read_at("il-isracard", &[("psu_id", " ")]), Err(Unfit::Missing("psu_id")));
    assert_eq!(read_at("il-isracard", &[("psu_id", "123456789")]), Err(Unfit::Malformed("psu_id")));
    let short = [("psu_id", "043510023"), ("card6Digits", "12345"), ("password", "pass")];
    assert_eq!(read_at("il-isracard", &short), Err(Unfit::Malformed("card6Digits")));
}

#[test]
fn a_wrong_user_name_or_password_is_wrong() {
    for (username, password, right) in [("user", "pass", true), ("user", "Pass", false), ("User", "pass", false)] {
        let answers = [("psu_id", "043510023"), ("username", username), ("password", password)];
        assert_eq!(read_at("sandbox-bank", &answers).expect("a filled form").right, right);
    }
}

#[test]
fn the_long_form_takes_an_id_or_a_passport_and_names_each_wrong_field() {
    let good = [
        ("psu_id", "P1234567"),
        ("psu_id_type", "passport"),
        ("account", "123-456789"),
        ("account_kind", "joint"),
        ("device", "own"),
        ("password", "pass"),
    ];
    let read_with = |name: &str, value: &str| {
        let answers: Vec<(&str, &str)> = good
            .iter()
            .map(|(known, usual)| (*known, if *known == name { value } else { *usual }))
            .chain((name == "card4Digits").then_some(("card4Digits", value)))
            .collect();
        read_at("sandbox-forms", &answers)
    };
    let answers = read_with("", "").expect("a good form");
    assert!(answers.right && Some(answers.psu) == PsuId::parse("043510023"));
    assert_eq!(read_with("psu_id_type", "national_id"), Err(Unfit::Malformed("psu_id")));
    for (name, wrong) in [
        ("account", "123456789"),
        ("account", "-456789"),
        ("account_kind", "secret"),
        ("device", "stolen"),
        ("card4Digits", "12x4"),
    ] {
        assert_eq!(read_with(name, wrong), Err(Unfit::Malformed(name)), "{wrong}");
    }
    assert!(read_with("card4Digits", "1234").is_ok());
}
