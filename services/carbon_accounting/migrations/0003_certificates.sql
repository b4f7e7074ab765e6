-- Green attributes (docs/carbon-certificates.md). One id is one Wh; ids count within a lot, the
-- generation of a device in a span. A number for each lot lets ranges of plain PostgreSQL (no
-- extension) exclude each other.
CREATE TABLE certificate_lot (
    lot_number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    park_id text NOT NULL,
    lot text NOT NULL,
    UNIQUE (park_id, lot)
);

-- A certificate and how it stands now, which is what its events say.
CREATE TABLE certificate (
    park_id text NOT NULL,
    certificate_id text NOT NULL,
    lot_number bigint NOT NULL REFERENCES certificate_lot,
    instrument text NOT NULL,
    technology text NOT NULL,
    device text NOT NULL,
    market text NOT NULL,
    production_start timestamptz NOT NULL,
    production_end timestamptz NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    first_id bigint NOT NULL CHECK (first_id >= 0),
    last_id bigint NOT NULL,
    issued_to text NOT NULL,
    emission_ng_per_wh bigint,
    title text NOT NULL,
    generation_use text NOT NULL,
    state text NOT NULL,
    owner text NOT NULL,
    beneficiary text NOT NULL,
    cancelled_at timestamptz,
    PRIMARY KEY (park_id, certificate_id),
    UNIQUE (park_id, certificate_id, lot_number, first_id, last_id),
    CHECK (last_id >= first_id),
    CHECK (production_end > production_start AND issued_at >= production_end
           AND expires_at > issued_at),
    -- No Wh is certified twice: what lives of a lot does not overlap.
    CONSTRAINT certified_once EXCLUDE USING gist (
        int8range(lot_number, lot_number, '[]') WITH &&,
        int8range(first_id, last_id, '[]') WITH &&
    ) WHERE (state NOT IN ('split', 'withdrawn'))
);

-- What happened, in the order it was recorded. Event ids come from the caller, who may repeat them.
CREATE TABLE certificate_event (
    park_id text NOT NULL,
    event_id text NOT NULL,
    certificate_id text NOT NULL,
    kind text NOT NULL,
    content jsonb NOT NULL,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (park_id, event_id)
);
CREATE INDEX certificate_event_place ON certificate_event (park_id, certificate_id, place);

-- What was claimed. The ids lie within the certificate, whose own are repeated here so that the
-- foreign key and the check can say so; one claim family claims an id of a lot once.
CREATE TABLE certificate_claim (
    park_id text NOT NULL,
    claim_id text NOT NULL,
    certificate_id text NOT NULL,
    lot_number bigint NOT NULL,
    certificate_first_id bigint NOT NULL,
    certificate_last_id bigint NOT NULL,
    kind text NOT NULL,
    family smallint NOT NULL,
    first_id bigint NOT NULL,
    last_id bigint NOT NULL,
    claimant text NOT NULL,
    consumption_start timestamptz NOT NULL,
    consumption_end timestamptz NOT NULL,
    market text NOT NULL,
    claimed_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (park_id, claim_id),
    FOREIGN KEY (park_id, certificate_id, lot_number, certificate_first_id, certificate_last_id)
        REFERENCES certificate (park_id, certificate_id, lot_number, first_id, last_id),
    CHECK (certificate_first_id <= first_id AND first_id <= last_id
           AND last_id <= certificate_last_id),
    CHECK ((kind, family) IN (('GEC', 1), ('CCER', 1), ('碳普惠', 1), ('physical', 2))),
    CONSTRAINT claimed_once EXCLUDE USING gist (
        int8range(lot_number, lot_number, '[]') WITH &&,
        int4range(family, family, '[]') WITH &&,
        int8range(first_id, last_id, '[]') WITH &&
    )
);
CREATE INDEX certificate_claim_claimant
    ON certificate_claim (park_id, claimant, family, consumption_start);

-- Events and claims are only ever added.
CREATE FUNCTION only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: record a new event instead', TG_TABLE_NAME;
END $$;
CREATE TRIGGER certificate_event_only_added BEFORE UPDATE OR DELETE ON certificate_event
    FOR EACH ROW EXECUTE FUNCTION only_added();
CREATE TRIGGER certificate_claim_only_added BEFORE UPDATE OR DELETE ON certificate_claim
    FOR EACH ROW EXECUTE FUNCTION only_added();
