-- Weather forecasts of others, as they came: a value for `target_time` by the run of `issue_time`,
-- known to us since `known_at`. A correction is a later word on the same key; nothing is replaced.
CREATE TABLE weather (
    park_id      text NOT NULL,
    place        text NOT NULL,
    quantity     smallint NOT NULL,  -- parkflow.forecast.v1.WeatherQuantity
    target_time  timestamptz NOT NULL,
    issue_time   timestamptz NOT NULL,
    known_at     timestamptz NOT NULL,
    value        double precision NOT NULL,
    PRIMARY KEY (park_id, place, quantity, target_time, issue_time, known_at)
);
