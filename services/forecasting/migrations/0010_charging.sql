-- What a charging port said in a quarter hour, joined over its readings (domain/charging/words.py).
-- Times are minutes since the epoch; NULL where nothing was said.
CREATE TABLE port_word (
    park_id      text NOT NULL,
    port         text NOT NULL,
    quarter      int NOT NULL,
    wish_wh      double precision,
    wish_min     double precision,
    free_min     double precision,
    left_wh      double precision,
    left_min     double precision,
    plugged      double precision,
    plugged_min  double precision,
    heard_min    double precision NOT NULL,
    PRIMARY KEY (park_id, port, quarter)
);

-- What was said of a fleet's next hours at each issue, W: by vehicles plugged in, with those who
-- usually come, and by the outlook (P10, P50, P90). Kept for four weeks.
CREATE TABLE fleet_said (
    park_id    text NOT NULL,
    point      text NOT NULL,
    quarter    int NOT NULL,
    course_w   real[] NOT NULL,
    own_w      real[] NOT NULL,
    outlook_w  real[] NOT NULL,
    PRIMARY KEY (park_id, point, quarter)
);
