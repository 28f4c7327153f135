//! What a consent opens, and how the interface refuses.

use crate::tpp::{NOK, OK, Town, href, offered, request};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::collections::HashSet;

const PSU: &str = "043510023";

#[tokio::test]
async fn transactions_come_page_by_page_without_gaps_and_add_up() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let consent = tpp.given(json!({"allPsd2": "allAccountsWithOwnerName"}), PSU).await;
    let account = &tpp.accounts(&consent).await[0];
    assert!(account["ownerName"].is_string());
    let first = format!(
        "{}?bookingStatus=both&dateFrom=2025-11-21&withBalance=true",
        href(account, "transactions")
    );
    let (mut next, mut ids, mut pages, mut pending) = (Some(first), HashSet::new(), 0, 0);
    while let Some(address) = next {
        let page = tpp.read_present(&consent, &address).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let page = page.json();
        let report = &page["transactions"];
        let list = |name: &str| report[name].as_array().expect("a list").clone();
        for line in list("booked").iter().chain(&list("pending")) {
            assert!(ids.insert(line["transactionId"].as_str().expect("an id").to_owned()), "repeated");
        }
        assert!(list("booked").iter().all(|line| line["bookingDate"].is_string()));
        assert!(list("pending").iter().all(|line| line.get("bookingDate").is_none()));
        pending += list("pending").len();
        pages += 1;
        next = report["_links"]["next"]["href"].as_str().map(str::to_owned);
    }
    assert!(pages > 3 && ids.len() > 300 && pending > 0, "{pages} {} {pending}", ids.len());

    let one = ids.iter().next().expect("a transaction");
    let found = tpp
        .read_present(&consent, &format!("{}/{one}", href(account, "transactions")))
        .await;
    assert_eq!(found.json()["transactionsDetails"]["transactionId"], json!(one));
    let ask = |query: &str| format!("{}?{query}", href(account, "transactions"));
    for (query, code) in [
        ("dateFrom=2026-01-01", "FORMAT_ERROR"),
        ("bookingStatus=booked", "FORMAT_ERROR"),
        ("bookingStatus=booked&dateFrom=yesterday", "FORMAT_ERROR"),
        ("bookingStatus=booked&dateFrom=2026-02-01&dateTo=2026-01-01", "PERIOD_INVALID"),
        ("bookingStatus=booked&dateFrom=2026-02-01&deltaList=true", "PARAMETER_NOT_SUPPORTED"),
    ] {
        assert_eq!(
            tpp.read_present(&consent, &ask(query)).await.refusal(),
            (400, code.into()),
            "{query}"
        );
    }
    let march = tpp
        .read_present(&consent, &ask("bookingStatus=booked&dateFrom=2026-03-01&dateTo=2026-03-31"))
        .await
        .json();
    let march = march["transactions"]["booked"].as_array().expect("a list").clone();
    assert!(
        march.len() > 20
            && march
                .iter()
                .all(|line| line["bookingDate"].as_str().is_some_and(|day| day.starts_with("2026-03")))
    );
}

#[tokio::test]
async fn each_kind_of_access_opens_what_it_says_and_no_more() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let refused = |code: u16, name: &str| (code, name.to_owned());

    let list = tpp.given(json!({"availableAccounts": "allAccounts"}), PSU).await;
    let accounts = tpp.accounts(&list).await;
    let account = format!("accounts/{}", accounts[0]["resourceId"].as_str().expect("an id"));
    assert_eq!(accounts[0].get("_links"), None);
    for path in [account.clone(), format!("{account}/balances"), "accounts?withBalance=true".into()] {
        assert_eq!(tpp.read(&list, &path).await.refusal(), refused(401, "CONSENT_INVALID"), "{path}");
    }

    let with_balance = tpp
        .given(json!({"availableAccountsWithBalance": "allAccountsWithOwnerName"}), PSU)
        .await;
    let listed = tpp.read(&with_balance, "accounts?withBalance=true").await.json();
    assert!(listed["accounts"][0]["balances"][0]["balanceAmount"]["amount"].is_string());
    assert!(listed["accounts"][0]["ownerName"].is_string());

    let restricted = tpp.given(json!({"allPsd2": "allAccounts", "restrictedTo": ["CARD"]}), PSU).await;
    assert_eq!(tpp.accounts(&restricted).await, Vec::<Value>::new());
    let cards = tpp.read(&restricted, "card-accounts").await.json();
    assert!(cards["cardAccounts"][0]["maskedPan"].is_string());

    let iban = accounts[0]["iban"].clone();
    let named = json!({"accounts": [{"iban": iban}], "balances": [{"iban": iban, "currency": "ILS"}]});
    let dedicated = tpp.given(named, PSU).await;
    assert_eq!(tpp.accounts(&dedicated).await.len(), 1);
    assert_eq!(tpp.read(&dedicated, &format!("{account}/balances")).await.status, StatusCode::OK);
    let transactions = format!("{account}/transactions?bookingStatus=booked&dateFrom=2026-11-01");
    assert_eq!(tpp.read(&dedicated, &transactions).await.refusal(), refused(401, "CONSENT_INVALID"));

    let strange = tpp.consent(json!({"accounts": [{"iban": "IL620108000000099999999"}]})).await;
    let (visit, page) = town.log_in(href(&strange, "scaRedirect"), PSU).await;
    assert!(page.text.contains("no account here"), "{}", page.text);
    let (_, page) = town.fill(&visit, &[("action", "decline")]).await;
    assert_eq!(page.refresh().as_str(), NOK);
}

#[tokio::test]
async fn a_dedicated_consent_names_each_right_for_each_account() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let all = tpp.given(json!({"allPsd2": "allAccountsWithOwnerName"}), PSU).await;
    let accounts = tpp.accounts(&all).await;
    let cards = tpp.read(&all, "card-accounts").await.json();
    let (first, second, card) = (&accounts[0], &accounts[1], &cards["cardAccounts"][0]);
    let access = json!({
        "accounts": [{"iban": first["iban"]}, {"maskedPan": card["maskedPan"]}],
        "transactions": [{"iban": first["iban"]}],
        "balances": [{"maskedPan": card["maskedPan"]}],
        "additionalInformation": {"ownerName": [{"iban": first["iban"]}]},
    });
    let consent = tpp.consent(access.clone()).await;
    let (visit, page) = town.log_in(href(&consent, "scaRedirect"), PSU).await;
    for (number, there) in [
        (first["iban"].as_str(), true),
        (second["iban"].as_str(), false),
        (card["maskedPan"].as_str(), true),
    ] {
        assert_eq!(page.text.contains(number.expect("a number")), there, "{}", page.text);
    }
    assert!(!page.text.contains("type=\"checkbox\""), "these accounts or none");
    town.fill(&visit, &[("action", "approve")]).await;
    let (_, page) = town.fill(&visit, &[("code", "12345"), ("action", "approve")]).await;
    assert_eq!(page.refresh().as_str(), OK);

    let given = tpp.accounts(&consent).await;
    assert_eq!(given.len(), 1);
    assert_eq!((&given[0]["iban"], given[0]["ownerName"].is_string()), (&first["iban"], true));
    assert!(given[0]["_links"]["transactions"].is_object() && given[0]["_links"].get("balances").is_none());
    let own = format!("accounts/{}", first["resourceId"].as_str().expect("an id"));
    let card_own = format!("card-accounts/{}", card["resourceId"].as_str().expect("an id"));
    let foreign = format!("accounts/{}", second["resourceId"].as_str().expect("an id"));
    let query = "transactions?bookingStatus=booked&dateFrom=2026-11-01";
    for (path, status) in [
        (format!("{own}/{query}"), 200),
        (format!("{own}/balances"), 401),
        (format!("{card_own}/balances"), 200),
        (format!("{card_own}/{query}"), 401),
        (foreign, 404),
    ] {
        assert_eq!(tpp.read(&consent, &path).await.status.as_u16(), status, "{path}");
    }
    let card_details = tpp.read(&consent, &card_own).await.json();
    assert_eq!(card_details["cardAccount"].get("ownerName"), None);
    let content = tpp.get(href(&consent, "self"), &[]).await.json();
    assert_eq!(content["access"]["additionalInformation"]["ownerName"][0]["iban"], first["iban"]);
    assert_eq!(content["access"]["balances"][0]["maskedPan"], card["maskedPan"]);
}

#[tokio::test]
async fn owner_names_are_for_who_asked_for_them_and_kinds_are_kept_out() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    for (access, named) in [
        (json!({"availableAccounts": "allAccounts"}), false),
        (json!({"availableAccounts": "allAccountsWithOwnerName"}), true),
        (json!({"availableAccountsWithBalance": "allAccounts"}), false),
        (json!({"availableAccountsWithBalance": "allAccountsWithOwnerName"}), true),
        (json!({"allPsd2": "allAccounts"}), false),
        (json!({"allPsd2": "allAccountsWithOwnerName"}), true),
    ] {
        let consent = tpp.given(access.clone(), PSU).await;
        let accounts = tpp.accounts(&consent).await;
        assert!(accounts.iter().all(|account| account["ownerName"].is_string() == named), "{access}");
        let cards = tpp.read(&consent, "card-accounts").await.json();
        assert!(cards["cardAccounts"][0]["maskedPan"].is_string(), "{access}");
        // What was asked for globally is shown as it was asked for.
        assert_eq!(tpp.get(href(&consent, "self"), &[]).await.json()["access"], access);
    }

    let mut chosen = offered();
    chosen["restrictedTo"] = json!(["SVGS"]);
    for access in [chosen, json!({"availableAccounts": "allAccounts", "restrictedTo": ["SVGS"]})] {
        let consent = tpp.given(access, PSU).await;
        let accounts = tpp.accounts(&consent).await;
        assert!(
            !accounts.is_empty() && accounts.iter().all(|account| account["cashAccountType"] == "SVGS"),
            "{accounts:?}"
        );
        assert_eq!(tpp.read(&consent, "card-accounts").await.json()["cardAccounts"], json!([]));
    }
}

#[tokio::test]
async fn a_list_holds_the_status_that_was_asked_for_and_days_are_a_fence() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let consent = tpp.given(json!({"allPsd2": "allAccounts"}), PSU).await;
    let account = &tpp.accounts(&consent).await[0];
    let card = &tpp.read(&consent, "card-accounts").await.json()["cardAccounts"][0];
    for (account, list) in [(account, "transactions"), (card, "cardTransactions")] {
        for (status, booked, pending) in [("booked", true, false), ("pending", false, true), ("both", true, true)] {
            let address = format!(
                "{}?bookingStatus={status}&dateFrom=2026-10-01&dateTo=2026-12-31",
                href(account, "transactions")
            );
            let report = tpp.read_present(&consent, &address).await.json();
            let report = &report[list];
            assert_eq!(
                (report["booked"].is_array(), report["pending"].is_array()),
                (booked, pending),
                "{status}"
            );
            let days = |name: &str, field: &str| -> Vec<String> {
                let lines = report[name].as_array().cloned().unwrap_or_default();
                lines.iter().filter_map(|line| line[field].as_str().map(str::to_owned)).collect()
            };
            let booked_days = days("booked", "bookingDate");
            assert!(booked_days.iter().all(|day| day.as_str() >= "2026-10-01"), "{booked_days:?}");
            assert!(booked_days.is_sorted_by(|one, other| one >= other), "the newest first");
            assert_eq!(!booked_days.is_empty(), booked);
        }
    }
    for status in ["information", "all"] {
        let address = format!("{}?bookingStatus={status}&dateFrom=2026-10-01", href(card, "transactions"));
        assert_eq!(
            tpp.read_present(&consent, &address).await.refusal(),
            (400, "FORMAT_ERROR".into()),
            "no card has them"
        );
    }
}

#[tokio::test]
async fn what_a_request_lacks_is_named() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    let with = |field: &str, value: Value| {
        let mut body = request(offered());
        body[field] = value;
        body
    };
    for (body, headers, path) in [
        (request(offered()), vec![("psu-ip-address", "")], "PSU-IP-Address"),
        (request(offered()), vec![("psu-ip-address", "here")], "PSU-IP-Address"),
        (request(offered()), vec![("tpp-redirect-uri", "")], "TPP-Redirect-URI"),
        (
            request(offered()),
            vec![("tpp-redirect-uri", "javascript:alert(1)")],
            "TPP-Redirect-URI",
        ),
        (with("validUntil", json!("2026-11-19")), vec![], "validUntil"),
        (with("frequencyPerDay", json!(0)), vec![], "frequencyPerDay"),
        (with("recurringIndicator", json!(false)), vec![], "frequencyPerDay"),
        (with("recurringIndicator", json!("yes")), vec![], "recurringIndicator"),
        (with("access", json!({})), vec![], "access"),
        (
            with("access", json!({"accounts": [], "balances": [{"iban": "x"}]})),
            vec![],
            "access",
        ),
        (with("access", json!({"accounts": [], "allPsd2": "allAccounts"})), vec![], "access"),
        (
            with("access", json!({"accounts": [{"iban": "x"}], "restrictedTo": ["CACC"]})),
            vec![],
            "access.restrictedTo",
        ),
        (json!([]), vec![], "body"),
    ] {
        let answer = tpp.ask(body, &headers).await;
        assert_eq!(answer.refusal(), (400, "FORMAT_ERROR".into()), "{path}");
        assert_eq!(answer.json()["tppMessages"][0]["path"], path);
    }
    let combined = tpp.ask(with("combinedServiceIndicator", json!(true)), &[]).await;
    assert_eq!(combined.refusal(), (400, "SESSIONS_NOT_SUPPORTED".into()));
    let nobody = tpp.ask(request(offered()), &[("psu-id", "123456789")]).await;
    assert_eq!(nobody.refusal(), (401, "PSU_CREDENTIALS_INVALID".into()));
    let nameless = town.send(Method::GET, "/psd2/redirect-bank/v1/accounts", &[], String::new()).await;
    assert_eq!(nameless.refusal(), (400, "FORMAT_ERROR".into()));
    let anonymous = tpp.get("/psd2/redirect-bank/v1/accounts", &[]).await;
    assert_eq!(anonymous.refusal(), (400, "FORMAT_ERROR".into()));
    let other = tpp.get("/psd2/redirect-bank/v1/accounts", &[("consent-id", "none")]).await;
    assert_eq!(other.refusal(), (400, "CONSENT_UNKNOWN".into()));
    assert_eq!(
        tpp.get("/psd2/redirect-bank/v1/consents/none", &[]).await.refusal(),
        (403, "CONSENT_UNKNOWN".into())
    );
    let method = tpp.call(Method::PATCH, "/psd2/redirect-bank/v1/accounts", &[], None).await;
    assert_eq!(method.refusal(), (405, "SERVICE_INVALID".into()));
    assert_eq!(
        tpp.get("/psd2/no-bank/v1/accounts", &[]).await.refusal(),
        (403, "RESOURCE_UNKNOWN".into())
    );
}

#[tokio::test]
async fn the_national_id_chooses_the_outcome() {
    let town = Town::new();
    let tpp = town.tpp("redirect-bank");
    for (psu, status, code, name) in [
        ("064837123", "partiallyAuthorised", 401, "CONSENT_INVALID"),
        ("316159011", "valid", 500, ""),
        ("316159029", "valid", 503, ""),
        ("316159052", "valid", 403, "SERVICE_BLOCKED"),
    ] {
        let consent = tpp.given(offered(), psu).await;
        assert_eq!(tpp.status(&consent).await, status);
        for path in ["accounts", "card-accounts", "accounts/any/balances"] {
            assert_eq!(tpp.read(&consent, path).await.refusal(), (code, name.into()), "{psu} {path}");
        }
    }
}
