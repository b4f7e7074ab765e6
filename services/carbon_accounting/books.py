"""What bookkeeping needs of the books, within one transaction; `store` holds them in PostgreSQL."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.carbon_accounting.domain.booking import Outcome
from services.carbon_accounting.domain.entries import EntryKey, Posting, Recorded, Withdrawal
from services.carbon_accounting.domain.registers import Changed, EdgeKey, Edges, Standing

PointBorder = tuple[str, datetime]
Neighbours = tuple[Standing | None, Standing | None]


@dataclass(frozen=True, slots=True)
class Between:
    """The nearest quarters with readings of one point on both sides of a quarter."""

    previous: datetime | None
    next: datetime | None


class Books(Protocol):
    """One park's books, open in one transaction. Everything is by sets, nothing row by row."""

    async def edges(self, keys: Collection[EdgeKey]) -> dict[EdgeKey, Edges]:
        """Return the edges that are kept under these keys."""
        ...

    async def put_edges(self, changes: Sequence[Changed]) -> None:
        """Keep changed edges."""
        ...

    async def between(self, keys: Collection[EdgeKey]) -> dict[EdgeKey, Between]:
        """Return the neighbouring quarters with readings of each key."""
        ...

    async def exact(
        self, points: Sequence[str], moments: Collection[datetime]
    ) -> dict[PointBorder, int]:
        """Return the registers (Wh) that stand exactly at these moments."""
        ...

    async def neighbours(self, wanted: Collection[PointBorder]) -> dict[PointBorder, Neighbours]:
        """Return the last reading before and the first after each wanted border."""
        ...

    async def watermark(self) -> datetime | None:
        """Return the newest event time seen."""
        ...

    async def put_watermark(self, event_time: datetime) -> None:
        """Remember the newest event time seen."""
        ...

    async def current(self, starts: Collection[datetime]) -> dict[EntryKey, Recorded]:
        """Return the current entries of these quarters."""
        ...

    async def append(self, postings: Sequence[Posting], known_at: datetime) -> None:
        """Append versions, mark those they replace, put them into the outbox."""
        ...

    async def withdraw(self, withdrawals: Sequence[Withdrawal], known_at: datetime) -> None:
        """Append versions that say nothing is booked, like `append`."""
        ...

    async def put_outcomes(self, outcomes: Sequence[Outcome], rules: str) -> None:
        """Remember what became of each quarter, under the fingerprint of the rules."""
        ...

    async def outdated(self, rules: str) -> list[datetime]:
        """Return the quarters whose outcome was found under other rules."""
        ...
