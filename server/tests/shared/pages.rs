//! A person's browser at the pages of the sandbox's banks. Tests take it in with `#[path]`.

use gesher_server::outbound;
use std::sync::Mutex;
use url::Url;

/// A browser that fills the banks' forms, and keeps the cookie of the bank that it is at.
pub struct Browser {
    client: reqwest::Client,
    cookie: Mutex<String>,
}

impl Browser {
    pub fn new() -> Self {
        Self {
            client: outbound::client(true).expect("a client"),
            cookie: Mutex::default(),
        }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Response {
        let cookie = self.cookie.lock().expect("a cookie").clone();
        let answer = request.header("cookie", cookie).send().await.expect("an answer");
        if let Some(set) = answer.headers().get("set-cookie").and_then(|set| set.to_str().ok()) {
            *self.cookie.lock().expect("a cookie") = set.split(';').next().unwrap_or_default().to_owned();
        }
        answer
    }

    async fn fill(&self, address: &Url, fields: &[(&str, &str)]) -> (Url, String) {
        let answer = self.send(self.client.post(address.clone()).form(fields)).await;
        let Some(next) = answer.headers().get("location") else {
            return (address.clone(), answer.text().await.expect("a page"));
        };
        let next = address.join(next.to_str().expect("text")).expect("an address");
        let page = self.send(self.client.get(next.clone())).await.text().await.expect("text");
        (next, page)
    }

    /// Logs in and approves, giving all accounts. Gives the address that leads back.
    pub async fn approve(&self, address: &str, psu: &str) -> Url {
        let address = Url::parse(address).expect("an address");
        let login = [("psu_id", psu), ("username", "user"), ("password", "pass"), ("action", "login")];
        let (visit, page) = self.fill(&address, &login).await;
        let offered: Vec<&str> = page
            .split("name=\"account\" value=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        // Where the consent names the accounts there is nothing to choose.
        assert!(page.contains("value=\"approve\""), "{page}");
        let mut fields: Vec<(&str, &str)> = offered.into_iter().map(|id| ("account", id)).collect();
        fields.push(("action", "approve"));
        let (visit, _) = self.fill(&visit, &fields).await;
        let (_, page) = self.fill(&visit, &[("code", "12345"), ("action", "approve")]).await;
        refresh(&page)
    }

    /// Goes back from the login page, with nothing decided.
    pub async fn cancel(&self, address: &str) -> Url {
        let address = Url::parse(address).expect("an address");
        let (_, page) = self.fill(&address, &[("action", "cancel")]).await;
        refresh(&page)
    }

    /// Logs in, and declines what is asked for.
    pub async fn decline(&self, address: &str, psu: &str) -> Url {
        let address = Url::parse(address).expect("an address");
        let login = [("psu_id", psu), ("username", "user"), ("password", "pass"), ("action", "login")];
        let (visit, _) = self.fill(&address, &login).await;
        let (_, page) = self.fill(&visit, &[("action", "decline")]).await;
        refresh(&page)
    }
}

fn refresh(page: &str) -> Url {
    let after = page.split("http-equiv=\"refresh\" content=\"0;url=").nth(1);
    let address = after
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_else(|| panic!("no way back: {page}"));
    Url::parse(&address.replace("&amp;", "&")).expect("an address")
}
