-- Incidents as they stand, and every revision as it came about.
CREATE TABLE incident (
    incident_id     text PRIMARY KEY,
    park_id         text NOT NULL,
    kind            smallint NOT NULL,
    subject         text NOT NULL,
    severity        smallint NOT NULL,
    revision        integer NOT NULL CHECK (revision >= 1),
    occurrences     integer NOT NULL CHECK (occurrences >= 1),
    raised_at       timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    resolved_at     timestamptz CHECK (resolved_at >= raised_at),
    acknowledged_at timestamptz,
    acknowledged_by text NOT NULL DEFAULT '',
    text_en         text NOT NULL,
    text_zh         text NOT NULL
);
CREATE INDEX incident_newest ON incident (park_id, raised_at DESC, incident_id);
CREATE INDEX incident_unresolved ON incident (park_id, raised_at DESC) WHERE resolved_at IS NULL;
CREATE INDEX incident_subject ON incident (park_id, kind, subject, raised_at DESC);

-- `published` is false until Kafka has the revision: nothing is lost between the two.
CREATE TABLE incident_revision (
    LIKE incident INCLUDING CONSTRAINTS INCLUDING DEFAULTS,
    sequence  bigint GENERATED ALWAYS AS IDENTITY,
    published boolean NOT NULL DEFAULT false,
    PRIMARY KEY (incident_id, revision)
);
CREATE INDEX incident_revision_unpublished ON incident_revision (sequence) WHERE NOT published;
