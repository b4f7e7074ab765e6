-- Edits that took part, as they stand in the log (`validation.edits.v1`).
CREATE TABLE edit (
    park_id     text NOT NULL,
    edit_id     text NOT NULL,
    point_id    text NOT NULL,
    source_id   text NOT NULL,
    decided_at  timestamptz NOT NULL,
    body        bytea NOT NULL,
    PRIMARY KEY (park_id, edit_id)
);
CREATE INDEX edit_by_time ON edit (park_id, decided_at DESC);
