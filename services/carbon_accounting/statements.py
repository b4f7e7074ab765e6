"""The SQL of the books; `w` is what was asked for, one row a thing."""

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
WATERMARK = """
SELECT max(start) + interval '15 minutes' FROM register_quarter WHERE park_id = %s
"""
CURRENT = """
SELECT interval_start, ledger, activity, version, energy_wh, emissions_mg, factor_id,
       factor_version, factor_trust, unverified, quality, sources, withdrawn
FROM entry WHERE park_id = %s AND interval_start = ANY(%s) AND NOT superseded
"""
SUPERSEDE = """
UPDATE entry SET superseded = true
FROM unnest(%s::timestamptz[], %s::smallint[], %s::text[]) AS w (interval_start, ledger, activity)
WHERE entry.park_id = %s AND entry.interval_start = w.interval_start
  AND entry.ledger = w.ledger AND entry.activity = w.activity AND NOT entry.superseded
"""
COPY_ENTRIES = """
COPY entry (park_id, ledger, activity, interval_start, version, entry_id, scope, energy_wh,
            emissions_mg, gas, factor_id, factor_version, factor_g_per_kwh, factor_trust,
            unverified, quality, sources, words, known_at, restated_because) FROM STDIN
"""
WITHDRAW = """
INSERT INTO entry
SELECT e.park_id, e.ledger, e.activity, e.interval_start, w.version, w.entry_id, e.scope, 0, 0,
       e.gas, e.factor_id, e.factor_version, e.factor_g_per_kwh, e.factor_trust, e.unverified,
       e.quality, '{}', %s, w.because, true, false
FROM unnest(%s::timestamptz[], %s::smallint[], %s::text[], %s::int[], %s::text[], %s::text[])
     AS w (interval_start, ledger, activity, version, entry_id, because)
JOIN entry e ON e.park_id = %s AND e.interval_start = w.interval_start AND e.ledger = w.ledger
            AND e.activity = w.activity AND e.version = w.version - 1
"""
FLOWS = (
    "grid_import_wh",
    "grid_export_wh",
    "pv_wh",
    "wind_wh",
    "charge_wh",
    "discharge_wh",
    "loads_wh",
    "chargers_wh",
)
BALANCE = (*FLOWS, "gas_wh", "gap_wh")
COLUMNS = ", ".join(("waits_for", "set_aside", "quality", *BALANCE, "gap_is_large"))
CHANGES = ", ".join(f"{name} = excluded.{name}" for name in ("rules", *COLUMNS.split(", ")))
PUT_OUTCOMES = f"""
INSERT INTO quarter (park_id, rules, start, {COLUMNS})
SELECT %s, %s, * FROM unnest(
    %s::timestamptz[], %s::text[], %s::text[], %s::smallint[],
    {", ".join(["%s::bigint[]"] * len(BALANCE))},
    %s::boolean[])
ON CONFLICT (park_id, start) DO UPDATE SET {CHANGES}
"""  # noqa: S608
