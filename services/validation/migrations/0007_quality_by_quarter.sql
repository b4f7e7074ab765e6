-- Completeness by quarter hour. Rows of before go; the next checkpoint writes new ones.
DELETE FROM quality;
ALTER TABLE quality
    DROP COLUMN filled,
    DROP COLUMN expected,
    ADD COLUMN as_of timestamptz NOT NULL,
    ADD COLUMN first_quarter timestamptz NOT NULL,
    ADD COLUMN filled int[] NOT NULL,
    ADD COLUMN expected int[] NOT NULL,
    ADD COLUMN unheard int NOT NULL;
