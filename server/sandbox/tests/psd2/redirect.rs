//! Redirect banks: the pages, from the consent to the way back.

use crate::tpp::{Answer, NOK, OK, SANDBOX, Town, href, offered, request};
use http::{Method, StatusCode};
use serde_json::json;

const PSU: &str = "043510023";

#[tokio::test]
async fn a_consent_is_given_at_the_bank_and_opens_what_was_chosen() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let answer = tpp.ask(request(offered()), &[]).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.header("aspsp-sca-approach"), "REDIRECT");
    assert_eq!(answer.header("x-request-id"), "99391c7e-ad88-49ec-a2ad-99ddcb1f7721");
    let consent = answer.json();
    assert_eq!(answer.header("location"), href(&consent, "self"));
    assert!(href(&consent, "self").starts_with(SANDBOX), "this bank's links name the host");
    assert_eq!(tpp.status(&consent).await, "received");
    assert_eq!(tpp.read(&consent, "accounts").await.refusal(), (401, "CONSENT_INVALID".into()));
    assert_eq!(tpp.get(href(&consent, "self"), &[]).await.json()["access"], offered());

    let (visit, page) = town.log_in(href(&consent, "scaRedirect"), PSU).await;
    assert!(page.text.contains("<bdi>Shop &lt;&amp; Co&gt;</bdi> asks to see:"), "{}", page.text);
    let state = tpp.get(href(&consent, "scaStatus"), &[]).await.json();
    assert_eq!(state["scaStatus"], "psuAuthenticated");
    let ids: Vec<&str> = page
        .text
        .split("name=\"account\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(ids.len() >= 2);
    let (_, page) = town.fill(&visit, &[("action", "approve")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "no account was chosen");
    let (visit, _) = town.fill(&visit, &[("account", ids[0]), ("action", "approve")]).await;
    let (over, page) = town.fill(&visit, &[("code", "12345"), ("action", "approve")]).await;
    assert_eq!(page.refresh().as_str(), OK);
    assert_eq!(town.page(&over).await.refresh().as_str(), OK, "the way back survives a reload");

    assert_eq!(tpp.status(&consent).await, "valid");
    assert_eq!(tpp.get(href(&consent, "scaStatus"), &[]).await.json()["scaStatus"], "finalised");
    let accounts = tpp.accounts(&consent).await;
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0]["resourceId"], ids[0]);
    assert_eq!(accounts[0].get("ownerName"), None, "it was not asked for");
    let given = tpp.get(href(&consent, "self"), &[]).await.json();
    assert_eq!(given["access"]["accounts"][0]["iban"], accounts[0]["iban"]);
    for outside in &ids[1..] {
        for path in [format!("accounts/{outside}"), format!("card-accounts/{outside}/balances")] {
            assert_eq!(tpp.read(&consent, &path).await.refusal(), (404, "RESOURCE_UNKNOWN".into()));
        }
    }
}

/// Whether an answer holds the address that leads back, or anything of its query.
fn leads_back(answer: &Answer) -> bool {
    answer.text.contains("tpp.example") || answer.header("location").contains("tpp.example")
}

#[tokio::test]
async fn the_way_back_is_for_the_browser_that_decided_and_for_no_other() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    for (end, back) in [("approve", OK), ("cancel", NOK), ("decline", NOK)] {
        town.swap_browser(String::new());
        let consent = tpp.consent(offered()).await;
        let link = href(&consent, "scaRedirect").to_owned();
        // Somebody else has logged in by the same link and waits.
        let (waiting, _) = town.log_in(&link, PSU).await;
        let waits = town.swap_browser(String::new());
        let over = match end {
            "approve" => {
                assert_eq!(town.approve(&link, PSU, None).await.as_str(), OK);
                None
            }
            "decline" => {
                let (visit, _) = town.log_in(&link, PSU).await;
                Some(town.fill(&visit, &[("action", "decline")]).await)
            }
            _ => Some(town.fill(&link, &[("action", "cancel")]).await),
        };
        // Its own page stays, and the link leads to it.
        let done = town.page(&link).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{end}");
        let done = done.header("location").to_owned();
        assert_eq!(town.page(&done).await.refresh().as_str(), back, "{end}");
        if let Some((address, page)) = over {
            assert_eq!(
                (address.split('?').next(), page.refresh().as_str()),
                (done.split('?').next(), back),
                "{end}"
            );
        }
        for other in [String::new(), "bank-browser=".to_owned(), "bank-browser=guess".to_owned(), waits] {
            town.swap_browser(other);
            for address in [&link, &done, &waiting] {
                let seen = town.page(address).await;
                assert!(
                    matches!(seen.status, StatusCode::GONE | StatusCode::NOT_FOUND) && !leads_back(&seen),
                    "{end}: {}",
                    seen.text
                );
                for action in ["login", "approve", "cancel", "decline"] {
                    let fields = [("psu_id", PSU), ("username", "user"), ("password", "pass"), ("action", action)];
                    let (_, seen) = town.fill(address, &fields).await;
                    assert!(
                        matches!(seen.status, StatusCode::GONE | StatusCode::NOT_FOUND) && !leads_back(&seen),
                        "{end}: {}",
                        seen.text
                    );
                }
            }
        }
    }

    // Time decided, or the TPP: who has logged in is led back, once.
    town.swap_browser(String::new());
    let late = tpp.consent(offered()).await;
    let (visit, _) = town.log_in(href(&late, "scaRedirect"), PSU).await;
    let own = town.swap_browser(String::new());
    let (second_visit, _) = town.log_in(href(&late, "scaRedirect"), PSU).await;
    let second = town.swap_browser(own.clone());
    town.pass(601);
    let over = town.page(&visit).await;
    assert_eq!(town.page(over.header("location")).await.refresh().as_str(), NOK);
    for other in [String::new(), second] {
        town.swap_browser(other);
        for address in [href(&late, "scaRedirect"), &visit, &second_visit] {
            assert!(!leads_back(&town.page(address).await));
        }
    }
    town.swap_browser(own);
    let void = tpp.consent(offered()).await;
    let (visit, _) = town.log_in(href(&void, "scaRedirect"), PSU).await;
    tpp.call(Method::DELETE, href(&void, "self"), &[], None).await;
    let (_, over) = town.fill(&visit, &[("action", "approve")]).await;
    assert_eq!(over.refresh().as_str(), NOK);
    assert_eq!(tpp.status(&void).await, "terminatedByTpp");
}

#[tokio::test]
async fn a_visit_is_one_browsers() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let consent = tpp.consent(offered()).await;
    let (visit, page) = town.log_in(href(&consent, "scaRedirect"), PSU).await;
    assert_eq!(page.status, StatusCode::OK);
    let own = town.swap_browser("bank-browser=guess".to_owned());
    assert_eq!(town.page(&visit).await.status, StatusCode::NOT_FOUND);
    assert_eq!(town.fill(&visit, &[("action", "decline")]).await.1.status, StatusCode::NOT_FOUND);
    town.swap_browser(own);
    assert_eq!(town.page(&visit).await.status, StatusCode::OK);
    assert_eq!(tpp.status(&consent).await, "received");
}

#[tokio::test]
async fn who_goes_back_before_the_login_has_decided_nothing() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let consent = tpp.consent(offered()).await;
    let login = href(&consent, "scaRedirect");
    let (visit, page) = town.fill(login, &[("action", "cancel")]).await;
    assert_eq!(page.refresh().as_str(), NOK);
    assert_eq!(tpp.status(&consent).await, "received");
    assert_eq!(tpp.get(href(&consent, "scaStatus"), &[]).await.json()["scaStatus"], "received");
    // Nobody goes on from there: this browser is led back again, another one is told that it is over.
    assert_eq!(town.page(login).await.header("location"), visit);
    town.swap_browser("bank-browser=guess".to_owned());
    assert_eq!(town.page(login).await.status, StatusCode::GONE);
    assert_eq!(town.log_in(login, PSU).await.1.status, StatusCode::GONE);
    assert_eq!(tpp.status(&consent).await, "received");
    town.pass(601);
    assert_eq!(tpp.status(&consent).await, "rejected");
}

#[tokio::test]
async fn a_refusal_leads_to_the_other_address_and_rejects_the_consent() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let declined = tpp.consent(offered()).await;
    let (visit, _) = town.log_in(href(&declined, "scaRedirect"), PSU).await;
    let (_, page) = town.fill(&visit, &[("action", "decline")]).await;
    assert_eq!(page.refresh().as_str(), NOK);
    assert_eq!(tpp.status(&declined).await, "rejected");
    assert_eq!(tpp.get(href(&declined, "scaStatus"), &[]).await.json()["scaStatus"], "failed");

    let refuser = tpp.consent(offered()).await;
    assert_eq!(town.approve(href(&refuser, "scaRedirect"), "50299338", None).await.as_str(), NOK);
    assert_eq!(tpp.status(&refuser).await, "rejected");

    let without_nok = tpp.ask(request(offered()), &[("tpp-nok-redirect-uri", "")]).await.json();
    let (_, page) = town.fill(href(&without_nok, "scaRedirect"), &[("action", "cancel")]).await;
    assert_eq!(page.refresh().as_str(), OK);

    let late = tpp.consent(offered()).await;
    town.pass(601);
    assert_eq!(tpp.status(&late).await, "rejected");
    assert_eq!(town.page(href(&late, "scaRedirect")).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn wrong_passwords_lock_wrong_codes_fail_and_another_customer_is_refused() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let consent = tpp.ask(request(offered()), &[("psu-id", "43510023")]).await.json();
    let login = href(&consent, "scaRedirect");
    assert!(town.page(login).await.text.contains("value=\"043510023\" readonly"));
    assert_eq!(town.log_in(login, "321547416").await.1.status, StatusCode::FORBIDDEN);
    let wrong = [("psu_id", PSU), ("username", "user"), ("password", "no")];
    for status in [401, 401, 423] {
        assert_eq!(town.fill(login, &wrong).await.1.status.as_u16(), status);
    }
    assert_eq!(town.log_in(login, PSU).await.1.status, StatusCode::LOCKED);

    let consent = tpp.consent(offered()).await;
    let (visit, page) = town.log_in(href(&consent, "scaRedirect"), "321547416").await;
    let account = page
        .text
        .split("name=\"account\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let (visit, _) = town
        .fill(&visit, &[("account", account.expect("an account")), ("action", "approve")])
        .await;
    let wrong = [("code", "54321"), ("action", "approve")];
    for _ in 0..2 {
        assert_eq!(town.fill(&visit, &wrong).await.1.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(town.fill(&visit, &wrong).await.1.refresh().as_str(), NOK);
    assert_eq!(tpp.status(&consent).await, "rejected");
}

fn assert_page(page: &Answer, lang: &str, title: &str) {
    let dir = if lang == "he" { "rtl" } else { "ltr" };
    assert!(
        page.text.contains(&format!("<html lang=\"{lang}\" dir=\"{dir}\">")),
        "{}",
        page.text
    );
    assert!(page.text.contains(&format!("<h1>{title}</h1>")), "{}", page.text);
}

#[tokio::test]
async fn the_pages_speak_both_languages_and_load_nothing_foreign() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let consent = tpp.consent(offered()).await;
    let login = href(&consent, "scaRedirect");
    let english = town.page(login).await;
    assert!(english.text.contains("<html lang=\"en\" dir=\"ltr\">") && english.text.contains("Sandbox Redirect Bank"));
    let switch = english
        .text
        .split("class=\"language\"")
        .nth(1)
        .and_then(|rest| rest.split("href=\"").nth(1));
    let switch = switch.and_then(|rest| rest.split('"').next()).expect("a switch");
    let hebrew = town.page(switch).await;
    assert!(hebrew.text.contains("<html lang=\"he\" dir=\"rtl\">") && hebrew.text.contains("בנק לדוגמה בהפניה"));
    // The pages after the login, and the app, speak them too.
    let hebrew_login = format!("{login}?lang=he");
    let (visit, page) = town.log_in(&hebrew_login, PSU).await;
    let account = page
        .text
        .split("name=\"account\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    for (lang, title) in [("he", "אישור גישה"), ("en", "Approve access")] {
        assert_page(&town.page(&visit.replace("lang=he", &format!("lang={lang}"))).await, lang, title);
    }
    let (visit, _) = town
        .fill(&visit, &[("account", account.expect("an account")), ("action", "approve")])
        .await;
    for (lang, title) in [("he", "קוד חד־פעמי"), ("en", "One-time code")] {
        assert_page(&town.page(&visit.replace("lang=he", &format!("lang={lang}"))).await, lang, title);
    }
    town.fill(&visit, &[("code", "12345"), ("action", "approve")]).await;
    for (lang, title) in [("he", "הגישה אושרה"), ("en", "Access approved")] {
        assert_page(&town.page(&visit.replace("lang=he", &format!("lang={lang}"))).await, lang, title);
    }
    for (lang, title) in [("he", "האפליקציה של הבנק"), ("en", "The bank’s app")] {
        let page = town.page(&format!("/psd2/redirect-bank/app?psu={PSU}&lang={lang}")).await;
        assert_page(&page, lang, title);
    }
    town.swap_browser(String::new());
    for (lang, title) in [("he", "הבקשה הסתיימה"), ("en", "The request is over")] {
        assert_page(&town.page(&format!("{login}?lang={lang}")).await, lang, title);
    }

    let csp = english.header("content-security-policy");
    assert!(csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'") && csp.contains("form-action 'self'"));
    assert!(!english.text.contains("<script") && !english.text.contains("style="));
    let style = town.page("/psd2/redirect-bank/bank.css").await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
}

#[tokio::test]
async fn the_bank_of_two_steps_waits_for_the_tpp_to_begin() {
    let town = Town::new();
    let tpp = town.tpp("explicit-bank");
    let answer = tpp
        .ask(request(offered()), &[("tpp-redirect-uri", ""), ("tpp-nok-redirect-uri", "")])
        .await;
    let consent = answer.json();
    assert!(
        href(&consent, "self").starts_with("/psd2/explicit-bank/"),
        "this bank's links are relative"
    );
    assert_eq!(consent["_links"].get("scaRedirect"), None);
    let start = href(&consent, "startAuthorisation");
    let list = tpp.get(start, &[]).await.json();
    assert_eq!(list["authorisationIds"], json!([]));
    let homeless = tpp.call(Method::POST, start, &[], None).await;
    assert_eq!(homeless.refusal(), (400, "FORMAT_ERROR".into()));
    let headers = [("tpp-redirect-uri", OK), ("tpp-nok-redirect-uri", NOK)];
    let begun = tpp.call(Method::POST, start, &headers, None).await;
    assert_eq!(begun.status, StatusCode::CREATED);
    let begun = begun.json();
    assert_eq!(begun["scaStatus"], "received");
    assert_eq!(
        tpp.get(start, &[]).await.json()["authorisationIds"],
        json!([begun["authorisationId"]])
    );
    assert_eq!(town.approve(href(&begun, "scaRedirect"), PSU, None).await.as_str(), OK);
    assert_eq!(tpp.get(href(&begun, "scaStatus"), &[]).await.json()["scaStatus"], "finalised");
    assert!(!tpp.accounts(&consent).await.is_empty());
    assert_eq!(
        tpp.call(Method::POST, start, &headers, None).await.refusal(),
        (409, "STATUS_INVALID".into())
    );
    let elsewhere = town.tpp("redirect-bank");
    assert_eq!(
        elsewhere.read(&consent, "accounts").await.refusal(),
        (400, "CONSENT_UNKNOWN".into())
    );
}
