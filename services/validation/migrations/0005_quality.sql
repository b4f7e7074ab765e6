-- What the readings of a source were like in the 24 h before a checkpoint; goes with the checkpoint.
CREATE TABLE quality (
    park_id         text NOT NULL,
    partition       int NOT NULL,
    source_id       text NOT NULL,
    newest_event    timestamptz NOT NULL,
    newest_arrival  timestamptz NOT NULL,
    filled          bigint NOT NULL,
    expected        bigint NOT NULL,
    doubts          jsonb NOT NULL,
    PRIMARY KEY (park_id, partition, source_id)
);
