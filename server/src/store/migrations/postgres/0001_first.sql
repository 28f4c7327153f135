-- Times are epoch microseconds; JSON, money and dates are text. tenant_id leads every primary key.
-- The same tables as in ../sqlite.

CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE tenants (
    tenant_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    allowed_origins TEXT NOT NULL,
    redirect_urls TEXT NOT NULL,
    completion TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE api_keys (
    tenant_id TEXT NOT NULL,
    hash BYTEA NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (tenant_id, hash)
);

CREATE TABLE oauth_clients (
    tenant_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    PRIMARY KEY (tenant_id, client_id)
);

CREATE TABLE customers (
    tenant_id TEXT NOT NULL,
    external_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, external_id)
);

CREATE TABLE connections (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    customer TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    status TEXT NOT NULL,
    reasons TEXT NOT NULL,
    machine TEXT NOT NULL,
    version BIGINT NOT NULL,
    institution_id TEXT,
    provider TEXT,
    ask TEXT NOT NULL,
    psu_id BYTEA,
    host_state TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_event_seq BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE INDEX connections_by_customer ON connections (tenant_id, customer, id);

CREATE TABLE sessions (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    state_name TEXT NOT NULL,
    state TEXT NOT NULL,
    instance_hash BYTEA,
    version BIGINT NOT NULL,
    deadline BIGINT,
    lease_until BIGINT,
    language TEXT,
    language_fixed BOOLEAN NOT NULL,
    widget_token_hash BYTEA,
    hosted_token_hash BYTEA,
    parent_origin TEXT,
    redirect_url TEXT,
    leg BYTEA,
    public_token BYTEA,
    public_token_hash BYTEA,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);

CREATE UNIQUE INDEX sessions_by_widget_token ON sessions (tenant_id, widget_token_hash) WHERE widget_token_hash IS NOT NULL;
CREATE UNIQUE INDEX sessions_by_hosted_token ON sessions (tenant_id, hosted_token_hash) WHERE hosted_token_hash IS NOT NULL;
CREATE UNIQUE INDEX sessions_by_public_token ON sessions (tenant_id, public_token_hash) WHERE public_token_hash IS NOT NULL;
CREATE INDEX sessions_of_connection ON sessions (tenant_id, connection_id, id);
CREATE INDEX sessions_by_deadline ON sessions (deadline) WHERE deadline IS NOT NULL;
CREATE INDEX sessions_by_lease ON sessions (lease_until) WHERE lease_until IS NOT NULL;

CREATE TABLE grants (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'active', 'revoking', 'revoked')),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);

CREATE INDEX grants_of_connection ON grants (tenant_id, connection_id, id);
CREATE INDEX grants_of_session ON grants (tenant_id, session_id, id);
CREATE INDEX grants_revoking ON grants (updated_at) WHERE state = 'revoking';

CREATE TABLE accounts (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    provider_ref TEXT NOT NULL,
    kind TEXT NOT NULL,
    currency TEXT NOT NULL,
    iban TEXT,
    masked_pan TEXT,
    number TEXT,
    owner_name TEXT,
    name TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, connection_id, provider_ref),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);

CREATE TABLE balances (
    tenant_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    kind TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    reference_date TEXT,
    PRIMARY KEY (tenant_id, account_id, place),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id)
);

CREATE TABLE transactions (
    tenant_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    provider_ref TEXT NOT NULL,
    booking_date TEXT NOT NULL,
    value_date TEXT,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    description TEXT NOT NULL,
    counterparty TEXT,
    PRIMARY KEY (tenant_id, account_id, id),
    UNIQUE (tenant_id, account_id, provider_ref),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id)
);

CREATE INDEX transactions_by_date ON transactions (tenant_id, account_id, booking_date, id);

CREATE TABLE events (
    tenant_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, seq),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);

CREATE TABLE audit (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE idempotency (
    tenant_id TEXT NOT NULL,
    key TEXT NOT NULL,
    route TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    status BIGINT NOT NULL,
    body BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, key)
);

CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);

CREATE TABLE jobs (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    lease_token TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE INDEX jobs_by_time ON jobs (run_at);
CREATE INDEX jobs_by_lease ON jobs (lease_token) WHERE lease_token IS NOT NULL;
