use super::*;
use crate::{Institution, Layer, ProviderName, Route, Source};
use gesher_contract::{IdType, TileKind};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

fn import(format: Format, text: &str) -> Result<Import, ImportError> {
    read(format, text.as_bytes(), &mut |_| {})
}

fn csv(text: &str) -> Import {
    import(Format::Csv, text).unwrap()
}

fn json(text: &str) -> Import {
    import(Format::Json, text).unwrap()
}

fn find<'a>(list: &'a [Institution], id: &str) -> &'a Institution {
    list.iter().find(|one| one.id == id).unwrap()
}

/// The examples of the operator's guide, between fences of that language.
fn example(language: &str) -> String {
    let guide = include_str!("../../../../docs/operator-guide.md");
    let section = guide.split("\n## Institutions").nth(1).unwrap();
    let fenced = section.split(&format!("```{language}\n")).nth(1).unwrap();
    fenced.split("```").next().unwrap().to_owned()
}

#[test]
fn the_guides_examples_are_read_and_say_the_same() {
    let (from_csv, from_json) = (csv(&example("csv")), json(&example("json")));
    assert_eq!(from_csv.edits().collect::<Vec<_>>(), from_json.edits().collect::<Vec<_>>());
    let list = from_csv.apply(&crate::israel()).unwrap();
    assert_eq!(list[0].id, "il-yahav", "who has an order comes first");
    let new = find(&list, "il-example-credit-union");
    assert_eq!(
        (new.names.he.as_deref(), new.kind, new.partner),
        (Some("אגודת אשראי לדוגמה"), TileKind::Bank, true)
    );
    assert_eq!(
        (new.routes[0].provider_id.as_str(), new.sources[0].title.as_str()),
        ("any-bank", "tenant's own")
    );
    assert!(!list.iter().any(|one| one.id == "il-hsbc"));
    assert!(find(&list, "il-leumi").names.nicknames.contains(&"הבנק של סבתא".to_owned()));
}

#[test]
fn an_edit_changes_what_it_gives_and_nothing_else() {
    let base = crate::israel();
    let list = csv("id,short,nicknames,codes\nil-leumi,BLL,-,\n").apply(&base).unwrap();
    let (old, new) = (find(&base, "il-leumi"), find(&list, "il-leumi"));
    assert_eq!(
        (new.names.short.as_deref(), new.names.nicknames.len(), &new.codes),
        (Some("BLL"), 0, &old.codes)
    );
    assert_eq!(
        (&new.names.en, &new.aliases, &new.routes, &new.sources),
        (&old.names.en, &old.aliases, &old.routes, &old.sources)
    );
    let places = |list: &[Institution]| list.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    assert_eq!(places(&list), places(&base));
    // Null takes away in the other format.
    let list = json(r#"[{"id": "il-leumi", "names": {"he": null}, "codes": [], "note": null}]"#)
        .apply(&base)
        .unwrap();
    let new = find(&list, "il-leumi");
    assert_eq!((&new.names.he, new.codes.len(), &new.names.en), (&None, 0, &old.names.en));
}

#[test]
fn a_known_route_keeps_what_is_known_of_its_form() {
    let list = csv("id,routes\nil-leumi,berlin_group:x;sandbox:il-leumi\n")
        .apply(&crate::israel())
        .unwrap();
    let routes = &find(&list, "il-leumi").routes;
    assert_eq!((routes[0].provider, routes[0].fields.len()), (ProviderName::BerlinGroup, 0));
    assert_eq!((routes[1].provider_id.as_str(), routes[1].fields.len()), ("il-leumi", 3));
    let list = csv("id,routes\nil-leumi,-\n").apply(&crate::israel()).unwrap();
    assert_eq!(find(&list, "il-leumi").routes, [Route::stand_in(TileKind::Bank)]);
}

#[test]
fn a_tenant_gets_a_layer_of_its_own() {
    let table =
        csv("id,en,country,hidden,order\nil-leumi,Our Leumi,,,\nil-hapoalim,,,yes,\nil-max,,,,0\nfr-ours,Ours,FR,no,1\nxx-gone,,,1,\n");
    let layer = table.layer(&crate::israel()).unwrap();
    let ids: Vec<&str> = layer.rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["il-leumi", "fr-ours"]);
    assert_eq!(layer.hidden, ["il-hapoalim", "xx-gone"].map(str::to_owned).into());
    assert_eq!(layer.order, [("fr-ours".to_owned(), 1), ("il-max".to_owned(), 0)].into());
}

fn refusal(format: Format, text: &str) -> String {
    let table = import(format, text).and_then(|table| table.apply(&crate::israel()));
    table.unwrap_err().to_string()
}

#[test]
fn a_bad_table_is_refused_at_its_place() {
    for (text, message) in [
        ("", "line 1, id: the column is missing"),
        ("name\nx\n", "line 1, name: there is no such column"),
        ("id,en,en\n", "line 1, en: the column is there twice"),
        (
            "id,en\nil-leumi,a\nil-max\n",
            "line 3: CSV error: record 2 (line: 3, byte: 17): found record with 1 fields, but the previous record has 2 fields",
        ),
        (
            "id,en\nil-max,\"a\nb\"\nil-leumi,a\nil-max,c\n",
            "line 5, id: il-max has a row already",
        ),
        ("id,hidden\nil-max,maybe\n", "line 2, hidden: it is neither true nor false"),
        ("id,hidden\n,true\n", "line 2, id: it is empty"),
        ("id,order\nil-max,-1\n", "line 2, order: it is no whole number"),
        ("id,routes\nil-max,sandbox\n", "line 2, routes: an entry of it has no colon"),
        (
            "id,source,licence\nil-max,a,b;c\n",
            "line 2, licence: it has more entries than source",
        ),
        ("id,en\nfr-new,New\n", "line 2, country: its country is none of ISO 3166-1"),
        ("id,country\nfr-new,FR\n", "line 2, names: a name of it is empty"),
        (
            "id,en,country\nFR New,New,FR\n",
            "line 2, id: its id is not of lower-case letters, digits and hyphens",
        ),
        (
            "id,bics\nil-max,short\n",
            "line 2, bics: a BIC of it is not four letters, a country and two characters",
        ),
        (
            "id,regions\nil-max,FR-75\n",
            "line 2, regions: a region of it is no part of its country",
        ),
        ("id,aliases\nil-max,v:leumi\n", "line 2, aliases: leumi means another institution"),
        (
            "id,aliases\nil-max,v:il-leumi\n",
            "line 2, aliases: il-leumi means another institution",
        ),
        (
            "id,en,country\nhapoalim,New,FR\n",
            "line 2, id: hapoalim is what another institution is called",
        ),
        (
            "id,domains\nil-max,www.max.co.il\n",
            "line 2, domains: a domain of it is not a host name in lower case, without www.",
        ),
        ("id,psu_id_types\nil-max,-\n", "line 2, psu_id_types: it knows nobody by anything"),
    ] {
        assert_eq!(refusal(Format::Csv, text), message, "{text}");
    }
    for (text, beginning) in [
        (
            "id,kind\nil-max,shop\n",
            "line 2, kind: unknown variant `shop`, expected one of `bank`",
        ),
        ("id,routes\nil-max,teller:x\n", "line 2, routes: unknown variant `teller`, expected"),
        (
            &format!("id,en\nil-max,{}\n", "x".repeat(501)),
            "line 2, en: a text has more than 500 characters",
        ),
        (
            "id,logo\nil-max,\"data:image/svg+xml;base64,AAAA\"\n",
            "line 2, logo: its logo is no PNG, JPEG or WebP",
        ),
    ] {
        let message = refusal(Format::Csv, text);
        assert!(message.starts_with(beginning), "{message}");
    }
    for (text, beginning) in [
        ("{}", "line 1: invalid type: map"),
        ("[\n{\"id\": \"il-max\"},\n{\"id\": \"il-cal\", \"kind\": 3}]", "line 3, kind: "),
        ("[\n{\"id\": \"il-max\", \"colour\": 3}]", "line 2, colour: unknown field"),
        ("[{\"names\": {}}]", "line 1: missing field `id`"),
        ("[] []", "line 1: trailing characters"),
        (
            "[{\"id\": \"il-max\"}, {\"id\": \"il-max\"}]",
            "row 2, id: il-max has a row already",
        ),
        (
            "[{\"id\": \"il-max\"}, {\"id\": \"fr-new\", \"names\": {\"en\": \"New\"}}]",
            "row 2, country: ",
        ),
    ] {
        let message = refusal(Format::Json, text);
        assert!(message.starts_with(beginning), "{message}");
    }
}

#[test]
fn a_table_is_bounded_and_tells_how_far_it_is() {
    let large = vec![b' '; LARGEST + 1];
    assert_eq!(read(Format::Json, &large, &mut |_| {}).unwrap_err().at, At::File);
    let rows = |count: usize| (0..count).map(|at| format!("x-{at}\n")).collect::<String>();
    let mut heard = Vec::new();
    let text = format!("id\n{}", rows(2_500));
    assert_eq!(
        read(Format::Csv, text.as_bytes(), &mut |count| heard.push(count)).unwrap().len(),
        2_500
    );
    assert_eq!(heard, [1_000, 2_000]);
    let many = format!("id\n{}", rows(MOST_ROWS + 1));
    assert_eq!(
        import(Format::Csv, &many).unwrap_err().to_string(),
        "the file: it has more than 200000 rows"
    );
}

#[test]
fn a_spreadsheet_computes_nothing_of_what_goes_out() {
    let table = json(r#"[{"id": "il-max", "names": {"en": "=1+1", "he": "-", "nicknames": ["@SUM(A1)", "+2"]}, "codes": []}]"#);
    let text = write(Format::Csv, table.edits());
    assert_eq!(text, "id,en,he,nicknames,codes\nil-max,\\=1+1,\\-,\\@SUM(A1);\\+2,-\n");
    assert_eq!(csv(&text).edits().collect::<Vec<_>>(), table.edits().collect::<Vec<_>>());
}

#[test]
fn a_spreadsheets_signature_does_not_matter() {
    assert_eq!(csv("\u{feff}id,he\nil-max,מקס\n"), csv("id, he\nil-max, מקס \n"));
}

/// Any institution that keeps the rules.
fn institution() -> impl Strategy<Value = Institution> {
    let name = || "[a-zA-Zא-ת\\\\;:\",.'=+@-]{1,8}( [a-z\\\\;\n-]{1,4}x)?";
    let names = (
        name(),
        option::of(name()),
        option::of(name()),
        option::of(name()),
        vec(name(), 0..3),
    );
    let lists = (
        vec("[0-9A-Z]{1,6}", 0..3),
        vec("[0-9]{3}", 0..3),
        vec("[A-Z]{6}[A-Z0-9]{2}", 0..2),
        vec("[a-z]{1,5}\\.(com|il)", 0..2),
    );
    let routes = vec((any::<bool>(), "[a-z:;\\\\-]{1,8}"), 0..3);
    let aliases = btree_map("[a-z_]{1,4}", vec("[A-Za-z:;\\\\-]{3,9}", 1..3), 0..2);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let rest = (
        option::of(name()),
        option::of(Just("data:image/png;base64,iVBO".to_owned())),
        vec((name(), name()), 1..3),
        0..3_u8,
    );
    let strategy = ("[a-z]{2}-[a-z0-9]{1,6}", names, lists, routes, aliases, flags, rest, any::<bool>());
    strategy.prop_map(
        |(id, names, lists, routes, aliases, flags, (note, logo, sources, kind), regional)| {
            let mut one = Institution::unknown(&id);
            one.country = "IL".into();
            let (en, he, native, short, nicknames) = names;
            let boxed = |text: Option<String>| text.map(String::into_boxed_str);
            one.names = crate::Names {
                en,
                he: boxed(he),
                native: boxed(native),
                short: boxed(short),
                nicknames,
            };
            let (codes, branches, bics, domains) = lists;
            (one.codes, one.branches, one.bics, one.domains) = (codes, branches.into(), bics, domains);
            (one.invented, one.unlisted, one.partner, one.psu_corporate_id) = flags;
            one.regions = regional.then(|| "IL-TA".to_owned()).into_iter().collect::<Vec<_>>().into();
            one.kind = [TileKind::Bank, TileKind::Card, TileKind::Insurance][usize::from(kind)];
            one.psu_id_types = if regional { IdType::ALL.into() } else { [IdType::Passport].into() };
            (one.note, one.logo, one.aliases) = (boxed(note), boxed(logo), aliases.into());
            let source = |(title, licence)| Arc::new(Source { title, licence });
            one.sources = sources.into_iter().map(source).collect();
            let route = |(sandbox, id): (bool, String)| Route {
                provider: if sandbox {
                    ProviderName::Sandbox
                } else {
                    ProviderName::BerlinGroup
                },
                provider_id: id,
                offers: crate::Offers::default(),
                fields: Arc::default(),
            };
            one.routes = routes.into_iter().map(route).collect();
            if one.routes.is_empty() {
                one.routes.push(Route::stand_in(one.kind));
            }
            one
        },
    )
}

/// Some of them, with different ids and nobody's alias twice.
fn institutions() -> impl Strategy<Value = Vec<Institution>> {
    vec(institution(), 0..6).prop_map(|mut all| {
        let mut seen = std::collections::HashSet::new();
        all.retain(|one| seen.insert(one.id.clone()));
        for one in &mut all {
            let mut aliases = (*one.aliases).clone();
            aliases.values_mut().for_each(|ids| ids.retain(|id| seen.insert(id.clone())));
            aliases.retain(|_, ids| !ids.is_empty());
            one.aliases = aliases.into();
        }
        all
    })
}

proptest! {
    #[test]
    fn what_goes_out_comes_in(all in institutions()) {
        let edits: Vec<Edit> = all.iter().map(Edit::of).collect();
        for format in [Format::Csv, Format::Json] {
            let table = import(format, &write(format, &edits)).unwrap();
            prop_assert_eq!(table.edits().collect::<Vec<_>>(), edits.iter().collect::<Vec<_>>());
            prop_assert_eq!(&table.apply(&[]).unwrap(), &all);
        }
    }

    #[test]
    fn a_layer_goes_out_and_comes_in(
        base in institutions(), rows in institutions(), hidden in btree_set("[a-z]{2}-[a-z]", 0..3), order in btree_map("[a-z]{2}-z", 0..9_u32, 0..1),
    ) {
        // A row of the layer may be of an institution that everybody has, and an order is of somebody.
        let mut rows: Vec<Institution> = rows;
        for (row, old) in rows.iter_mut().zip(&base).step_by(2) {
            row.id.clone_from(&old.id);
            row.aliases.clone_from(&old.aliases);
        }
        let mut seen = std::collections::HashSet::new();
        rows.retain(|row| seen.insert(row.id.clone()) && row.aliases.values().flatten().all(|alias| seen.insert(alias.clone())));
        let taken: Vec<&String> = base.iter().flat_map(|one| one.aliases.values().flatten()).collect();
        rows.retain(|row| base.iter().any(|one| one.id == row.id) || !row.aliases.values().flatten().any(|alias| taken.contains(&alias)));
        let order: BTreeMap<String, u32> = rows.first().map(|row| row.id.clone()).into_iter().zip(order.into_values()).collect();
        rows.retain(|row| !base.contains(row) && !hidden.contains(&row.id));
        let order = order.into_iter().filter(|(id, _)| rows.iter().chain(&base).any(|one| one.id == *id) && !hidden.contains(id)).collect();
        let layer = Layer { rows, hidden, order };
        for format in [Format::Csv, Format::Json] {
            let table = import(format, &write(format, &layer.edits(&base))).unwrap();
            prop_assert_eq!(&table.layer(&base).unwrap(), &layer);
        }
    }

    #[test]
    fn a_second_time_changes_nothing(base in institutions(), rows in institutions(), shown in vec((any::<bool>(), option::of(0..5_u32)), 6)) {
        let edits = rows.iter().map(Edit::of).chain(base.first().map(|one| Edit { id: one.id.clone(), ..Edit::default() }));
        let mut seen = std::collections::HashSet::new();
        let edits: Vec<Edit> = edits.filter(|edit| seen.insert(edit.id.clone())).zip(shown).map(|(edit, (hidden, order))| Edit {
            hidden: Some(hidden),
            order: Some(order),
            ..edit
        }).collect();
        let table = edits.into_iter().collect::<Import>();
        if let Ok(once) = table.apply(&base) {
            prop_assert_eq!(table.apply(&once).unwrap(), once);
        }
    }

    #[test]
    fn no_bytes_break_it(bytes in vec(any::<u8>(), 0..200), text in "\\PC{0,80}") {
        for format in [Format::Csv, Format::Json] {
            let _ = read(format, &bytes, &mut |_| {});
            let _ = read(format, format!("id,nicknames,aliases,routes,note\n{text}").as_bytes(), &mut |_| {});
        }
    }
}
