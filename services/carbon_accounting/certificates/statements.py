"""The SQL of the certificate store; every value is a parameter."""

PUT_LOT = "INSERT INTO certificate_lot (park_id, lot) VALUES (%s, %s) ON CONFLICT DO NOTHING"
LOT = "SELECT lot_number FROM certificate_lot WHERE park_id = %s AND lot = %s"
PUT = """
INSERT INTO certificate (
    park_id, certificate_id, lot_number, instrument, technology, device, market,
    production_start, production_end, issued_at, expires_at, first_id, last_id, issued_to,
    emission_ng_per_wh, title, generation_use, trust, state, owner, beneficiary, cancelled_at,
    charge_certificate_id, charged_wh, charged_start, charged_end, charge_allocation)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
        %s, %s, %s, %s, %s)
"""
STANDING_COLUMNS = """certificate_id, instrument, technology, device, market, production_start,
       production_end, issued_at, expires_at, first_id, last_id, issued_to, lot,
       emission_ng_per_wh, title, generation_use, trust, state, owner, beneficiary,
       cancelled_at, charge_certificate_id, charged_wh, charged_start, charged_end,
       charge_allocation"""
STANDINGS = f"""
SELECT {STANDING_COLUMNS}
FROM certificate JOIN certificate_lot USING (park_id, lot_number)
WHERE park_id = %s
"""  # noqa: S608
STATE_NOW = """CASE WHEN state IN ('issued', 'transferred', 'reserved')
       AND expires_at <= %(now)s THEN 'expired' ELSE state END"""
HOLDINGS = f"""
SELECT {STANDING_COLUMNS.replace(" state,", f" {STATE_NOW},")},
       (SELECT coalesce(sum(c.last_id - c.first_id + 1), 0)::bigint FROM certificate_claim c
        WHERE c.park_id = certificate.park_id AND c.lot_number = certificate.lot_number
          AND c.family = %(family)s AND c.first_id >= certificate.first_id
          AND c.last_id <= certificate.last_id)
FROM certificate JOIN certificate_lot USING (park_id, lot_number)
WHERE park_id = %(park)s AND certificate_id > %(after)s COLLATE "C"
  AND (cardinality(%(ids)s::text[]) = 0 OR certificate_id = ANY (%(ids)s))
  AND (%(state)s = '' OR {STATE_NOW} = %(state)s)
  AND (%(owner)s = '' OR owner = %(owner)s)
  AND (%(beneficiary)s = '' OR beneficiary = %(beneficiary)s)
  AND (%(since)s::timestamptz IS NULL OR production_start >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR production_start < %(until)s)
ORDER BY certificate_id COLLATE "C" LIMIT %(limit)s
"""  # noqa: S608
STANDING = f"{STANDINGS} AND certificate_id = %s FOR UPDATE"
EVENTS = """
SELECT certificate_id, kind, content FROM certificate_event WHERE park_id = %s ORDER BY place
"""
LAST_EVENT = """
SELECT max(at) FROM certificate_event
WHERE park_id = %s AND certificate_id = ANY (%s) AND (certificate_id = %s OR kind = 'split')
"""
MOVE = """
UPDATE certificate SET state = %s, owner = %s, beneficiary = %s, cancelled_at = %s
WHERE park_id = %s AND certificate_id = %s
"""
SAID = """
SELECT certificate_id, kind = %s AND content = %s::jsonb FROM certificate_event
WHERE park_id = %s AND event_id = %s
"""
SAY = """
INSERT INTO certificate_event (park_id, event_id, certificate_id, kind, content, at, recorded_at)
VALUES (%s, %s, %s, %s, %s::jsonb, %s, %s)
"""
CLAIM_COLUMNS = """claim_id, kind, certificate_id, first_id, last_id, claimant,
    consumption_start, consumption_end, market, claimed_at, feeds"""
CLAIM = f"SELECT {CLAIM_COLUMNS} FROM certificate_claim WHERE park_id = %s AND claim_id = %s"  # noqa: S608
CLAIMS = f"""
SELECT {CLAIM_COLUMNS} FROM certificate_claim
WHERE park_id = %s AND consumption_start >= %s AND consumption_end <= %s
ORDER BY claimant, claim_id
"""  # noqa: S608
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
TAKEN = """
SELECT first_id, last_id FROM certificate_claim
WHERE family = %s AND lot_number =
      (SELECT lot_number FROM certificate_lot WHERE park_id = %s AND lot = %s)
ORDER BY first_id
"""
ALL_CLAIMS = f"""
SELECT {CLAIM_COLUMNS} FROM certificate_claim WHERE park_id = %s ORDER BY claimant, claim_id
"""  # noqa: S608
LISTED_CLAIMS = f"""
SELECT {CLAIM_COLUMNS} FROM certificate_claim
WHERE park_id = %(park)s AND claim_id > %(after)s COLLATE "C"
  AND (%(claimant)s = '' OR claimant = %(claimant)s)
  AND (%(certificate)s = '' OR certificate_id = %(certificate)s)
  AND (%(start)s::timestamptz IS NULL OR consumption_end > %(start)s)
  AND (%(end)s::timestamptz IS NULL OR consumption_start < %(end)s)
ORDER BY claim_id COLLATE "C" LIMIT %(limit)s
"""  # noqa: S608
CLAIMED_WH = """
SELECT claimant, sum(last_id - first_id + 1)::bigint FROM certificate_claim
WHERE park_id = %s AND family = %s AND kind = ANY(%s)
  AND consumption_start >= %s AND consumption_end <= %s GROUP BY 1
"""
CLAIMED_OF_DEVICE = """
SELECT device, production_start, production_end, sum(c.last_id - c.first_id + 1)::bigint
FROM certificate_claim c JOIN certificate USING (park_id, certificate_id)
WHERE park_id = %(park)s AND family = %(family)s AND device = ANY (%(names)s)
  AND (generation_use = 'on-grid') = %(on_grid)s
  AND production_start >= %(year_start)s AND production_end <= %(year_end)s
  AND production_start < %(end)s AND production_end > %(start)s
GROUP BY 1, 2, 3
"""
CLAIMED_IN_YEAR = """
SELECT device, sum(c.last_id - c.first_id + 1)::bigint
FROM certificate_claim c JOIN certificate USING (park_id, certificate_id)
WHERE park_id = %(park)s AND family = %(family)s AND device = ANY (%(names)s)
  AND (generation_use = 'on-grid') = %(on_grid)s
  AND production_start >= %(year_start)s AND production_end <= %(year_end)s
GROUP BY 1
"""
CHARGED_OF_STORE = """
SELECT c.consumption_start, c.consumption_end, sum(c.last_id - c.first_id + 1)::bigint
FROM certificate_claim c
JOIN certificate d ON d.park_id = c.park_id AND d.certificate_id = c.feeds
WHERE c.park_id = %(park)s AND d.device = ANY (%(names)s)
  AND (d.generation_use = 'on-grid') = %(on_grid)s
  AND c.consumption_start < %(end)s AND c.consumption_end > %(start)s GROUP BY 1, 2
"""
DISCHARGED_OF_STORE = """
SELECT d.production_start, d.production_end, sum(d.last_id - d.first_id + 1)::bigint
FROM certificate_claim c
JOIN certificate d ON d.park_id = c.park_id AND d.certificate_id = c.feeds
WHERE c.park_id = %(park)s AND d.device = ANY (%(names)s)
  AND (d.generation_use = 'on-grid') = %(on_grid)s
  AND d.production_start < %(end)s AND d.production_end > %(start)s GROUP BY 1, 2
"""
UNCHARGED = """
SELECT certificate_id FROM certificate d
WHERE park_id = %s AND charge_certificate_id IS NOT NULL
  AND EXISTS (SELECT FROM certificate_event e WHERE e.park_id = d.park_id
              AND e.certificate_id = d.certificate_id AND e.kind = 'issued')
  AND NOT EXISTS (SELECT FROM certificate_claim c WHERE c.park_id = d.park_id
                  AND c.feeds = d.certificate_id AND c.certificate_id = d.charge_certificate_id
                  AND c.last_id - c.first_id + 1 = d.charged_wh)
ORDER BY certificate_id
"""
PUT_CLAIM = """
INSERT INTO certificate_claim (
    park_id, claim_id, certificate_id, lot_number, certificate_first_id, certificate_last_id,
    kind, family, first_id, last_id, claimant, consumption_start, consumption_end, market,
    claimed_at, recorded_at, feeds)
SELECT park_id, %s, certificate_id, lot_number, first_id, last_id,
       %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s
FROM certificate WHERE park_id = %s AND certificate_id = %s
"""
