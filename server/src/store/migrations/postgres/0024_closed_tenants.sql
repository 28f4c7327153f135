-- A tenant that was closed: since when. Its rows stay, for the audit.
ALTER TABLE tenants ADD COLUMN closed_at BIGINT;
