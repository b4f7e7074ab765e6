-- Hypertables with the same columns and keys as the plain relations.
CREATE TABLE reading_version (
    point_id      int NOT NULL,
    event_time    timestamptz NOT NULL,
    value         double precision NOT NULL,
    verdict       smallint NOT NULL,
    doubt         smallint NOT NULL,
    source_id     int NOT NULL,
    arrival_time  timestamptz NOT NULL,
    frame_number  bigint NOT NULL,
    UNIQUE (point_id, event_time, arrival_time, frame_number, value, verdict, doubt)
);
CREATE TABLE rollup_quarter (
    point_id      int NOT NULL,
    window_start  timestamptz NOT NULL,
    believed      int NOT NULL,
    suspect       int NOT NULL,
    estimated     int NOT NULL,
    rejected      int NOT NULL,
    value_sum     double precision NOT NULL,
    value_min     double precision NOT NULL,
    value_max     double precision NOT NULL,
    last_time     timestamptz NOT NULL,
    last_value    double precision NOT NULL,
    integral      double precision NOT NULL,
    covered_us    bigint NOT NULL,
    PRIMARY KEY (point_id, window_start)
);
CREATE TABLE rollup_hour (LIKE rollup_quarter INCLUDING ALL);
SELECT create_hypertable('reading_version', 'event_time', chunk_time_interval => INTERVAL '7 days');
SELECT create_hypertable('rollup_quarter', 'window_start', chunk_time_interval => INTERVAL '7 days');
SELECT create_hypertable('rollup_hour', 'window_start', chunk_time_interval => INTERVAL '28 days');
