-- What is made of a connection's transactions, as far as its host has switched that on.
CREATE TABLE insights (
    tenant_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    categories BOOLEAN NOT NULL,
    repeats BOOLEAN NOT NULL,
    transfers BOOLEAN NOT NULL,
    PRIMARY KEY (tenant_id, connection_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);

-- Transactions that come again. amount: what the next one is likely to be. next_on: none when it comes no more.
CREATE TABLE repeats (
    tenant_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    period TEXT NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    description TEXT NOT NULL,
    counterparty TEXT,
    category TEXT,
    members BIGINT NOT NULL,
    first_on TEXT NOT NULL,
    last_on TEXT NOT NULL,
    next_on TEXT,
    PRIMARY KEY (tenant_id, connection_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);

ALTER TABLE transactions ADD COLUMN category TEXT;
ALTER TABLE transactions ADD COLUMN repeat_id TEXT;
ALTER TABLE transactions ADD COLUMN transfer_id TEXT;
-- When the host said that it has seen it.
ALTER TABLE transactions ADD COLUMN seen_at BIGINT;
