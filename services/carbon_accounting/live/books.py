"""What bookkeeping needs of the books, within one transaction; `store` holds them in PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from services.carbon_accounting.domain.inventory.booking import Claimed
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.balances import QuarterFacts
from services.carbon_accounting.domain.live.days import DayChange
from services.carbon_accounting.domain.live.due import Told
from services.carbon_accounting.domain.live.lines import Line
from services.carbon_accounting.domain.live.postings import Catalogue, Head, Posting, Standing
from services.carbon_accounting.domain.live.suspended import Suspended
from services.carbon_accounting.domain.live.word_table import Basis, WordTable
from services.carbon_accounting.domain.tracing.pools import Pools
from services.carbon_accounting.domain.words import Word, WordKey
from services.energy.time_grid import Interval


@dataclass(frozen=True, slots=True)
class State:
    """What the stores hold at an instant."""

    at: datetime
    pools: Pools


@dataclass(frozen=True, slots=True)
class Pending:
    """What a closed month would say otherwise; `starts` are its quarters that differ.

    `version` counts from 1 how often what would be posted has become something else.
    """

    id: int
    month: str
    starts: tuple[datetime, ...]
    because: str
    version: int = 1


class Books(Protocol):
    """One park's books, open in one transaction. Everything is by sets, nothing row by row."""

    # ---- words

    async def words(
        self, points: Collection[str], starts: Collection[datetime]
    ) -> dict[WordKey, Word]:
        """Return the words that stand on these registers in these quarters."""
        ...

    async def put_words(self, words: Sequence[Word]) -> None:
        """Keep words, each in the place of the one that stood."""
        ...

    async def told(
        self, points: Collection[str], ledger_from: datetime, late_after: timedelta
    ) -> Told | None:
        """Return how far the words on these registers reach, from `ledger_from` on."""
        ...

    async def table(self, points: Collection[str], span: Interval) -> WordTable:
        """Return the words that stand in a span."""
        ...

    async def resources_changed(self, months: Collection[str]) -> None:
        """Note that words of other resources are new in these local months."""
        ...

    # ---- quarters

    async def reach(self) -> Interval | None:
        """Return the span of quarters that are in the books or wait to be."""
        ...

    async def await_booking(self, starts: Collection[datetime]) -> None:
        """Remember that quarters are to be booked, or booked again."""
        ...

    async def waiting(self) -> list[datetime]:
        """Return the quarters that wait to be booked, in order."""
        ...

    async def settle(self, starts: Collection[datetime]) -> None:
        """Forget that quarters wait: they are booked."""
        ...

    async def put_facts(self, facts: Sequence[QuarterFacts], rules: str) -> None:
        """Remember what is known of quarters, under the fingerprint of the rules."""
        ...

    async def examined(self, facts: Sequence[QuarterFacts], rules: str) -> None:
        """The same for quarters of a closed month: where facts stand, they stay."""
        ...

    async def drop_quarters(self, span: Interval) -> None:
        """Forget the facts of quarters, and the states of stores after the span's start."""
        ...

    async def outdated(self, rules: str) -> list[datetime]:
        """Return the quarters that were booked under other rules."""
        ...

    # ---- postings

    async def catalogue(self, lines: Sequence[Line]) -> tuple[Catalogue, Mapping[Line, int]]:
        """Return all lines there are, these among them, by number and the other way."""
        ...

    async def lines_with(self, numbers: Collection[int]) -> Catalogue:
        """Return all lines, those of these numbers among them, whoever added them."""
        ...

    async def standing(self, span: Interval) -> Standing:
        """Return what the books say of a span."""
        ...

    async def basis_numbers(self, span: Interval) -> dict[int, dict[bytes, int]]:
        """Return the numbers of the bases there are, by start (us) and digest."""
        ...

    async def bases(self, keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], Basis]:
        """Return bases by start (us) and number."""
        ...

    async def put_bases(self, bases: Sequence[tuple[int, int, bytes, Basis]]) -> None:
        """Add bases: start (us), number, digest, words."""
        ...

    async def heads(self, chains: Collection[tuple[Ledger, str]]) -> dict[tuple[Ledger, str], Head]:
        """Return the ends of chains by ledger and month; one that has not begun is left out."""
        ...

    async def append(self, postings: Sequence[Posting], known_at: datetime) -> None:
        """Append postings and put them into the outbox."""
        ...

    async def change_days(self, changes: Sequence[DayChange]) -> None:
        """Add to the sums of days."""
        ...

    # ---- stores and certificates

    async def state_before(self, moment: datetime, after: datetime) -> State | None:
        """Return the newest state at or before a moment, later than `after`."""
        ...

    async def put_state(self, state: State, since: datetime) -> None:
        """Keep a state, and forget those after `since` and before it."""
        ...

    async def coverage(self, span: Interval) -> dict[Ledger, Claimed]:
        """Return what certificates cover of a span by the newest run, shape (intervals,)."""
        ...

    # ---- closed periods

    async def closed_months(self) -> frozenset[str]:
        """Return the local months that are closed."""
        ...

    async def close_month(
        self, month: str, by: str, because: str, at: datetime, open_items: Sequence[str] = ()
    ) -> None:
        """Note that a month is closed, with the heads of its chains and what of it is open."""
        ...

    async def suspend(
        self, month: str, span: Interval, quarters: Sequence[Suspended], at: datetime
    ) -> None:
        """Note which quarters of a closed month's span would be restated, and no others of it."""
        ...

    async def pending(self, restatement_id: int) -> Pending | None:
        """Return a restatement that waits for a decision."""
        ...

    async def decide(
        self, restatement_id: int, state: str, by: str, because: str, at: datetime
    ) -> None:
        """Note a decision: `approved` or `rejected`."""
        ...
