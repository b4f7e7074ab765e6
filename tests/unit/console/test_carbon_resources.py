"""What the page asks of what a month took: by its local days, the audit by the month itself."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import grpc
import pytest

from services.console.carbon_resources import CarbonResources
from services.runtime.clock import ParkClock
from tests.support.builders import a_park
from tests.support.fake_services import FakeServices

NOW = datetime(2019, 6, 4, 2, 32, tzinfo=UTC)


@asynccontextmanager
async def asking() -> AsyncIterator[tuple[FakeServices, CarbonResources]]:
    async with FakeServices.at(ParkClock(NOW, time.time(), 1.0)) as fakes:
        address = f"127.0.0.1:{fakes.ports['carbon_accounting']}"
        async with grpc.aio.insecure_channel(address) as channel:
            yield fakes, CarbonResources(a_park().id, channel)


async def test_the_days_of_the_month_are_asked_for_both_ends_included() -> None:
    async with asking() as (fakes, page):
        for ask in (page.costs, page.resources, page.exchanges):
            await ask("2019-02")

    assert fakes.days == [("2019-02-01", "2019-02-28")] * 3


async def test_what_enterprises_pay_comes_to_what_the_park_pays() -> None:
    async with asking() as (_, page):
        costs = (await page.costs("2019-05"))["costs"]

    grid = {one["enterprise"]: int(one["cents"]) for one in costs if one["position"] == "grid"}
    assert grid.pop("*") == sum(grid.values()) == 102_000_000


async def test_the_audit_is_of_the_month_and_its_total_of_it() -> None:
    async with asking() as (_, page):
        april, june = await page.audit("2019-04"), await page.audit("2019-06")

    assert april["total"]["tce"] == pytest.approx(310.689)
    assert (june["total"], len(june["missing"])) == (None, 3)


async def test_a_refusal_of_one_answer_is_its_own() -> None:
    async with asking() as (fakes, page):
        fakes.unimplemented = {"ProposeExchanges"}
        with pytest.raises(grpc.aio.AioRpcError, match="ProposeExchanges is not there"):
            await page.exchanges("2019-05")
        found = await page.resources("2019-05")

    assert len(found["amounts"]) == 5
