"""The newest of something, and everyone who waits for the next: control cycles, plans."""

import asyncio
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Newest(Generic[T]):
    """Holds the newest value; whoever watches too slowly sees the newest, not every one."""

    def __init__(self) -> None:
        self.value: T | None = None
        self._count = 0
        self._next: asyncio.Event = asyncio.Event()

    def show(self, value: T) -> None:
        """Replace the value and wake the watchers."""
        self.value = value
        self._count += 1
        self._next.set()
        self._next = asyncio.Event()

    async def watch(self) -> AsyncIterator[T]:
        """Yield the value there is, then each newer one."""
        seen = -1
        while True:
            coming = self._next
            if self.value is not None and self._count != seen:
                seen = self._count
                yield self.value
                continue
            await coming.wait()
