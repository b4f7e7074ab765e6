"""The newest issue of a kind, and whoever waits for the next one."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Generic, TypeVar

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.nowcast_pb2 import NowcastIssue

Issue = TypeVar("Issue", ForecastIssue, NowcastIssue)


class Board(Generic[Issue]):
    """Holds the newest issue; rebuilt from the database at start."""

    def __init__(self) -> None:
        self.newest: Issue | None = None
        self._changed = asyncio.Condition()

    @property
    def issue_time(self) -> datetime | None:
        """When the newest issue was made, None without one."""
        return self.newest.issue_time.ToDatetime(tzinfo=UTC) if self.newest else None

    async def show(self, issue: Issue) -> None:
        """Put up a newer issue and tell everyone."""
        async with self._changed:
            self.newest = issue
            self._changed.notify_all()

    async def watch(self) -> AsyncIterator[Issue]:
        """Yield the newest issue, then every new one; a slow reader skips to the newest."""
        seen: Issue | None = None
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self.newest is not seen)  # noqa: B023
                seen = self.newest
            if seen is not None:
                yield seen
