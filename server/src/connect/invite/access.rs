//! Which data of which accounts a wish asks for, and which accounts are kept.

use super::{InviteError, Wish, wrong};
use crate::connections::asked::{Access, AccountFilter};
use crate::providers::{AccountKind, AccountName};
use gesher_directory::{Narrowing, Product};
use gesher_domain::checks::iban;
use std::collections::BTreeSet;

/// Most accounts in a list.
const MOST_ACCOUNTS: usize = 50;
/// Longest number of an account in its country (NextGenPSD2 `bban`).
const LONGEST_BBAN: usize = 30;
/// Longest masked number of a card (NextGenPSD2 `maskedPan`).
const LONGEST_PAN: usize = 35;

/// The accounts that are named, right by right.
pub(super) fn access(wish: &Wish, narrowing: &Narrowing) -> Result<Option<Access>, InviteError> {
    let Some(access) = &wish.access else { return Ok(None) };
    let lists = [
        ("accounts", Some(&access.accounts)),
        ("balances", access.balances.as_ref()),
        ("transactions", access.transactions.as_ref()),
    ];
    let given = || lists.into_iter().filter_map(|(right, list)| Some((right, list?)));
    for (right, list) in given() {
        if list.len() > MOST_ACCOUNTS {
            return Err(wrong(
                format!("access.{right}"),
                "invalid_access",
                format!("access.{right} has at most {MOST_ACCOUNTS} accounts."),
            ));
        }
        if let Some(place) = list.iter().position(|name| !is_name(name)) {
            return Err(wrong(
                format!("access.{right}[{place}]"),
                "invalid_access",
                "An account is an IBAN whose check digits are right, without spaces; or a bban of 1 to 30 letters, digits and hyphens; or a masked_pan of at most 35 visible characters.",
            ));
        }
    }
    if given().any(|(_, list)| list.is_empty()) && given().any(|(_, list)| !list.is_empty()) {
        return Err(wrong(
            "access",
            "invalid_access",
            "Either each list of access names accounts, or none does and the person chooses them.",
        ));
    }
    rights(wish, access, narrowing)?;
    Ok(Some(access.clone()))
}

/// Where both are given, access names the rights that the lists of products name.
fn rights(wish: &Wish, access: &Access, narrowing: &Narrowing) -> Result<(), InviteError> {
    if wish.institutions.products.is_none() && wish.optional_products.is_none() {
        return Ok(());
    }
    let optional = |product: &Product| wish.optional_products.as_ref().is_some_and(|products| products.contains(product));
    for (product, right) in [
        (Product::Balances, access.balances.is_some()),
        (Product::Transactions, access.transactions.is_some()),
    ] {
        let name = product.as_str();
        let required = narrowing.products.contains(&product);
        if right != (required || optional(&product)) {
            return Err(wrong(
                format!("access.{name}"),
                "invalid_access",
                format!("access and the lists of products name the same kinds of data; one of them has {name}, the other has not."),
            ));
        }
    }
    Ok(())
}

fn is_name(name: &AccountName) -> bool {
    match name {
        AccountName::Iban(text) => iban(text),
        AccountName::Bban(text) => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
            (1..=LONGEST_BBAN).contains(&text.len()) && text.bytes().all(plain)
        }
        AccountName::MaskedPan(text) => (1..=LONGEST_PAN).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()),
    }
}

/// The kinds of accounts that the institution is asked for.
pub(super) fn restricted_to(wish: &Wish) -> Result<Vec<AccountKind>, InviteError> {
    let Some(kinds) = &wish.restricted_to else { return Ok(Vec::new()) };
    let named = |access: &Access| !access.accounts.is_empty();
    let detail = if kinds.is_empty() {
        "restricted_to is not empty; leave it out for all kinds."
    } else if wish.access.as_ref().is_some_and(named) {
        "restricted_to goes with accounts that the person chooses, not with accounts that access names."
    } else {
        let kinds: BTreeSet<AccountKind> = kinds.iter().copied().collect();
        return Ok(kinds.into_iter().collect());
    };
    Err(wrong("restricted_to", "invalid_restricted_to", detail))
}

/// Which accounts are offered and kept.
pub(super) fn account_filter(wish: &Wish) -> Result<AccountFilter, InviteError> {
    let Some(filter) = &wish.account_filter else {
        return Ok(AccountFilter::default());
    };
    let refuse = |field: &str, detail: &str| Err(wrong(field, "invalid_account_filter", detail));
    if filter.kinds.is_none() && filter.currencies.is_none() {
        return refuse("account_filter", "account_filter has kinds, or currencies, or both.");
    }
    if filter.kinds.as_ref().is_some_and(Vec::is_empty) {
        return refuse("account_filter.kinds", "account_filter.kinds is not empty; leave it out for all.");
    }
    let currencies = filter.currencies.clone().unwrap_or_default();
    if filter.currencies.is_some() && currencies.is_empty() {
        return refuse(
            "account_filter.currencies",
            "account_filter.currencies is not empty; leave it out for all.",
        );
    }
    let is_code = |text: &String| text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if let Some(place) = currencies.iter().position(|text| !is_code(text)) {
        return refuse(
            &format!("account_filter.currencies[{place}]"),
            "A currency is an ISO 4217 code: three capitals.",
        );
    }
    Ok(AccountFilter {
        kinds: filter.kinds.iter().flatten().copied().collect(),
        currencies: currencies.into_iter().collect(),
    })
}
