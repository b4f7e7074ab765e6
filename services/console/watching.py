"""Watching a peer for ever: a stream that ends is begun again with back-off."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc

from services.runtime.patience import is_away
from services.runtime.telemetry import log_for

FIRST_WAIT_S, LONGEST_WAIT_S = 0.3, 5.0
log = log_for(__name__)


async def watch(
    peer: str,
    call: Callable[[], AsyncIterator[Any]],
    take: Callable[[Any], None],
    *,
    first: Callable[[], Awaitable[None]] | None = None,
    ended: Callable[[], None] = lambda: None,
) -> None:
    """Give every answer to `take`; await `first` after each beginning, say each end to `ended`."""
    wait_s = FIRST_WAIT_S
    while True:
        try:
            answers = call()
            if first is not None:
                await first()
            async for answer in answers:
                take(answer)
                wait_s = FIRST_WAIT_S
        except grpc.aio.AioRpcError as error:
            if not is_away(error) and error.code() is not grpc.StatusCode.CANCELLED:
                log.warning("watch_refused", peer=peer, status=str(error.code()))
        ended()
        await asyncio.sleep(wait_s)
        wait_s = min(wait_s * 2, LONGEST_WAIT_S)
