-- Scores of an issue by class of horizons (`domain/scoring.py`): sums over its counted quarter
-- hours, so that any of them add up. The table of before held another measure (by quarter, up to
-- 24 h); every issue and every quarter is kept, so the last two weeks are scored anew at the start.
DROP TABLE score;

CREATE TABLE score (
    park_id           text NOT NULL,
    point             text NOT NULL,
    horizon_quarters  smallint NOT NULL,  -- the last horizon of the class
    issue_time        timestamptz NOT NULL,
    issue_day         date NOT NULL,      -- both by the park's clock
    issue_hour        smallint NOT NULL,
    cases             smallint NOT NULL,
    inside            smallint NOT NULL,
    error_w           real NOT NULL,
    excess_w          real NOT NULL,
    low_loss_w        real NOT NULL,
    high_loss_w       real NOT NULL,
    size_w            real NOT NULL,
    last_value_cases  smallint NOT NULL,
    last_value_w      real NOT NULL,
    last_value_rival_w real NOT NULL,
    day_ago_cases     smallint NOT NULL,
    day_ago_w         real NOT NULL,
    day_ago_rival_w   real NOT NULL,
    week_ago_cases    smallint NOT NULL,
    week_ago_w        real NOT NULL,
    week_ago_rival_w  real NOT NULL,
    PRIMARY KEY (park_id, point, horizon_quarters, issue_time)
);
CREATE INDEX score_by_issue ON score (park_id, issue_time);

-- Sums of what came true on each local day: what drift is judged by. Rolled up from `score`, and
-- again while late readings may still change it.
CREATE TABLE score_day (
    park_id           text NOT NULL,
    truth_day         date NOT NULL,
    point             text NOT NULL,
    horizon_quarters  smallint NOT NULL,
    cases             double precision NOT NULL,
    inside            double precision NOT NULL,
    error_w           double precision NOT NULL,
    size_w            double precision NOT NULL,
    last_value_w      double precision NOT NULL,
    day_ago_w         double precision NOT NULL,
    week_ago_w        double precision NOT NULL,
    last_value_rival_w double precision NOT NULL,
    day_ago_rival_w   double precision NOT NULL,
    week_ago_rival_w  double precision NOT NULL,
    PRIMARY KEY (park_id, truth_day, point, horizon_quarters)
);

-- Up to which quarter (exclusive) the truth has been compared with what was said.
CREATE TABLE scored_until (
    park_id  text PRIMARY KEY,
    quarter  int NOT NULL
);
