"""What the console tells of what a month took, by whose certificate it asks: its own, or all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import grpc
import pytest

from services.carbon_accounting.domain.costing.declared import Pricing, Tariff
from services.carbon_accounting.live.inventories import Accounted
from services.console.carbon_resources import CarbonResources
from services.runtime.grpc_client import open_channel
from tests.support.live_books import MAY
from tests.support.live_service import (
    Running,
    address,
    certified,
    file_of,
    rules_in,
    serving,
    settings,
)
from tests.support.live_words import told

METERS = ("grid", "out", "pv", "pv_b", "bat_in", "bat_out", "load_a", "load_b", "lamps")
MONTH = "2024-05"


@pytest.fixture
async def running(empty_books: str, tmp_path: Path, secrets: Path) -> AsyncIterator[Running]:
    """Grid power at 0.60 CNY/kWh; a used 2 MWh and b used 1 MWh in a quarter hour at noon."""
    rules = rules_in(tmp_path)
    site = replace(rules.site, pricing=Pricing((Tariff("grid", "kWh", date.min, 600_000),)))
    rules = replace(rules, accounted=Accounted(site, rules.accounted.rules))
    async with serving(empty_books, tmp_path, secrets=secrets, rules=rules) as found:
        used = {"grid": 3_000_000, "load_a": 2_000_000, "load_b": 1_000_000}
        await told(found, {MAY + timedelta(hours=12): dict.fromkeys(METERS, 0) | used})
        yield found


@asynccontextmanager
async def console_of(running: Running, secrets: Path, name: str) -> AsyncIterator[CarbonResources]:
    """A console whose certificate has this common name."""
    certified(secrets, name)
    async with open_channel(address(running.server), settings(secrets, file_of(name))) as channel:
        yield CarbonResources("mill", channel)


async def test_an_operators_console_tells_of_all(running: Running, secrets: Path) -> None:
    async with console_of(running, secrets, "li.wei") as console:
        costs = (await console.costs(MONTH))["costs"]
        audit = await console.audit(MONTH)

    assert {one["enterprise"]: one["cents"] for one in costs} == {
        "*": "180000",
        "a": "120000",
        "b": "60000",
    }
    [main] = [one for one in audit["balances"] if one["node"] == "main"]
    assert (main["came_in"], main["gap"], main["finding"]) == ("3000000", "0", "closed")


async def test_an_enterprises_console_tells_its_own_and_is_refused_the_rest(
    running: Running, secrets: Path
) -> None:
    async with console_of(running, secrets, "enterprise/a") as console:
        costs = (await console.costs(MONTH))["costs"]
        resources = await console.resources(MONTH)
        refusals = []
        for ask in (console.exchanges, console.audit):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await ask(MONTH)
            refusals.append(refused.value.code())

    assert {one["enterprise"]: one["cents"] for one in costs} == {"a": "120000"}
    assert resources["balances"] == []
    assert refusals == [grpc.StatusCode.PERMISSION_DENIED] * 2
