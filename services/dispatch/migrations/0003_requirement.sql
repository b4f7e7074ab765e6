-- What the planner must respect, as it was set. Rows are never changed and never deleted: what is
-- wanted otherwise later is a row of its own. `starts_at` to `ends_at` is the time that it is about,
-- `set_at` when it was told (park time, both).
CREATE TABLE requirement (
    requirement_id  text PRIMARY KEY,
    park_id         text NOT NULL,
    idempotency_key text NOT NULL,
    set_at          timestamptz NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    message         bytea NOT NULL,
    UNIQUE (park_id, idempotency_key)
);
CREATE INDEX requirement_newest ON requirement (park_id, set_at DESC);
CREATE INDEX requirement_by_end ON requirement (park_id, ends_at);

-- Which requirement ended before its time: when, by whom, and what took its place (NULL: nothing).
CREATE TABLE requirement_ending (
    requirement_id text PRIMARY KEY REFERENCES requirement,
    ended_at       timestamptz NOT NULL,
    ended_by       text NOT NULL,
    superseded_by  text REFERENCES requirement
);

CREATE FUNCTION stays_as_it_was() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed; add another one', TG_TABLE_NAME;
END;
$$;
CREATE TRIGGER requirement_stays BEFORE UPDATE OR DELETE ON requirement
    FOR EACH ROW EXECUTE FUNCTION stays_as_it_was();
CREATE TRIGGER requirement_ending_stays BEFORE UPDATE OR DELETE ON requirement_ending
    FOR EACH ROW EXECUTE FUNCTION stays_as_it_was();
