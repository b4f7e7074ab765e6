-- What a pending restatement is of, so that an approval is of that and of nothing else: all reasons,
-- by ledger the sums in ng ([ledger, reported, known]), and the same of each quarter with a digest of
-- what would be posted. `version` counts how often that has become something else.
ALTER TABLE pending_restatement
    ADD COLUMN version int NOT NULL DEFAULT 1 CHECK (version >= 1),
    ADD COLUMN reasons text[] NOT NULL DEFAULT '{}',
    ADD COLUMN sums jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN quarters jsonb NOT NULL DEFAULT '{}';
