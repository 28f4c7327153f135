//! Fields of every kind, challenges and picking, as the pages show them.

use crate::http::{Widget, ticket};

/// The frame after these acts, without scripts.
async fn frame(session: &str, language: &str, acts: &[(&str, &str)]) -> String {
    let widget = Widget::new();
    let (_, mut page) = widget.get(&format!("/w/ct_{session}"), &[("accept-language", language)]).await;
    for (act, fields) in acts {
        (_, page) = widget.act(act, &[], &format!("{}&{fields}", ticket(&page))).await;
    }
    page
}

/// The tag that has this in it.
fn tag<'a>(page: &'a str, part: &str) -> &'a str {
    let at = page.find(part).unwrap_or_else(|| panic!("no {part} in {page}"));
    let start = page[..at].rfind('<').expect("a tag");
    let end = at + page[at..].find('>').expect("its end");
    &page[start..=end]
}

const LOG_IN: (&str, &str) = ("submit", "f.psu_id=043510023&f.username=user&f.password=pass");

#[tokio::test]
async fn every_kind_of_field_has_a_control_with_a_name() {
    let page = frame("fields", "en", &[("choose", "institution=fields")]).await;
    for (id, part) in [
        ("f-psu_id", "name=\"f.psu_id\""),
        ("f-where", "name=\"f.where.branch\""),
        ("f-where-account", "name=\"f.where.account\""),
        ("f-kind", "name=\"f.kind\""),
        ("f-letters", "name=\"f.letters\""),
    ] {
        assert!(tag(&page, part).contains(&format!("id=\"{id}\"")), "{}", tag(&page, part));
        assert!(page.contains(&format!("<label for=\"{id}\"")), "{id} has a label");
    }
    let passport = tag(&page, "value=\"passport\"");
    assert!(
        passport.contains("type=\"radio\"") && passport.contains("name=\"f.psu_id.type\""),
        "{passport}"
    );
    assert!(!tag(&page, "name=\"f.psu_id\"").contains("inputmode"), "a passport has letters");
    let picture = tag(&page, "class=\"picture\"");
    assert!(
        picture.contains("alt=\"Picture") && picture.contains("width=") && picture.contains("height="),
        "{picture}"
    );
    assert!(page.contains("class=\"note\""), "{page}");
}

#[tokio::test]
async fn a_locked_choice_is_shown_in_words_and_sent_as_it_is() {
    let page = frame("fixed", "en", &[("choose", "institution=fields")]).await;
    let shown = tag(&page, "id=\"f-fixed\"");
    assert!(
        shown.contains("readonly") && shown.contains("value=\"Business account\"") && !shown.contains("name="),
        "{shown}"
    );
    let sent = tag(&page, "name=\"f.fixed\"");
    assert!(sent.contains("type=\"hidden\"") && sent.contains("value=\"2\""), "{sent}");
}

#[tokio::test]
async fn a_problem_stands_beside_the_part_that_has_it_and_the_summary_leads_there() {
    let typed = "f.psu_id=043510023&f.psu_id.type=passport&f.where.branch=123&f.kind=1&f.side=1&f.letters=ab";
    let page = frame("part", "en", &[("choose", "institution=fields"), ("submit", typed)]).await;
    assert!(
        page.contains("href=\"#f-where-account\"") && !page.contains("href=\"#f-where\""),
        "{page}"
    );
    assert!(tag(&page, "name=\"f.where.account\"").contains("aria-invalid=\"true\""));
    let branch = tag(&page, "name=\"f.where.branch\"");
    assert!(!branch.contains("aria-invalid") && branch.contains("value=\"123\""), "{branch}");
    assert!(tag(&page, "value=\"passport\"").contains("checked"), "what was chosen is kept");
    assert!(!tag(&page, "name=\"f.letters\"").contains("value=\"ab\""), "a picture is read anew");

    let page = frame("none", "he", &[("choose", "institution=fields"), ("submit", "f.psu_id=")]).await;
    for id in ["f-psu_id", "f-where", "f-kind", "f-side", "f-letters"] {
        assert!(
            page.contains(&format!("href=\"#{id}\"")) && page.contains(&format!(" id=\"{id}\"")),
            "{id}: {page}"
        );
    }
    assert!(
        tag(&page, "id=\"f-side\"").contains("type=\"radio\""),
        "the group's first option takes the focus"
    );
}

#[tokio::test]
async fn another_code_can_be_asked_for_when_its_time_has_come() {
    let page = frame("code", "en", &[("choose", "institution=leumi"), LOG_IN]).await;
    assert!(page.contains("action=\"/w/do/resend\""), "{page}");
    let button = tag(&page, "data-resend=\"30\"");
    assert!(
        button.starts_with("<button type=\"submit\"") && !button.contains("disabled"),
        "without scripts it can be pressed: {button}"
    );
    let clock = tag(&page, "data-clock");
    assert!(
        clock.starts_with("<bdi dir=\"ltr\"") && page.contains(&format!("{clock}0:30<")),
        "{page}"
    );
    assert!(!page.contains("alert sent"), "{page}");

    let page = frame("again", "en", &[("choose", "institution=leumi"), LOG_IN, ("resend", "")]).await;
    assert!(
        tag(&page, "alert sent").contains("role=\"status\"") && page.contains("A new code"),
        "{page}"
    );
    assert!(!page.contains("data-resend=\"") && !page.contains("data-clock"), "{page}");
}

#[tokio::test]
async fn accounts_are_all_picked_and_one_has_to_be() {
    let page = frame("pick", "en", &[("choose", "institution=accounts")]).await;
    for id in ["a1", "a2"] {
        let account = tag(&page, &format!("value=\"{id}\""));
        assert!(account.contains("name=\"account\"") && account.contains("checked"), "{account}");
    }
    assert!(
        tag(&page, "class=\"digits\"").contains("dir=\"ltr\"") && page.contains("4821</span>"),
        "{page}"
    );
    assert!(!page.contains("Choose at least one"), "{page}");
    let page = frame("pick2", "en", &[("choose", "institution=accounts"), ("accounts", "")]).await;
    let problem = tag(&page, "id=\"e-account\"");
    assert!(page.contains(&format!("{problem}Choose at least one account.")), "{page}");
    assert!(
        page.find(problem) > page.find("<legend") && !page.contains("class=\"alert\""),
        "it stands in the group: {page}"
    );
    assert!(tag(&page, "value=\"a1\"").contains("aria-invalid=\"true\""));
    let page = frame("pick3", "en", &[("choose", "institution=accounts"), ("accounts", "account=a2")]).await;
    assert!(page.contains("You’re connected"), "{page}");
}

#[tokio::test]
async fn where_others_have_to_approve_too_the_person_hears_it_and_is_done() {
    for (session, language, title, nothing) in [
        ("co-en", "en", "Your approval is in", "nothing you need to do now"),
        ("co-he", "he", "האישור שלכם התקבל", "אין צורך לעשות דבר"),
    ] {
        let page = frame(session, language, &[("choose", "institution=cosigned")]).await;
        assert!(
            page.contains(title) && page.contains(nothing) && page.contains("tick later"),
            "{page}"
        );
    }
}
