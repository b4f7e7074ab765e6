-- What published curves said of quarters (15 min since the epoch), in the signal's own unit. What is
-- said later is another row: nothing is replaced while an issue may still ask for it.
CREATE TABLE market_word (
    park_id    text NOT NULL,
    signal     text NOT NULL,
    quarter    int NOT NULL,
    known_at   timestamptz NOT NULL,
    source_id  text NOT NULL,
    value      double precision NOT NULL,
    PRIMARY KEY (park_id, signal, quarter, known_at, source_id)
);

-- Scores of issues' words on signals by class of horizons, sums over the quarters that had not been
-- published (`domain/signal_scoring.py`), in the signal's own unit. Arrays are by naive method.
CREATE TABLE signal_score (
    park_id           text NOT NULL,
    signal            text NOT NULL,
    horizon_quarters  smallint NOT NULL,  -- the last horizon of the class
    issue_time        timestamptz NOT NULL,
    cases             smallint NOT NULL,
    inside            smallint NOT NULL,
    error             double precision NOT NULL,
    excess            double precision NOT NULL,
    low_loss          double precision NOT NULL,
    high_loss         double precision NOT NULL,
    size              double precision NOT NULL,
    naive_cases       int[] NOT NULL,
    naive             double precision[] NOT NULL,
    rival             double precision[] NOT NULL,
    PRIMARY KEY (park_id, signal, horizon_quarters, issue_time)
);

-- Up to which quarter of issue (exclusive) signals are scored.
CREATE TABLE signal_scored_until (
    park_id  text PRIMARY KEY,
    quarter  int NOT NULL
);
