-- Quarter hours of a source's registers in the newest day of a checkpoint; goes with the checkpoint.
CREATE TABLE energy_quality (
    park_id    text NOT NULL,
    partition  int NOT NULL,
    source_id  text NOT NULL,
    told       bigint NOT NULL,
    believed   bigint NOT NULL,
    estimated  bigint NOT NULL,
    PRIMARY KEY (park_id, partition, source_id)
);
