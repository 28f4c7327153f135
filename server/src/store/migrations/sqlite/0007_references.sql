-- Names and values of the host's own. They stand in the connection too; here they are found.
CREATE TABLE connection_references (
    tenant_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, name),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
) WITHOUT ROWID;

CREATE INDEX connections_by_reference ON connection_references (tenant_id, name, value, connection_id);
