-- Of the register readings only what a border can need: the first and the last of each quarter.
-- A reading's natural key is (park, point, event time). About 70 points x 96 rows a day.
CREATE TABLE register_edge (
    park_id text NOT NULL,
    point_id text NOT NULL,
    quarter timestamptz NOT NULL,
    first_event_time timestamptz NOT NULL,
    first_wh bigint NOT NULL,
    first_arrival_time timestamptz NOT NULL,
    first_frame_id text NOT NULL,
    last_event_time timestamptz NOT NULL,
    last_wh bigint NOT NULL,
    last_arrival_time timestamptz NOT NULL,
    last_frame_id text NOT NULL,
    PRIMARY KEY (park_id, point_id, quarter)
) WITH (fillfactor = 70);

-- The newest event time of any register reading; what is late follows from it.
CREATE TABLE watermark (
    park_id text PRIMARY KEY,
    event_time timestamptz NOT NULL
) WITH (fillfactor = 50);

-- What is known of each quarter: booked with its balance, or what it waits for.
CREATE TABLE quarter (
    park_id text NOT NULL,
    start timestamptz NOT NULL,
    rules text NOT NULL,
    waits_for text NOT NULL DEFAULT '',
    quality smallint,
    grid_import_wh bigint,
    grid_export_wh bigint,
    pv_wh bigint,
    wind_wh bigint,
    charge_wh bigint,
    discharge_wh bigint,
    loads_wh bigint,
    chargers_wh bigint,
    gas_wh bigint,
    gap_wh bigint,
    gap_is_large boolean,
    PRIMARY KEY (park_id, start),
    CHECK ((waits_for = '') = (quality IS NOT NULL))
);

-- The ledgers. Append-only but for `superseded`, which a newer version sets.
CREATE TABLE entry (
    park_id text NOT NULL,
    ledger smallint NOT NULL CHECK (ledger BETWEEN 1 AND 3),
    activity text NOT NULL,
    interval_start timestamptz NOT NULL,
    version int NOT NULL CHECK (version >= 1),
    entry_id text NOT NULL UNIQUE,
    scope smallint NOT NULL CHECK (scope BETWEEN 1 AND 3),
    energy_wh bigint NOT NULL CHECK (energy_wh >= 0),
    emissions_mg bigint NOT NULL CHECK (emissions_mg >= 0),
    gas text NOT NULL,
    factor_id text NOT NULL,
    factor_version int NOT NULL,
    factor_g_per_kwh numeric NOT NULL,
    factor_trust text NOT NULL,
    unverified boolean NOT NULL,
    quality smallint NOT NULL CHECK (quality BETWEEN 1 AND 2),
    sources text[] NOT NULL,
    known_at timestamptz NOT NULL,
    restated_because text NOT NULL,
    withdrawn boolean NOT NULL DEFAULT false,
    superseded boolean NOT NULL DEFAULT false,
    PRIMARY KEY (park_id, interval_start, ledger, activity, version)
);
CREATE UNIQUE INDEX entry_current ON entry (park_id, interval_start, ledger, activity)
    WHERE NOT superseded;

-- Entries Kafka has not acknowledged yet; written with the entry, removed after publishing.
CREATE TABLE outbox (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id text NOT NULL REFERENCES entry (entry_id)
);

-- What is believed now. Only columns that follow from the readings, the rules and the factors:
-- two runs over the same readings have the same rows, whatever happened on the way. Hence without
-- version, entry id, known-at and reason, which tell how we came to know.
CREATE VIEW current_entry AS
SELECT park_id,
       (ARRAY['park_acceptance', 'location_based', 'market_based'])[ledger] AS ledger,
       activity, interval_start, interval_start + interval '15 minutes' AS interval_end,
       scope, energy_wh, emissions_mg, gas, factor_id, factor_version, factor_g_per_kwh,
       factor_trust, unverified,
       (ARRAY['measured', 'estimated'])[quality] AS quality, sources
FROM entry
WHERE NOT superseded AND NOT withdrawn;
