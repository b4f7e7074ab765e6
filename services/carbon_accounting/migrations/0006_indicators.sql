-- Indicators that were published while the service ran; a version never changes.
CREATE TABLE indicator_definition (
    park_id text NOT NULL,
    indicator_id text NOT NULL,
    version int NOT NULL CHECK (version >= 1),
    -- One item of `indicators`, as docs/carbon-indicators.md tells it.
    document text NOT NULL,
    published_at timestamptz NOT NULL,
    published_by text NOT NULL CHECK (published_by <> ''),
    because text NOT NULL CHECK (because <> ''),
    PRIMARY KEY (park_id, indicator_id, version)
);
CREATE TRIGGER indicator_definition_only_added BEFORE UPDATE OR DELETE ON indicator_definition
    FOR EACH ROW EXECUTE FUNCTION only_added();

-- Indicators that are not shown any more from a local day on, up to this version.
CREATE TABLE indicator_retirement (
    park_id text NOT NULL,
    indicator_id text NOT NULL,
    version int NOT NULL CHECK (version >= 1),
    retired_from date NOT NULL,
    retired_at timestamptz NOT NULL,
    retired_by text NOT NULL CHECK (retired_by <> ''),
    because text NOT NULL CHECK (because <> ''),
    PRIMARY KEY (park_id, indicator_id, version)
);
CREATE TRIGGER indicator_retirement_only_added BEFORE UPDATE OR DELETE ON indicator_retirement
    FOR EACH ROW EXECUTE FUNCTION only_added();

-- What was made; the newest version of a (product, period) holds.
CREATE TABLE production (
    park_id text NOT NULL,
    product text NOT NULL,
    -- A local month `2026-01` or day `2026-01-31`.
    period text NOT NULL,
    version int NOT NULL CHECK (version >= 1),
    -- Whole base units of the product's unit.
    amount bigint NOT NULL CHECK (amount >= 0),
    base_unit text NOT NULL,
    known_at timestamptz NOT NULL,
    told_by text NOT NULL CHECK (told_by <> ''),
    because text NOT NULL,
    PRIMARY KEY (park_id, product, period, version),
    CHECK (version = 1 OR because <> '')
);
CREATE TRIGGER production_only_added BEFORE UPDATE OR DELETE ON production
    FOR EACH ROW EXECUTE FUNCTION only_added();
