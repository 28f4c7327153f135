//! What the store keeps of a session.

use super::*;

#[test]
fn every_state_is_stored_and_comes_back() {
    for session in all() {
        let json = serde_json::to_string(&session).unwrap();
        assert_eq!(serde_json::from_str::<Session>(&json).unwrap(), session);
        let state = serde_json::to_value(&session.state).unwrap();
        assert_eq!(state["name"], session.state.name());
    }
}

#[test]
fn nothing_secret_is_stored() {
    let mut seen = vec![calling_submit(), confirming(), launched()];
    let wrong = FailureCode::WrongCredentials.failure();
    seen.push(go(calling_submit(), |session| session.failed(FIRST, wrong, Again::tries(None), T0)));
    let challenged = stepped(calling_submit(), Step::Form(code()));
    let on = challenged.version;
    let (moved, _) = challenged.submit(&document(1), on, &answers(&[("code", "86420")]), T0).unwrap();
    seen.push(go(moved.session.clone(), |session| {
        session.failed(FIRST, FailureCode::WrongCode.failure(), Again::tries(None), T0)
    }));
    seen.push(moved.session);
    for session in seen {
        let json = serde_json::to_string(&session).unwrap();
        assert!(!json.contains("correct horse"), "{json}");
        assert!(!json.contains("86420"), "{json}");
    }
}
