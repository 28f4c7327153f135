//! Who is whom.

use super::*;
use crate::Names;

fn institution(id: &str, country: &str, names: &[&str], keys: &[&str]) -> Institution {
    let (domains, bics) = keys.iter().map(|key| (*key).to_owned()).partition(|key: &String| key.contains('.'));
    Institution {
        names: Names {
            en: names[0].to_owned(),
            nicknames: names[1..].iter().map(|name| (*name).to_owned()).collect(),
            ..Names::default()
        },
        country: country.into(),
        bics,
        domains,
        ..Institution::unknown(id)
    }
}

fn directory() -> Vec<Institution> {
    vec![
        institution("de-commerzbank", "DE", &["Commerzbank AG"], &["COBADEFF", "commerzbank.de"]),
        institution("de-comdirect", "DE", &["comdirect"], &["COBADEHD"]),
        institution("de-volksbank-nord", "DE", &["Volksbank Nord eG", "Volksbank"], &["GENODEN1"]),
        institution("de-volksbank-sued", "DE", &["Volksbank Süd eG", "Volksbank"], &["GENODEN1"]),
        institution("at-raiffeisen", "AT", &["Raiffeisen Bank International"], &["RZBAATWW"]),
        institution("gb-barclays", "GB", &["Barclays Bank PLC"], &["BARCGB22", "barclays.co.uk"]),
    ]
}

fn listed(country: &str, name: &str, keys: &[&str]) -> Listed {
    let (domains, bics) = keys.iter().map(|key| (*key).to_owned()).partition(|key: &String| key.contains('.'));
    Listed {
        provider_id: "p-1".into(),
        name: name.into(),
        he: None,
        country: country.into(),
        kind: TileKind::Bank,
        domains,
        bics,
        offers: Offers::default(),
        invented: false,
    }
}

fn place(country: &str, name: &str, keys: &[&str]) -> Place {
    let directory = directory();
    Matcher::new(&directory).place(&listed(country, name, keys))
}

fn same(id: &str) -> Place {
    Place::Same(id.to_owned())
}

fn doubtful(candidates: &[&str], why: Why) -> Place {
    Place::Doubtful {
        candidates: candidates.iter().map(|id| (*id).to_owned()).collect(),
        why,
    }
}

#[test]
fn a_key_and_a_name_that_agree_make_the_same() {
    assert_eq!(place("DE", "Commerzbank", &["COBADEFF"]), same("de-commerzbank"));
    assert_eq!(
        place("DE", "COMMERZBANK AG, Frankfurt", &["commerzbank.de"]),
        same("de-commerzbank")
    );
    assert_eq!(place("GB", "Barclays", &["barclays.co.uk"]), same("gb-barclays"));
}

#[test]
fn a_whole_name_that_nobody_else_has_makes_the_same() {
    assert_eq!(place("AT", "raiffeisen bank international ag", &[]), same("at-raiffeisen"));
    assert_eq!(place("DE", "VOLKSBANK SUD", &[]), same("de-volksbank-sued"));
}

#[test]
fn another_country_is_another_institution() {
    assert_eq!(place("FR", "Commerzbank AG", &["COBADEFF"]), Place::New);
}

#[test]
fn what_is_not_certain_is_asked() {
    assert_eq!(
        place("DE", "Postbank", &["COBADEFF"]),
        doubtful(&["de-commerzbank"], Why::NamesDiffer)
    );
    assert_eq!(
        place("DE", "Volksbank", &["GENODEN1"]),
        doubtful(&["de-volksbank-nord", "de-volksbank-sued"], Why::Several)
    );
    assert_eq!(
        place("DE", "Volksbank", &[]),
        doubtful(&["de-volksbank-nord", "de-volksbank-sued"], Why::Several)
    );
    assert_eq!(place("DE", "Comerzbank", &[]), doubtful(&["de-commerzbank"], Why::NamesAlike));
}

#[test]
fn a_name_settles_a_key_that_several_have() {
    assert_eq!(place("DE", "Volksbank Nord", &["GENODEN1"]), same("de-volksbank-nord"));
}

#[test]
fn what_is_like_nobody_is_new() {
    assert_eq!(place("DE", "Penta", &[]), Place::New);
    assert_eq!(place("GB", "Monzo", &["MONZGB2L", "monzo.com"]), Place::New);
}

#[test]
fn a_review_file_comes_back_with_decisions() {
    let entry = listed("DE", "Volksbank, \"die\"", &[]);
    let candidates = ["de-a".to_owned(), "de-b".to_owned()];
    let file = doubts([(&entry, &candidates[..], Why::Several)]).unwrap();
    assert_eq!(
        file,
        "provider_id,name,country,candidates,why,decision\np-1,\"Volksbank, \"\"die\"\"\",DE,de-a;de-b,several,\n"
    );
    assert_eq!(decisions(&file).unwrap(), Decisions::new());
    let decided = |word: &str| decisions(&file.replace("several,\n", &format!("several,{word}\n")));
    assert_eq!(decided("de-b").unwrap()["p-1"], Decision::Same("de-b".into()));
    assert_eq!(decided("new").unwrap()["p-1"], Decision::New);
    assert_eq!(decided(" skip ").unwrap()["p-1"], Decision::Skip);
    let message = decided("de-c").unwrap_err().to_string();
    assert!(message.starts_with("line 2: p-1 is decided by"), "{message}");
}

#[test]
fn a_new_institution_gets_an_id_that_nobody_has() {
    let id = |name: &str, taken: &[&str]| {
        let listed = listed("CH", name, &[]);
        listed.into_institution("p", |id| taken.contains(&id)).id
    };
    assert_eq!(id("Zürcher Kantonalbank, Zürich", &[]), "ch-zurcher-kantonalbank-zurich");
    assert_eq!(id("UBS", &["ch-ubs", "ch-ubs-2"]), "ch-ubs-3");
    assert_eq!(id("Банк", &[]), "ch-p-1");
}
