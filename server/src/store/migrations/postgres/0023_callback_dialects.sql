-- A callback of a connection that was made through a vendor's API is told in that vendor's words, and of each change of the vendor's
-- status. Then the row is the wish, which stays while anything can change, and each change has a row of its own: wish names the first.
-- error: what was wrong when it happened.
ALTER TABLE connection_callbacks ADD COLUMN dialect TEXT NOT NULL DEFAULT 'native' CHECK (dialect IN ('native', 'open_finance'));
ALTER TABLE connection_callbacks ADD COLUMN wish TEXT;
ALTER TABLE connection_callbacks ADD COLUMN error TEXT;
