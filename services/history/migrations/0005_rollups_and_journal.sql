-- Days and months are few: no partitions on either engine.
CREATE TABLE rollup_day (LIKE rollup_quarter INCLUDING DEFAULTS, PRIMARY KEY (point_id, window_start));
CREATE TABLE rollup_month (LIKE rollup_quarter INCLUDING DEFAULTS, PRIMARY KEY (point_id, window_start));

-- What writers have touched and nobody has rolled up yet: one row a transaction and shard, windows
-- packed as big-endian int8 keys: the point's number, then the quarter hour's (domain/touched.py).
CREATE TABLE touched (
    touched_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shard       smallint NOT NULL,
    touched_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    windows     bytea NOT NULL
);
ALTER TABLE touched ALTER windows SET STORAGE EXTERNAL;
CREATE INDEX touched_by_shard ON touched (shard, touched_id);

-- Who refreshes a shard (points by their number) holds its row: two workers never share a window.
CREATE TABLE rollup_shard (shard smallint PRIMARY KEY);
INSERT INTO rollup_shard SELECT generate_series(0, 3);

-- Committed rows in commit order, for `Watch`: a transaction takes its position last, and the
-- row lock on `journal_head` lasts until it is committed, so positions appear in order, gapless.
CREATE TABLE journal (
    position      bigint PRIMARY KEY,
    committed_at  timestamptz NOT NULL,
    rows          bytea NOT NULL
);
ALTER TABLE journal ALTER rows SET STORAGE EXTERNAL;
CREATE TABLE journal_head (position bigint NOT NULL, oldest bigint NOT NULL);
INSERT INTO journal_head VALUES (0, 1);

-- Before this instant raw readings may have been dropped: rollups there are final.
CREATE TABLE horizon (raw_from timestamptz NOT NULL);
INSERT INTO horizon VALUES ('-infinity');

-- Every batch rewrites rows of `latest`: room on the page keeps that off its index.
ALTER TABLE latest SET (fillfactor = 50);
