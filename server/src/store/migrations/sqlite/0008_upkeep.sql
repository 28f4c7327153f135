-- When a connection is refreshed and what its host was told (JSON), and who the person is, as a keyed fingerprint.
ALTER TABLE connections ADD COLUMN upkeep TEXT NOT NULL DEFAULT '{}';
ALTER TABLE connections ADD COLUMN person TEXT;
-- Days without a refresh after which a host is reminded.
ALTER TABLE tenants ADD COLUMN refresh_reminder_days BIGINT NOT NULL DEFAULT 7;
-- Connections that stood before: they are fetched without the person, and somebody looks after them from now on.
UPDATE connections SET upkeep = '{"unattended":true,"next_refresh_at":0,"since":' || updated_at || '}'
WHERE status IN ('connected', 'active', 'partial', 'degraded', 'suspended', 'unknown', 'reconnect_required', 'revoked');
INSERT INTO jobs (tenant_id, id, kind, subject, run_at, attempts, lease_token, body)
SELECT tenant_id, 'tend_' || id, 'tend', id, 0, 0, NULL, ''
FROM connections
WHERE status IN ('connected', 'active', 'partial', 'degraded', 'suspended', 'unknown', 'reconnect_required', 'revoked');
