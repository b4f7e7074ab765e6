-- What a plan needs to be explained: problem, courses, margins (services/dispatch/plan_record.py).
-- NULL: made before there were records; its inputs stand in `reasons`, its margins are lost.
ALTER TABLE plan ADD COLUMN record bytea;

-- Whether Kafka has the plan. What was made before counts as told.
ALTER TABLE plan ADD COLUMN published boolean NOT NULL DEFAULT true;
ALTER TABLE plan ALTER COLUMN published SET DEFAULT false;
CREATE INDEX plan_untold ON plan (park_id, issue_time) WHERE NOT published;
