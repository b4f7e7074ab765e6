-- The ledgers in whole Wh and ng, by meter, enterprise and origin (docs/decisions/0041).
CREATE TABLE account_line (
    line_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    park_id text NOT NULL,
    ledger smallint NOT NULL CHECK (ledger BETWEEN 1 AND 7),
    meter text NOT NULL,
    enterprise text NOT NULL,
    carrier text NOT NULL,
    activity text NOT NULL,
    origin text NOT NULL,
    scope text NOT NULL,
    category text NOT NULL,
    gas text NOT NULL,
    unit text NOT NULL,
    counted boolean NOT NULL,
    factors text NOT NULL,
    method text NOT NULL,
    unverified text NOT NULL,
    -- SHA-256 of all of the above: the texts are too long for an index.
    digest bytea NOT NULL,
    UNIQUE (park_id, digest)
);

-- Which word of each register stood when a quarter was booked; columns as of register_quarter, in
-- the order of point_ids (known_at_us: microseconds since 1970).
CREATE TABLE basis (
    park_id text NOT NULL,
    start timestamptz NOT NULL,
    number int NOT NULL CHECK (number >= 1),
    digest bytea NOT NULL,
    point_ids text[] NOT NULL,
    believed_wh bigint[] NOT NULL,
    estimated_wh bigint[] NOT NULL,
    suspense_wh bigint[] NOT NULL,
    written_off_wh bigint[] NOT NULL,
    believed_us int[] NOT NULL,
    known_us int[] NOT NULL,
    methods int[] NOT NULL,
    known_at_us bigint[] NOT NULL,
    log_position bigint[] NOT NULL,
    frame_number bigint[] NOT NULL,
    PRIMARY KEY (park_id, start, number),
    UNIQUE (park_id, start, digest)
);

-- What was booked or restated of one ledger in one quarter hour at one time. Its basis is written
-- in the same transaction and is as append-only; a foreign key would check each row of a bulk.
CREATE TABLE posting (
    park_id text NOT NULL,
    ledger smallint NOT NULL CHECK (ledger BETWEEN 1 AND 7),
    start timestamptz NOT NULL,
    number int NOT NULL CHECK (number >= 1),
    known_at timestamptz NOT NULL,
    because text NOT NULL,
    basis int NOT NULL,
    line_ids int[] NOT NULL,
    amounts bigint[] NOT NULL,
    emissions_ng bigint[] NOT NULL,
    measured boolean[] NOT NULL,
    reversed int[] NOT NULL,
    -- The chain of a ledger's local month: which link of it this is.
    month text NOT NULL,
    place int NOT NULL CHECK (place >= 1),
    link bytea NOT NULL,
    PRIMARY KEY (park_id, start, ledger, number),
    UNIQUE (park_id, ledger, month, place),
    CHECK (cardinality(line_ids) = cardinality(amounts)
       AND cardinality(line_ids) = cardinality(emissions_ng)
       AND cardinality(line_ids) = cardinality(measured)),
    CHECK (number = 1 OR because <> '')
);
CREATE TRIGGER posting_only_added BEFORE UPDATE OR DELETE ON posting
    FOR EACH ROW EXECUTE FUNCTION only_added();
CREATE TRIGGER basis_only_added BEFORE UPDATE OR DELETE ON basis
    FOR EACH ROW EXECUTE FUNCTION only_added();

-- What is known of each quarter that is due: what of it is unknown or set aside, in words, and its
-- balance where every register of electricity is known. `gas_wh` is what is known of it.
DROP TABLE quarter;
CREATE TABLE quarter (
    park_id text NOT NULL,
    start timestamptz NOT NULL,
    rules text NOT NULL,
    waits_for text NOT NULL,
    set_aside text NOT NULL,
    -- What certificates cover beyond what was used of the grid, in words.
    claimed_beyond text NOT NULL,
    is_measured boolean NOT NULL,
    grid_import_wh bigint,
    grid_export_wh bigint,
    pv_wh bigint,
    wind_wh bigint,
    other_green_wh bigint,
    own_fuelled_wh bigint,
    charge_wh bigint,
    discharge_wh bigint,
    loads_wh bigint,
    gas_wh bigint NOT NULL,
    gap_wh bigint,
    gap_is_large boolean,
    PRIMARY KEY (park_id, start)
) WITH (fillfactor = 70);

-- What the stores of electricity hold at an instant, by origin.
CREATE TABLE store_state (
    park_id text NOT NULL,
    at timestamptz NOT NULL,
    pools jsonb NOT NULL,
    PRIMARY KEY (park_id, at)
);

-- Current entries summed by local day, kept with the postings.
CREATE TABLE day_line (
    park_id text NOT NULL,
    day date NOT NULL,
    line_id int NOT NULL REFERENCES account_line,
    amount numeric NOT NULL,
    emissions_ng numeric NOT NULL,
    entries int NOT NULL,
    estimated int NOT NULL,
    PRIMARY KEY (park_id, day, line_id)
) WITH (fillfactor = 70);

-- Grid power that certificates cover; of each quarter and enterprise the newest run holds.
CREATE TABLE coverage (
    park_id text NOT NULL,
    ledger smallint NOT NULL CHECK (ledger BETWEEN 1 AND 7),
    run bigint NOT NULL,
    start timestamptz NOT NULL,
    enterprise text NOT NULL,
    claim text NOT NULL,
    factor_id text NOT NULL,
    ng_per_wh bigint NOT NULL,
    trust text NOT NULL,
    wh bigint NOT NULL CHECK (wh >= 0),
    PRIMARY KEY (park_id, ledger, start, enterprise, run, claim)
);

-- Local months whose books are closed, and the heads of their chains at that time.
CREATE TABLE closed_period (
    park_id text NOT NULL,
    month text NOT NULL,
    closed_at timestamptz NOT NULL,
    closed_by text NOT NULL,
    because text NOT NULL,
    heads jsonb NOT NULL,
    PRIMARY KEY (park_id, month)
);

-- What a closed month would say by now, until somebody approves or rejects it.
CREATE TABLE pending_restatement (
    park_id text NOT NULL,
    restatement_id bigint GENERATED ALWAYS AS IDENTITY,
    month text NOT NULL,
    starts timestamptz[] NOT NULL,
    because text NOT NULL,
    found_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'rejected')),
    decided_by text NOT NULL DEFAULT '',
    decided_at timestamptz,
    decided_because text NOT NULL DEFAULT '',
    PRIMARY KEY (park_id, restatement_id),
    CHECK ((state = 'pending') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX pending_restatement_open ON pending_restatement (park_id, month)
    WHERE state = 'pending';

-- The lines of old, by park and in milligrams, stay readable; nothing is added to them. What they
-- say is booked anew from the words they came from.
DROP VIEW current_entry;
ALTER TABLE entry RENAME TO entry_in_mg;
DROP TABLE outbox;

-- Postings Kafka has not acknowledged yet; written with the posting, removed after publishing.
-- Without a foreign key: no posting is ever removed.
CREATE TABLE outbox (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    park_id text NOT NULL,
    ledger smallint NOT NULL,
    start timestamptz NOT NULL,
    number int NOT NULL
);

-- What is believed now. Only columns that follow from the words, the park file, the factors and the
-- coverage: two runs over the same words have the same rows, whatever happened on the way.
CREATE VIEW current_entry AS
SELECT p.park_id,
       (ARRAY['park_acceptance', 'location_based', 'market_based', 'product_footprint', 'cbam',
              'emission_trading', 'battery'])[p.ledger] AS ledger,
       p.start AS interval_start, p.start + interval '15 minutes' AS interval_end,
       l.meter, l.enterprise, l.carrier, l.activity, l.origin, l.scope, l.category, l.gas, l.unit,
       l.counted, l.factors, l.method, l.unverified, e.amount, e.emissions_ng,
       CASE WHEN e.measured THEN 'measured' ELSE 'estimated' END AS quality
FROM posting p
CROSS JOIN LATERAL unnest(p.line_ids, p.amounts, p.emissions_ng, p.measured)
    AS e (line_id, amount, emissions_ng, measured)
JOIN account_line l USING (line_id)
WHERE NOT EXISTS (
    SELECT 1 FROM posting r
    WHERE r.park_id = p.park_id AND r.start = p.start AND r.ledger = p.ledger
      AND r.number > p.number AND e.line_id = ANY (r.reversed));
