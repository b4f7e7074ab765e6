"""Keeps what a command read from files: all of it, in parts that a statement can carry."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from services.forecasting.settings import Settings
from services.runtime.database import Database

AT_ONCE = 20_000
Value = TypeVar("Value")
Kept = TypeVar("Kept", contravariant=True)


class Store(Protocol[Kept]):
    """Keeps values and tells how many of them are news."""

    def keep(self, values: Sequence[Kept], /) -> Awaitable[int]:
        """Keep values; return how many were not known."""


async def keep(
    settings: Settings, store_in: Callable[[Database], Store[Value]], values: Sequence[Value]
) -> int:
    """Keep values in the database of the settings; return how many of them are news."""
    database = Database("forecasting", settings.database_url)
    await database.start()
    try:
        store = store_in(database)
        parts = (values[i : i + AT_ONCE] for i in range(0, len(values), AT_ONCE))
        return sum([await store.keep(part) for part in parts])
    finally:
        await database.stop()
