//! Connect tokens: `POST /bank-linking/connect/start` and `…/repair`.

use super::key::{Body, Key};
use super::refusal::Refusal;
use super::{products, view};
use crate::connect::invite::again::{self, AgainError};
use crate::connect::invite::{self, Wish};
use crate::connections::read;
use crate::connections::surface::{Surface, Vendor};
use crate::core::Core;
use crate::http::compat::fields::{Fields, Rule};
use crate::store::connections::ConnectionRow;
use crate::store::{Conflict, customers};
use crate::tenants::{Caller, Mode};
use axum::Json;
use axum::extract::State;
use gesher_contract::ConnectionId;
use gesher_directory::{Product, Wanted};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Attempts against others who write the same connection.
const WRITES: u32 = 5;
/// The fields of the vendor's request. They are kept, also those that have no effect here.
const FIELDS: [&str; 10] = [
    "externalCustomerId",
    "accountPreferenceOverride",
    "allowRedirect",
    "institutionId",
    "institutionSearchString",
    "optionalProducts",
    "previousConnectionId",
    "products",
    "redirectUrl",
    "regions",
];

/// What was sent.
struct Start {
    customer: String,
    previous: Option<String>,
    wish: Wish,
}

/// Makes a connection and the token to go through it; with `previousConnectionId`, a token to repair that one.
pub(super) async fn start(State(core): State<Arc<Core>>, Key(caller): Key, Body(body): Body) -> Result<Json<Value>, Refusal> {
    let Start { customer, previous, wish } = read(&body, caller.mode)?;
    let (token, connection) = match previous {
        None => {
            let (invitation, unit) = invite::prepare(&core, &caller, wish).await?;
            core.store.write(unit).await?;
            (invitation.connect_token, invitation.connection.to_string())
        }
        Some(previous) => {
            let id = of_customer(&core, &caller, &previous, &customer).await?;
            let (token, row) = token_to_repair(&core, &caller, &id, wish.redirect_url).await?;
            (token, row.id)
        }
    };
    let customer_id = customers::id_of(&core.store, caller.tenant.as_str(), &customer).await?;
    Ok(Json(json!({
        "connectToken": token,
        "customerId": customer_id,
        "externalCustomerId": customer,
        "id": connection,
        "widgetUrl": widget_url(&core, &token),
    })))
}

/// Makes a token to repair a connection.
pub(super) async fn repair(State(core): State<Arc<Core>>, Key(caller): Key, Body(body): Body) -> Result<Json<Value>, Refusal> {
    let mut fields = Fields::of(&body);
    let connection = fields.required("connectionId");
    fields.finish().map_err(|wrong| Refusal::fields(&wrong))?;
    let id = ConnectionId::parse(&connection).map_err(|_| Refusal::NotFound("connection"))?;
    let (token, row) = token_to_repair(&core, &caller, &id, None).await?;
    let (institution_id, _) = view::institution(&core, &row.tenant_id, &row.mode, row.institution_id.as_deref());
    Ok(Json(json!({
        "connectToken": token,
        "id": row.id,
        "institutionId": institution_id,
        "widgetUrl": widget_url(&core, &token),
    })))
}

fn widget_url(core: &Core, token: &str) -> String {
    format!("{}/?connectToken={token}", core.url)
}

fn read(body: &Map<String, Value>, mode: Mode) -> Result<Start, Refusal> {
    let mut fields = Fields::of(body);
    let customer = fields.required("externalCustomerId");
    fields.object("accountPreferenceOverride");
    let allow_redirect = fields.flag("allowRedirect");
    let institution = fields.text("institutionId");
    let institution_search = fields.text("institutionSearchString");
    let optional = products::list(&mut fields, "optionalProducts");
    let previous = fields.text("previousConnectionId");
    let required = products::list(&mut fields, "products");
    let redirect_url = fields.text("redirectUrl");
    let regions = fields.texts("regions");
    if products::none(body, "products") && products::none(body, "optionalProducts") {
        fields.refuse("products", Rule::Required);
    }
    fields.finish().map_err(|wrong| Refusal::fields(&wrong))?;
    let some = |list: Vec<Product>| (!list.is_empty()).then_some(list);
    let said = FIELDS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), body.get(*name)?.clone())));
    Ok(Start {
        wish: Wish {
            customer: Some(customer.clone()),
            // A test key is the vendor's sandbox: there are its test institutions.
            include_sandbox: mode == Mode::Test,
            institution_ids: institution.map(|id| vec![id]),
            institution_search,
            institutions: Wanted {
                regions: regions.filter(|regions| !regions.is_empty()),
                products: some(required),
                allow_redirect,
                ..Wanted::default()
            },
            optional_products: some(optional),
            redirect_url,
            surface: Some(Surface {
                vendor: Vendor::Meld,
                said: said.collect(),
            }),
            ..Wish::default()
        },
        customer,
        previous,
    })
}

/// The connection that is to be repaired; it has to be the customer's.
async fn of_customer(core: &Core, caller: &Caller, id: &str, customer: &str) -> Result<ConnectionId, Refusal> {
    let id = ConnectionId::parse(id).map_err(|_| Refusal::NotFound("connection"))?;
    if read::connection(core, caller, &id).await?.customer == customer {
        Ok(id)
    } else {
        Err(Refusal::field(
            "externalCustomerId",
            "Must be the customer of the previous connection",
        ))
    }
}

async fn token_to_repair(
    core: &Core,
    caller: &Caller,
    id: &ConnectionId,
    redirect_url: Option<String>,
) -> Result<(String, ConnectionRow), Refusal> {
    let wish = again::Wish {
        language: None,
        parent_origin: None,
        redirect_url,
        auto_redirect: false,
        state: None,
        vendor: Some(Vendor::Meld),
        only_repair: true,
    };
    for _ in 0..WRITES {
        let prepared: Result<_, AgainError> = again::prepare(core, caller, id, wish.clone()).await;
        let (invitation, row, unit) = prepared?;
        match core.store.write(unit).await {
            Ok(()) => {
                core.work.notify_one();
                core.moved.tell(id.as_str());
                return Ok((invitation.connect_token, row));
            }
            Err(error) if error.conflict() == Some(Conflict::Stale) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Refusal::Conflict("Somebody else was at this connection at the same moment"))
}
