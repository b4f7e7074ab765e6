-- By what a training that is kept again (its COMMIT was lost on the way back) is known; null in
-- versions from before.
ALTER TABLE model ADD COLUMN training_id uuid;
CREATE UNIQUE INDEX one_model_a_training ON model (training_id);

-- Roll-backs are few among the requests; the schedule asks for them.
CREATE INDEX request_roll_back ON request (park_id) WHERE action = 'roll_back';
