-- A tenant's credentials at a provider. fields: the names of what is set, apart by spaces; the values are sealed.
CREATE TABLE provider_credentials (
    tenant_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    fields TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, provider, mode),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);
