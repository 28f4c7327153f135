//! Names and values of the host's own that a connection is found by.

use super::{Conflict, Statement, args};

/// Adds a reference of a new connection.
pub fn insert(tenant: &str, connection: &str, name: &str, value: &str) -> Statement {
    Statement::one(
        "INSERT INTO connection_references (tenant_id, connection_id, name, value) VALUES ($1, $2, $3, $4)",
        args![tenant, connection, name, value],
        Conflict::Duplicate,
    )
}
