//! What a tenant sets for this provider.

use crate::providers::{Cx, Setting};
use url::Url;

/// The user of calls that are about nobody.
pub const NOBODY: &str = "gesher";

pub static SETTINGS: [Setting; 4] = [
    Setting {
        name: "client_id",
        required: true,
        about: "the client id of your organisation, from Open Finance's dashboard",
    },
    Setting {
        name: "client_secret",
        required: true,
        about: "the client secret that belongs to it",
    },
    Setting {
        name: "base_url",
        required: false,
        about: "where Open Finance's API is, without /v2; https://api.open-finance.ai when absent",
    },
    Setting {
        name: "include_fake_providers",
        required: false,
        about: "true to reach Open Finance's sandbox institutions, too; false when absent",
    },
];

/// Why what is set cannot be used. Names no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// A setting that is needed is not there.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// No address, or one with something that does not belong into it.
    #[error("base_url is no address of https, or of http on this machine")]
    BaseUrl,
    /// Neither yes nor no.
    #[error("include_fake_providers is neither true nor false")]
    IncludeFake,
}

/// Where and as whom the vendor is called.
pub struct At<'a> {
    pub base: Url,
    pub client_id: &'a str,
    pub client_secret: &'a str,
    pub include_fake: bool,
}

impl<'a> At<'a> {
    /// Reads what is set. `base` is for who sets none.
    pub fn of(cx: &'a Cx, base: &str) -> Result<Self, Unusable> {
        let needed = |name| {
            cx.settings
                .text(name)
                .filter(|value| !value.is_empty())
                .ok_or(Unusable::Missing(name))
        };
        let (client_id, client_secret) = (needed("client_id")?, needed("client_secret")?);
        let own = cx.settings.text("base_url").unwrap_or(base);
        Ok(Self {
            base: address(own).ok_or(Unusable::BaseUrl)?,
            client_id,
            client_secret,
            include_fake: match cx.settings.text("include_fake_providers") {
                None | Some("false") => false,
                Some("true") => true,
                Some(_) => return Err(Unusable::IncludeFake),
            },
        })
    }

    /// An address of the vendor.
    pub fn resource(&self, path: &[&str]) -> Url {
        let mut address = self.base.clone();
        if let Ok(mut segments) = address.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        address
    }
}

/// Credentials go there, so it is TLS but on the machine itself.
fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let host = url.host_str()?;
    let here = host == "127.0.0.1" || host == "localhost" || host.ends_with(".localhost");
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    (plain && (url.scheme() == "https" || url.scheme() == "http" && here)).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_go_over_tls_alone() {
        for good in [
            "https://api.open-finance.ai",
            "http://127.0.0.1:3001/open-finance",
            "http://bank.localhost:1/x",
        ] {
            assert!(address(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "api",
            "http://api.open-finance.ai",
            "ftp://x",
            "https://u:p@x.example",
            "https://x.example?a=1",
        ] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }
}
