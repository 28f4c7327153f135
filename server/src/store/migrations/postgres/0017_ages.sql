-- What is forgotten when it is old is found by its age.
CREATE INDEX connection_callbacks_by_age ON connection_callbacks (happened_at);
CREATE INDEX session_steps_by_age ON session_steps (at);
CREATE INDEX start_page_days_by_age ON start_page_days (day);
