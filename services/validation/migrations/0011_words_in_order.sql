-- Words stand as they do in history (conventions §3.3): by when they were known, then by their place
-- in the raw log or by their frame's number. The offset (`word`) decides nothing any more: what a
-- worker that was cut off publishes late has a higher one, and those of two partitions cannot be
-- compared. It stays for the version before, and is NULL for what a virtual point came to.
-- A metered quarter hour from before this yields to the next word on it.
ALTER TABLE metered
  ADD COLUMN known_at_us   bigint NOT NULL DEFAULT 0,
  ADD COLUMN log_position  bigint NOT NULL DEFAULT 0,
  ADD COLUMN frame_number  bigint NOT NULL DEFAULT 0;
ALTER TABLE virtual_reading ADD COLUMN frame_number bigint NOT NULL DEFAULT 0;
