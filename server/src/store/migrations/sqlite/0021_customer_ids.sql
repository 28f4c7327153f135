-- Customers get an id of ours beside the tenant's own. Those that are there get theirs here: `cust_`, the tenant, and a UUIDv7 in
-- lower-case Crockford base 32, five bits to a character: 48 bits of milliseconds, then what is random, with version and variant.
ALTER TABLE customers ADD COLUMN id TEXT NOT NULL DEFAULT '';
UPDATE customers SET id = 'cust_' || tenant_id
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST((created_at / 1000 >> 45) & 31 AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST((created_at / 1000 >> 40) & 31 AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST((created_at / 1000 >> 35) & 31 AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST((created_at / 1000 >> 30) & 31 AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST((created_at / 1000 >> 25) & 31 AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST((created_at / 1000 >> 20) & 31 AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST((created_at / 1000 >> 15) & 31 AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST((created_at / 1000 >> 10) & 31 AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST((created_at / 1000 >> 5) & 31 AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST((created_at / 1000 >> 0) & 31 AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(14 + abs(random() % 2) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(abs(random() % 32) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(abs(random() % 32) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(16 * abs(random() % 2) + 8 + abs(random() % 4) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(abs(random() % 32) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(abs(random() % 32) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(abs(random() % 32) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(abs(random() % 32) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(abs(random() % 32) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(abs(random() % 32) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(abs(random() % 32) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(abs(random() % 32) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(abs(random() % 32) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(abs(random() % 32) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(abs(random() % 32) AS INTEGER) + 1, 1)
    || substr('0123456789abcdefghjkmnpqrstvwxyz', CAST(abs(random() % 32) AS INTEGER) + 1, 1);
CREATE UNIQUE INDEX customers_by_id ON customers (tenant_id, id);
