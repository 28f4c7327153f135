//! A connection's status as each surface says it.
//!
//! **Goal.** One table, so that no surface tells another story than the next. **Contract.** [`row`] finds the one row for
//! a status and its reasons: of the reasons for which the table has a row, the first in [`R`]'s order. A cell that is
//! marked inferred is ours, where the vendor is silent: nobody may call it the vendor's behaviour.

use gesher_contract::{ConnectionStatus as S, Reason as R};
use std::collections::BTreeSet;

/// Meld's status of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meld {
    /// `status`.
    pub status: &'static str,
    /// `statusReason`.
    pub reason: Option<&'static str>,
    /// Whether the vendor is silent, and this is our inference.
    pub inferred: bool,
}

/// Toshl's status of a bank connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Toshl {
    /// `status`; nothing when only `deleted` is said.
    pub status: Option<&'static str>,
    /// `deleted`.
    pub deleted: bool,
    /// Whether the vendor is silent, and this is our inference.
    pub inferred: bool,
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The native status.
    pub status: S,
    /// The reason that the row is for; nothing: for any other reason, or none.
    pub reason: Option<R>,
    /// Open Finance's status; nothing when it does not show such a connection.
    pub open_finance: Option<&'static str>,
    /// Meld's.
    pub meld: Meld,
    /// Toshl's; nothing when the connection is not listed there.
    pub toshl: Option<Toshl>,
}

/// Something that the vendor says.
const fn meld(status: &'static str) -> Meld {
    Meld {
        status,
        reason: None,
        inferred: false,
    }
}

const fn toshl(status: &'static str) -> Option<Toshl> {
    Some(Toshl {
        status: Some(status),
        deleted: false,
        inferred: false,
    })
}

const fn because(status: &'static str, reason: &'static str) -> Meld {
    Meld {
        reason: Some(reason),
        ..meld(status)
    }
}

/// Something that we infer.
const fn inferred(meld: Meld) -> Meld {
    Meld { inferred: true, ..meld }
}

const fn toshl_inferred(status: &'static str) -> Option<Toshl> {
    Some(Toshl {
        status: Some(status),
        deleted: false,
        inferred: true,
    })
}

const fn toshl_deleted(status: Option<&'static str>) -> Option<Toshl> {
    Some(Toshl {
        status,
        deleted: true,
        inferred: false,
    })
}

const fn cells(status: S, reason: Option<R>, open_finance: &'static str, meld: Meld, toshl: Option<Toshl>) -> Row {
    Row {
        status,
        reason,
        open_finance: Some(open_finance),
        meld,
        toshl,
    }
}

/// The table. Where a status has rows for reasons, its row without one (or, where all need a reason, the first) is for the rest.
#[rustfmt::skip]
pub const TABLE: [Row; 26] = [
    cells(S::Pending, None, "INACTIVE", meld("IN_PROGRESS"), toshl("inactive")),
    cells(S::Connecting, None, "FETCHING", meld("IN_PROGRESS"), toshl("inactive")),
    cells(S::AwaitingConfirmation, None, "INACTIVE", meld("IN_PROGRESS"), None),
    cells(S::Connected, None, "CONNECTED", meld("ACTIVE"), toshl("connected")),
    cells(S::Active, None, "ACTIVE", meld("ACTIVE"), toshl("connected")),
    cells(S::Active, Some(R::AccessExpiringSoon), "ACTIVE", because("ACTIVE", "ACCESS_EXPIRING_SOON"), toshl("consent_expiring")),
    cells(S::Active, Some(R::NewAccountsAvailable), "ACTIVE", because("ACTIVE", "NEW_ACCOUNTS_AVAILABLE"), toshl("connected")),
    cells(S::Completed, None, "COMPLETED", meld("ACTIVE"), toshl("connected")),
    cells(S::Partial, None, "ACTIVE", because("PARTIALLY_ACTIVE", "PARTIAL_AGGREGATION_SUCCESS"), toshl("connected")),
    cells(S::AwaitingCosigners, None, "PARTIALLY_AUTHORIZED", meld("IN_PROGRESS"), toshl("inactive")),
    cells(S::Degraded, Some(R::InstitutionUnavailable), "FETCHING_ERROR", because("DEGRADED", "INSTITUTION_CURRENTLY_UNAVAILABLE"), toshl("error")),
    cells(S::Degraded, Some(R::ProviderUnavailable), "FETCHING_ERROR", because("DEGRADED", "SERVICE_PROVIDER_CURRENTLY_UNAVAILABLE"), toshl("error")),
    cells(S::Degraded, Some(R::InstitutionActionRequired), "FETCHING_ERROR", because("DEGRADED", "INSTITUTION_ACTION_REQUIRED"), toshl("error")),
    cells(S::Degraded, Some(R::InteractiveRefresh), "FETCHING_ERROR", because("DEGRADED", "INTERACTIVE_REFRESH"), toshl("error")),
    cells(S::ReconnectRequired, Some(R::LoginRequired), "CREDENTIALS_ERROR", because("RECONNECT_REQUIRED", "LOGIN_REQUIRED"), toshl("invalid_credentials")),
    cells(S::ReconnectRequired, Some(R::InstitutionRepairing), "CREDENTIALS_ERROR", because("RECONNECT_REQUIRED", "REPAIRING_INSTITUTION"), toshl("error")),
    cells(S::ReconnectRequired, Some(R::ConsentExpired), "EXPIRED", because("RECONNECT_REQUIRED", "TOKEN_EXPIRED"), toshl("consent_expired")),
    cells(S::Suspended, None, "SUSPENDED_BY_PROVIDER", inferred(because("DEGRADED", "INSTITUTION_ACTION_REQUIRED")), toshl_inferred("error")),
    cells(S::Rejected, None, "REJECTED", inferred(meld("UNRECOVERABLE")), toshl_inferred("error")),
    cells(S::Revoked, None, "REVOKED", inferred(because("RECONNECT_REQUIRED", "OTHER")), toshl_inferred("consent_expired")),
    cells(S::Terminated, None, "TERMINATED_BY_USER", inferred(meld("DELETED")), toshl_deleted(Some("inactive"))),
    cells(S::Abandoned, None, "EXPIRED", meld("EXPIRED"), toshl("inactive")),
    cells(S::Replaced, None, "REPLACED", inferred(because("PARTIALLY_ACTIVE", "INACTIVE_DUPLICATE")), toshl_inferred("inactive")),
    cells(S::Failed, None, "ERROR", because("UNRECOVERABLE", "CONTINUED_AGGREGATION_FAILURES"), toshl("error")),
    cells(S::Unknown, None, "UNKNOWN", meld("UNDETERMINED"), toshl("error")),
    Row { status: S::Deleted, reason: None, open_finance: None, meld: meld("DELETED"), toshl: toshl_deleted(None) },
];

/// The row for a status and its reasons.
pub fn row(status: S, reasons: &BTreeSet<R>) -> &'static Row {
    let of_status = || TABLE.iter().filter(|row| row.status == status);
    reasons
        .iter()
        .find_map(|reason| of_status().find(|row| row.reason == Some(*reason)))
        .or_else(|| of_status().find(|row| row.reason.is_none()))
        .or_else(|| of_status().next())
        // Every status has a row (a test holds it), so this is only for the compiler.
        .unwrap_or(&TABLE[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The design's table as it is written there: status, reason, Open Finance, Meld, Toshl; `[I]` marks an inference. The reasons of
    /// `DEGRADED`, which it does not spell out, are Meld's own (docs.meld.io, "Connection errors and reasons").
    const WRITTEN: &str = "
pending | | INACTIVE | IN_PROGRESS | inactive
connecting | | FETCHING | IN_PROGRESS | inactive
awaiting_confirmation | | INACTIVE | IN_PROGRESS | not listed
connected | | CONNECTED | ACTIVE | connected
active | | ACTIVE | ACTIVE | connected
active | access_expiring_soon | ACTIVE | ACTIVE (ACCESS_EXPIRING_SOON) | consent_expiring
active | new_accounts_available | ACTIVE | ACTIVE (NEW_ACCOUNTS_AVAILABLE) | connected
completed | | COMPLETED | ACTIVE | connected
partial | | ACTIVE | PARTIALLY_ACTIVE (PARTIAL_AGGREGATION_SUCCESS) | connected
awaiting_cosigners | | PARTIALLY_AUTHORIZED | IN_PROGRESS | inactive
degraded | institution_unavailable | FETCHING_ERROR | DEGRADED (INSTITUTION_CURRENTLY_UNAVAILABLE) | error
degraded | provider_unavailable | FETCHING_ERROR | DEGRADED (SERVICE_PROVIDER_CURRENTLY_UNAVAILABLE) | error
degraded | institution_action_required | FETCHING_ERROR | DEGRADED (INSTITUTION_ACTION_REQUIRED) | error
degraded | interactive_refresh | FETCHING_ERROR | DEGRADED (INTERACTIVE_REFRESH) | error
reconnect_required | login_required | CREDENTIALS_ERROR | RECONNECT_REQUIRED (LOGIN_REQUIRED) | invalid_credentials
reconnect_required | institution_repairing | CREDENTIALS_ERROR | RECONNECT_REQUIRED (REPAIRING_INSTITUTION) | error
reconnect_required | consent_expired | EXPIRED | RECONNECT_REQUIRED (TOKEN_EXPIRED) | consent_expired
suspended | | SUSPENDED_BY_PROVIDER | DEGRADED (INSTITUTION_ACTION_REQUIRED) [I] | error [I]
rejected | | REJECTED | UNRECOVERABLE [I] | error [I]
revoked | | REVOKED | RECONNECT_REQUIRED (OTHER) [I] | consent_expired [I]
terminated | | TERMINATED_BY_USER | DELETED [I] | inactive, deleted: true
abandoned | | EXPIRED | EXPIRED | inactive
replaced | | REPLACED | PARTIALLY_ACTIVE (INACTIVE_DUPLICATE) [I] | inactive [I]
failed | | ERROR | UNRECOVERABLE (CONTINUED_AGGREGATION_FAILURES) | error
unknown | | UNKNOWN | UNDETERMINED | error
deleted | | – | DELETED | deleted: true
";

    fn mark(inferred: bool) -> &'static str {
        if inferred { " [I]" } else { "" }
    }

    fn written(row: &Row) -> String {
        let reason = row.reason.map_or(String::new(), |reason| {
            format!("{} ", serde_json::to_value(reason).unwrap().as_str().unwrap())
        });
        let meld = row.meld.reason.map_or(String::new(), |reason| format!(" ({reason})"));
        let toshl = row.toshl.map_or("not listed".to_owned(), |toshl| {
            let said: Vec<&str> = toshl.status.into_iter().chain(toshl.deleted.then_some("deleted: true")).collect();
            format!("{}{}", said.join(", "), mark(toshl.inferred))
        });
        format!(
            "{} | {reason}| {} | {}{meld}{} | {toshl}",
            row.status.as_str(),
            row.open_finance.unwrap_or("–"),
            row.meld.status,
            mark(row.meld.inferred),
        )
    }

    #[test]
    fn the_table_is_the_designs_row_by_row() {
        let table: Vec<String> = TABLE.iter().map(written).collect();
        let design: Vec<&str> = WRITTEN.trim().lines().collect();
        assert_eq!(table, design);
    }

    #[test]
    fn each_row_is_found_by_its_status_and_reason() {
        for expected in &TABLE {
            assert_eq!(row(expected.status, &expected.reason.into_iter().collect()), expected);
        }
    }

    #[test]
    fn every_status_has_a_row_of_its_own() {
        for status in S::ALL {
            assert_eq!(row(status, &BTreeSet::new()).status, status);
        }
    }

    #[test]
    fn of_several_reasons_the_first_in_their_order_is_shown() {
        let reasons = BTreeSet::from([R::NewAccountsAvailable, R::AccessExpiringSoon]);
        assert_eq!(row(S::Active, &reasons).meld.reason, Some("ACCESS_EXPIRING_SOON"));
        let reasons = BTreeSet::from([R::AccessExpiringSoon, R::InteractiveRefresh, R::ProviderUnavailable]);
        assert_eq!(
            row(S::Degraded, &reasons).meld.reason,
            Some("SERVICE_PROVIDER_CURRENTLY_UNAVAILABLE")
        );
        // A reason without a row of its own hides nothing.
        assert_eq!(row(S::Suspended, &reasons).open_finance, Some("SUSPENDED_BY_PROVIDER"));
    }
}
