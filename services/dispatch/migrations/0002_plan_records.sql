-- What a plan needs to be explained: problem, courses, margins (services/dispatch/plan_record.py).
-- NULL: made before there were records; its inputs stand in `reasons`, its margins are lost.
ALTER TABLE plan ADD COLUMN record bytea;
