-- How often words of other resources (water, waste, heat) brought something new of a local month:
-- months that are added up notice it, as no posting tells of such words.
CREATE TABLE resource_month (
    park_id text NOT NULL,
    month text NOT NULL,
    changes bigint NOT NULL,
    PRIMARY KEY (park_id, month)
);
