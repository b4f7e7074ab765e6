-- Energies of quarter hours, in whole Wh; native partitions of whole weeks. `energy` has the word
-- that stands on each (register, quarter hour), `energy_version` every other that was ever said:
-- "what did we know at …?" is a question to both.
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
) PARTITION BY RANGE (window_start);
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
) PARTITION BY RANGE (window_start);

-- Sums of the quarter hours in [window_start, next window_start), `methods` united.
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
) PARTITION BY RANGE (window_start);
