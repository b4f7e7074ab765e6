-- What a pending restatement is of, so that an approval is of that and of nothing else: all reasons,
-- by ledger the sums in ng ([ledger, reported, known]), and the same of each quarter with a digest of
-- what would be posted. `version` counts how often that has become something else.
ALTER TABLE pending_restatement
    ADD COLUMN version int NOT NULL DEFAULT 1 CHECK (version >= 1),
    ADD COLUMN reasons text[] NOT NULL DEFAULT '{}',
    ADD COLUMN sums jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN quarters jsonb NOT NULL DEFAULT '{}';

-- By which rules the facts of a quarter were found; those of a closed month stay under later rules.
ALTER TABLE quarter ADD COLUMN facts_rules text NOT NULL DEFAULT '';

-- What was open of a month when it was closed.
ALTER TABLE closed_period ADD COLUMN open_items text[] NOT NULL DEFAULT '{}';

-- A closing is only ever added. A restatement is added as pending; until it is decided its content
-- may become something else, as a new version, and it is decided once, as that content.
CREATE FUNCTION decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'pending' OR NEW.version <> 1 THEN
            RAISE EXCEPTION 'a restatement begins as pending: decide on it afterwards';
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'pending' THEN
        RAISE EXCEPTION 'restatement % was decided: news become a new one', OLD.restatement_id;
    END IF;
    IF (NEW.park_id, NEW.restatement_id, NEW.month, NEW.found_at)
       IS DISTINCT FROM (OLD.park_id, OLD.restatement_id, OLD.month, OLD.found_at) THEN
        RAISE EXCEPTION 'what restatement % is of never changes', OLD.restatement_id;
    END IF;
    IF NEW.state = 'pending' AND NEW.version = OLD.version + 1 THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'pending'
       OR (NEW.starts, NEW.because, NEW.version, NEW.reasons, NEW.sums, NEW.quarters)
          IS DISTINCT FROM
          (OLD.starts, OLD.because, OLD.version, OLD.reasons, OLD.sums, OLD.quarters) THEN
        RAISE EXCEPTION 'other content of restatement % is a new version', OLD.restatement_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pending_restatement_decided_once BEFORE INSERT OR UPDATE ON pending_restatement
    FOR EACH ROW EXECUTE FUNCTION decided_once();
CREATE TRIGGER pending_restatement_only_added BEFORE DELETE ON pending_restatement
    FOR EACH ROW EXECUTE FUNCTION only_added();
CREATE TRIGGER closed_period_only_added BEFORE UPDATE OR DELETE ON closed_period
    FOR EACH ROW EXECUTE FUNCTION only_added();
CREATE TRIGGER account_line_only_added BEFORE UPDATE OR DELETE ON account_line
    FOR EACH ROW EXECUTE FUNCTION only_added();
CREATE TRIGGER certificate_lot_only_added BEFORE UPDATE OR DELETE ON certificate_lot
    FOR EACH ROW EXECUTE FUNCTION only_added();

-- A certificate moves from state to state; what it is of never changes, and none is taken away.
CREATE FUNCTION only_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['state', 'owner', 'beneficiary', 'cancelled_at'];
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'certificate %: only its state changes, by an event', OLD.certificate_id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificate_only_moved BEFORE UPDATE OR DELETE ON certificate
    FOR EACH ROW EXECUTE FUNCTION only_moved();

-- Nothing of what is only added is emptied.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['posting', 'basis', 'account_line', 'closed_period',
        'pending_restatement', 'certificate_lot', 'certificate', 'certificate_event',
        'certificate_claim', 'factor_file', 'coverage', 'coverage_run', 'indicator_definition',
        'indicator_retirement', 'production']
    LOOP
        EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %I FOR EACH STATEMENT '
                       'EXECUTE FUNCTION only_added()', name || '_never_emptied', name);
    END LOOP;
END $$;
