"""From the inbox into the intake, one batch after the other, acknowledged when safe."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.ingest.adapters.mqtt.inbox import Inbox
from services.runtime.telemetry import log_for

T = TypeVar("T")
MOST_IN_A_ROW = 100
log = log_for(__name__)


async def keep_carrying(
    inbox: Inbox[T],
    carry: Callable[[list[T]], Awaitable[None]],
    bury: Callable[[T, Exception], Awaitable[None]],
    acknowledge: Callable[[T], None],
) -> None:
    """Carry and acknowledge what comes, for ever.

    A message that our code has a bug with is buried with its stack and costs no other: the broker
    would send it again to every process that dies of it. Too many in a row are no single messages'
    doing, and leave.
    """
    in_a_row = 0
    while True:
        batch = await inbox.gather()
        try:
            await carry(batch)
            in_a_row = 0
        except Exception:  # found one by one, below
            in_a_row = await _carry_each(batch, carry, bury, in_a_row)
        for message in batch:
            acknowledge(message)


async def _carry_each(
    batch: list[T],
    carry: Callable[[list[T]], Awaitable[None]],
    bury: Callable[[T, Exception], Awaitable[None]],
    in_a_row: int,
) -> int:
    """Carry messages one by one, burying those that raise; return how many did so last."""
    for message in batch:
        try:
            await carry([message])
            in_a_row = 0
        except Exception as defect:
            in_a_row += 1
            if in_a_row >= MOST_IN_A_ROW:
                raise
            await bury(message, defect)
    return in_a_row
