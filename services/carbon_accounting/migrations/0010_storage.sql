-- The record of the charge that a certificate of a store's discharge came out of. The certificate
-- that was cancelled for it may come in the same file, after it.
ALTER TABLE certificate
    ADD COLUMN charge_certificate_id text,
    ADD COLUMN charged_wh bigint CHECK (charged_wh > 0),
    ADD COLUMN charged_start timestamptz,
    ADD COLUMN charged_end timestamptz,
    ADD COLUMN charge_allocation text,
    ADD CONSTRAINT charge_is_whole CHECK (
        num_nulls(charge_certificate_id, charged_wh, charged_start, charged_end,
                  charge_allocation) IN (0, 5)
        AND (charge_certificate_id IS NULL OR instrument = 'SD-GC')
        AND charged_end > charged_start),
    ADD CONSTRAINT charged_from FOREIGN KEY (park_id, charge_certificate_id)
        REFERENCES certificate (park_id, certificate_id) DEFERRABLE INITIALLY DEFERRED;

-- What was stored is claimed for the one certificate of its discharge: one charge, one discharge.
ALTER TABLE certificate_claim
    ADD COLUMN feeds text,
    DROP CONSTRAINT certificate_claim_check1,
    ADD CONSTRAINT claim_of_family CHECK (
        (kind, family) IN (('GEC', 1), ('CCER', 1), ('碳普惠', 1), ('physical', 2), ('stored', 1))),
    ADD CONSTRAINT stored_feeds CHECK ((kind = 'stored') = (feeds IS NOT NULL)),
    ADD CONSTRAINT charged_once UNIQUE (park_id, feeds),
    ADD CONSTRAINT feeds_certificate FOREIGN KEY (park_id, feeds)
        REFERENCES certificate (park_id, certificate_id);
