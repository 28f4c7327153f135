use super::*;
use crate::data::Packed;

fn sources(schwifty: &str, indian: &str) -> Sources {
    [
        ("schwifty/bank_registry/generated_xx.json", schwifty),
        ("schwifty/iban_registry/generated.json", "not read"),
        ("ifsc/banknames.json", indian),
        ("ifsc/IFSC.json", r#"{"SBIN": [1, 2, 3]}"#),
        (
            "israeli-bank-autocomplete/bank-data.json",
            r#"{"banks": [], "branches": [{"bankCode": 12, "branchCode": 7}, {"bankCode": 12, "branchCode": 600}, {"bankCode": 4, "branchCode": 7}]}"#,
        ),
    ]
    .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
    .into()
}

fn entry(country: &str, name: &str, code: &str, bic: &str) -> String {
    format!(r#"{{"country_code":"{country}","name":{name:?},"short_name":null,"bank_code":"{code}","bic":"{bic}","primary":true}}"#)
}

fn built(entries: &[String], previous: Option<&[u8]>) -> Built {
    build(&sources(&format!("[{}]", entries.join(",")), "{}"), previous).unwrap()
}

fn rows(built: &Built) -> Vec<Row> {
    Packed::read(&built.file).unwrap().rows
}

fn ids(built: &Built) -> Vec<String> {
    rows(built).into_iter().map(|row| row.id).collect()
}

#[test]
fn lines_of_one_bank_make_one_row() {
    let built = built(
        &[
            entry("FR", "BANQUE D'ESSAI, S.A.", "00001", "ESSAFRPPXXX"),
            entry("FR", "Banque d’Essai SA", "00002", "ESSAFRPP123"),
            entry("FR", "Banque d'Essai SA", "00002", "ESSAFR2AXXX"),
            entry("BE", "Banque d'Essai SA", "001", ""),
            entry("FR", "B", "00003", ""),
        ],
        None,
    );
    let rows = rows(&built);
    assert_eq!((built.institutions, rows.len()), (2, 2));
    let french = &rows[1];
    assert_eq!(
        (french.id.as_str(), french.names.en.as_str()),
        ("fr-banque-dessai-sa", "Banque d'Essai, S.A.")
    );
    assert_eq!(french.codes, ["00001", "00002"]);
    assert_eq!(french.bics, ["ESSAFRPP", "ESSAFR2A"]);
    assert_eq!(
        (french.sources.as_slice(), rows[0].id.as_str()),
        (["schwifty".to_owned()].as_slice(), "be-banque-dessai-sa")
    );
}

#[test]
fn a_package_may_give_many_codes_in_one_entry() {
    let list = r#"{"expand_from":"bank_codes","expand_into":"bank_code","entries":[
        {"country_code":"NO","name":"Fjordbank","short_name":"Fjordbank","bic":null,"bank_codes":["0500","0501"]}]}"#;
    let built = build(
        &sources(list, r#"{"SBIN": "State Bank of India", "XXXX": "Some Bank", "YYYY": "SOME BANK"}"#),
        None,
    )
    .unwrap();
    let rows = rows(&built);
    let seen = rows.iter().map(|row| (row.id.as_str(), row.codes.join(" "))).collect::<Vec<_>>();
    let expected = [("in-sbi", "SBIN"), ("in-some-bank", "XXXX YYYY"), ("no-fjordbank", "0500 0501")];
    assert_eq!(seen, expected.map(|(id, codes)| (id, codes.to_owned())));
    // A well-known one has its everyday names, and says that they are ours.
    assert_eq!(rows[0].sources, ["ifsc", "brands"]);
    assert!(rows[0].names.he.is_some() && rows[0].names.short.as_deref() == Some("SBI"));
    assert!(built.unknown_brands.contains(&"DE:12030000".to_owned()));
}

#[test]
fn branches_are_those_of_banks_in_the_hand_kept_file() {
    let built = built(&[entry("FR", "Banque", "1", "")], None);
    let packed = Packed::read(&built.file).unwrap();
    assert_eq!(built.branches, 3);
    let institutions = crate::data::read_both(crate::ISRAEL, &built.file).unwrap();
    let of = |id: &str| institutions.iter().find(|one| one.id == id).unwrap().branches.join(" ");
    assert_eq!((of("il-hapoalim").as_str(), of("il-yahav").as_str()), ("007 600", "007"));
    // A card issuer's code that is a bank's too is no bank code.
    assert_eq!((of("il-isracard").as_str(), packed.branches.0["IL"].len()), ("", 2));
}

#[test]
fn what_is_kept_by_hand_is_not_taken_from_lists() {
    let entries = [
        entry("IL", "Mizrahi Tefahot Bank Ltd", "020", ""),
        entry("IL", "Some Leumi", "", "LUMIILITXXX"),
        entry("IL", "New Bank", "077", ""),
        entry("FR", "Banque", "020", ""),
    ];
    assert_eq!(ids(&built(&entries, None)), ["fr-banque", "il-new-bank"]);
}

#[test]
fn two_of_one_name_are_told_apart_by_code() {
    let long = "Cooperative of the Sweepers and Window Cleaners of the Upper";
    let entries = [
        entry("FR", &format!("{long} Valley"), "00001", ""),
        entry("FR", &format!("{long} Village"), "00002", ""),
        entry("FR", &format!("{long} Vista"), "", "VISTFRPP"),
        entry("FR", &format!("{long} Void"), "", ""),
    ];
    let stem = "fr-cooperative-of-the-sweepers-and-window-cleaners";
    let expected = ["", "-00002", "-vistfrpp", "-2"].map(|end| format!("{stem}{end}"));
    assert_eq!(ids(&built(&entries, None)), expected);
}

#[test]
fn a_rebuild_keeps_ids() {
    let old = built(
        &[
            entry("FR", "Banque Alpha", "00001", "ALPHFRPP"),
            entry("FR", "Banque Beta", "00002", "BETAFRPP"),
            entry("FR", "Banque Gamma", "00003", "GAMMFRPP"),
            entry("FR", "Banque Delta", "00004", "DELTFRPP"),
            entry("BE", "Banque Alpha", "00001", "ALPHFRPP"),
        ],
        None,
    );
    // Alpha: another code, another BIC. Beta: another name. Gamma: another name and code. Delta: gone; and a new bank of
    // Beta's old name, which is not Beta.
    let new = built(
        &[
            entry("FR", "BANQUE ALPHA", "99991", "NEWAFRPP"),
            entry("FR", "Omega", "00002", "BETAFRPP"),
            entry("FR", "Sigma", "99993", "GAMMFRPP"),
            entry("FR", "Banque Delta Nouvelle", "99994", "NEWDFRPP"),
            entry("FR", "Banque-Delta", "", "OTHEFRPP"),
            entry("BE", "Banque Alpha", "00001", "ALPHFRPP"),
        ],
        Some(&old.file),
    );
    let id_of = |name: &str| rows(&new).into_iter().find(|row| row.names.en == name).unwrap().id;
    assert_eq!(id_of("Omega"), "fr-banque-beta");
    assert_eq!(id_of("Sigma"), "fr-banque-gamma");
    assert_eq!(id_of("Banque-Delta"), "fr-banque-delta");
    assert_eq!(id_of("Banque Delta Nouvelle"), "fr-banque-delta-nouvelle");
    assert!(ids(&new).contains(&"fr-banque-alpha".to_owned()) && ids(&new).contains(&"be-banque-alpha".to_owned()));
    assert_eq!((new.added, new.gone), (vec!["fr-banque-delta-nouvelle".to_owned()], Vec::new()));
}

#[test]
fn an_id_of_who_is_gone_is_not_given_to_another() {
    let name = "Cooperative of the Sweepers and Window Cleaners of the";
    let old = built(&[entry("FR", &format!("{name} East"), "00001", "")], None);
    let new = built(&[entry("FR", &format!("{name} West"), "00002", "")], Some(&old.file));
    assert_eq!(new.gone, ids(&old));
    assert_eq!(ids(&new), [format!("{}-00002", ids(&old)[0])]);
}

#[test]
fn the_same_lists_make_the_same_file() {
    let entries = [entry("FR", "Banque", "1", ""), entry("UA", "БАНК \"СВІТ\"", "2", "")];
    let first = built(&entries, None);
    assert_eq!(first.file, built(&entries, None).file);
    assert_eq!(first.file, built(&entries, Some(&first.file)).file);
    let names = &rows(&first)[1].names;
    assert_eq!(
        (names.en.as_str(), names.native.as_deref()),
        ("Bank \"Svit\"", Some("Банк \"Світ\""))
    );
}

#[test]
fn what_lists_call_short_belongs_to_one() {
    let with = |name: &str, code: &str, short: &str| entry("CH", name, code, "").replace("null", &format!("{short:?}"));
    let rows = rows(&built(
        &[
            with("Uhrenbank AG - Chur", "1", "Uhrenbank AG"),
            with("Uhrenbank AG - Bern", "2", "Uhrenbank AG"),
            with("Uhrenbank AG", "3", "Uhrenbank AG"),
            with("Seebank, S.A.", "4", "SEEBANK"),
            with("Talbank AG", "5", "TLBK").replace("\"bic\":\"\"", "\"bic\":\"TLBKCHZZ\""),
        ],
        None,
    ));
    let shorts = rows
        .iter()
        .map(|row| (row.names.en.as_str(), row.names.short.as_deref()))
        .collect::<Vec<_>>();
    let expected = [
        ("Seebank, S.A.", Some("Seebank")),
        ("Talbank AG", None),
        ("Uhrenbank AG", None),
        ("Uhrenbank AG - Bern", None),
        ("Uhrenbank AG - Chur", None),
    ];
    assert_eq!(shorts, expected);
}

#[test]
fn a_missing_or_broken_list_is_named() {
    let mut lists = sources("[]", "{}");
    assert_eq!(
        build(&lists, None).unwrap_err().to_string(),
        "schwifty/bank_registry is missing: run scripts/institution-sources"
    );
    lists.insert("schwifty/bank_registry/generated_xx.json".to_owned(), b"[{}]".to_vec());
    assert!(
        build(&lists, None)
            .unwrap_err()
            .to_string()
            .starts_with("schwifty/bank_registry/generated_xx.json: ")
    );
    let mut lists = sources(&format!("[{}]", entry("FR", "Banque", "1", "")), "{}");
    lists.remove("ifsc/banknames.json");
    assert!(matches!(build(&lists, None), Err(BuildError::Missing("ifsc/banknames.json"))));
    assert!(matches!(build(&lists, Some(b"no gzip")), Err(BuildError::Directory(_))));
}

#[test]
fn insurers_are_told_by_their_names() {
    for (name, expected) in [
        ("AXA Versicherungen AG", TileKind::Insurance),
        ("Allied Irish Banks, Insurance Desk", TileKind::Bank),
        ("Banque", TileKind::Bank),
    ] {
        assert_eq!(kind(name), expected, "{name}");
    }
}
