-- Readings refused for their stamp. They are kept and shown, but place no partition.
CREATE TABLE misstamped (
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
