"""What a fresh page begins with, and what happens to a page that reads too slowly."""

import asyncio
from collections.abc import AsyncIterator

from services.console.hub import BACKLOG, Event, Hub


async def taken(events: AsyncIterator[Event], count: int) -> list[Event]:
    return [await anext(events) for _ in range(count)]


async def test_a_fresh_page_begins_with_its_own_snapshot_and_the_newest_of_each_kind() -> None:
    hub = Hub()
    hub.send("plan", "old", keep_as="plan")
    hub.send("plan", "new", keep_as="plan")
    hub.send("readings", "gone")

    events = hub.events([("pulse", "now")])

    assert await taken(events, 2) == [("pulse", "now"), ("plan", "new")]


async def test_every_open_page_gets_what_happens() -> None:
    hub = Hub()
    pages = [hub.events([("pulse", "first")]) for _ in range(2)]
    for page in pages:
        await anext(page)

    hub.send("plan", "p")

    assert [await anext(page) for page in pages] == [("plan", "p")] * 2


async def test_what_is_kept_quietly_reaches_fresh_pages_only() -> None:
    hub = Hub()
    open_page = hub.events([("pulse", "first")])
    await anext(open_page)

    hub.keep("incidents", "[]")
    hub.send("plan", "p")

    assert await anext(open_page) == ("plan", "p")
    assert await taken(hub.events([]), 1) == [("incidents", "[]")]


async def test_what_is_forgotten_does_not_come_back() -> None:
    hub = Hub()
    hub.send("prices", "old", keep_as="prices 1")
    hub.send("prices", "new", keep_as="prices 2")

    hub.forget("prices 1")

    assert await taken(hub.events([]), 1) == [("prices", "new")]


async def test_a_page_that_reads_too_slowly_is_closed_and_the_others_go_on() -> None:
    hub = Hub()
    slow, quick = hub.events([("pulse", "first")]), hub.events([("pulse", "first")])
    await anext(slow)
    await anext(quick)

    for _ in range(BACKLOG + 1):
        hub.send("readings", "r")
        await anext(quick)

    assert len([event async for event in slow]) == BACKLOG
    hub.send("plan", "p")
    assert await asyncio.wait_for(anext(quick), 1) == ("plan", "p")


async def test_when_the_console_ends_every_page_is_told_at_once() -> None:
    hub = Hub()
    page = hub.events([("pulse", "first")])
    await anext(page)

    hub.close()

    assert [event async for event in page] == []
