//! A tenant's webhook endpoints, by its operator: as its backend makes and changes them, and with a line in the audit log.

use super::{Admin, Refused};
use crate::core::Core;
use crate::store::webhooks::endpoints::{self as rows, EndpointRow};
use crate::store::{Conflict, Unit, WriteError};
use crate::tenants::{Caller, Mode};
use crate::webhooks::dialect::Dialect;
use crate::webhooks::endpoints::{self, Change, EndpointError};
use gesher_contract::{DisabledWhy, TenantTag, WebhookEndpointId};
use secrecy::SecretString;
use serde_json::json;

impl Admin<'_> {
    /// A tenant's endpoints, those of its test mode first.
    ///
    /// # Errors
    /// [`Refused::NotFound`], or the database failed.
    pub async fn endpoints(&self, tag: &str) -> Result<Vec<EndpointRow>, Refused> {
        let tenant = self.tenant(tag).await?.tenant_id;
        let mut found = rows::of_tenant(self.store, &tenant, Mode::Test.as_str()).await?;
        found.extend(rows::of_tenant(self.store, &tenant, Mode::Live.as_str()).await?);
        Ok(found)
    }

    /// Makes an endpoint. Its secret is shown once.
    ///
    /// # Errors
    /// [`Refused`]; there is no new endpoint.
    pub async fn create_endpoint(
        &self,
        core: &Core,
        tag: &str,
        mode: Mode,
        dialect: Dialect,
        asked: Change,
    ) -> Result<(EndpointRow, SecretString), Refused> {
        let tenant = self.open(tag).await?.tenant_id;
        let tag = TenantTag::parse(&tenant).map_err(|_| Refused::NotFound("tenant"))?;
        let caller = Caller::keyless(tag, mode);
        let (row, secret, mut unit) = endpoints::make(core, &caller, dialect, asked).await?;
        unit.push(self.line(
            &tenant,
            "webhook_endpoint.created",
            &row.id,
            &json!({ "mode": mode, "dialect": dialect, "url": row.url }),
        ));
        match self.store.write(unit).await {
            Err(WriteError::Conflict(Conflict::Stale)) => Err(Refused::TooManyEndpoints),
            other => {
                other?;
                Ok((row, secret))
            }
        }
    }

    /// Changes an endpoint.
    ///
    /// # Errors
    /// [`Refused`]; it stays as it was.
    pub async fn change_endpoint(&self, core: &Core, tag: &str, id: &str, asked: Change) -> Result<EndpointRow, Refused> {
        let before = self.endpoint(tag, id).await?;
        let (row, mut unit) = endpoints::change(core, &before, asked, DisabledWhy::Operator).await?;
        let detail = json!({ "url": row.url, "state": row.state, "events": row.kinds });
        unit.push(self.line(&row.tenant_id, "webhook_endpoint.changed", &row.id, &detail));
        self.store.write(unit).await?;
        Ok(row)
    }

    /// Deletes an endpoint, with what was on its way to it.
    ///
    /// # Errors
    /// [`Refused::NotFound`], or the database failed.
    pub async fn delete_endpoint(&self, tag: &str, id: &str) -> Result<(), Refused> {
        let row = self.endpoint(tag, id).await?;
        let mut unit: Unit = rows::delete(&row.tenant_id, &row.id).into_iter().collect();
        unit.push(self.line(&row.tenant_id, "webhook_endpoint.deleted", &row.id, &json!({ "url": row.url })));
        match self.store.write(unit).await {
            Err(WriteError::Conflict(Conflict::NotFound)) => Err(EndpointError::NotFound.into()),
            other => Ok(other?),
        }
    }

    async fn endpoint(&self, tag: &str, id: &str) -> Result<EndpointRow, Refused> {
        let tenant = self.tenant(tag).await?.tenant_id;
        let id = WebhookEndpointId::parse(id).map_err(|_| EndpointError::NotFound)?;
        let row = rows::by_id(self.store, &tenant, id.as_str()).await?;
        Ok(row.ok_or(EndpointError::NotFound)?)
    }
}
