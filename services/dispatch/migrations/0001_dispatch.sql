-- Plans as they were published, with what is needed to explain them. Key: plan_id.
CREATE TABLE plan (
    plan_id     text PRIMARY KEY,
    park_id     text NOT NULL,
    issue_time  timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    message     bytea NOT NULL,
    reasons     jsonb NOT NULL
);
CREATE INDEX plan_by_issue ON plan (park_id, issue_time DESC);

-- Set-points and their final states. Key: setpoint_id; outcome is NULL while it is open.
CREATE TABLE setpoint (
    setpoint_id       text PRIMARY KEY,
    park_id           text NOT NULL,
    device_id         text NOT NULL,
    issued_at         timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    accepted_at       timestamptz,
    message           bytea NOT NULL,
    outcome           smallint,
    outcome_message   bytea,
    outcome_published boolean NOT NULL DEFAULT false
);
CREATE INDEX setpoint_newest ON setpoint (park_id, issued_at DESC);
CREATE INDEX setpoint_of_device ON setpoint (park_id, device_id, issued_at DESC);
CREATE INDEX setpoint_open ON setpoint (park_id) WHERE outcome IS NULL;
CREATE INDEX setpoint_untold ON setpoint (park_id) WHERE outcome IS NOT NULL AND NOT outcome_published;

-- Operators' orders. Never deleted: who steered what by hand stays on record.
CREATE TABLE manual_override (
    override_id     text PRIMARY KEY,
    park_id         text NOT NULL,
    device_id       text NOT NULL,
    idempotency_key text NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    message         bytea NOT NULL,
    cancelled_at    timestamptz,
    cancelled_by    text NOT NULL DEFAULT '',
    UNIQUE (park_id, idempotency_key)
);
CREATE INDEX manual_override_newest ON manual_override (park_id, created_at DESC);

-- The frozen inputs of the last control cycles that issued set-points, compressed JSON, for replay.
CREATE TABLE snapshot (
    snapshot_id text PRIMARY KEY,
    park_id     text NOT NULL,
    taken_at    timestamptz NOT NULL,
    content     bytea NOT NULL
);
CREATE INDEX snapshot_by_time ON snapshot (park_id, taken_at DESC);

-- Registers of the feed-in rule: reading at the start of the counting year and the newest one.
CREATE TABLE counter (
    park_id     text NOT NULL,
    point_id    text NOT NULL,
    first_wh    double precision NOT NULL,
    first_time  timestamptz NOT NULL,
    newest_wh   double precision NOT NULL,
    newest_time timestamptz NOT NULL,
    PRIMARY KEY (park_id, point_id)
);
