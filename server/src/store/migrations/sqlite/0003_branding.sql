-- How a tenant looks to the people whose accounts it connects. What is missing is ours.
CREATE TABLE brandings (
    tenant_id TEXT NOT NULL PRIMARY KEY,
    name TEXT,
    accent TEXT,
    accent_dark TEXT,
    radius BIGINT,
    mark BLOB,
    mark_kind TEXT CHECK (mark_kind IN ('png', 'svg')),
    updated_at BIGINT NOT NULL,
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CHECK ((mark IS NULL) = (mark_kind IS NULL))
) WITHOUT ROWID;
