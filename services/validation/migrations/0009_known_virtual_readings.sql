-- As of when each word was published: the next one on the same key must be known later.
ALTER TABLE virtual_reading ADD COLUMN known_us bigint NOT NULL DEFAULT 0;
