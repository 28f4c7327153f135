//! Everything that is answered has only fields that the vendor's reference has, with its types. The lists are from the schemas at
//! docs.open-finance.ai/reference (get_connections, get_data-accounts, get_data-transactions, get_providers); what the vendor really
//! sends beside them is marked.

use crate::organisation::{Organisation, asked};
use gesher_sandbox::{
    OPEN_FINANCE_CLIENT_ID, OPEN_FINANCE_CLIENT_SECRET, OPEN_FINANCE_READING_CLIENT_ID, OPEN_FINANCE_READING_CLIENT_SECRET,
    OPEN_FINANCE_TRIAL_CLIENT_ID, OPEN_FINANCE_TRIAL_CLIENT_SECRET,
};
use http::{Method, StatusCode};
use serde_json::{Value, json};

/// Names that end in `?` may be null, in `#` are numbers, in `!` flags, in `[` lists, in `{` objects; the others are texts.
fn check(what: &str, value: &Value, schema: &str) {
    for (name, value) in value.as_object().unwrap_or_else(|| panic!("{what}: no object: {value}")) {
        let known = schema
            .split_whitespace()
            .find(|known| known.trim_end_matches(['?', '#', '!', '[', '{']) == name);
        let known = known.unwrap_or_else(|| panic!("{what}: {name} is not in the reference"));
        let fits = match known.trim_end_matches('?').chars().last() {
            _ if value.is_null() => known.ends_with('?'),
            Some('#') => value.is_number(),
            Some('!') => value.is_boolean(),
            Some('[') => value.is_array(),
            Some('{') => value.is_object(),
            _ => value.is_string(),
        };
        assert!(fits, "{what}: {name} is {value}");
    }
}

const CONNECTION: &str = "id userId customerId? psuId? psuIdType? psuCorporateId? providerId? status mode expiryDate accounts#? cards#? \
    savings#? loans#? securities#? transactions#? providerIds[ includeFakeProviders!? excludeCreditCardProviders!? callbackInformation{? \
    refreshSettings{ error{? organization{? isFake!? restrictedTo[ iframe!? access{? contactId? redirectUrl? startDate createdAt? \
    updatedAt? scaOAuth? verifier? lastFetchedDataDate? language? paymentId? allowBusiness!? allowInsurance!? isPriority! \
    customerApprovalGranted!?";
const ACCOUNT: &str = "id userId providerId connectionId externalId status collateralsInvolved! includeFakeProviders! accountNumber \
    product parsedAccount{ accountType creditStatus cardDueDate currency ownerInfo{ accountName balances[ interst[ relatedDates{ usage \
    creditLimit# transactions# applicableFees[ securityPositions[ securityOrders[ loanType[";
const TRANSACTION: &str = "id SK userId orgId connectionId accountId providerId transactionProviderIdentifier relatedPaymentId \
    accountNumber status entryReference categoryCode securityDetails{ amount{ description{ category{ changedCategory{ installments{ type \
    date{ markupFee{ merchantName details isInvoiced! code merchantAddress{ classification{ changedClassification{ labels[ \
    balancePerEndDay# isDuplicate! creditorAccount{ debtorAccount{ endToEndId";
const PROVIDER: &str = "providerFriendlyId name nameNativeLanguage mode site bankCode# image loginFields[ isFake! psd2Uris{ psuIdTypes[ \
    psuIdDefaultType psuCorporateIdDefaultType type status{ successRate{ allowPsuCorporateIdTypeChoice! providerForcePaymentService \
    psuCorporateIdTypes[ sortIndex#";

#[tokio::test]
async fn everything_answered_is_in_the_reference() {
    let organisation = Organisation::new().await;
    let webhooks = json!({"webhooks": {"enabled": true, "successUrl": "https://elsewhere.example/hook"}});
    let (open, _) = organisation.create(asked()).await;
    let id = organisation
        .connected("043510023", json!({"customerId": "c", "callbackInformation": webhooks}))
        .await;
    let failed = organisation.connected("316159011", json!({})).await;
    for id in [&open, &id, &failed] {
        check(
            "connection",
            &organisation.get(&format!("/connections/{id}")).await.json(),
            CONNECTION,
        );
    }
    let list = organisation.get("/connections").await.json();
    check("connections", &list, "items[ nextPage? count#");
    assert_eq!(list["count"], 3);
    let accounts = organisation.get("/data/accounts").await.json();
    check("accounts", &accounts, "items[ nextPage?");
    for account in accounts["items"].as_array().expect("accounts") {
        check("account", account, ACCOUNT);
        for balance in account["balances"].as_array().expect("balances") {
            // The reference has amount and currency here; the guide and the vendor's own client have these.
            check("balance", balance, "balanceType balanceAmount{");
        }
        if account["accountType"] != "CARD" {
            check("parsedAccount", &account["parsedAccount"], "bank branch number");
        }
        check("ownerInfo", &account["ownerInfo"], "nationalId fullName");
    }
    let transactions = organisation.get("/data/transactions").await.json();
    check("transactions", &transactions, "items[ nextPage?");
    for transaction in transactions["items"].as_array().expect("transactions") {
        check("transaction", transaction, TRANSACTION);
        check("amount", &transaction["amount"], "originalAmount{ chargedAmount{");
        check("originalAmount", &transaction["amount"]["originalAmount"], "amount# currency");
        check("date", &transaction["date"], "valueDate bookingDate transactionDate");
        check("description", &transaction["description"], "description additionalInfo");
    }
    let providers = organisation.get("/providers?includeFakeProviders=true").await.json();
    for provider in providers.as_array().expect("a list without an envelope") {
        check("provider", provider, PROVIDER);
    }
}

#[tokio::test]
async fn a_token_says_when_it_ends_and_is_refused_after_that() {
    let organisation = Organisation::new().await;
    let body = json!({"userId": "u", "clientId": OPEN_FINANCE_CLIENT_ID, "clientSecret": OPEN_FINANCE_CLIENT_SECRET});
    let answer = organisation.ask_token(body.clone()).await.json();
    check("token", &answer, "accessToken tokenType expiresIn#");
    let token = answer["accessToken"].as_str().expect("a token");
    let claims = token.split('.').nth(1).expect("claims");
    let claims = data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["exp"].as_i64().expect("exp") - claims["iat"].as_i64().expect("iat"), 86_400);

    assert_eq!(
        organisation.call_as(token, Method::GET, "/connections", None).await.status,
        StatusCode::OK
    );
    organisation.pass(86_400);
    let late = organisation.call_as(token, Method::GET, "/connections", None).await;
    let refused = (401, "CLIENT_ERROR".into(), "Unauthorized access - Invalid access token".into());
    assert_eq!(late.refusal(), refused);
    let forged = format!("{}A", organisation.token);
    assert_eq!(
        organisation.call_as(&forged, Method::GET, "/providers", None).await.refusal(),
        refused
    );

    for missing in ["userId", "clientId", "clientSecret"] {
        let mut body = body.clone();
        body.as_object_mut().expect("fields").remove(missing);
        let message = format!("[\"\\\"{missing}\\\" is required\"]");
        assert_eq!(organisation.ask_token(body).await.refusal(), (400, "CLIENT_ERROR".into(), message));
    }
    let wrong = json!({"userId": "u", "clientId": OPEN_FINANCE_CLIENT_ID, "clientSecret": "x"});
    let message = "{\"error\":\"access_denied\",\"error_description\":\"Unauthorized\"}";
    assert_eq!(
        organisation.ask_token(wrong).await.refusal(),
        (401, "CLIENT_ERROR".into(), message.into())
    );
}

#[tokio::test]
async fn a_scope_that_is_missing_and_a_production_that_is_not_open_are_refused() {
    let organisation = Organisation::new().await;
    let reading = organisation
        .token_for("user-1", OPEN_FINANCE_READING_CLIENT_ID, OPEN_FINANCE_READING_CLIENT_SECRET)
        .await;
    let (id, _) = organisation.create(asked()).await;
    let seen = organisation
        .call_as(&reading, Method::GET, &format!("/connections/{id}"), None)
        .await;
    assert_eq!(seen.status, StatusCode::OK);
    for (method, path) in [
        (Method::POST, "/connections".to_owned()),
        (Method::DELETE, format!("/connections/{id}")),
        (Method::GET, "/providers".to_owned()),
    ] {
        let message = "Forbidden - Access token missing the required permissions to preform this action";
        let answer = organisation.call_as(&reading, method, &path, Some(asked())).await;
        assert_eq!(answer.refusal(), (403, "CLIENT_ERROR".into(), message.into()), "{path}");
    }

    let trial = organisation
        .token_for("user-1", OPEN_FINANCE_TRIAL_CLIENT_ID, OPEN_FINANCE_TRIAL_CLIENT_SECRET)
        .await;
    let real = json!({"providerIds": ["hapoalim"]});
    let answer = organisation.call_as(&trial, Method::POST, "/connections", Some(real.clone())).await;
    let message = "production access is not enabled for this organization, you must include fake providers or contact us";
    assert_eq!(answer.refusal(), (400, "CLIENT_ERROR".into(), message.into()));
    let answer = organisation.call_as(&trial, Method::GET, "/providers", None).await;
    assert_eq!(answer.refusal(), (404, "CLIENT_ERROR".into(), "No providers were found".into()));
    let fakes = organisation
        .call_as(&trial, Method::GET, "/providers?includeFakeProviders=true", None)
        .await
        .json();
    assert!(fakes.as_array().expect("providers").iter().all(|one| one["isFake"] == true));
    assert_eq!(
        organisation.call(Method::POST, "/connections", Some(real)).await.status,
        StatusCode::CREATED
    );

    let other = organisation.call_as(&trial, Method::GET, &format!("/connections/{id}"), None).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "of another organisation");
    let nowhere = organisation.get("/nowhere").await;
    assert_eq!(nowhere.refusal(), (404, "CLIENT_ERROR".into(), "Route or entity not found".into()));
}

#[tokio::test]
async fn every_field_of_a_connection_is_checked() {
    let organisation = Organisation::new().await;
    for (field, wrong) in [
        ("customerId", json!(1)),
        ("startDate", json!("20.11.2026")),
        ("startDate", json!("2025-11-19")),
        ("expiryDate", json!("2026-12-01")),
        ("expiryDate", json!("2029-12-01T00:00:00Z")),
        ("expiryDate", json!("2026-11-20T11:59:59Z")),
        ("language", json!("fr")),
        ("externalId", json!([])),
        ("agentEmail", json!(false)),
        ("journeyId", json!({})),
        ("paymentId", json!(7)),
        ("providerIds", json!("leumi")),
        ("providerIds", json!(["bank-of-nowhere"])),
        ("callbackInformation", json!("https://x.example")),
        ("includeFakeProviders", json!("true")),
        ("refreshData", json!(1)),
        ("iframe", Value::Null),
        ("psuId", json!("1234")),
        ("psuId", json!("1234567890")),
        ("psuId", json!("UA0324046")),
        ("psuCorporateId", json!("1234567")),
        ("redirectUrl", json!(1)),
        ("connectionMode", json!("PSD3")),
        ("allowBusiness", json!("no")),
        ("access", json!({"accounts": [{"iban": 1}]})),
        ("access", json!([])),
        ("restrictedTo", json!(["CASH"])),
        ("psuIdType", json!("library-card")),
        ("isPlaidSandbox", json!("no")),
        ("redirectWithoutButtonClick", json!("no")),
        ("allowInsurance", json!("no")),
    ] {
        let mut body = asked();
        body[field] = wrong.clone();
        let answer = organisation.call(Method::POST, "/connections", Some(body)).await;
        let (status, kind, message) = answer.refusal();
        assert_eq!((status, kind.as_str()), (400, "CLIENT_ERROR"), "{field}: {wrong}");
        let list: Vec<String> = serde_json::from_str(&message).expect("a list in a text");
        assert!(
            list.iter().any(|text| text.starts_with(&format!("\"{field}"))),
            "{field}: {message}"
        );
    }
    let all = json!({
        "customerId": "c", "startDate": "2026-01-01", "expiryDate": "2027-01-01T00:00:00Z", "paymentId": "p", "journeyId": "j",
        "language": "en", "externalId": "e", "agentEmail": "a@b.example", "providerIds": ["undefined", "leumi", "open-finance-sandbox"],
        "callbackInformation": {"webhooks": null}, "includeFakeProviders": true, "refreshData": false, "iframe": true,
        "psuId": "", "psuCorporateId": "", "redirectUrl": "", "connectionMode": "PSD2", "allowBusiness": true,
        "access": {"accounts": [{"iban": "IL123456789012345678901"}, {"bban": "10-944-50151142"}], "balances": [], "transactions": []},
        "restrictedTo": ["CACC", "CARD", "LOAN", "SVGS", "SCTS"], "isPlaidSandbox": false, "redirectWithoutButtonClick": true,
        "allowInsurance": true, "fieldOfTomorrow": 1,
    });
    let (_, url) = organisation.create(all).await;
    assert!(url.contains("iframe=true"), "{url}");
    let passport =
        json!({"includeFakeProviders": true, "providerIds": ["mizrahi-sandbox"], "psuIdType": "passport", "psuId": "UA0324046596"});
    organisation.create(passport).await;
}
