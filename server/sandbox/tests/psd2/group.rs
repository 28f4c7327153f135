//! Two brands behind one host, and the lists of accounts that banks in Israel have.

use crate::tpp::{Town, href, offered, request};
use http::StatusCode;
use serde_json::{Value, json};

const ANYBODY: &str = "321547416";

#[tokio::test]
async fn the_type_of_the_id_chooses_the_brand() {
    let town = Town::new();
    let tpp = town.tpp("group-bank");
    let mut ibans = Vec::new();
    for (brand, name) in [("GROUP-NORTH", "Sandbox North Bank"), ("GROUP-SOUTH", "Sandbox South Bank")] {
        let answer = tpp.ask(request(offered()), &[("psu-id-type", brand)]).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        let consent = answer.json();
        let (visit, page) = town.log_in(href(&consent, "scaRedirect"), ANYBODY).await;
        assert!(page.text.contains(name) && town.page(href(&consent, "scaRedirect")).await.text.contains(name));
        assert!(visit.starts_with("/psd2/group-bank/"));
        town.approve(href(&consent, "scaRedirect"), ANYBODY, None).await;
        let accounts = tpp.accounts(&consent).await;
        ibans.push(accounts[0]["iban"].as_str().expect("an IBAN").to_owned());
        let ledger = town.page("/psd2/group-bank/consents.json").await.json();
        assert_eq!(ledger["consents"][0]["brand"], brand);
    }
    assert_ne!(ibans[0][4..7], ibans[1][4..7], "each brand has a number of its own");
    for other in [&[][..], &[("psu-id-type", "GROUP-EAST")]] {
        assert_eq!(tpp.ask(request(offered()), other).await.refusal(), (400, "FORMAT_ERROR".into()));
    }
}

#[tokio::test]
async fn cards_savings_and_loans_have_lists_of_their_own() {
    let town = Town::new();
    let tpp = town.tpp("group-bank");
    let all = json!({"allPsd2": "allAccountsWithOwnerName"});
    let consent = tpp.ask(request(all), &[("psu-id-type", "GROUP-NORTH")]).await.json();
    town.approve(href(&consent, "scaRedirect"), "043510023", None).await;
    let mut kinds = Vec::new();
    for list in ["accounts", "cards", "savings", "loans"] {
        let answer = tpp.read(&consent, list).await;
        assert_eq!(answer.status, StatusCode::OK, "{list}: {}", answer.text);
        for account in answer.json()[list].as_array().expect(list) {
            let kind = account["cashAccountType"].as_str().unwrap_or("CARD").to_owned();
            let address = format!("{}?bookingStatus=both&dateFrom=2026-09-01", href(account, "transactions"));
            let report = tpp.read_present(&consent, &address).await.json();
            let booked = report["transactions"]["booked"]
                .as_array()
                .or(report["cardTransactions"]["booked"].as_array());
            assert!(booked.is_some_and(|booked| !booked.is_empty()), "{list}: {report}");
            let balances = tpp.read_present(&consent, href(account, "balances")).await.json();
            let amount = balances["balances"][0]["balanceAmount"]["amount"]
                .as_str()
                .expect("an amount")
                .to_owned();
            assert_eq!(amount.starts_with('-'), list == "loans" || list == "cards", "{list}: {amount}");
            kinds.push((list, kind));
        }
    }
    for (list, kind) in [("accounts", "CACC"), ("cards", "CARD"), ("savings", "SVGS"), ("loans", "LOAN")] {
        let there: Vec<&String> = kinds.iter().filter(|(at, _)| *at == list).map(|(_, kind)| kind).collect();
        assert!(!there.is_empty() && there.iter().all(|there| *there == kind), "{list}: {there:?}");
    }
    assert_eq!(tpp.read(&consent, "card-accounts").await.refusal(), (405, "SERVICE_INVALID".into()));
    let standard = town.tpp("redirect-bank");
    let consent = standard.given(offered(), ANYBODY).await;
    for list in ["cards", "savings", "loans", "loans/none", "cards/none/balances"] {
        assert_eq!(
            standard.read(&consent, list).await.refusal(),
            (405, "SERVICE_INVALID".into()),
            "{list}"
        );
    }
}

#[tokio::test]
async fn these_lists_are_counted_too() {
    let town = Town::new();
    let tpp = town.tpp("group-bank");
    let mut once = request(offered());
    (once["recurringIndicator"], once["frequencyPerDay"]) = (Value::from(false), Value::from(1));
    let consent = tpp.ask(once, &[("psu-id-type", "GROUP-SOUTH")]).await.json();
    town.approve(href(&consent, "scaRedirect"), ANYBODY, None).await;
    assert_eq!(tpp.read(&consent, "loans").await.status, StatusCode::OK);
    assert_eq!(tpp.read(&consent, "loans").await.refusal(), (429, "ACCESS_EXCEEDED".into()));
    assert_eq!(tpp.read_present(&consent, "/psd2/group-bank/v1/loans").await.status, StatusCode::OK);
}
