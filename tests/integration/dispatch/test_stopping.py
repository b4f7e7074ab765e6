"""A process that is told to end while it begins to read Kafka ends in good order."""

import asyncio

from tests.integration.dispatch.test_dispatch_service import DispatchProcess, dispatch

__all__ = ["dispatch"]  # fixture


async def test_a_stop_while_the_streams_start_needs_no_force(dispatch: DispatchProcess) -> None:
    for after_s in (0.02, 0.03, 0.05, 0.1):
        await asyncio.to_thread(dispatch.start)
        await asyncio.sleep(after_s)

        assert await asyncio.to_thread(dispatch.stop) == 0

    assert len(dispatch.events("stopped")) == 4
    assert dispatch.events("stop_took_too_long") == []
    assert dispatch.events("ended_hard") == []
