-- The state that a bank brings back, hashed: it leads to the session. It stays when it was used, so that it is known as used.
ALTER TABLE sessions ADD COLUMN bank_state_hash BLOB;
CREATE UNIQUE INDEX sessions_by_bank_state ON sessions (tenant_id, bank_state_hash) WHERE bank_state_hash IS NOT NULL;
