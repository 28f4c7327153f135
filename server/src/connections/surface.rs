//! Through which vendor's API a connection was made, and what follows from it.
//!
//! **Contract.** Open Finance's and Meld's have one address for both doors and no exchange: a wish with such a [`Surface`] gets one token
//! that opens the frame and the hosted page, and the connection stands without the host's backend confirming it. ConnectFi's has a link
//! of its own and an exchange (`connect/in_page`). What they give up is in `docs/threat-model.md`.

use super::asked::Asked;
use crate::core::Core;
use crate::store::connections::ConnectionRow;
use gesher_domain::Timestamp;
use gesher_domain::session::{Life, SESSION_LIFE};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A vendor whose API is spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vendor {
    /// Open Finance.
    OpenFinance,
    /// Meld.
    Meld,
    /// ConnectFi.
    #[serde(rename = "connectfi")]
    ConnectFi,
}

impl Vendor {
    /// The vendor's name, which is also that of its dialect in the directory.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenFinance => "open_finance",
            Self::Meld => "meld",
            Self::ConnectFi => "connectfi",
        }
    }

    /// The vendor of this name.
    pub fn from_column(name: &str) -> Option<Self> {
        [Self::OpenFinance, Self::Meld, Self::ConnectFi]
            .into_iter()
            .find(|vendor| vendor.as_str() == name)
    }

    /// How long a session lives that its API made. Meld's token is good for three hours and its connection has expired after four
    /// (docs.meld.io, "Create a connect token"); Open Finance says nothing, so there it is as ours. A token
    /// of a ConnectFi customer lives an hour (docs.paygears.com, "Get Customer Token"), and the last one that its link gives has it whole.
    pub const fn life(self) -> Life {
        match self {
            Self::OpenFinance => Life {
                opens: SESSION_LIFE,
                ends: SESSION_LIFE,
            },
            Self::Meld => Life {
                opens: HOUR.saturating_mul(3),
                ends: HOUR.saturating_mul(4),
            },
            Self::ConnectFi => Life {
                opens: HOUR,
                ends: HOUR.saturating_mul(2),
            },
        }
    }
}

/// The vendor, and what its host said when it made the connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surface {
    /// Whose API.
    pub vendor: Vendor,
    /// The fields of the vendor's own request that its API reads back or promises to keep. Never a secret, nor a person's id.
    #[serde(default)]
    pub said: Map<String, Value>,
}

/// What a connection's institution is called in a vendor's API: as the host named it there, or else by the vendor's first id for it, or
/// else by our id.
pub fn institution(core: &Core, row: &ConnectionRow, vendor: Vendor) -> Option<String> {
    let id = row.institution_id.as_deref()?;
    let directory = core.directory(&row.tenant_id, &row.mode);
    let Some(institution) = directory.get(id) else {
        return Some(id.to_owned());
    };
    let surface = Asked::of(row).surface.filter(|surface| surface.vendor == vendor);
    let named = surface.as_ref().and_then(|surface| surface.said.get("providerIds")?.as_array());
    let named = named.into_iter().flatten().filter_map(Value::as_str);
    let as_named = named
        .into_iter()
        .find(|name| directory.called(name).is_some_and(|known| known.id == id));
    Some(as_named.unwrap_or_else(|| institution.called_in(vendor.as_str())).to_owned())
}

/// The last day, UTC, on which the access is good that was given, or was asked for. One that ends at midnight ends with the day before.
pub fn last_day(row: &ConnectionRow) -> Option<String> {
    let ends = row.expires_at.or_else(|| Some(Asked::of(row).consent_expires_at?.0))?;
    Some(Timestamp(ends - 1).rfc3339().chars().take(10).collect())
}
