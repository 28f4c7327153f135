//! Closing a tenant: nobody of it gets in any more, and what its customers granted is given back.
//!
//! **Contract.** The doors are shut first, so that nothing new comes about behind those who give back: within a second no key, token,
//! session, start page or hosted link of the tenant's opens anything on any node. Then its connections are deleted one after the other, as
//! their host would; their grants are given back at the institutions by the jobs of a running server, until that is true. What is not done
//! when it breaks off is done when it is asked for again. The rows stay, for the audit.

use super::{Admin, Refused};
use crate::connections::delete::{self, DeleteError};
use crate::connections::read::ReadError;
use crate::core::Core;
use crate::store::tenants::{self, TenantRow};
use crate::store::{Conflict, Unit, WriteError, connections};
use crate::tenants::{Caller, Mode};
use gesher_contract::{ConnectionId, TenantTag};
use serde_json::json;

/// Connections that are read at once.
const BATCH: i64 = 100;

impl From<DeleteError> for Refused {
    fn from(error: DeleteError) -> Self {
        match error {
            DeleteError::Read(ReadError::Unavailable(error)) => Self::Unavailable(error),
            // Somebody else writes it all the time, or it is gone meanwhile: asking again goes on.
            DeleteError::Read(_) | DeleteError::Unavailable(_) => Self::Busy,
        }
    }
}

impl Admin<'_> {
    /// Closes a tenant, and gives it as it is then. Closing it again goes on with what is left.
    ///
    /// # Errors
    /// [`Refused`]; where it is not [`Refused::NotFound`], the tenant may be closed with connections left.
    pub async fn close(&self, core: &Core, tag: &str) -> Result<TenantRow, Refused> {
        let tenant = self.tenant(tag).await?;
        let tag = TenantTag::parse(&tenant.tenant_id).map_err(|_| Refused::NotFound("tenant"))?;
        if tenant.closed_at.is_none() {
            let line = self.line(tag.as_str(), "tenant.closed", tag.as_str(), &json!({}));
            let close = tenants::close(tag.as_str(), self.clock.now().0);
            match self.store.write(Unit::new().with(close).with(line)).await {
                // Somebody else was faster.
                Ok(()) | Err(WriteError::Conflict(Conflict::NotFound)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        loop {
            let left = connections::left(self.store, tag.as_str(), BATCH).await?;
            if left.is_empty() {
                return self.tenant(tag.as_str()).await;
            }
            for (id, mode) in left {
                let id = ConnectionId::parse(&id).map_err(|_| Refused::Busy)?;
                let caller = Caller::keyless(tag.clone(), Mode::from_column(&mode));
                delete::delete(core, &caller, &id).await?;
            }
        }
    }
}
