"""The lines of the live books in columns: each of their texts coded, as `compare` reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.carbon_accounting.book.entries_file import CONSTANTS
from services.carbon_accounting.domain.factoring.exact import Whole
from services.runtime.database import Connection

_LINES = f"""
SELECT line_id, {", ".join(CONSTANTS)} FROM account_line
WHERE park_id = %s ORDER BY line_id
"""  # noqa: S608


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """All lines of a park: `ids` in order, each text as codes of shape (lines,)."""

    ids: Whole
    texts: Mapping[str, tuple[Whole, Sequence[str]]]

    def rows(self, line_ids: Whole) -> Whole:
        """Return the places of lines among `ids`."""
        places: Whole = np.searchsorted(self.ids, line_ids)
        return places


async def lines_of(connection: Connection, park_id: str) -> Lines:
    """Return the dictionary of a park's books."""
    rows = await (await connection.execute(_LINES, (park_id,))).fetchall()
    ids, *texts = zip(*rows, strict=True) if rows else ((),) * (len(CONSTANTS) + 1)
    return Lines(
        np.array(ids, np.int64),
        {name: _coded(of) for name, of in zip(CONSTANTS, texts, strict=True)},
    )


def _coded(texts: Sequence[Any]) -> tuple[Whole, Sequence[str]]:
    said = [str(text).lower() if isinstance(text, bool) else str(text) for text in texts]
    names = sorted(set(said))
    number = {name: at for at, name in enumerate(names)}
    return np.array([number[text] for text in said], np.int64), names
