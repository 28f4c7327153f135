//! What a host asked of a connection when it was made, as it is kept with it: what the institution is asked for, and the
//! host's own references.

use crate::store::connections::ConnectionRow;
use gesher_domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The invented institutions too.
    pub include_sandbox: bool,
    /// These institutions alone.
    pub institution_ids: Option<Vec<String>>,
    /// Whether data are fetched again and again; otherwise once.
    pub recurring: bool,
    /// Until when the access is asked for; absent: as long as is usual.
    pub consent_expires_at: Option<Timestamp>,
    /// The first day of the transactions, `YYYY-MM-DD`, UTC; absent: a year back.
    pub start_date: Option<String>,
    /// Names and values of the host's own.
    pub references: BTreeMap<String, String>,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            include_sandbox: false,
            institution_ids: None,
            recurring: true,
            consent_expires_at: None,
            start_date: None,
            references: BTreeMap::new(),
        }
    }
}

impl Asked {
    /// What was asked of this connection.
    pub fn of(row: &ConnectionRow) -> Self {
        serde_json::from_str(&row.ask).unwrap_or_default()
    }
}
