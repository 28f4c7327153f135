//! What has been fetched: accounts and transactions. They can be read for as long as the connection is there; what a consent does not
//! allow was never fetched.

use super::page::{Paging, page};
use super::{Answer, id};
use crate::salt_edge::SaltEdge;
use crate::salt_edge::connection::Connection;
use crate::salt_edge::gate::Caller;
use crate::salt_edge::people::{Manner, manner};
use crate::salt_edge::records::{self, Which};
use crate::salt_edge::refusal::Refusal;
use crate::trouble::{self, At};
use axum::Extension;
use axum::extract::{OriginalUri, Query, State};
use axum::response::{IntoResponse as _, Response};
use http::Uri;
use serde::Deserialize;
use std::sync::Arc;

/// Query of both.
#[derive(Deserialize)]
pub(super) struct Of {
    connection_id: Option<String>,
    account_id: Option<String>,
    pending: Option<String>,
    duplicated: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

impl Of {
    fn connection(&self, salt_edge: &SaltEdge, app: &str) -> Result<Connection, Refusal> {
        let connection = self.connection_id.as_deref().ok_or(Refusal::WrongRequestFormat)?;
        let connection = id(connection, Refusal::ConnectionNotFound)?;
        let mut desk = salt_edge.desk();
        let connection = desk.connection(app, connection, salt_edge.now());
        connection.cloned().ok_or(Refusal::ConnectionNotFound)
    }

    fn which(&self) -> Which {
        let is = |asked: &Option<String>| asked.as_deref() == Some("true");
        match (is(&self.pending), is(&self.duplicated)) {
            (true, _) => Which::Pending,
            (false, true) => Which::Duplicated,
            (false, false) => Which::Posted,
        }
    }
}

/// A good answer, or the trouble that this connection's customer stands for.
async fn answered(connection: &Connection, answer: Answer) -> Response {
    let psu = connection.psu.as_ref();
    if trouble::is_down(psu) {
        return Refusal::Unavailable.into_response();
    }
    trouble::spoil(psu, At::Approval, answer.into_response()).await
}

fn overlaps(connection: &Connection) -> bool {
    connection.psu.as_ref().and_then(manner) == Some(Manner::Double)
}

/// `GET /accounts?connection_id`
pub(super) async fn accounts(
    State(salt_edge): State<Arc<SaltEdge>>,
    Extension(Caller(app)): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
    Query(of): Query<Of>,
) -> Result<Response, Refusal> {
    let connection = of.connection(&salt_edge, app)?;
    let allowed = connection.consent().is_some_and(|consent| consent.allows("accounts"));
    let records = if allowed { records::accounts(&connection) } else { Vec::new() };
    let answer = page(records, &of.paging, &uri, overlaps(&connection));
    Ok(answered(&connection, answer).await)
}

/// `GET /transactions?connection_id&account_id[&pending][&duplicated]`
pub(super) async fn transactions(
    State(salt_edge): State<Arc<SaltEdge>>,
    Extension(Caller(app)): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
    Query(of): Query<Of>,
) -> Result<Response, Refusal> {
    let connection = of.connection(&salt_edge, app)?;
    let answer = listed(&connection, &of, &uri);
    Ok(answered(&connection, answer).await)
}

fn listed(connection: &Connection, of: &Of, uri: &Uri) -> Answer {
    let account = of.account_id.as_deref().ok_or(Refusal::WrongRequestFormat)?;
    let wanted = id(account, Refusal::AccountNotFound)?;
    let accounts = records::fetched(connection);
    let account = accounts.iter().find(|(id, _)| *id == wanted);
    let (id, account) = account.ok_or(Refusal::AccountNotFound)?;
    if !connection.consent().is_some_and(|consent| consent.allows("transactions")) {
        return Err(Refusal::ConsentScopesNotAllowed);
    }
    let records = records::transactions(connection, *id, account, of.which());
    page(records, &of.paging, uri, overlaps(connection))
}
