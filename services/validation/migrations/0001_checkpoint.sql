-- What the raw log came to, up to an offset. A later offset says everything an earlier one does.
CREATE TABLE checkpoint (
    park_id      text NOT NULL,
    partition    int NOT NULL,
    next_offset  bigint NOT NULL,
    state        bytea NOT NULL,
    kept_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (park_id, partition)
);
