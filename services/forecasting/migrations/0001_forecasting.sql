-- Times are exact integers: microseconds since the epoch, and quarters (15 min) since the epoch.
CREATE TABLE point (
    point_id  int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    park_id   text NOT NULL,
    name      text NOT NULL,
    UNIQUE (park_id, name)
);

-- Usable readings (believed 1, suspect 2) for as long as ingest may still bring a late one.
CREATE TABLE sample (
    point_id         int NOT NULL,
    event_time_us    bigint NOT NULL,
    value            double precision NOT NULL,
    verdict          smallint NOT NULL,
    arrival_time_us  bigint NOT NULL,
    frame_number     bigint NOT NULL,
    PRIMARY KEY (point_id, event_time_us)
);

-- The mean of each quarter's samples, in the sign of the meter; always recomputed as a whole.
CREATE TABLE quarter (
    point_id  int NOT NULL,
    quarter   int NOT NULL,
    mean_w    double precision NOT NULL,
    readings  int NOT NULL,
    PRIMARY KEY (point_id, quarter)
);

-- Every issue as it was published; never changed.
CREATE TABLE issue (
    park_id     text NOT NULL,
    issue_time  timestamptz NOT NULL,
    known_at    timestamptz NOT NULL,
    body        bytea NOT NULL,
    PRIMARY KEY (park_id, issue_time)
);

-- Mean absolute errors of the forecasts of one quarter made up to `horizon_hours` before it
-- (and longer than the next smaller horizon); rewritten when late readings change the truth.
CREATE TABLE score (
    park_id            text NOT NULL,
    point              text NOT NULL,
    quarter            int NOT NULL,
    horizon_hours      smallint NOT NULL,
    cases              int NOT NULL,
    p50_error_w        double precision NOT NULL,
    persistence_error_w double precision,
    day_ago_error_w    double precision,
    in_band_share      double precision NOT NULL,
    PRIMARY KEY (park_id, point, quarter, horizon_hours)
);
