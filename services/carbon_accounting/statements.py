"""The SQL of the books; `w` is what was asked for, one row a thing."""

EDGES = """
SELECT e.* FROM unnest(%s::text[], %s::timestamptz[]) AS w (point_id, quarter)
JOIN LATERAL (
    SELECT point_id, quarter, first_event_time, first_wh, first_arrival_time, first_frame_id,
           last_event_time, last_wh, last_arrival_time, last_frame_id
    FROM register_edge r
    WHERE r.park_id = %s AND r.point_id = w.point_id AND r.quarter = w.quarter
) e ON true
"""
PUT_EDGES = """
INSERT INTO register_edge
SELECT %s, * FROM unnest(
    %s::text[], %s::timestamptz[],
    %s::timestamptz[], %s::bigint[], %s::timestamptz[], %s::text[],
    %s::timestamptz[], %s::bigint[], %s::timestamptz[], %s::text[])
ON CONFLICT (park_id, point_id, quarter) DO UPDATE SET
    first_event_time = excluded.first_event_time, first_wh = excluded.first_wh,
    first_arrival_time = excluded.first_arrival_time, first_frame_id = excluded.first_frame_id,
    last_event_time = excluded.last_event_time, last_wh = excluded.last_wh,
    last_arrival_time = excluded.last_arrival_time, last_frame_id = excluded.last_frame_id
"""
BETWEEN = """
SELECT w.point_id, w.quarter, p.quarter, n.quarter
FROM unnest(%(points)s::text[], %(quarters)s::timestamptz[]) AS w (point_id, quarter)
LEFT JOIN LATERAL (
    SELECT quarter FROM register_edge r
    WHERE r.park_id = %(park)s AND r.point_id = w.point_id AND r.quarter < w.quarter
    ORDER BY quarter DESC LIMIT 1) p ON true
LEFT JOIN LATERAL (
    SELECT quarter FROM register_edge r
    WHERE r.park_id = %(park)s AND r.point_id = w.point_id AND r.quarter > w.quarter
    ORDER BY quarter LIMIT 1) n ON true
"""
EXACT = """
SELECT point_id, quarter, first_wh FROM register_edge
WHERE park_id = %s AND point_id = ANY(%s) AND quarter = ANY(%s) AND first_event_time = quarter
"""
NEIGHBOURS = """
SELECT w.point_id, w.moment, p.*, n.*
FROM unnest(%(points)s::text[], %(moments)s::timestamptz[]) AS w (point_id, moment)
LEFT JOIN LATERAL (
    SELECT last_event_time, last_wh, last_arrival_time, last_frame_id FROM register_edge r
    WHERE r.park_id = %(park)s AND r.point_id = w.point_id AND r.quarter < w.moment
    ORDER BY quarter DESC LIMIT 1) p ON true
LEFT JOIN LATERAL (
    SELECT first_event_time, first_wh, first_arrival_time, first_frame_id FROM register_edge r
    WHERE r.park_id = %(park)s AND r.point_id = w.point_id AND r.quarter >= w.moment
    ORDER BY quarter LIMIT 1) n ON true
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
            unverified, quality, sources, known_at, restated_because) FROM STDIN
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
COLUMNS = ", ".join(("waits_for", "quality", *BALANCE, "gap_is_large"))
CHANGES = ", ".join(f"{name} = excluded.{name}" for name in ("rules", *COLUMNS.split(", ")))
PUT_OUTCOMES = f"""
INSERT INTO quarter (park_id, rules, start, {COLUMNS})
SELECT %s, %s, * FROM unnest(
    %s::timestamptz[], %s::text[], %s::smallint[], {", ".join(["%s::bigint[]"] * len(BALANCE))},
    %s::boolean[])
ON CONFLICT (park_id, start) DO UPDATE SET {CHANGES}
"""  # noqa: S608
