-- Quarters that are to be booked, or booked again, and are not yet: written with the words that touch
-- them, taken away in the transaction that books them. Together with `quarter` they are what is due.
CREATE TABLE quarter_waiting (
    park_id text NOT NULL,
    start timestamptz NOT NULL,
    PRIMARY KEY (park_id, start)
);
