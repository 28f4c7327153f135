-- Tokens that read what belongs to one customer. They go with the key that they were made with.
CREATE TABLE customer_tokens (
    tenant_id TEXT NOT NULL,
    hash BYTEA NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    customer TEXT NOT NULL,
    key_hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, hash),
    FOREIGN KEY (tenant_id, customer) REFERENCES customers (tenant_id, external_id)
);

CREATE INDEX customer_tokens_of_customer ON customer_tokens (tenant_id, customer);
CREATE INDEX customer_tokens_by_expiry ON customer_tokens (expires_at);
