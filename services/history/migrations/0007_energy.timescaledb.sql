-- Hypertables with the same columns and keys as the plain relations.
CREATE TABLE energy (
    point_id        int NOT NULL,
    window_start    timestamptz NOT NULL,
    believed_wh     bigint NOT NULL,
    estimated_wh    bigint NOT NULL,
    suspense_wh     bigint NOT NULL,
    written_off_wh  bigint NOT NULL,
    believed_us     bigint NOT NULL,
    known_us        bigint NOT NULL,
    methods         smallint NOT NULL,
    source_id       int NOT NULL,
    known_at        timestamptz NOT NULL,
    log_position    bigint NOT NULL,
    frame_number    bigint NOT NULL,
    PRIMARY KEY (point_id, window_start)
);
CREATE TABLE energy_version (
    point_id        int NOT NULL,
    window_start    timestamptz NOT NULL,
    believed_wh     bigint NOT NULL,
    estimated_wh    bigint NOT NULL,
    suspense_wh     bigint NOT NULL,
    written_off_wh  bigint NOT NULL,
    believed_us     bigint NOT NULL,
    known_us        bigint NOT NULL,
    methods         smallint NOT NULL,
    source_id       int NOT NULL,
    known_at        timestamptz NOT NULL,
    log_position    bigint NOT NULL,
    frame_number    bigint NOT NULL,
    UNIQUE (point_id, window_start, known_at, log_position, frame_number, believed_wh, estimated_wh,
            suspense_wh, written_off_wh, believed_us, known_us, methods)
);
CREATE TABLE energy_hour (
    point_id        int NOT NULL,
    window_start    timestamptz NOT NULL,
    believed_wh     bigint NOT NULL,
    estimated_wh    bigint NOT NULL,
    suspense_wh     bigint NOT NULL,
    written_off_wh  bigint NOT NULL,
    believed_us     bigint NOT NULL,
    known_us        bigint NOT NULL,
    methods         smallint NOT NULL,
    PRIMARY KEY (point_id, window_start)
);
SELECT create_hypertable('energy', 'window_start', chunk_time_interval => INTERVAL '7 days',
                         create_default_indexes => FALSE);
SELECT create_hypertable('energy_version', 'window_start', chunk_time_interval => INTERVAL '7 days',
                         create_default_indexes => FALSE);
SELECT create_hypertable('energy_hour', 'window_start', chunk_time_interval => INTERVAL '28 days',
                         create_default_indexes => FALSE);
