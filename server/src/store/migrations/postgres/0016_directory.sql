-- What an operator (tenant_id and mode '') or a tenant made of the directory in a mode: their rows, whole, as JSON.
CREATE TABLE directory_rows (
    tenant_id TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('', 'test', 'live')),
    version BIGINT NOT NULL,
    body TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, mode)
);

-- Which institutions a provider reaches, by its own list: whole, as JSON.
CREATE TABLE directory_routes (
    provider TEXT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (provider)
);
