-- An event may be a tenant's own, without a connection; it is found by its id, and by its mode.
ALTER TABLE events ADD COLUMN mode TEXT CHECK (mode IN ('test', 'live'));
UPDATE events SET mode = c.mode FROM connections c WHERE c.tenant_id = events.tenant_id AND c.id = events.connection_id;
ALTER TABLE events ALTER COLUMN mode SET NOT NULL;
ALTER TABLE events DROP CONSTRAINT events_pkey;
ALTER TABLE events ALTER COLUMN connection_id DROP NOT NULL;
ALTER TABLE events ALTER COLUMN seq DROP NOT NULL;
ALTER TABLE events ADD PRIMARY KEY (tenant_id, id);
ALTER TABLE events ADD CHECK ((connection_id IS NULL) = (seq IS NULL));
CREATE UNIQUE INDEX events_of_connection ON events (tenant_id, connection_id, seq) WHERE connection_id IS NOT NULL;
CREATE INDEX events_of_tenants ON events (created_at) WHERE connection_id IS NULL;

-- Where a tenant hears of its events. kinds: those that it wants, apart by spaces; empty is all. The secrets are sealed.
CREATE TABLE webhook_endpoints (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    url TEXT NOT NULL,
    description TEXT NOT NULL,
    kinds TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('enabled', 'disabled')),
    why TEXT,
    since BIGINT NOT NULL,
    failing_since BIGINT,
    secret BYTEA NOT NULL,
    old_secret BYTEA,
    old_secret_until BIGINT,
    signing_key BYTEA NOT NULL,
    public_key TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- An event on its way to an endpoint: the outbox. No foreign key to the endpoint: one that is deleted at this moment must not
-- undo the change that the event reports.
CREATE TABLE webhook_deliveries (
    tenant_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'given_up')),
    lease_token TEXT,
    queued_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, endpoint_id, event_id)
);

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (tenant_id, endpoint_id, next_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_by_lease ON webhook_deliveries (lease_token) WHERE lease_token IS NOT NULL;
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (queued_at);

-- What came of each try.
CREATE TABLE webhook_attempts (
    tenant_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    at BIGINT NOT NULL,
    status BIGINT,
    error TEXT,
    took_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, endpoint_id, id)
);

CREATE INDEX webhook_attempts_by_age ON webhook_attempts (at);
