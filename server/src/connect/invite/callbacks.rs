//! The addresses that a wish names to be told of the outcome: checked as those of webhook endpoints are, and kept.

use super::{InviteError, wrong};
use crate::callbacks::{self, Auth, NewCallback, open_finance};
use crate::connections::surface::Vendor;
use crate::core::Core;
use crate::outbound::guard::Refused;
use crate::store::{Statement, callbacks as rows};
use gesher_contract::TenantTag;
use gesher_domain::new_uuid;

/// Most of them.
const MOST: usize = 8;

/// What each has to be.
pub(super) async fn check(core: &Core, asked: &[NewCallback]) -> Result<(), InviteError> {
    if asked.len() > MOST {
        return Err(wrong(
            "callbacks",
            "invalid_callbacks",
            format!("callbacks has at most {MOST} entries."),
        ));
    }
    for (place, callback) in asked.iter().enumerate() {
        let field = |name: &str| format!("callbacks[{place}].{name}");
        if callback.on.is_empty() {
            return Err(wrong(
                field("on"),
                "invalid_callbacks",
                "on names one outcome or more: success, fail, abort.",
            ));
        }
        callback.auth.check().map_err(|error| {
            wrong(
                field(&format!("auth.{}", error.field)),
                "invalid_callbacks",
                format!("It {}.", error.rule),
            )
        })?;
        address(core, field("url"), &callback.url).await?;
        if let Auth::Oauth(oauth) = &callback.auth {
            address(core, field("auth.oauth.token_url"), &oauth.token_url).await?;
        }
    }
    Ok(())
}

async fn address(core: &Core, field: String, url: &str) -> Result<(), InviteError> {
    match core.webhooks.guard.check(url).await {
        Ok(()) => Ok(()),
        Err(Refused::Url(why)) => Err(wrong(field, "invalid_url", format!("This address cannot be used: {why}."))),
        Err(Refused::Forbidden) => Err(wrong(
            field,
            "url_not_allowed",
            "This address does not lead to the public internet, or to Gesher itself.",
        )),
    }
}

/// What keeps them. Through Open Finance's API they are asked for in its words.
pub(super) fn rows(core: &Core, tenant: &TenantTag, connection: &str, vendor: Option<Vendor>, asked: &[NewCallback]) -> Vec<Statement> {
    let dialect = match vendor {
        Some(Vendor::OpenFinance) => open_finance::NAME,
        Some(Vendor::Meld | Vendor::ConnectFi) | None => callbacks::NATIVE,
    };
    let keep = |callback: &NewCallback| {
        let id = format!("cb_{tenant}{:032x}", new_uuid(&*core.clock, &*core.rng));
        rows::insert(&callbacks::row(core, tenant.as_str(), connection, dialect, id, callback))
    };
    asked.iter().map(keep).collect()
}
