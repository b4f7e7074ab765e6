-- Every model ever judged: what it learnt from, how it did on days it had not seen, why it serves
-- or not. `point` is the published series. `body` holds what answers need and is dropped once a
-- version can serve no more; all else stays.
CREATE TABLE model (
    version       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    park_id       text NOT NULL,
    point         text NOT NULL,
    created_at    timestamptz NOT NULL,
    trained_from  timestamptz NOT NULL,
    trained_to    timestamptz NOT NULL,
    rows          int NOT NULL,
    features      text[] NOT NULL,
    cases         int NOT NULL,
    rounds        int NOT NULL,
    cause         text NOT NULL,
    scores        jsonb NOT NULL,
    status        text NOT NULL CHECK (status IN ('champion', 'retired', 'rejected')),
    status_since  timestamptz NOT NULL,
    reason        text NOT NULL,
    body          bytea,
    CHECK (body IS NOT NULL OR status <> 'champion')
);
CREATE UNIQUE INDEX one_champion ON model (park_id, point) WHERE status = 'champion';
CREATE INDEX model_by_point ON model (park_id, point, version DESC);

-- What the serving process has reckoned since: weights and bands of the champion (`body`, null
-- until it first reckoned), and what models said out of sample up to `reckoned_at` (`ledger`).
CREATE TABLE standing (
    park_id      text NOT NULL,
    point        text NOT NULL,
    version      bigint NOT NULL REFERENCES model,
    reckoned_at  timestamptz NOT NULL,
    body         bytea,
    ledger       bytea NOT NULL,
    PRIMARY KEY (park_id, point)
);

-- Who asked for what, why, and what came of it; never changed but for its end.
CREATE TABLE request (
    park_id       text NOT NULL,
    request_id    text NOT NULL,
    action        text NOT NULL CHECK (action IN ('retrain', 'roll_back')),
    cause         text NOT NULL,
    user_name     text NOT NULL,
    reason        text NOT NULL,
    requested_at  timestamptz NOT NULL,
    PRIMARY KEY (park_id, request_id)
);
CREATE INDEX request_by_time ON request (park_id, requested_at DESC);

-- One row per point of a request; `outcome` is null while training has not come to it.
CREATE TABLE request_point (
    park_id     text NOT NULL,
    request_id  text NOT NULL,
    point       text NOT NULL,
    version     bigint REFERENCES model,
    outcome     text,
    PRIMARY KEY (park_id, request_id, point),
    FOREIGN KEY (park_id, request_id) REFERENCES request
);
CREATE INDEX request_waiting ON request_point (park_id, point) WHERE outcome IS NULL;
