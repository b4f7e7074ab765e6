-- Quarter hours of the registers that the topology names: the newest word on each (start, point).
CREATE TABLE metered (
    park_id    text NOT NULL,
    start_us   bigint NOT NULL,
    point_id   text NOT NULL,
    energy_wh  bigint NOT NULL,
    is_known   boolean NOT NULL,
    word       bigint NOT NULL,
    PRIMARY KEY (park_id, start_us, point_id)
);
-- What the meters of a node came to against those behind it.
CREATE TABLE balance (
    park_id       text NOT NULL,
    node_id       text NOT NULL,
    start_us      bigint NOT NULL,
    metered_wh    bigint NOT NULL,
    children_wh   bigint NOT NULL,
    allowance_wh  bigint NOT NULL,
    tolerance_wh  bigint NOT NULL,
    verdict       smallint NOT NULL,
    missing       text[] NOT NULL,
    PRIMARY KEY (park_id, node_id, start_us)
);
