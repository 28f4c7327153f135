-- The vendor whose API made a session; absent: our own. What such a session allows and says differs from what ours do.
ALTER TABLE sessions ADD COLUMN vendor TEXT;
