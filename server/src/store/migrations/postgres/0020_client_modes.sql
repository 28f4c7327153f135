-- A client is for the sandbox or for real banks, as a key is. Those that were made before could be used for nothing, and stay away from
-- real banks until new ones are made.
ALTER TABLE oauth_clients ADD COLUMN mode TEXT NOT NULL DEFAULT 'test' CHECK (mode IN ('test', 'live'));

-- Access tokens: each is good for one customer, whether they have a connection yet or not. They go with their client.
CREATE TABLE access_tokens (
    tenant_id TEXT NOT NULL,
    hash BYTEA NOT NULL,
    client_id TEXT NOT NULL,
    customer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, client_id) REFERENCES oauth_clients (tenant_id, client_id)
);

CREATE INDEX access_tokens_of_customer ON access_tokens (tenant_id, customer);
CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);
