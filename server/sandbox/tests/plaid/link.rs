//! Hosted Link from its address to the way back.

use crate::town::{BACK, Town, hosted, refresh};
use http::StatusCode;
use serde_json::{Value, json};

async fn sessions(town: &Town, link: &Value) -> Value {
    let told = town.ask("link/token/get", json!({ "link_token": link["link_token"] })).await;
    told["link_sessions"].clone()
}

#[tokio::test]
async fn a_login_makes_an_item_whose_public_token_is_good_once_and_for_half_an_hour() {
    let town = Town::new();
    let link = town.link(json!({})).await;
    assert!(link["link_token"].as_str().is_some_and(|token| token.starts_with("link-sandbox-")));
    assert_eq!(sessions(&town, &link).await, Value::Null, "nobody has opened it");
    let (_, page) = town.open(hosted(&link)).await;
    assert!(page.text.contains("user_good"));
    let opened = sessions(&town, &link).await;
    assert_eq!((opened[0]["finished_at"].clone(), opened[0].get("results")), (Value::Null, None));

    let last = town.go_through(&link, "user_good", "pass_good").await;
    assert_eq!(refresh(&last), BACK);
    let told = sessions(&town, &link).await;
    let result = &told[1]["results"]["item_add_results"][0];
    assert_eq!(result["institution"]["institution_id"], "ins_900001");
    let public = json!({ "public_token": result["public_token"] });
    let item = town.ask("item/public_token/exchange", public.clone()).await;
    let accounts = town.ask("accounts/get", json!({ "access_token": item["access_token"] })).await;
    let ids = |list: &Value, name: &str| -> Vec<Value> { list.as_array().expect("accounts").iter().map(|one| one[name].clone()).collect() };
    assert_eq!(ids(&accounts["accounts"], "account_id"), ids(&result["accounts"], "id"));
    assert_eq!(
        town.call("item/public_token/exchange", public).await.refusal(),
        (400, "INVALID_PUBLIC_TOKEN".into())
    );
    assert_eq!(town.open(hosted(&link)).await.1.status, StatusCode::GONE, "it was used");

    let late = town.link(json!({})).await;
    town.go_through(&late, "user_good", "pass_good").await;
    let told = sessions(&town, &late).await;
    town.pass(30 * 60);
    let public = json!({ "public_token": told[0]["results"]["item_add_results"][0]["public_token"] });
    assert_eq!(
        town.call("item/public_token/exchange", public).await.refusal().1,
        "INVALID_PUBLIC_TOKEN"
    );
}

#[tokio::test]
async fn the_picker_shows_what_offers_the_products_in_the_countries() {
    let town = Town::new();
    let link = town.link(json!({ "institution_id": null })).await;
    let (session, page) = town.open(hosted(&link)).await;
    assert!(page.text.contains("Quillhaven Bank") && page.text.contains("Wrenfold Bank"));
    assert!(
        !page.text.contains("Larkspire") && !page.text.contains("Duinwolk"),
        "no transactions, another country"
    );
    let (_, found) = town.open(&format!("{session}&q=wrenf")).await;
    assert!(found.text.contains("Wrenfold Bank") && !found.text.contains("Quillhaven"));
    let (_, nothing) = town.open(&format!("{session}&q=%3Cb%3E")).await;
    assert!(nothing.text.contains("&lt;b&gt;") && !nothing.text.contains("<b>"));
    let (session, page) = town.fill(&session, &[("institution", "ins_900011")]).await;
    assert!(page.text.contains("Wrenfold Bank") && page.text.contains("name=\"password\""));
    let (_, page) = town.fill(&session, &[("action", "other")]).await;
    assert!(page.text.contains("Quillhaven Bank"));
}

#[tokio::test]
async fn a_second_factor_and_questions_are_asked_and_checked() {
    let town = Town::new();
    for (password, rounds) in [
        ("mfa_device", vec![vec!["1234"]]),
        (
            "mfa_questions_2_2",
            vec![vec!["answer_0_0", "answer_0_1"], vec!["answer_1_0", "answer_1_1"]],
        ),
    ] {
        let link = town.link(json!({})).await;
        let (session, _) = town.open(hosted(&link)).await;
        let login = [("username", "user_good"), ("password", password), ("action", "login")];
        town.fill(&session, &login).await;
        let (_, wrong) = town.fill(&session, &[("answer", "0000"), ("action", "answer")]).await;
        assert!(wrong.text.contains("role=\"alert\""), "{password}");
        let mut page = wrong;
        for answers in rounds {
            let mut fields: Vec<(&str, &str)> = answers.into_iter().map(|answer| ("answer", answer)).collect();
            fields.push(("action", "answer"));
            page = town.fill(&session, &fields).await.1;
        }
        assert!(page.text.contains("name=\"account\""), "{password}");
    }
}

#[tokio::test]
async fn who_leaves_is_led_back_with_the_last_error_and_may_come_again() {
    let town = Town::new();
    let link = town.link(json!({})).await;
    let (session, _) = town.open(hosted(&link)).await;
    let login = [("username", "user_good"), ("password", "error_ITEM_LOCKED"), ("action", "login")];
    let (_, page) = town.fill(&session, &login).await;
    assert!(page.text.contains("Your bank has locked the account."));
    let (_, last) = town.fill(&session, &[("action", "exit")]).await;
    assert_eq!(refresh(&last), BACK);
    let told = sessions(&town, &link).await;
    assert_eq!(told[0]["exit"]["error"]["error_code"], "ITEM_LOCKED");
    assert_eq!(told[0]["exit"]["metadata"]["status"], "requires_credentials");
    // The session is over; its page is the way back, and another opening is another session.
    let (_, again) = town.fill(&session, &login).await;
    assert_eq!(refresh(&again), BACK);
    assert_eq!(town.open(hosted(&link)).await.1.status, StatusCode::OK);
    town.pass(30 * 60);
    assert_eq!(town.open(hosted(&link)).await.1.status, StatusCode::GONE, "its half hour is over");
}

#[tokio::test]
async fn a_bank_with_oauth_asks_on_a_page_of_its_own() {
    let town = Town::new();
    let link = town.link(json!({ "institution_id": "ins_900012" })).await;
    let (session, page) = town.open(hosted(&link)).await;
    assert!(!page.text.contains("name=\"password\""));
    let address = page
        .text
        .split("id=\"bank\" href=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let address = address.expect("a link").replace("&amp;", "&");
    let wrong = [("username", "user_good"), ("password", "no"), ("action", "login")];
    let (at, page) = town.fill(&address, &wrong).await;
    assert!(at.starts_with("/plaid/bank/") && page.text.contains("role=\"alert\""));
    let right = [("username", "user_good"), ("password", "pass_good"), ("action", "login")];
    let (at, page) = town.fill(&address, &right).await;
    assert_eq!(at, session);
    assert!(page.text.contains("name=\"account\""));
}

#[tokio::test]
async fn update_mode_repairs_the_item_for_the_same_person() {
    let town = Town::new();
    let access = town.item("user_good", json!({})).await;
    let accounts = json!({ "access_token": access });
    town.ask("sandbox/item/reset_login", accounts.clone()).await;
    assert_eq!(
        town.call("accounts/get", accounts.clone()).await.refusal(),
        (400, "ITEM_LOGIN_REQUIRED".into())
    );
    let item = town.ask("item/get", accounts.clone()).await;
    assert_eq!(item["item"]["error"]["error_code"], "ITEM_LOGIN_REQUIRED");

    let link = town
        .link(json!({ "products": null, "access_token": access, "institution_id": null }))
        .await;
    let (session, page) = town.open(hosted(&link)).await;
    assert!(page.text.contains("Quillhaven Bank"), "the item's own bank");
    let other = [("username", "user_transactions_dynamic"), ("password", "x"), ("action", "login")];
    let (_, page) = town.fill(&session, &other).await;
    assert!(page.text.contains("role=\"alert\""));
    let same = [("username", "user_good"), ("password", "pass_good"), ("action", "login")];
    let (_, page) = town.fill(&session, &same).await;
    assert!(page.text.contains("value=\"allow\""), "no accounts are chosen: {}", page.text);
    town.fill(&session, &[("action", "allow")]).await;
    assert_eq!(sessions(&town, &link).await[0]["results"]["item_add_results"], json!([]));
    town.ask("accounts/get", accounts).await;
}

#[tokio::test]
async fn the_pages_are_closed_and_speak_hebrew_too() {
    let town = Town::new();
    let link = town.link(json!({})).await;
    let (session, page) = town.open(hosted(&link)).await;
    assert!(page.text.contains("lang=\"en\" dir=\"ltr\""));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'") && !policy.contains("script-src"));
    assert_eq!(page.header("x-frame-options"), "DENY");
    let (_, hebrew) = town.open(&session.replace("lang=en", "lang=he")).await;
    assert!(hebrew.text.contains("lang=\"he\" dir=\"rtl\"") && hebrew.text.contains("שם משתמש"));
    let (session, _) = town
        .fill(
            &session,
            &[("username", "user_good"), ("password", "pass_good"), ("action", "login")],
        )
        .await;
    let (_, page) = town.open(&session).await;
    let page = town.choose_all(&session, &page).await;
    assert!(page.text.contains("<bdi>Shop &lt;&amp; Co&gt;</bdi>"), "{}", page.text);
    assert_eq!(town.open("/plaid/session/nobody").await.1.status, StatusCode::NOT_FOUND);
    assert_eq!(town.open("/plaid/hosted/nobody").await.1.status, StatusCode::NOT_FOUND);
}
