-- Plans of devices, as they were told: a value for one quarter hour, made at `issue_time`, known to
-- us since `known_at`. A correction is a later word on the same key; nothing is replaced.
CREATE TABLE plan (
    park_id      text NOT NULL,
    device       text NOT NULL,
    kind         smallint NOT NULL,  -- parkflow.forecast.v1.PlanKind
    quarter      integer NOT NULL,   -- since the epoch
    issue_time   timestamptz NOT NULL,
    known_at     timestamptz NOT NULL,
    value        double precision NOT NULL,
    said_by      text NOT NULL,
    PRIMARY KEY (park_id, kind, device, quarter, issue_time, known_at)
);

CREATE INDEX plan_by_quarter ON plan (park_id, quarter);
