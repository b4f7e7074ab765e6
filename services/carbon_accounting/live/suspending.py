"""What would be restated of a closed month is noted: its quarters, reasons and sums."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.differing import Difference
from services.carbon_accounting.domain.live.lines import Entries, Line
from services.carbon_accounting.domain.live.postings import Catalogue, Standing
from services.carbon_accounting.domain.live.reasons import SHOWN, changed_factors, changed_words
from services.carbon_accounting.domain.live.suspended import Sums, Suspended
from services.carbon_accounting.domain.live.word_table import Basis
from services.carbon_accounting.domain.words import QUARTER_US
from services.carbon_accounting.live.books import Books
from services.carbon_accounting.live.chunk_posting import Chunk, starts_of
from services.energy.time_grid import from_microseconds


async def suspend(
    books: Books, month: str, now: datetime, chunk: Chunk, otherwise: str
) -> list[datetime]:
    """Note what would be restated of a closed month, and return its quarters."""
    standing = await books.standing(chunk.span)
    found = await asyncio.to_thread(chunk.differs_from, standing)
    starts = starts_of(found)
    noted: list[Suspended] = []
    if starts:
        there = {*starts}
        older = {(at, one.basis) for (at, _), one in standing.newest.items() if at in there}
        numbers = {*standing.entries.line_ids.tolist(), *chunk.entries.line_ids.tolist()}
        catalogue = await books.lines_with(numbers)
        noting = _Noting(chunk, standing, found, catalogue, await books.bases(older), otherwise)
        noted = await asyncio.to_thread(noting.quarters, starts)
    await books.suspend(month, chunk.span, noted, now)
    return [one.start for one in noted]


@dataclass(frozen=True, slots=True, eq=False)
class _Noting:
    """Everything that quarters are noted from."""

    chunk: Chunk
    standing: Standing
    found: Difference
    catalogue: Catalogue
    bases: Mapping[tuple[int, int], Basis]
    otherwise: str
    seen: dict[tuple[bytes, bytes], list[str]] = field(default_factory=dict)
    """Which factors changed, by the lines gone and booked: mostly the same in all quarters."""

    def quarters(self, starts: list[int]) -> list[Suspended]:
        """Return each quarter that differs with its reasons and sums."""
        older = {start_us: basis for (start_us, _), basis in sorted(self.bases.items(), key=_key)}
        return [self._quarter(start_us, older.get(start_us)) for start_us in starts]

    def _quarter(self, start_us: int, before: Basis | None) -> Suspended:
        booked, gone = (_of(e, start_us) for e in (self.found.booked, self.found.reversed))
        readings = self._readings(start_us, before)
        factors = self._factors(gone, booked)
        return Suspended(
            from_microseconds(start_us),
            _digest(booked, gone),
            self._sums(start_us),
            tuple(readings[:SHOWN]),
            len(readings),
            tuple(factors),
            "" if readings or factors else self.otherwise,
        )

    def _readings(self, start_us: int, before: Basis | None) -> list[str]:
        at = f"{from_microseconds(start_us):%Y-%m-%dT%H:%MZ}"
        if before is None:
            return [f"{at} was not booked before"]
        table = self.chunk.table
        now = table.words(table.place(start_us))
        return [f"{at} {one}" for one in changed_words(before.words(start_us), now)]

    def _factors(self, gone: Entries, booked: Entries) -> list[str]:
        """Return which factors took whose place, each ledger for itself."""
        key = gone.line_ids.tobytes(), booked.line_ids.tobytes()
        if key not in self.seen:
            self.seen[key] = self._changed_factors(gone, booked)
        return self.seen[key]

    def _changed_factors(self, gone: Entries, booked: Entries) -> list[str]:
        was, now = self._lines(gone), self._lines(booked)
        told = (
            changed_factors(
                [line for line in was if line.ledger is ledger],
                [line for line in now if line.ledger is ledger],
            )
            for ledger in sorted({line.ledger for line in now})
        )
        return [text for texts in told for text in texts]

    def _lines(self, entries: Entries) -> list[Line]:
        return [self.catalogue.lines[number] for number in entries.line_ids.tolist()]

    def _sums(self, start_us: int) -> tuple[Sums, ...]:
        sums = [self._counted_ng(_of(e, start_us)) for e in (self.standing.entries, self._known)]
        ledgers = sorted(sums[0].keys() | sums[1].keys())
        return tuple(Sums(one, sums[0].get(one, 0), sums[1].get(one, 0)) for one in ledgers)

    @property
    def _known(self) -> Entries:
        return self.chunk.entries

    def _counted_ng(self, entries: Entries) -> dict[Ledger, int]:
        found: dict[Ledger, int] = defaultdict(int)
        for line, ng in zip(self._lines(entries), entries.emissions_ng.tolist(), strict=True):
            found[line.ledger] += ng if line.account.counted else 0
        return found


def _of(entries: Entries, start_us: int) -> Entries:
    return entries.between(start_us, start_us + QUARTER_US)


def _digest(booked: Entries, gone: Entries) -> str:
    """Return the SHA-256 of what would be posted: lines by number, amounts, ng, quality."""
    columns = (booked.line_ids, booked.amounts, booked.emissions_ng, gone.line_ids)
    said = repr([one.tolist() for one in (*columns, booked.measured)])
    return hashlib.sha256(said.encode()).hexdigest()


def _key(item: tuple[tuple[int, int], Basis]) -> tuple[int, int]:
    return item[0]
