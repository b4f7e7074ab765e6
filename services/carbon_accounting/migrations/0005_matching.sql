-- How far the emission rate that a certificate conveys is to be trusted; M is not said.
ALTER TABLE certificate ADD COLUMN trust text NOT NULL DEFAULT 'M';

-- Of several certificates that cover one quarter, the lesser gives first; the same for all quarters.
ALTER TABLE coverage ADD COLUMN turn text NOT NULL DEFAULT '';
CREATE TRIGGER coverage_only_added BEFORE UPDATE OR DELETE ON coverage
    FOR EACH ROW EXECUTE FUNCTION only_added();

-- What was matched: a local year or month, up to an instant, and the state it rested on.
CREATE TABLE coverage_run (
    park_id text NOT NULL,
    run bigint GENERATED ALWAYS AS IDENTITY,
    period text NOT NULL,
    until timestamptz NOT NULL,
    rested_on text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (park_id, run)
);
CREATE INDEX coverage_run_period ON coverage_run (park_id, period, run);
CREATE TRIGGER coverage_run_only_added BEFORE UPDATE OR DELETE ON coverage_run
    FOR EACH ROW EXECUTE FUNCTION only_added();

-- Quarter hours whose coverage changed and that have not been booked anew since.
CREATE TABLE coverage_changed (
    park_id text NOT NULL,
    start timestamptz NOT NULL,
    PRIMARY KEY (park_id, start)
);

-- Which run is the newest: asked after each booking.
CREATE INDEX coverage_newest ON coverage (park_id, run);
