-- Addresses that a host named with a connection, each to be told once how it came out: a wish until then, and what is on its way from
-- then on. outcomes: those that it wants, apart by spaces. auth is sealed, and gone once the row is done.
CREATE TABLE connection_callbacks (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    outcomes TEXT NOT NULL,
    url TEXT NOT NULL,
    auth BLOB,
    outcome TEXT,
    status TEXT,
    happened_at BIGINT,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'pending', 'delivered', 'given_up', 'unwanted')),
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    lease_token TEXT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
) WITHOUT ROWID;

CREATE INDEX connection_callbacks_of_connection ON connection_callbacks (tenant_id, connection_id);
CREATE INDEX connection_callbacks_due ON connection_callbacks (tenant_id, next_at) WHERE state = 'pending';
CREATE INDEX connection_callbacks_by_lease ON connection_callbacks (lease_token) WHERE lease_token IS NOT NULL;
