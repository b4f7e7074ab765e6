-- Every nowcast as it was published, for two days of park time.
CREATE TABLE nowcast (
    park_id     text NOT NULL,
    issue_time  timestamptz NOT NULL,
    known_at    timestamptz NOT NULL,
    body        bytea NOT NULL,
    PRIMARY KEY (park_id, issue_time)
);
