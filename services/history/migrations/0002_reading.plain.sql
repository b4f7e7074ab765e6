-- Native partitions, one a week; the service attaches a week before it writes into it.
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
) PARTITION BY RANGE (event_time);
