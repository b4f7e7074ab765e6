"""When the console asks, what it sends, and what it says of services that are away."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import grpc
import pytest

from services.console import quality_feed
from services.console.hub import Hub
from services.console.quality_feed import QualityFeed
from services.energy.site import Node, Park
from services.energy.time_grid import QUARTER, floor
from services.runtime.clock import ParkClock
from tests.support.builders import MORNING, a_park
from tests.support.fake_services import FakeServices
from tests.support.fake_validation import STEEL, a_balance, a_quality, an_entry


@dataclass
class Asking:
    """A feed upon fakes, and what it sent."""

    fakes: FakeServices
    feed: QualityFeed
    hub: Hub
    sent: list[tuple[str, Any]] = field(default_factory=list)

    def names(self) -> list[str]:
        return [name for name, _ in self.sent]

    def newest(self, name: str) -> Any:
        return [body for what, body in self.sent if what == name][-1]

    async def until_asked(self, times: int) -> None:
        async with asyncio.timeout(5):
            while self.fakes.validation.asked["quality"] < times:  # noqa: ASYNC110  looks on
                await asyncio.sleep(0.01)


@asynccontextmanager
async def asking(park: Park | None = None) -> AsyncIterator[Asking]:
    clock = ParkClock(MORNING, time.time(), 60.0)
    async with FakeServices.at(clock) as fakes:
        channels = [
            grpc.aio.insecure_channel(f"127.0.0.1:{fakes.ports[name]}")
            for name in ("validation", "ingest")
        ]
        hub = Hub()
        feed = QualityFeed(park or a_park(), clock, hub, validation=channels[0], ingest=channels[1])
        found = Asking(fakes, feed, hub)
        send = hub.send

        def noting(kind: str, body: str, *, keep_as: str | None = None) -> None:
            found.sent.append((kind, json.loads(body)))
            send(kind, body, keep_as=keep_as)

        hub.send = noting  # type: ignore[method-assign]
        yield found
        for channel in channels:
            await channel.close()


async def test_everything_is_sent_once_and_again_only_when_it_changed() -> None:
    async with asking() as asked:
        await asked.feed.ask()
        first = sorted(asked.names())
        asked.sent.clear()
        asked.fakes.validation.entries.append(an_entry(STEEL, 7, MORNING))
        await asked.feed.ask()

    assert first == [
        "answered",
        "balances",
        "connections",
        "edits",
        "quality",
        "spool",
        "suspense",
    ]
    assert asked.names() == ["suspense", "answered"]
    assert asked.newest("suspense")["balance_wh"] == 7


async def test_a_service_that_is_away_leaves_what_was_shown_and_when_it_last_answered() -> None:
    async with asking() as asked:
        asked.fakes.validation.sources = [a_quality("mqtt-site", MORNING)]
        await asked.feed.ask()
        before = asked.newest("answered")
        asked.sent.clear()
        await asked.fakes.stop("validation")
        await asked.feed.ask()
        after = asked.newest("answered")

    assert after["quality"] == before["quality"]
    assert after["spool"] > before["spool"]
    assert "quality" not in asked.names()
    assert "quality" in asked.hub._newest  # a fresh page still begins with it


async def test_a_service_that_never_answered_is_not_said_to_have() -> None:
    async with asking() as asked:
        await asked.fakes.stop("validation")
        await asked.feed.ask()

    assert set(asked.newest("answered")) == {"spool", "connections", "balances"}
    assert asked.newest("balances")["nodes"] == []  # no topology: nobody need be asked


async def test_nobody_is_asked_while_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality_feed, "ASK_EVERY_S", 0.02)
    async with asking() as asked:
        running = asyncio.create_task(asked.feed.run())
        await asyncio.sleep(0.1)
        unseen = asked.fakes.validation.asked["quality"]

        page = asked.hub.events([])
        looking = asyncio.ensure_future(anext(page))
        await asked.until_asked(3)
        await looking
        await page.aclose()
        await asyncio.sleep(0.1)
        closed = asked.fakes.validation.asked["quality"]
        await asyncio.sleep(0.2)
        later = asked.fakes.validation.asked["quality"]
        running.cancel()

    assert unseen == 0
    assert later == closed


async def test_after_a_decision_it_is_asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality_feed, "ASK_EVERY_S", 3600.0)
    monkeypatch.setattr(quality_feed, "ASK_SOON_S", 0.01)
    async with asking() as asked:
        running = asyncio.create_task(asked.feed.run())
        page = asked.hub.events([])
        await anext(page)
        count = asked.fakes.validation.asked["quality"]
        asked.feed.soon()
        await asked.until_asked(count + 3)
        running.cancel()
        await page.aclose()


async def test_balances_of_many_nodes_are_asked_for_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quality_feed, "BALANCES_A_CALL", 20)
    park = replace(a_park(), topology=(Node("park", "grid", ("steel",)),))
    async with asking(park) as asked:
        end = floor(asked.fakes.clock.now())
        quarters = [end - k * QUARTER for k in range(95, -1, -1)]
        asked.fakes.validation.balances = [a_balance(at, 1_000, 900) for at in quarters]
        await asked.feed.ask()

    [node] = asked.newest("balances")["nodes"]
    assert node["strip"] == ["balanced"] * 96
    assert node["day"]["imbalance_wh"] == 9_600
