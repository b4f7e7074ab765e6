-- Factor files that the park put in itself, as they came (docs/carbon-factors.md). Each row of a file
-- is one version of one factor; none is ever changed, a newer version covers the days it says.
CREATE TABLE factor_file (
    park_id text NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    -- SHA-256 of the content: the same file again changes nothing.
    digest bytea NOT NULL,
    content text NOT NULL,
    put_by text NOT NULL CHECK (put_by <> ''),
    because text NOT NULL CHECK (because <> ''),
    put_at timestamptz NOT NULL,
    PRIMARY KEY (park_id, number),
    UNIQUE (park_id, digest)
);
CREATE TRIGGER factor_file_only_added BEFORE UPDATE OR DELETE ON factor_file
    FOR EACH ROW EXECUTE FUNCTION only_added();
