-- An endpoint may be spoken to in a vendor's dialect. There an event may become several messages, each with a delivery of its own:
-- part names it, and is empty where the event itself is sent. last_error and last_status: why the last try failed.
ALTER TABLE webhook_endpoints ADD COLUMN dialect TEXT NOT NULL DEFAULT 'native' CHECK (dialect IN ('native', 'meld'));

CREATE TABLE webhook_deliveries_by_part (
    tenant_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    part TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'given_up')),
    lease_token TEXT,
    queued_at BIGINT NOT NULL,
    last_error TEXT,
    last_status BIGINT,
    PRIMARY KEY (tenant_id, endpoint_id, event_id, part)
) WITHOUT ROWID;

INSERT INTO webhook_deliveries_by_part
SELECT tenant_id, endpoint_id, event_id, '', attempts, next_at, state, lease_token, queued_at, NULL, NULL FROM webhook_deliveries;

DROP TABLE webhook_deliveries;
ALTER TABLE webhook_deliveries_by_part RENAME TO webhook_deliveries;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (tenant_id, endpoint_id, next_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_by_lease ON webhook_deliveries (lease_token) WHERE lease_token IS NOT NULL;
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (queued_at);

ALTER TABLE webhook_attempts ADD COLUMN part TEXT NOT NULL DEFAULT '';
