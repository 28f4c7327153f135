-- Start pages: an address of a tenant's that makes a connection for each visitor. ask: what the connection is asked for, JSON.
CREATE TABLE start_pages (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    slug TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    name TEXT NOT NULL,
    ask TEXT NOT NULL,
    language TEXT,
    redirect_url TEXT,
    completion TEXT NOT NULL CHECK (completion IN ('exchange', 'automatic')),
    expires_at BIGINT,
    daily_limit BIGINT,
    state TEXT NOT NULL CHECK (state IN ('enabled', 'disabled')),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, slug),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) WITHOUT ROWID;

-- How often a start page was used on a day, UTC.
CREATE TABLE start_page_days (
    tenant_id TEXT NOT NULL,
    start_page_id TEXT NOT NULL,
    day TEXT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, start_page_id, day)
) WITHOUT ROWID;

-- Hosted links: a link that makes a connection of one customer each time it is used. ask is sealed: it may hold a person's id.
CREATE TABLE hosted_links (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
    token_hash BLOB NOT NULL,
    customer TEXT NOT NULL,
    ask BLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    max_uses BIGINT NOT NULL,
    uses BIGINT NOT NULL,
    revoked_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, token_hash),
    FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
) WITHOUT ROWID;
