-- What virtual points are made of, and they themselves: the newest word on each (point, event time).
-- A word of the log has its offset there; a source keeps to its partition, so a later offset of the
-- same point is a later word. Virtual readings have none.
CREATE TABLE virtual_reading (
    park_id        text NOT NULL,
    event_time_us  bigint NOT NULL,
    point_id       text NOT NULL,
    value          double precision NOT NULL,
    verdict        smallint NOT NULL,
    doubt          smallint NOT NULL,
    word           bigint,
    PRIMARY KEY (park_id, event_time_us, point_id)
);
