//! The pages between us and the bank, as they are written.

use crate::bank::tiles;
use gesher_app::page::{DeparturePage, DeparturePageProps, DigitsPage, DigitsPageProps, Explained, ExplainingPage, ExplainingPageProps};
use gesher_contract::{Language, Tile};
use leptos::prelude::{Owner, RenderHtml};
use std::collections::BTreeSet;

const STYLE: &str = "/assets/main.css";

fn departure(language: Language, address: &str) -> String {
    let props = DeparturePageProps {
        language,
        tenant: "The <Flower> Shop".into(),
        mark: Some("/theme/abc123/0/mark".into()),
        institution: Tile {
            colour: 7,
            ..tiles(Language::En, "leumi", false).remove(0)
        },
        address: address.into(),
        style: STYLE.to_owned().into(),
    };
    Owner::new().with(|| DeparturePage(props).to_html())
}

fn digits(here: bool, wrong: bool) -> String {
    let props = DigitsPageProps {
        language: Language::En,
        tenant: "The Flower Shop".into(),
        institution: "Bank Leumi".into(),
        ticket: "t.sess_x.abc".into(),
        here,
        wrong,
        style: STYLE.to_owned().into(),
    };
    Owner::new().with(|| DigitsPage(props).to_html())
}

/// Nothing in it needs a script or a policy wider than a page's own style sheet.
fn is_plain(page: &str) -> bool {
    page.starts_with("<!DOCTYPE html>")
        && !["<script", " style=", " onclick=", "leptos-island"]
            .iter()
            .any(|part| page.contains(part))
}

#[test]
fn the_departure_names_who_asks_and_the_bank_and_links_to_it() {
    for language in Language::ALL {
        let page = departure(language, "https://bank.example/authorise?scope=AIS&state=\"><x");
        assert!(is_plain(&page), "{page}");
        assert!(
            page.contains(&format!("lang=\"{}\" dir=\"{}\"", language.code(), language.dir())),
            "{page}"
        );
        assert!(page.contains("Bank Leumi") && page.contains("The &lt;Flower&gt; Shop"), "{page}");
        assert!(page.contains("class=\"mark c7\">L<"), "the bank's own mark: {page}");
        assert!(
            page.contains("href=\"https://bank.example/authorise?scope=AIS&amp;state=&quot;") && !page.contains("\"><x"),
            "{page}"
        );
        assert!(page.contains("referrerpolicy=\"no-referrer\"") && !page.contains("<form"), "{page}");
    }
}

#[test]
fn the_digits_page_is_the_launch_again_with_the_digits() {
    let page = digits(false, false);
    assert!(is_plain(&page), "{page}");
    assert!(
        page.contains("method=\"post\" action=\"/go\"") && page.contains("name=\"ticket\" value=\"t.sess_x.abc\""),
        "{page}"
    );
    assert!(
        page.contains("name=\"digits\"")
            && page.contains("inputmode=\"numeric\"")
            && page.contains("maxlength=\"2\"")
            && page.contains("autofocus"),
        "{page}"
    );
    assert!(!page.contains("name=\"here\"") && !page.contains("aria-invalid"), "{page}");
    let page = digits(true, true);
    assert!(
        page.contains("name=\"here\" value=\"1\"") && page.contains("aria-invalid=\"true\""),
        "{page}"
    );
    assert!(page.contains("These aren’t the digits"), "{page}");
}

#[test]
fn each_end_of_the_way_has_words_of_its_own_in_both_languages() {
    let whys = [
        Explained::BackFromBank,
        Explained::NotSent,
        Explained::LaunchElsewhere,
        Explained::ReturnElsewhere,
        Explained::ReturnUsed,
        Explained::ReturnVoid,
        Explained::ReturnLate,
        Explained::ReturnWrong,
    ];
    let mut seen = BTreeSet::new();
    for language in Language::ALL {
        for why in whys {
            let style = STYLE.to_owned().into();
            let page = Owner::new().with(|| ExplainingPage(ExplainingPageProps { why, language, style }).to_html());
            assert!(is_plain(&page) && !page.contains("<form") && !page.contains("<a "), "{page}");
            let words = page.split("<h1>").nth(1).expect("a heading").to_owned();
            assert!(seen.insert(words), "{why:?} {language:?} says what another says");
        }
    }
}
