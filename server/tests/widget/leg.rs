//! The screens of the leg at the bank, through both doors.

use crate::fake::session_id;
use crate::http::{Widget, text, ticket};

/// The screen after choosing an institution, as a browser without scripts gets it.
async fn chosen(widget: &Widget, session: &str, door: &str, institution: &str, language: &str) -> String {
    let (_, page) = widget
        .get(
            &format!("/{door}_{session}"),
            &[("accept-language", language), ("sec-fetch-site", "none")],
        )
        .await;
    let (response, next) = widget
        .act("choose", &[], &format!("{}&institution={institution}", ticket(&page)))
        .await;
    if door.starts_with('w') {
        return next;
    }
    let cookie = text(&response, "set-cookie").split(';').next().expect("a pair").to_owned();
    widget.get(text(&response, "location"), &[("cookie", &cookie)]).await.1
}

/// The element that begins with `start`, up to its end tag.
fn part<'a>(page: &'a str, start: &str, end: &str) -> &'a str {
    let from = page.find(start).unwrap_or_else(|| panic!("{start} in {page}"));
    let rest = &page[from..];
    &rest[..rest.find(end).expect("an end")]
}

const REFRESH: &str = "<noscript><meta http-equiv=\"refresh\" content=\"";

#[tokio::test]
async fn the_way_out_of_a_frame_opens_a_window_and_the_hosted_page_stays_in_its_tab() {
    let widget = Widget::new();
    let frame = chosen(&widget, "a", "w/ct", "leaving", "en").await;
    let form = part(&frame, "<form id=\"main\"", "</form>");
    assert!(
        form.contains("method=\"post\" action=\"/go\" target=\"_blank\"") && form.contains("name=\"ticket\""),
        "{form}"
    );
    let here = part(&frame, "name=\"here\" value=\"1\" formtarget=\"_top\"", "</button>");
    assert!(here.contains("Continue on this page instead"), "{here}");
    let button = part(&frame, "<footer", "</footer>");
    assert!(
        button.contains("form=\"main\"") && button.contains("opens in a new window") && button.contains("<svg"),
        "{button}"
    );
    assert!(frame.contains("The Flower Shop") && button.contains("Site Bank"), "{frame}");
    assert!(
        frame.contains("It opens in a window of its own") && !frame.contains("two digits"),
        "{frame}"
    );

    let page = chosen(&widget, "a", "h/hl", "leaving", "en").await;
    let form = part(&page, "<form id=\"main\"", "</form>");
    assert!(
        form.contains("action=\"/go\"") && !form.contains("_blank") && !page.contains("name=\"here\""),
        "{form}"
    );
    assert!(
        !page.contains("opens in a new window") && page.contains("Then you come back here."),
        "{page}"
    );
    assert!(!page.contains(REFRESH), "nobody has left yet: {page}");
}

#[tokio::test]
async fn whoever_is_at_the_bank_can_open_it_again_or_choose_another() {
    let widget = Widget::new();
    for (door, session) in [("w/ct", "b"), ("h/hl", "c")] {
        let page = chosen(&widget, session, door, "away", "en").await;
        assert!(
            page.contains("Finish at \u{2068}Window Bank\u{2069}") && page.contains("this page goes on by itself"),
            "{page}"
        );
        assert!(
            part(&page, "<footer", "</footer>").contains("Open \u{2068}Window Bank\u{2069} again"),
            "{page}"
        );
        let others = part(&page, "<form method=\"post\" action=\"/w/do/start_over\"", "</form>");
        assert!(others.contains("Choose another bank"), "{others}");
        assert!(
            others.contains("formaction=\"/w/do/open\"") && others.contains("Check again"),
            "{others}"
        );
        assert_eq!(page.contains(&format!("{REFRESH}5\"")), door.starts_with('h'), "{page}");
        let (_, over) = widget.act("start_over", &[], &ticket(&page)).await;
        assert!(door.starts_with('h') || over.contains("id=\"q\""), "back at the picker: {over}");
    }
    assert_eq!(widget.fake.acts(&session_id("b")), ["choose", "start_over"]);
}

#[tokio::test]
async fn the_two_digits_stand_out() {
    let widget = Widget::new();
    for (language, words) in [("en", "two digits"), ("he", "שתי ספרות")] {
        let page = chosen(&widget, &format!("d{language}"), "w/ct", "silent", language).await;
        let digits = part(&page, "class=\"to-type\"", "</p>");
        assert!(
            digits.contains("<bdi dir=\"ltr\"><strong>47</strong></bdi>") && digits.contains(words),
            "{digits}"
        );
    }
}

#[tokio::test]
async fn a_wait_says_what_to_do_and_how_long_is_left() {
    let widget = Widget::new();
    for (language, said, minutes) in [
        ("en", "We sent a request to your app.", "You have about \u{2068}5\u{2069} minutes."),
        ("he", "שלחנו בקשה לאפליקציה.", "נשארו בערך \u{2068}5\u{2069} דקות."),
    ] {
        let page = chosen(&widget, &format!("e{language}"), "h/hl", "app", language).await;
        assert!(page.contains(said) && page.contains(minutes), "{page}");
        let clock = part(&page, "<span aria-hidden=\"true\">", "</bdi>");
        assert!(clock.contains("<bdi dir=\"ltr\" data-clock=\"\">4:32"), "{clock}");
        assert!(page.contains(&format!("{REFRESH}5\"")), "{page}");
        assert!(
            part(&page, "<form id=\"main\"", "</form>").contains("formaction=\"/w/do/start_over\""),
            "{page}"
        );
        assert!(part(&page, "<footer", "</footer>").contains("without-scripts"), "{page}");
    }
    let frame = chosen(&widget, "f", "w/ct", "app", "en").await;
    assert!(!frame.contains(REFRESH), "a frame has scripts: {frame}");
}

#[tokio::test]
async fn a_tile_that_leaves_is_the_launch_form_itself() {
    let widget = Widget::new();
    for (door, target) in [("w/ct", true), ("h/hl", false)] {
        let (_, page) = widget.get(&format!("/{door}_launches"), &[]).await;
        let tile = part(&page, "formaction=\"/go\"", "</button>");
        assert!(
            tile.contains("name=\"institution\"") && tile.contains("value=\"leaving\""),
            "{tile}"
        );
        assert!(tile.contains("opens \u{2068}Site Bank\u{2069}’s site"), "{tile}");
        assert_eq!(tile.contains("formtarget=\"_blank\""), target, "{tile}");
        assert_eq!(
            page.matches("formaction=\"/go\"").count(),
            1,
            "the others are chosen in the ordinary way"
        );
        // The list that a search brings is no different.
        let (response, found) = widget.act("search", &[], &format!("{}&q=site", ticket(&page))).await;
        let found = if target {
            found
        } else {
            let cookie = text(&response, "set-cookie").split(';').next().expect("a pair").to_owned();
            widget.get(text(&response, "location"), &[("cookie", &cookie)]).await.1
        };
        assert_eq!(
            part(&found, "formaction=\"/go\"", "</button>").contains("formtarget=\"_blank\""),
            target,
            "{found}"
        );
    }
}

#[tokio::test]
async fn after_success_only_the_hosted_page_goes_back_by_itself() {
    let widget = Widget::new();
    let back = "http://shop.localhost:4100/back?public_token=public_x";
    for (door, session) in [("w/ct", "g"), ("h/hl", "h")] {
        let page = chosen(&widget, session, door, "done", "en").await;
        let hosted = door.starts_with('h');
        assert_eq!(page.contains(&format!("{REFRESH}5;url={back}\"")), hosted, "{page}");
        assert_eq!(page.contains("We’re taking you back to"), hosted, "{page}");
        assert_eq!(page.contains(&format!("href=\"{back}\" data-return")), hosted, "{page}");
    }
}
