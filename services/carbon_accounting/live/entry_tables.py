"""Entries of the live books as the table that `compare` of files reads: the texts coded by line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from services.carbon_accounting.book.entries_file import CONSTANTS
from services.carbon_accounting.domain.factoring.exact import Whole
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.live.arrays import array_cursor
from services.carbon_accounting.live.local_days import LocalDays
from services.carbon_accounting.live.versions import NOW, STANDING
from services.runtime.database import Connection

_LINES = f"""
SELECT line_id, ledger, {", ".join(CONSTANTS)} FROM account_line
WHERE park_id = %s ORDER BY line_id
"""  # noqa: S608
_ENTRIES = f"""
SELECT array_agg((extract(epoch FROM s.start) * 1000000)::bigint), array_agg(s.line_id),
       array_agg(s.amount), array_agg(s.emissions_ng), array_agg(s.measured::int)
FROM ({STANDING}) s
"""  # noqa: S608


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """All lines of a park: `ids` in order, `ledgers` of shape (lines,), each text as codes."""

    ids: Whole
    ledgers: Whole
    texts: Mapping[str, tuple[Whole, Sequence[str]]]

    def rows(self, line_ids: Whole) -> Whole:
        """Return the places of lines among `ids`."""
        places: Whole = np.searchsorted(self.ids, line_ids)
        return places


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Entries in columns, shape (entries,); times in microseconds since 1970."""

    starts_us: Whole
    line_ids: Whole
    amounts: Whole
    emissions_ng: Whole
    measured: Whole


async def lines_of(connection: Connection, park_id: str) -> Lines:
    """Return the dictionary of a park's books."""
    rows = await (await connection.execute(_LINES, (park_id,))).fetchall()
    ids, ledgers, *texts = zip(*rows, strict=True) if rows else ((), ()) + ((),) * len(CONSTANTS)
    return Lines(
        np.array(ids, np.int64),
        np.array(ledgers, np.int64),
        {name: _coded(of) for name, of in zip(CONSTANTS, texts, strict=True)},
    )


def _coded(texts: Sequence[Any]) -> tuple[Whole, Sequence[str]]:
    said = [str(text).lower() if isinstance(text, bool) else str(text) for text in texts]
    names = sorted(set(said))
    number = {name: at for at, name in enumerate(names)}
    return np.array([number[text] for text in said], np.int64), names


async def entries_standing(
    connection: Connection, park_id: str, zone: str, days: LocalDays, known_by: datetime | None
) -> Entries:
    """Return the entries of all ledgers that stand, as of a time (None: now)."""
    asked: dict[str, Any] = {"park": park_id, "zone": zone, "ledger": None}
    asked |= {"first": days.first, "last": days.last, "known_by": known_by or NOW}
    cursor = array_cursor(connection)
    await cursor.execute(_ENTRIES, asked)
    ((first, *others),) = await cursor.fetchall()
    if first is None:
        return Entries(*(np.zeros(0, np.int64) for _ in range(5)))
    return Entries(first, *others)


def table_of(entries: Entries, lines: Lines, ledger: Ledger) -> pa.Table:
    """Return one ledger's entries by start, then by line."""
    rows = lines.rows(entries.line_ids)
    here = np.flatnonzero(lines.ledgers[rows] == int(ledger))
    here = here[np.lexsort((entries.line_ids[here], entries.starts_us[here]))]
    rows = rows[here]
    columns = {"start": pa.array(entries.starts_us[here], pa.timestamp("us", "UTC"))}
    for name, (codes, names) in lines.texts.items():
        columns[name] = pa.DictionaryArray.from_arrays(codes[rows].astype(np.int32), names)
    columns["amount"] = pa.array(entries.amounts[here])
    columns["emissions_ng"] = pa.array(entries.emissions_ng[here])
    quality = entries.measured[here].astype(np.int32)
    columns["quality"] = pa.DictionaryArray.from_arrays(quality, ["estimated", "measured"])
    return pa.table(columns)
