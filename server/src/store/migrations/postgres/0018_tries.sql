-- Logins and codes that an institution may have counted against its customer, in five places for each that may not be tried more often.
-- key: whose, at which institution, of what kind; a keyed hash. mark: the session's version that sent it.
CREATE TABLE tries (
    tenant_id TEXT NOT NULL,
    key TEXT NOT NULL,
    place BIGINT NOT NULL,
    at BIGINT NOT NULL,
    session_id TEXT NOT NULL,
    mark BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, key, place),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);
CREATE INDEX tries_by_session ON tries (tenant_id, session_id);
CREATE INDEX tries_by_age ON tries (at);
