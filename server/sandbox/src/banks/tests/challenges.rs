//! The questions after the login form, over the router.

use super::*;

impl Desk {
    /// A right login at this bank.
    async fn logged_in(&self, bank: &str, psu_id: &str) -> Value {
        let (status, next) = self.login(bank, psu_id, "pass").await;
        assert_eq!(status, StatusCode::OK, "{next}");
        next
    }

    async fn post(&self, bank: &str, login: &Value, what: &str, body: Value) -> (StatusCode, Value) {
        let id = login["login_id"].as_str().expect("a login id");
        self.ask(Method::POST, &format!("/bank/{bank}/login/{id}/{what}"), None, Some(body))
            .await
    }

    async fn answer(&self, bank: &str, login: &Value, name: &str, value: &str) -> (StatusCode, Value) {
        self.post(bank, login, "answer", json!({ "fields": { name: value } })).await
    }

    async fn look(&self, bank: &str, login: &Value) -> (StatusCode, Value) {
        let id = login["login_id"].as_str().expect("a login id");
        self.ask(Method::GET, &format!("/bank/{bank}/login/{id}"), None, None).await
    }
}

#[tokio::test]
async fn a_method_is_chosen_and_its_code_can_be_sent_again() {
    let desk = Desk::open();
    let bank = "sandbox-methods";
    let login = desk.logged_in(bank, "043510023").await;
    let methods = login["form"]["fields"][0]["options"].as_array().expect("options");
    let values: Vec<_> = methods.iter().map(|option| option["value"].as_str().expect("a value")).collect();
    assert_eq!(values, ["sms", "call", "app"]);
    let (status, answer) = desk.answer(bank, &login, "method", "pigeon").await;
    assert_eq!(
        (status.as_u16(), answer),
        (422, json!({"error": "invalid_field", "field": "method"}))
    );
    let (_, sent) = desk.answer(bank, &login, "method", "call").await;
    assert_eq!(sent["form"]["resend_after"], 5);
    assert!(
        sent["form"]["message"]["en"]
            .as_str()
            .is_some_and(|message| message.contains("call"))
    );
    assert_eq!(desk.look(bank, &login).await, (StatusCode::OK, sent.clone()));
    assert_eq!(desk.post(bank, &login, "resend", json!({})).await, refused(429, "not_due"));
    desk.pass(5);
    assert_eq!(desk.post(bank, &login, "resend", json!({})).await, (StatusCode::OK, sent));
    let (_, granted) = desk.answer(bank, &login, "code", "12345").await;
    assert_eq!(granted["next"], "granted");
    assert_eq!(desk.post(bank, &login, "resend", json!({})).await, refused(404, "unknown_login"));
}

#[tokio::test]
async fn the_app_is_polled_until_it_answers() {
    let desk = Desk::open();
    let bank = "sandbox-methods";
    for (psu, status, what) in [("043510023", 200, "next"), ("050299338", 403, "error")] {
        let login = desk.logged_in(bank, psu).await;
        let (_, wait) = desk.answer(bank, &login, "method", "app").await;
        assert_eq!((&wait["next"], &wait["poll_after"]), (&json!("wait"), &json!(2)));
        desk.pass(5);
        assert_eq!(desk.look(bank, &login).await.1["next"], "wait");
        desk.pass(1);
        let (came, answer) = desk.look(bank, &login).await;
        assert_eq!(came.as_u16(), status, "{answer}");
        assert!(["granted", "consent_rejected"].contains(&answer[what].as_str().expect("an answer")));
    }
    let login = desk.logged_in(bank, "008332884").await;
    let (_, wait) = desk.answer(bank, &login, "method", "app").await;
    assert_eq!(wait["until"], "2026-11-20T12:01:12Z");
    desk.pass(59);
    assert_eq!(desk.look(bank, &login).await.1["next"], "wait");
    desk.pass(1);
    assert_eq!(desk.look(bank, &login).await, refused(410, "timed_out"));
}

#[tokio::test]
async fn a_security_question_has_three_tries() {
    let desk = Desk::open();
    let bank = "sandbox-question";
    let login = desk.logged_in(bank, "043510023").await;
    assert_eq!(login["form"]["fields"][0]["kind"], "password");
    let (status, wrong) = desk.answer(bank, &login, "answer", "red").await;
    assert_eq!((status.as_u16(), wrong), (401, json!({"error": "wrong_code", "tries_left": 2})));
    assert_eq!(desk.answer(bank, &login, "answer", "Blue").await.1["next"], "granted");
}

#[tokio::test]
async fn a_wrong_answer_to_a_picture_brings_another() {
    let desk = Desk::open();
    let bank = "sandbox-picture";
    let login = desk.logged_in(bank, "043510023").await;
    let digits = |form: &Value| -> String {
        let hint = form["fields"][0]["hint"]["en"].as_str().expect("a hint");
        hint.rsplit_once(' ').expect("digits").1.to_owned()
    };
    let picture = |form: &Value| form["fields"][0]["picture"].clone();
    let first = &login["form"];
    assert_eq!(picture(first)["media_type"], "image/png");
    let (status, wrong) = desk.answer(bank, &login, "digits", "00000").await;
    assert_eq!((status.as_u16(), &wrong["tries_left"]), (401, &json!(2)));
    assert_ne!(picture(&wrong["form"]), picture(first));
    assert_eq!(
        desk.answer(bank, &login, "digits", &digits(first)).await.1["tries_left"],
        1,
        "the first picture is no longer the question"
    );
    let now = desk.look(bank, &login).await.1;
    assert_eq!(
        desk.answer(bank, &login, "digits", &digits(&now["form"])).await.1["next"],
        "granted"
    );
}

#[tokio::test]
async fn only_the_picked_accounts_are_opened() {
    let desk = Desk::open();
    let bank = "sandbox-accounts";
    let login = desk.logged_in(bank, "043510023").await;
    let (_, offer) = desk.answer(bank, &login, "code", "12345").await;
    assert_eq!(offer["next"], "accounts");
    let offered = offer["accounts"].as_array().expect("accounts");
    assert!(offered.len() >= 2, "there is something to choose: {offered:?}");
    for unfit in [json!([]), json!(["nobody's"])] {
        let (status, answer) = desk.post(bank, &login, "accounts", json!({ "accounts": unfit })).await;
        assert_eq!(
            (status.as_u16(), answer),
            (422, json!({"error": "invalid_field", "field": "accounts"}))
        );
    }
    let (_, granted) = desk.post(bank, &login, "accounts", json!({ "accounts": [offered[1]["id"]] })).await;
    let token = granted["access_token"].as_str();
    let ids: [String; 2] = [0, 1].map(|place| offered[place]["id"].as_str().expect("an id").to_owned());
    let (_, listed) = desk.ask(Method::GET, "/bank/sandbox-accounts/accounts", token, None).await;
    assert_eq!(listed["accounts"].as_array().map(Vec::len), Some(1));
    assert_eq!(listed["accounts"][0]["resource_id"].as_str(), Some(ids[1].as_str()));
    let other = format!("/bank/sandbox-accounts/accounts/{}/balances", ids[0]);
    assert_eq!(desk.ask(Method::GET, &other, token, None).await, refused(404, "unknown_account"));
}

#[tokio::test]
async fn the_long_form_takes_a_passport() {
    let desk = Desk::open();
    let login = |number: &str| {
        let fields = json!({ "fields": {
            "psu_id": number, "psu_id_type": "passport", "account": "123-456789", "account_kind": "single", "device": "own",
            "password": "pass",
        }});
        desk.ask(Method::POST, "/bank/sandbox-forms/login", None, Some(fields))
    };
    let (status, next) = login("P1234567").await;
    assert_eq!((status, &next["next"]), (StatusCode::OK, &json!("form")));
    assert_eq!(login("P-1").await.1, json!({"error": "invalid_field", "field": "psu_id"}));
}
