-- The first characters of an API key, by which its owner knows it again. Keys that are older have none.
ALTER TABLE api_keys ADD COLUMN prefix TEXT;
