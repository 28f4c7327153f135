//! The rules that every institution keeps, wherever it comes from.

use crate::Institution;
use gesher_domain::checks;

/// A rule that an institution breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// The field that is wrong.
    pub(crate) field: &'static str,
    /// The rule, as a sentence about the row.
    pub(crate) rule: &'static str,
}

/// The most characters of an id.
const LONGEST_ID: usize = 100;
/// The most bytes of a provider's id for an institution.
const LONGEST_PROVIDER_ID: usize = 200;

/// Checks all that can be said of an institution by itself.
pub(crate) fn check(row: &Institution) -> Result<(), Broken> {
    let refuse = |field, rule| Err(Broken { field, rule });
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if row.id.is_empty() || !row.id.bytes().all(plain) {
        return refuse("id", "its id is not of lower-case letters, digits and hyphens");
    }
    if row.id.len() > LONGEST_ID {
        return refuse("id", "its id has more than 100 characters");
    }
    if !checks::country(&row.country) {
        return refuse("country", "its country is none of ISO 3166-1");
    }
    if row.names.all().any(|name| name.trim().is_empty()) {
        return refuse("names", "a name of it is empty");
    }
    if row.sources.is_empty()
        || row
            .sources
            .iter()
            .any(|source| source.title.is_empty() || source.licence.is_empty())
    {
        return refuse("source", "it names no source");
    }
    if !row
        .routes
        .iter()
        .all(|route| (1..=LONGEST_PROVIDER_ID).contains(&route.provider_id.len()))
    {
        return refuse("routes", "a route of it has no provider's id, or one of more than 200 bytes");
    }
    if row.psu_id_types.is_empty() {
        return refuse("psu_id_types", "it knows nobody by anything");
    }
    let is_code = |code: &String| !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !row.codes.iter().all(is_code) {
        return refuse("codes", "a code of it is not of letters and digits");
    }
    if !row.branches.iter().all(is_code) {
        return refuse("branches", "the code of a branch of it is not of letters and digits");
    }
    let of_country = |region: &String| checks::region(region) && region.split('-').next() == Some(row.country.as_str());
    if !row.regions.iter().all(of_country) {
        return refuse("regions", "a region of it is no part of its country");
    }
    let written = |alias: &String| !alias.is_empty() && alias.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    let dialect = |dialect: &String| !dialect.is_empty() && dialect.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if !row
        .aliases
        .iter()
        .all(|(of, ids)| dialect(of) && !ids.is_empty() && ids.iter().all(written))
    {
        return refuse("aliases", "an alias of it is not of visible ASCII characters without a comma");
    }
    if !row.bics.iter().all(|bic| is_bic8(bic)) {
        return refuse("bics", "a BIC of it is not four letters, a country and two characters");
    }
    if !row.domains.iter().all(|domain| is_domain(domain)) {
        return refuse("domains", "a domain of it is not a host name in lower case, without www.");
    }
    if row.logo.as_ref().is_some_and(|logo| !is_logo(logo)) {
        return refuse("logo", "its logo is no PNG, JPEG or WebP of at most 48 KB as a data URL in base 64");
    }
    Ok(())
}

/// Whether the text is written like a business identifier code without a branch (ISO 9362).
fn is_bic8(bic: &str) -> bool {
    bic.len() == 8
        && bic.bytes().take(6).all(|byte| byte.is_ascii_uppercase())
        && bic.bytes().skip(6).all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_domain(domain: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let label = |label: &str| !label.is_empty() && label.len() <= 63 && label.bytes().all(plain);
    domain.len() <= 253 && domain.contains('.') && !domain.starts_with("www.") && domain.split('.').all(label)
}

/// The most characters of a logo in base 64.
const LONGEST_LOGO: usize = 64 * 1024;

/// A picture that can do nothing: an SVG could.
fn is_logo(logo: &str) -> bool {
    let formats = ["data:image/png;base64,", "data:image/jpeg;base64,", "data:image/webp;base64,"];
    let data = formats.iter().find_map(|format| logo.strip_prefix(format));
    data.is_some_and(|data| {
        let digits = data.trim_end_matches('=');
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
        !digits.is_empty()
            && data.len() <= LONGEST_LOGO
            && data.len() % 4 == 0
            && data.len() - digits.len() <= 2
            && digits.bytes().all(plain)
    })
}
