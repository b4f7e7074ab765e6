"""A call that waits for Kafka says so before its caller gives up."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from services.runtime.refusals import Unavailable

T = TypeVar("T")
LONGEST_S = 15.0
ANSWER_S = 0.5


async def before_deadline(context: Any, work: Awaitable[T]) -> T:
    """Return what `work` returns, or refuse as Unavailable shortly before the call's deadline."""
    left = context.time_remaining()
    limit = LONGEST_S if left is None else max(0.0, min(LONGEST_S, left - ANSWER_S))
    try:
        async with asyncio.timeout(limit):
            return await work
    except TimeoutError:
        raise Unavailable(
            f"Kafka did not take it within {limit:.1f} s; send it again: what did arrive is "
            "recognised and stored once"
        ) from None
