"""The SQL of the live books; `w` is what was asked for, one row a thing."""

from services.carbon_accounting.domain.live.balances import FLOWS
from services.carbon_accounting.domain.words import QUARTER_US

WORD = (
    "point_id",
    "start",
    "believed_wh",
    "estimated_wh",
    "suspense_wh",
    "written_off_wh",
    "believed_us",
    "known_us",
    "methods",
    "known_at",
    "log_position",
    "frame_number",
)
_SAID = ", ".join(WORD[2:])
_EPOCH_US = "(extract(epoch FROM {}) * 1000000)::bigint"
WORDS = f"""
SELECT {", ".join(WORD)} FROM register_quarter
WHERE park_id = %s AND point_id = ANY(%s) AND start = ANY(%s)
"""  # noqa: S608
PUT_WORDS = f"""
INSERT INTO register_quarter (park_id, {", ".join(WORD)})
SELECT %s, * FROM unnest(
    %s::text[], %s::timestamptz[], {", ".join(["%s::bigint[]"] * 4)}, %s::int[], %s::int[],
    %s::smallint[], %s::timestamptz[], %s::bigint[], %s::bigint[])
ON CONFLICT (park_id, start, point_id) DO UPDATE SET
    ({_SAID}) = ROW({", ".join(f"excluded.{name}" for name in WORD[2:])})
"""  # noqa: S608
RESOURCES_CHANGED = """
INSERT INTO resource_month (park_id, month, changes)
SELECT %s, month, 1 FROM unnest(%s::text[]) AS months (month)
ON CONFLICT (park_id, month) DO UPDATE SET changes = resource_month.changes + 1
"""
FIRST_TOLD = """
SELECT start FROM register_quarter
WHERE park_id = %s AND start >= %s AND point_id = ANY(%s) ORDER BY start LIMIT 1
"""
LAST_TOLD = """
SELECT start + interval '15 minutes' FROM register_quarter
WHERE park_id = %s AND start >= %s AND point_id = ANY(%s) ORDER BY start DESC LIMIT 1
"""
LAST_COMPLETE = f"""
SELECT start + interval '15 minutes' FROM register_quarter
WHERE park_id = %s AND start >= %s AND point_id = ANY(%s) AND known_us = {QUARTER_US}
GROUP BY start HAVING count(*) = %s ORDER BY start DESC LIMIT 1
"""  # noqa: S608
_TABLE = ", ".join(
    f"array_agg({column}::bigint)"
    for column in (
        _EPOCH_US.format("start"),
        *WORD[2:9],
        _EPOCH_US.format("known_at"),
        *WORD[10:],
    )
)
TABLE = f"""
SELECT point_id, {_TABLE} FROM register_quarter
WHERE park_id = %s AND point_id = ANY(%s) AND start >= %s AND start < %s GROUP BY point_id
"""  # noqa: S608
"""In whatever order: the arrays of a register have the same one, and to sort takes longest."""
REACH = """
SELECT least((SELECT min(start) FROM quarter WHERE park_id = %(park)s),
             (SELECT min(start) FROM quarter_waiting WHERE park_id = %(park)s)),
       greatest((SELECT max(start) FROM quarter WHERE park_id = %(park)s),
                (SELECT max(start) FROM quarter_waiting WHERE park_id = %(park)s))
           + interval '15 minutes'
"""
AWAIT_BOOKING = """
INSERT INTO quarter_waiting (park_id, start)
SELECT %s, unnest(%s::timestamptz[]) ON CONFLICT DO NOTHING
"""
WAITING = "SELECT start FROM quarter_waiting WHERE park_id = %s ORDER BY start"
SETTLE = "DELETE FROM quarter_waiting WHERE park_id = %s AND start = ANY (%s)"
FACTS = (
    "waits_for",
    "set_aside",
    "claimed_beyond",
    "is_measured",
    *FLOWS,
    "gas_wh",
    "gap_wh",
    "gap_is_large",
)
_PUT_FACTS = f"""
INSERT INTO quarter (park_id, rules, facts_rules, start, {", ".join(FACTS)})
SELECT %s, %s, %s, * FROM unnest(
    %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::boolean[],
    {", ".join(["%s::bigint[]"] * (len(FLOWS) + 2))}, %s::boolean[])
ON CONFLICT (park_id, start) DO UPDATE SET rules = excluded.rules
"""  # noqa: S608
EXAMINED = _PUT_FACTS
PUT_FACTS = f"{_PUT_FACTS.rstrip()}, " + ", ".join(
    f"{name} = excluded.{name}" for name in ("facts_rules", *FACTS)
)
FACTS_OF = f"""
SELECT facts_rules, {_EPOCH_US.format("start")}, {", ".join(FACTS)} FROM quarter
WHERE park_id = %s AND start >= %s AND start < %s ORDER BY start
"""  # noqa: S608
DROP_QUARTERS = "DELETE FROM quarter WHERE park_id = %s AND start >= %s AND start < %s"
DROP_STATES = "DELETE FROM store_state WHERE park_id = %s AND at > %s AND at <= %s"
OUTDATED = "SELECT start FROM quarter WHERE park_id = %s AND rules <> %s ORDER BY start"
LINE = (
    "ledger",
    "meter",
    "enterprise",
    "carrier",
    "activity",
    "origin",
    "scope",
    "category",
    "gas",
    "unit",
    "counted",
    "factors",
    "method",
    "unverified",
)
LINES = f"SELECT line_id, {', '.join(LINE)} FROM account_line WHERE park_id = %s"  # noqa: S608
ADD_LINES = f"""
INSERT INTO account_line (park_id, {", ".join(LINE)}, digest)
SELECT %s, * FROM unnest(
    %s::smallint[], {", ".join(["%s::text[]"] * 9)}, %s::boolean[],
    {", ".join(["%s::text[]"] * 3)}, %s::bytea[])
RETURNING line_id, digest
"""  # noqa: S608
STANDING = f"""
SELECT {_EPOCH_US.format("start")}, ledger::int, number, basis, line_ids, amounts, emissions_ng,
       measured, reversed
FROM posting WHERE park_id = %s AND start >= %s AND start < %s ORDER BY start, ledger, number
"""  # noqa: S608
BASIS_NUMBERS = f"""
SELECT {_EPOCH_US.format("start")}, digest, number FROM basis
WHERE park_id = %s AND start >= %s AND start < %s
"""  # noqa: S608
_BASIS = (*WORD[2:9], "known_at_us", *WORD[10:])
BASES = f"""
SELECT {_EPOCH_US.format("b.start")}, b.number, b.point_ids, {", ".join(f"b.{n}" for n in _BASIS)}
FROM unnest(%s::timestamptz[], %s::int[]) AS w (start, number)
JOIN basis b ON b.park_id = %s AND b.start = w.start AND b.number = w.number
"""  # noqa: S608
COPY_BASES = f"""
COPY basis (park_id, start, number, digest, point_ids, {", ".join(_BASIS)}) FROM STDIN
"""
HEADS = """
SELECT w.ledger, w.month, p.place, p.link
FROM unnest(%s::smallint[], %s::text[]) AS w (ledger, month)
CROSS JOIN LATERAL (
    SELECT place, link FROM posting
    WHERE park_id = %s AND ledger = w.ledger AND month = w.month ORDER BY place DESC LIMIT 1) p
"""
COPY_POSTINGS = """
COPY posting (park_id, ledger, start, number, known_at, because, basis, line_ids, amounts,
              emissions_ng, measured, reversed, month, place, link) FROM STDIN
"""
COPY_OUTBOX = "COPY outbox (park_id, ledger, start, number) FROM STDIN"
CHANGE_DAYS = """
INSERT INTO day_line AS d (park_id, day, line_id, amount, emissions_ng, entries, estimated)
SELECT %s, * FROM unnest(
    %s::date[], %s::int[], %s::numeric[], %s::numeric[], %s::int[], %s::int[])
ON CONFLICT (park_id, day, line_id) DO UPDATE SET
    amount = d.amount + excluded.amount, emissions_ng = d.emissions_ng + excluded.emissions_ng,
    entries = d.entries + excluded.entries, estimated = d.estimated + excluded.estimated
"""
DROP_EMPTY_DAYS = "DELETE FROM day_line WHERE park_id = %s AND day = ANY(%s) AND entries = 0"
STATE_BEFORE = """
SELECT at, pools FROM store_state WHERE park_id = %s AND at <= %s AND at > %s
ORDER BY at DESC LIMIT 1
"""
FORGET_STATES = "DELETE FROM store_state WHERE park_id = %s AND at > %s AND at < %s"
PUT_STATE = """
INSERT INTO store_state (park_id, at, pools) VALUES (%s, %s, %s)
ON CONFLICT (park_id, at) DO UPDATE SET pools = excluded.pools
"""
CLOSED_MONTHS = "SELECT month FROM closed_period WHERE park_id = %s"
CLOSED_AT = "SELECT month, closed_at FROM closed_period WHERE park_id = %s"
APPROVED_AT = """
SELECT unnest(starts), max(decided_at) FROM pending_restatement
WHERE park_id = %s AND state = 'approved' GROUP BY 1
"""
CLOSE_MONTH = """
INSERT INTO closed_period (park_id, month, closed_at, closed_by, because, open_items, heads)
SELECT %(park)s, %(month)s, %(at)s, %(by)s, %(because)s, %(open)s,
       coalesce(jsonb_object_agg(ledger, encode(link, 'hex')), '{}')
FROM (SELECT DISTINCT ON (ledger) ledger, link FROM posting
      WHERE park_id = %(park)s AND month = %(month)s ORDER BY ledger, place DESC) heads
ON CONFLICT (park_id, month) DO NOTHING
"""
PENDING_OF_MONTH = """
SELECT restatement_id, starts, quarters FROM pending_restatement
WHERE park_id = %s AND month = %s AND state = 'pending' FOR UPDATE
"""
SUSPEND = """
INSERT INTO pending_restatement
    (park_id, month, starts, because, reasons, sums, quarters, found_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
SUSPEND_OTHERWISE = """
UPDATE pending_restatement
SET starts = %s, because = %s, reasons = %s, sums = %s, quarters = %s, version = version + 1
WHERE park_id = %s AND restatement_id = %s
"""
PENDING = """
SELECT restatement_id, month, starts, because, version FROM pending_restatement
WHERE park_id = %s AND restatement_id = %s AND state = 'pending' FOR UPDATE
"""
DECIDE = """
UPDATE pending_restatement
SET state = %s, decided_by = %s, decided_because = %s, decided_at = %s
WHERE park_id = %s AND restatement_id = %s AND state = 'pending'
"""
DECISIONS = """
SELECT state, starts FROM pending_restatement WHERE park_id = %s ORDER BY restatement_id
"""
DAYS = """
SELECT day, line_id, amount, emissions_ng, entries, estimated FROM day_line WHERE park_id = %s
"""
CHAINS = """
SELECT DISTINCT ledger, month FROM posting WHERE park_id = %s ORDER BY ledger, month
"""
SOME_BASES = f"""
SELECT {_EPOCH_US.format("start")}, number, digest FROM basis
WHERE park_id = %s AND (start, number) > (%s, %s) ORDER BY start, number LIMIT %s
"""  # noqa: S608
