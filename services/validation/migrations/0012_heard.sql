-- When a partition heard each of its points last and how far apart its readings are, in microseconds:
-- 8 bytes a point (little endian; integers, floats), in the order of the ids, one a line. Goes with
-- the checkpoint. All that had arrived by until_us (park time, since 1970) is in it.
CREATE TABLE heard (
    park_id    text NOT NULL,
    partition  int NOT NULL,
    until_us   bigint NOT NULL,
    point_ids  text NOT NULL,
    newest_us  bytea NOT NULL,
    period_us  bytea NOT NULL,
    PRIMARY KEY (park_id, partition)
);
