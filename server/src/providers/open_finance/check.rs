//! What is wrong with a tenant's settings, found by calls that change nothing.

use super::OpenFinance;
use super::client::{Client, Trouble};
use super::settings::{At, NOBODY, SETTINGS, Unusable};
use crate::providers::{Cx, Remark};
use serde_json::Value;

/// The scopes that reading needs, and a call that needs each alone.
const READS: [(&str, &[&str]); 3] = [
    ("read:connections", &["connections"]),
    ("read:accounts", &["data", "accounts"]),
    ("read:transactions", &["data", "transactions"]),
];

/// See [`crate::providers::Provider::check`].
pub async fn check(provider: &OpenFinance, cx: &Cx) -> Vec<Remark> {
    let missing = SETTINGS
        .iter()
        .filter(|setting| setting.required && cx.settings.get(setting.name).is_none());
    let missing: Vec<Remark> = missing.map(Remark::missing).collect();
    if !missing.is_empty() {
        return missing;
    }
    let at = match At::of(cx, &provider.base) {
        Ok(at) => at,
        Err(problem) => return vec![unusable(problem)],
    };
    let fakes = at.include_fake;
    let client = Client::new(cx, &provider.tokens, at, NOBODY);
    if let Err(trouble) = client.token().await {
        return vec![shut_out(trouble)];
    }
    let mut remarks = Vec::new();
    match client.providers().await {
        Ok(_) => {}
        Err(trouble) if trouble.is_gone() && !fakes => remarks.push(Remark::new(
            "Open Finance opens no institution to your organisation.",
            "Ask Open Finance for production access, or set include_fake_providers to true to try its sandbox.",
        )),
        Err(trouble) => remarks.push(refused("read:providers", trouble)),
    }
    for (scope, path) in READS {
        let mut address = client.api(path);
        address.query_pairs_mut().append_pair("limit", "1");
        if let Err(trouble) = client.get::<Value>(&address).await {
            remarks.push(refused(scope, trouble));
        }
    }
    remarks
}

fn unusable(problem: Unusable) -> Remark {
    let remedy = match problem {
        Unusable::Missing(_) => "Set it: what is set is empty.",
        Unusable::BaseUrl => "Set an address with https, without user, query and fragment, or delete it.",
        Unusable::IncludeFake => "Set it to true or to false, or delete it.",
    };
    Remark::new(format!("{problem}."), remedy)
}

/// There is no token.
fn shut_out(trouble: Trouble) -> Remark {
    match trouble {
        Trouble::Silent { .. } => Remark::new(
            "Open Finance does not answer.",
            "See whether base_url is right and whether this machine reaches it.",
        ),
        Trouble::Refused(status) if status.is_server_error() => {
            Remark::new(format!("Open Finance is out of order ({status})."), "Try again later.")
        }
        Trouble::Refused(status) if matches!(status.as_u16(), 400 | 401 | 403) => Remark::new(
            "Open Finance refuses client_id and client_secret.",
            "Set both anew from Open Finance's dashboard; they belong together.",
        ),
        Trouble::Refused(_) | Trouble::Nonsense => Remark::new(
            "What answers at base_url is not Open Finance.",
            "Set the address without /v2, or delete it.",
        ),
    }
}

/// A call was refused that needs a scope.
fn refused(scope: &str, trouble: Trouble) -> Remark {
    match trouble {
        Trouble::Refused(status) if status.as_u16() == 403 => Remark::new(
            format!("Your organisation's client lacks the scope {scope}."),
            "Ask Open Finance for it.",
        ),
        Trouble::Refused(status) => Remark::new(
            format!("A call that needs {scope} was refused ({status})."),
            "Ask Open Finance why.",
        ),
        Trouble::Silent { .. } => Remark::new(format!("A call that needs {scope} was not answered."), "Try again later."),
        Trouble::Nonsense => Remark::new(
            format!("The answer to a call that needs {scope} makes no sense."),
            "See whether base_url is right.",
        ),
    }
}
