//! What a wish may ask of the consent and of the data, and the references that go with a connection.

use super::choice::Choice;
use super::{InviteError, Wish, access, wrong};
use crate::connections::asked::Asked;
use gesher_domain::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest time that a consent may be asked for: less than three years.
const LONGEST_CONSENT_DAYS: u32 = 3 * 365;
/// How far back transactions may be asked for.
const FARTHEST_BACK_DAYS: u32 = 366;
/// Most references.
const MOST_REFERENCES: usize = 20;
/// Longest name of a reference.
const LONGEST_NAME: usize = 40;
/// Longest value of a reference.
const LONGEST_VALUE: usize = 200;

/// What is kept of a wish.
pub(super) fn asked(wish: &Wish, choice: Choice, now: Timestamp) -> Result<Asked, InviteError> {
    references(wish)?;
    Ok(Asked {
        include_sandbox: wish.include_sandbox,
        institution_search: wish.institution_search.clone(),
        access: access::access(wish, &choice.narrowing)?,
        restricted_to: access::restricted_to(wish)?,
        account_filter: access::account_filter(wish)?,
        institution_ids: choice.institution_ids,
        narrowing: choice.narrowing,
        optional_products: choice.optional_products,
        recurring: wish.recurring.unwrap_or(true),
        consent_expires_at: consent_expires_at(wish, now)?,
        start_date: start_date(wish, now)?,
        references: wish.references.clone(),
        dialect: wish.dialect,
        callbacks: !wish.callbacks.is_empty(),
        surface: wish.surface.clone(),
    })
}

/// The access ends at the end of a day, which is all that a bank is told (NextGenPSD2 `validUntil`).
fn consent_expires_at(wish: &Wish, now: Timestamp) -> Result<Option<Timestamp>, InviteError> {
    let Some(text) = &wish.consent_expires_at else { return Ok(None) };
    let bad = || {
        wrong(
            "consent_expires_at",
            "invalid_consent_expires_at",
            "consent_expires_at is a time to come, RFC 3339, less than three years from now.",
        )
    };
    let at: jiff::Timestamp = text.parse().map_err(|_| bad())?;
    let at = Timestamp(at.as_microsecond());
    if at > now && at < now.plus(DAY * LONGEST_CONSENT_DAYS) {
        Ok(Some(at))
    } else {
        Err(bad())
    }
}

fn start_date(wish: &Wish, now: Timestamp) -> Result<Option<String>, InviteError> {
    let Some(text) = &wish.start_date else { return Ok(None) };
    let bad = || {
        wrong(
            "start_date",
            "invalid_start_date",
            "start_date is a day, YYYY-MM-DD, at most a year back and not to come.",
        )
    };
    let day: Date = text.parse().map_err(|_| bad())?;
    let begins = day.to_zoned(TimeZone::UTC).map_err(|_| bad())?.timestamp().as_microsecond();
    let oldest = now.0 - i64::try_from((DAY * FARTHEST_BACK_DAYS).as_micros()).unwrap_or(i64::MAX);
    if (oldest..=now.0).contains(&begins) {
        Ok(Some(day.to_string()))
    } else {
        Err(bad())
    }
}

fn references(wish: &Wish) -> Result<(), InviteError> {
    let plain = |name: &str| {
        name.bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    if wish.references.len() > MOST_REFERENCES {
        return Err(wrong(
            "references",
            "invalid_references",
            format!("references has at most {MOST_REFERENCES} entries."),
        ));
    }
    for (name, value) in &wish.references {
        if name.is_empty() || name.len() > LONGEST_NAME || !plain(name) {
            return Err(wrong(
                "references",
                "invalid_references",
                format!("The name of a reference is 1 to {LONGEST_NAME} of a-z, 0-9 and _."),
            ));
        }
        if value.is_empty() || value.chars().count() > LONGEST_VALUE || value.chars().any(char::is_control) {
            return Err(wrong(
                format!("references.{name}"),
                "invalid_references",
                format!("The value of a reference has 1 to {LONGEST_VALUE} characters and no control characters."),
            ));
        }
    }
    Ok(())
}
