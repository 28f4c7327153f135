-- What happened in a session, a row for each version: written in the transaction of the change. Never what a person typed.
CREATE TABLE session_steps (
    tenant_id TEXT NOT NULL,
    session_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (tenant_id, session_id, version)
);

-- A support code is the end of a session's id.
CREATE INDEX sessions_by_support_code ON sessions (substr(id, 30));
