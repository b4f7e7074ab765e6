-- How many quarter hours each naive method had something to say of: a mean error needs them, and a
-- method that said little is not the one to beat. The days are summed up from `score` again.
DELETE FROM score_day;

ALTER TABLE score_day
    ADD COLUMN last_value_cases double precision NOT NULL DEFAULT 0,
    ADD COLUMN day_ago_cases double precision NOT NULL DEFAULT 0,
    ADD COLUMN week_ago_cases double precision NOT NULL DEFAULT 0;
