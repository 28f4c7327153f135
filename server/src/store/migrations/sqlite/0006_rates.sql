-- Requests a second that each of a tenant's keys may make; 0 is any number.
ALTER TABLE tenants ADD COLUMN live_rate BIGINT NOT NULL DEFAULT 100;
ALTER TABLE tenants ADD COLUMN test_rate BIGINT NOT NULL DEFAULT 25;
