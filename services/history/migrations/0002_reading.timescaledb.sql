-- A hypertable with the same columns and key as the plain relation.
CREATE TABLE reading (
    point_id      int NOT NULL,
    event_time    timestamptz NOT NULL,
    value         double precision NOT NULL,
    verdict       smallint NOT NULL,
    doubt         smallint NOT NULL,
    source_id     int NOT NULL,
    arrival_time  timestamptz NOT NULL,
    frame_number  bigint NOT NULL,
    PRIMARY KEY (point_id, event_time)
);
SELECT create_hypertable('reading', 'event_time', chunk_time_interval => INTERVAL '7 days');
