//! Who the person is at the institution, without keeping their id: a keyed fingerprint.

use crate::core::Core;
use gesher_domain::session::{CORPORATE_FIELD, Cleaned, PSU_FIELD};

/// The fingerprint of an id, together with a company's where the login is one of a company: the same person for another company is
/// somebody else.
pub fn fingerprint(core: &Core, tenant: &str, psu_id: &str, psu_corporate_id: Option<&str>) -> String {
    let company = psu_corporate_id.unwrap_or_default();
    core.keyring.fingerprint(tenant, &format!("{psu_id}/{company}"))
}

/// The fingerprint of the id in these answers, if they hold one.
pub fn in_answers(core: &Core, tenant: &str, answers: &Cleaned) -> Option<String> {
    let psu_id = answers.0.get(PSU_FIELD).filter(|id| !id.is_empty())?;
    Some(fingerprint(
        core,
        tenant,
        psu_id,
        answers.0.get(CORPORATE_FIELD).map(String::as_str),
    ))
}
