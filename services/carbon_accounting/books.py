"""What bookkeeping needs of the books, within one transaction; `store` holds them in PostgreSQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from services.carbon_accounting.domain.booking import Outcome
from services.carbon_accounting.domain.entries import EntryKey, Posting, Recorded, Withdrawal
from services.carbon_accounting.domain.words import Word, WordKey


class Books(Protocol):
    """One park's books, open in one transaction. Everything is by sets, nothing row by row."""

    async def words(
        self, points: Collection[str], starts: Collection[datetime]
    ) -> dict[WordKey, Word]:
        """Return the words that stand on these registers in these quarters."""
        ...

    async def put_words(self, words: Sequence[Word]) -> None:
        """Keep words, each in the place of the one that stood."""
        ...

    async def watermark(self) -> datetime | None:
        """Return the end of the newest quarter of which there is a word."""
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
