"""Which entries stand: those of postings known by a time that no later one of them reversed."""

STANDING = """
SELECT p.ledger, p.start, p.number, e.line_id, e.amount, e.emissions_ng, e.measured
FROM posting p
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(gone), '{}') AS gone
    FROM posting r CROSS JOIN LATERAL unnest(r.reversed) gone
    WHERE r.park_id = p.park_id AND r.start = p.start AND r.ledger = p.ledger
      AND r.number > p.number AND r.known_at <= %(known_by)s::timestamptz
) later
CROSS JOIN LATERAL unnest(p.line_ids, p.amounts, p.emissions_ng, p.measured)
    AS e (line_id, amount, emissions_ng, measured)
WHERE p.park_id = %(park)s AND p.known_at <= %(known_by)s::timestamptz
  AND p.start >= (%(first)s::date)::timestamp AT TIME ZONE %(zone)s
  AND p.start < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
  AND (%(ledger)s::int IS NULL OR p.ledger = %(ledger)s)
  AND e.line_id <> ALL (later.gone)
"""
"""Parameters: park, zone, first and last (local days), ledger (None: all), known_by."""
NOW = "infinity"
"""As `known_by`: all that is known."""
