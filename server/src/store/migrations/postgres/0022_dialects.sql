-- An endpoint may be spoken to in a vendor's dialect. There an event may become several messages, each with a delivery of its own:
-- part names it, and is empty where the event itself is sent. last_error and last_status: why the last try failed.
ALTER TABLE webhook_endpoints ADD COLUMN dialect TEXT NOT NULL DEFAULT 'native' CHECK (dialect IN ('native', 'meld'));

ALTER TABLE webhook_deliveries ADD COLUMN part TEXT NOT NULL DEFAULT '';
ALTER TABLE webhook_deliveries ALTER COLUMN part DROP DEFAULT;
ALTER TABLE webhook_deliveries ADD COLUMN last_error TEXT;
ALTER TABLE webhook_deliveries ADD COLUMN last_status BIGINT;
ALTER TABLE webhook_deliveries DROP CONSTRAINT webhook_deliveries_pkey;
ALTER TABLE webhook_deliveries ADD PRIMARY KEY (tenant_id, endpoint_id, event_id, part);

ALTER TABLE webhook_attempts ADD COLUMN part TEXT NOT NULL DEFAULT '';
