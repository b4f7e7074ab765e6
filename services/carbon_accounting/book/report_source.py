"""What a report is made of, wherever it stands: a folder of written books, or the live ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from services.carbon_accounting.book.written_books import Row
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.reporting.records import Closing, Restatement
from services.energy.site import Text


class ReportSource(Protocol):
    """Books that reports can be made of; tables as docs/carbon.md tells their columns."""

    @property
    def software(self) -> str:
        """The program that wrote them and its version."""
        ...

    @property
    def files(self) -> list[dict[str, Any]]:
        """The files they rest on: role, name, SHA-256, rows."""
        ...

    @property
    def chain_digest(self) -> str:
        """What seals all entries, in hex."""
        ...

    @property
    def restatements(self) -> Sequence[Restatement]:
        """What was restated in these books."""
        ...

    def reason_for_one(self, restated: Restatement) -> str:
        """Return why, as its enterprise may read it: no meter of others is named."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """The clock of the park."""
        ...

    @property
    def begins(self) -> datetime:
        """Start of the first interval, UTC."""
        ...

    @property
    def ends(self) -> datetime:
        """End of the last interval, UTC; nothing later is in the books."""
        ...

    @property
    def known_at(self) -> datetime:
        """When the newest of what they say became known, UTC."""
        ...

    @property
    def closings(self) -> Sequence[Closing] | None:
        """The closed months; None where books know of no closing."""
        ...

    @property
    def park(self) -> Text:
        """The park's name."""
        ...

    @property
    def enterprises(self) -> dict[str, Text]:
        """The names of the enterprises, by id."""
        ...

    @property
    def products(self) -> dict[str, str]:
        """Who makes each product, by id."""
        ...

    @property
    def months(self) -> tuple[Month, ...]:
        """The local months that entries were booked in, in order."""
        ...

    def has(self, name: str) -> bool:
        """Whether there is a table; some are not in all books."""
        ...

    def table(self, name: str) -> list[Row]:
        """Return the rows of a table."""
        ...
