//! From rows to what the native API answers.

use super::problem::Problem;
use super::views::{
    AccountView, BalanceView, ConnectionView, CustomerView, Health, InstitutionRef, InstitutionView, LoginFieldView, LoginOptionView,
    RouteView, TransactionView,
};
use crate::connections::asked::Asked;
use crate::connections::read::{self, ReadError};
use crate::connections::upkeep;
use crate::core::Core;
use crate::institutions::logos;
use crate::institutions::standing::Standing;
use crate::store::accounts::{AccountRow, BalanceRow, TransactionRow};
use crate::store::connections::ConnectionRow;
use crate::store::insights::{Said, Switches};
use axum::http::StatusCode;
use gesher_contract::{LocalizedText, Reason};
use gesher_directory::{Institution, LoginField, Route, iban};
use gesher_domain::Timestamp;
use gesher_domain::connection::{NotReadable, is_cut, readable, stands};

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound(what) => Self::not_found(what),
            ReadError::NotReadable(why @ NotReadable::AwaitingConfirmation) => Self::new(
                StatusCode::CONFLICT,
                code(why),
                "Exchange the public token first: until then nothing of this connection can be read.",
            ),
            ReadError::NotReadable(why @ NotReadable::NotConnected) => Self::new(
                StatusCode::CONFLICT,
                code(why),
                "This connection gives no access: not yet, or no more. Its status says which.",
            ),
            ReadError::Unavailable(error) => {
                tracing::error!(%error, "the database could not be read");
                Self::unavailable()
            }
        }
    }
}

const fn code(why: NotReadable) -> &'static str {
    match why {
        NotReadable::AwaitingConfirmation => "awaiting_confirmation",
        NotReadable::NotConnected => "not_connected",
    }
}

/// A connection.
pub fn connection(core: &Core, row: &ConnectionRow) -> ConnectionView {
    let machine: gesher_domain::connection::Connection = serde_json::from_str(&row.machine).unwrap_or_default();
    let asked = Asked::of(row);
    let upkeep = upkeep::of(row);
    let status = read::status(row);
    let auto_refresh = asked.recurring && upkeep.unattended && stands(status) && !is_cut(status);
    let readable = readable(status).is_ok();
    ConnectionView {
        id: row.id.clone(),
        mode: crate::tenants::Mode::from_column(&row.mode).as_str(),
        status,
        reasons: serde_json::from_str::<Vec<Reason>>(&row.reasons).unwrap_or_default(),
        customer: (!row.customer.is_empty()).then(|| CustomerView {
            external_id: row.customer.clone(),
        }),
        institution: row.institution_id.as_deref().map(|id| InstitutionRef {
            id: id.to_owned(),
            name: core
                .directory(&row.tenant_id, &row.mode)
                .get(id)
                .map(|institution| institution.names.localized().0)
                .unwrap_or_default(),
        }),
        failure: machine.failure,
        state: row.host_state.clone(),
        references: asked.references,
        recurring: asked.recurring,
        created_at: Timestamp(row.created_at).rfc3339(),
        updated_at: Timestamp(row.updated_at).rfc3339(),
        consent_expires_at: row.expires_at.map(|at| Timestamp(at).rfc3339()),
        auto_refresh,
        last_refreshed_at: upkeep.last_refreshed_at.filter(|_| readable).map(Timestamp::rfc3339),
        next_refresh_at: upkeep.next_refresh_at.filter(|_| auto_refresh).map(Timestamp::rfc3339),
    }
}

/// An account with its balances.
pub fn account(row: AccountRow, institution_id: Option<String>, balances: Vec<BalanceRow>) -> AccountView {
    let name = serde_json::from_str::<LocalizedText>(&row.name).unwrap_or_default();
    AccountView {
        id: row.id,
        connection_id: row.connection_id,
        institution_id,
        name: name.0,
        owner_name: row.owner_name,
        kind: row.kind,
        currency: row.currency,
        iban: row.iban,
        masked_pan: row.masked_pan,
        number: row.number,
        balances: balances.into_iter().map(balance).collect(),
    }
}

/// A balance.
pub fn balance(row: BalanceRow) -> BalanceView {
    BalanceView {
        kind: row.kind,
        amount: row.amount,
        currency: row.currency,
        reference_date: row.reference_date,
    }
}

/// A transaction, and what is said of it as far as that is on.
pub fn transaction(row: TransactionRow, said: Said, on: Switches) -> TransactionView {
    TransactionView {
        id: row.id,
        account_id: row.account_id,
        booking_date: row.booking_date,
        value_date: row.value_date,
        amount: row.amount,
        currency: row.currency,
        status: row.status,
        description: row.description,
        counterparty: row.counterparty,
        category: on.categories.then_some(said.category),
        repeat_id: on.repeats.then_some(said.repeat_id),
        transfer_id: on.transfers.then_some(said.transfer_id),
    }
}

/// An institution.
pub fn institution(core: &Core, institution: &Institution, standing: &Standing) -> InstitutionView {
    let iban = |code: &String| iban::prefix(&institution.country, code);
    InstitutionView {
        id: institution.id.clone(),
        name: institution.names.localized().0,
        native_name: institution.names.native.as_deref().map(str::to_owned),
        short_name: institution.names.short.as_deref().map(str::to_owned),
        nicknames: institution.names.nicknames.clone(),
        kind: institution.kind,
        aliases: (*institution.aliases).clone(),
        country: institution.country.to_string(),
        regions: (*institution.regions).clone(),
        codes: institution.codes.clone(),
        bics: institution.bics.clone(),
        iban_prefixes: institution.codes.iter().filter_map(iban).collect(),
        domains: institution.domains.clone(),
        logo: institution
            .logo
            .as_ref()
            .map(|file| format!("{}{}{file}", core.url, logos::ADDRESS)),
        health: match standing.is_troubled(&institution.id) {
            true => Health::Trouble,
            false => Health::Ok,
        },
        sources: institution.sources.iter().map(|source| (**source).clone()).collect(),
        invented: institution.invented,
        psu_id_types: institution.psu_id_types.to_vec(),
        psu_corporate_id: institution.psu_corporate_id,
        routes: institution.routes.iter().map(route).collect(),
    }
}

fn route(route: &Route) -> RouteView {
    RouteView {
        provider: route.provider,
        products: route.offers.products.iter().collect(),
        redirect: route.offers.leaves,
        login_fields: route.fields.iter().map(login_field).collect(),
    }
}

fn option(option: &gesher_contract::Choice) -> LoginOptionView {
    LoginOptionView {
        value: option.value.clone(),
        label: option.label.0.clone(),
    }
}

fn login_field(field: &LoginField) -> LoginFieldView {
    LoginFieldView {
        name: field.name.clone(),
        kind: field.kind,
        label: field.label.0.clone(),
        optional: field.optional,
        min_length: field.min_length,
        max_length: field.max_length,
        options: field.options.iter().map(option).collect(),
        passport: field.passport,
    }
}
