"""What a park's run leaves in history and in validation's accounts, as text to be compared.

Every relation is one query in a fixed order with names instead of numbers, taken out by COPY: two
runs are the same when their lines are. `known at` and what is made of it (frame numbers, offsets)
is left out where gateways push: ingest stamps arrivals with its own clock, and a frame that is
pushed again arrives again. Where frames are written with their stamps it is compared too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import zip_longest

import psycopg

Lines = dict[str, list[str]]
ROLLUP = """
    SELECT p.name, r.window_start, r.believed, r.suspect, r.estimated, r.rejected, r.value_sum,
           r.value_min, r.value_max, r.last_time, r.last_value, r.integral, r.covered_us
      FROM history.rollup_{level} r JOIN history.point p USING (point_id)
     WHERE p.park_id = '{park}' ORDER BY 1, 2
"""
ENERGY = """
    SELECT p.name, e.window_start, e.believed_wh, e.estimated_wh, e.suspense_wh, e.written_off_wh,
           e.believed_us, e.known_us, e.methods
      FROM history.energy{level} e JOIN history.point p USING (point_id)
     WHERE p.park_id = '{park}'
       AND (e.known_us, e.suspense_wh, e.written_off_wh) <> (0, 0, 0) ORDER BY 1, 2
"""
OF_PARK = "JOIN history.point p USING (point_id) JOIN history.source s USING (source_id)"
CONTENT = {
    "reading": f"""
        SELECT p.name, r.event_time, s.name, r.value, r.verdict, r.doubt
          FROM history.reading r {OF_PARK} WHERE p.park_id = '{{park}}' ORDER BY 1, 2
    """,
    "misstamped": f"""
        SELECT p.name, r.event_time, s.name, r.value, r.verdict, r.doubt
          FROM history.misstamped r {OF_PARK} WHERE p.park_id = '{{park}}' ORDER BY 1, 2
    """,
    "latest": f"""
        SELECT p.name, r.event_time, s.name, r.value, r.verdict, r.doubt
          FROM history.latest r {OF_PARK} WHERE p.park_id = '{{park}}' ORDER BY 1
    """,
    **{f"rollup_{level}": ROLLUP.replace("{level}", level)
       for level in ("quarter", "hour", "day", "month")},
    **{f"energy{level}": ENERGY.replace("{level}", level)
       for level in ("", "_hour", "_day", "_month")},
    "suspense": """
        SELECT entry_id, source_id, point_id, account, sum(change_wh)
          FROM validation.posting WHERE park_id = '{park}'
         GROUP BY 1, 2, 3, 4 HAVING sum(change_wh) <> 0 ORDER BY 1, 2, 3, 4
    """,
    "metered": """
        SELECT point_id, start_us, energy_wh FROM validation.metered
         WHERE park_id = '{park}' AND is_known ORDER BY 1, 2
    """,
    "balance": """
        SELECT node_id, start_us, metered_wh, children_wh, allowance_wh, tolerance_wh, verdict,
               missing FROM validation.balance WHERE park_id = '{park}' ORDER BY 1, 2
    """,
    "virtual": """
        SELECT point_id, event_time_us, value, verdict, doubt FROM validation.virtual_reading
         WHERE park_id = '{park}' ORDER BY 1, 2
    """,
}  # fmt: skip
"""What there is in the end."""

COURSE = {
    "versions": f"""
        SELECT p.name, r.event_time, row_number() OVER (PARTITION BY p.name, r.event_time
                 ORDER BY r.arrival_time, r.frame_number), r.value, r.verdict, r.doubt
          FROM history.reading_version r {OF_PARK}
         WHERE p.park_id = '{{park}}' AND s.name <> 'virtual' ORDER BY 1, 2, 3
    """,
    "posting": """
        SELECT entry_id, frame_id, source_id, point_id, account, starts_at, ends_at, reason,
               movement, change_wh, edit_id
          FROM validation.posting WHERE park_id = '{park}' ORDER BY 1, 2
    """,
}
"""How it came about: the same for frames that come in the same order from each source."""

UNTOLD = {
    "untold": """
        WITH told AS (
            SELECT p.name, (extract(epoch FROM r.event_time) * 1000000)::bigint AS at_us, r.value,
                   r.verdict
              FROM history.reading r JOIN history.point p USING (point_id)
              JOIN history.source s USING (source_id)
             WHERE p.park_id = '{park}' AND s.name = 'virtual')
        SELECT t.*, v.* FROM told t FULL JOIN (
                SELECT * FROM validation.virtual_reading
                 WHERE park_id = '{park}' AND word IS NULL) AS v
            ON v.point_id = t.name AND v.event_time_us = t.at_us
         WHERE (t.value, t.verdict) IS DISTINCT FROM (v.value, v.verdict)
    """,
}
"""Virtual readings of which history believes something else than validation: none."""

STAMPS = {
    relation: f"""
        SELECT p.name, r.event_time, r.arrival_time, r.frame_number, r.value, r.verdict, r.doubt
          FROM history.{relation} r {OF_PARK}
         WHERE p.park_id = '{{park}}' AND s.name <> 'virtual' ORDER BY 1, 2, 3, 4, 5, 6, 7
    """
    for relation in ("reading", "reading_version", "latest")
}
"""When it was known: the same for frames whose arrival stamps are the same."""


@dataclass(frozen=True)
class Kept:
    """The lines of each relation of a park."""

    lines: Lines

    @property
    def digest(self) -> str:
        """One number for all of it."""
        text = "\n".join(line for name in sorted(self.lines) for line in self.lines[name])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def sizes(self) -> dict[str, int]:
        """How many lines each relation has."""
        return {name: len(lines) for name, lines in self.lines.items()}

    def differences(self, other: Kept, most: int = 6) -> str:
        """Return the first lines that differ, relation by relation; empty when none does."""
        told = []
        for name in self.lines:
            own, theirs = self.lines[name], other.lines[name]
            if own != theirs:
                pairs = zip_longest(own, theirs, fillvalue="nothing")
                unlike = [f"  {one}\n  {two}" for one, two in pairs if one != two]
                only = len(set(own) - set(theirs)), len(set(theirs) - set(own))
                told.append(f"{name}: {len(own)} and {len(theirs)} lines, only here {only}")
                told += unlike[:most]
        return "\n".join(told)


def kept_of(url: str, park_id: str, *queries: dict[str, str]) -> Kept:
    """Take everything out of the database of a run; the park's own name is blanked."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TIME ZONE 'UTC'")
        return Kept(
            {
                name: _copied(connection, query.format(park=park_id), park_id)
                for part in queries
                for name, query in part.items()
            }
        )


def _copied(connection: psycopg.Connection, query: str, park_id: str) -> list[str]:
    with connection.cursor().copy(f"COPY ({query}) TO STDOUT".encode()) as copy:
        text = b"".join(bytes(piece) for piece in copy).decode()
    return text.replace(park_id, "park").splitlines()
