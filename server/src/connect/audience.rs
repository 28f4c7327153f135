//! Whom a session's document speaks to, and how: which pages may be around its frame, and a vendor's dialect.
//!
//! **Contract.** A session of ours has one origin at most, its own. One that a vendor's API made names none, as those APIs do
//! not: there every origin counts that the tenant allows at this moment, and where it allows none there is no frame.

use super::state::{LoadError, Loaded};
use crate::connections::asked::Asked;
use crate::connections::surface::Vendor;
use crate::core::Core;
use crate::store::sessions::SessionRow;
use crate::tenants::admin::list;
use gesher_app::backend::SessionRef;
use gesher_contract::Dialect;
use gesher_directory::Institution;

/// The vendor whose API made this session.
pub fn vendor(row: &SessionRow) -> Option<Vendor> {
    row.vendor.as_deref().and_then(Vendor::from_column)
}

/// Whether nothing can ever be around this session's frame.
pub const fn has_no_frame(row: &SessionRow) -> bool {
    row.vendor.is_none() && row.parent_origin.is_none()
}

/// The origins of pages that may be around the session's frame, and that it speaks to.
///
/// # Errors
/// [`LoadError`] when the tenant cannot be read.
pub async fn origins(core: &Core, row: &SessionRow) -> Result<Vec<String>, LoadError> {
    if vendor(row).is_none() {
        return Ok(row.parent_origin.iter().cloned().collect());
    }
    let tenant = core.keys.tenant(&row.tenant_id).await?;
    Ok(tenant.map(|tenant| list(&tenant.allowed_origins)).unwrap_or_default())
}

/// The vendor's dialect that host messages are said in too. Meld's pages always hear theirs; Open Finance's hear theirs where
/// the connection was made so (`iframe`), or where the page's address says so. ConnectFi has none.
pub fn dialect(at: &SessionRef, loaded: &Loaded) -> Option<Dialect> {
    let asked = Asked::of(&loaded.connection).dialect;
    match vendor(&loaded.row) {
        None => asked.filter(|dialect| *dialect != Dialect::ConnectFi),
        Some(Vendor::Meld) => Some(Dialect::Meld),
        Some(Vendor::ConnectFi) => None,
        Some(Vendor::OpenFinance) => (at.vendor_messages || asked == Some(Dialect::OpenFinance)).then_some(Dialect::OpenFinance),
    }
}

/// What the vendor of this dialect calls the institution, where that is not what we call it.
pub fn called(institution: &Institution, dialect: Dialect) -> Option<String> {
    let vendor = match dialect {
        Dialect::OpenFinance => Vendor::OpenFinance,
        Dialect::Meld => Vendor::Meld,
        Dialect::ConnectFi => Vendor::ConnectFi,
    };
    let called = institution.called_in(vendor.as_str());
    (called != institution.id).then(|| called.to_owned())
}
