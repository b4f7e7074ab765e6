-- Native partitions of whole weeks; the service attaches what is missing before it writes.
-- What else was received under the key of a reading: `reading` and `reading_version` together are
-- the set of all distinct readings, and "what did we know at …?" is a question to that set.
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
) PARTITION BY RANGE (event_time);

-- Readings of a point in [window_start, next window_start). `integral` is value × hours between
-- readings that follow each other closely (domain/rollup.py), `covered_us` the time they cover.
-- Without a usable reading: sum 0, min, max and last NaN, last_time -infinity.
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
) PARTITION BY RANGE (window_start);
CREATE TABLE rollup_hour (LIKE rollup_quarter INCLUDING ALL) PARTITION BY RANGE (window_start);
