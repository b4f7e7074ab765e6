-- The suspense account, append-only: an entry's balance is the sum of its changes.
CREATE TABLE posting (
    park_id    text NOT NULL,
    entry_id   text NOT NULL,
    frame_id   text NOT NULL,
    source_id  text NOT NULL,
    point_id   text NOT NULL,
    account    text NOT NULL,
    starts_at  timestamptz NOT NULL,
    ends_at    timestamptz NOT NULL,
    reason     smallint NOT NULL,
    movement   smallint NOT NULL,
    change_wh  bigint NOT NULL,
    known_at   timestamptz NOT NULL,
    edit_id    text NOT NULL,
    PRIMARY KEY (park_id, entry_id, frame_id)
);
CREATE INDEX posting_by_account ON posting (park_id, account, point_id);
