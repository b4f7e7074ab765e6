-- Every nowcast as it was published, for two days of park time.
CREATE TABLE nowcast (
    park_id     text NOT NULL,
    issue_time  timestamptz NOT NULL,
    known_at    timestamptz NOT NULL,
    body        bytea NOT NULL,
    PRIMARY KEY (park_id, issue_time)
);

-- How errors of the park's series hung together (normal scores by origin and horizon), as known from
-- `since` on: what the paths of the issues from then on are drawn from. Kept for two weeks.
CREATE TABLE past_errors (
    park_id  text NOT NULL,
    since    timestamptz NOT NULL,
    body     bytea NOT NULL,
    PRIMARY KEY (park_id, since)
);
