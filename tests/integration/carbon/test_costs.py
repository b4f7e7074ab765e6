"""What energy cost, out of the words that stand; what each sees comes to the park's cost."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from parkflow.carbon.v1 import cost_pb2 as wire
from services.carbon_accounting.domain.costing.declared import Pricing, Tariff, Window
from services.carbon_accounting.domain.words import QUARTER_US
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.live_rules import LiveRules
from tests.support.live_books import MAY, QUARTER
from tests.support.live_service import CALL_S, Running, as_caller, rules_in, serving

METERS = ("grid", "out", "pv", "pv_b", "bat_in", "bat_out", "load_a", "load_b", "lamps")
WORD = "INSERT INTO register_quarter VALUES ('mill', %s, %s, %s, 0, 0, 0, %s, %s, 0, %s, 0, 0)"
DEAR = Window(12 * 60, 13 * 60, 1_200_003)
TARIFFS = (
    Tariff("grid", "kWh", date.min, 600_001, (DEAR,)),
    Tariff("pv", "kWh", date.min, 300_007),
    Tariff("feed-in", "kWh", date.min, 250_000),
    Tariff("unaccounted", "kWh", date.min, 700_000),
)


def priced(folder: Path, *tariffs: Tariff) -> LiveRules:
    rules = rules_in(folder)
    site = replace(rules.site, pricing=Pricing(tariffs))
    return replace(rules, accounted=Accounted(site, rules.accounted.rules))


@pytest.fixture
async def running(empty_books: str, tmp_path: Path, secrets: Path) -> AsyncIterator[Running]:
    rules = priced(tmp_path, *TARIFFS)
    async with serving(empty_books, tmp_path, secrets=secrets, rules=rules) as found:
        yield found


async def told(running: Running, quarters: Mapping[datetime, Mapping[str, int]]) -> None:
    """Words on each quarter; a meter that is not named has no word there."""
    known = (QUARTER_US, QUARTER_US, MAY)
    rows = [(at, point, wh, *known) for at, said in quarters.items() for point, wh in said.items()]
    async with running.database.transaction() as connection:
        await connection.cursor().executemany(WORD, rows)


async def costs(stub: Any, **more: Any) -> wire.ListCostsResponse:
    days = {"first_day": "2024-05-01", "last_day": "2024-05-02"}
    request = wire.ListCostsRequest(**({"park_id": "mill"} | days | more))
    answer: wire.ListCostsResponse = await stub.ListCosts(request, timeout=CALL_S)
    return answer


def cents(answer: wire.ListCostsResponse) -> dict[tuple[str, str], int]:
    """Cents by position and enterprise."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for one in answer.costs:
        found[one.position, one.enterprise] += one.cost_cents
    return dict(found)


async def test_noon_has_its_own_price_and_each_pays_its_share(running: Running) -> None:
    noon = MAY + timedelta(hours=12)  # MAY is local midnight
    used = {"grid": 3_000_000, "load_a": 2_000_000, "load_b": 1_000_000}
    await told(running, {noon: dict.fromkeys(METERS, 0) | used})

    answer = await costs(running.stub)

    # 3 MWh at 1.200003: 3,600.009; a has two thirds, 2,400.006 and 1,200.003
    assert cents(answer) == {("grid", "*"): 360001, ("grid", "a"): 240001, ("grid", "b"): 120000}
    assert answer.currency == "CNY"
    assert list(answer.open_items) == []


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_enterprises_and_the_park_see_is_what_the_park_pays_to_the_cent(
    running: Running, secrets: Path, seed: int
) -> None:
    chance = random.Random(seed)
    said = {
        MAY + number * QUARTER: {
            m: chance.randrange(5000) for m in METERS if chance.random() < 0.99
        }
        for number in range(192)
    }
    await told(running, said)

    seen: dict[str, int] = defaultdict(int)
    for name in ("a", "b", "park"):
        async with as_caller(running, secrets, f"enterprise/{name}") as stub:
            answer = await costs(stub)
            assert {one.enterprise for one in answer.costs} == {name}
            assert list(answer.open_items) == []
            for (position, _), amount in cents(answer).items():
                seen[position] += amount

    whole = cents(await costs(running.stub))
    parks = {position: amount for (position, who), amount in whole.items() if who == "*"}
    assert seen == parks
    assert set(parks) == {"grid", "pv", "feed-in", "unaccounted"}
    assert parks["feed-in"] < 0 < parks["grid"]


async def test_an_enterprise_that_asks_for_another_is_refused(
    running: Running, secrets: Path
) -> None:
    async with as_caller(running, secrets, "enterprise/a") as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await costs(stub, enterprise="b")

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_a_price_that_lacks_is_told_and_the_cost_is_absent(
    empty_books: str, tmp_path: Path
) -> None:
    rules = priced(tmp_path, TARIFFS[0])
    async with serving(empty_books, tmp_path, rules=rules) as running:
        await told(running, {MAY: dict.fromkeys(METERS, 0) | {"pv": 4000, "load_a": 4000}})

        answer = await costs(running.stub)
        of_a = await costs(running.stub, enterprise="a")
        of_b = await costs(running.stub, enterprise="b")

    assert of_a.open_items[0].startswith("pv: 4000 Wh of its own in 2024-05 have no price - ask")
    assert list(of_b.open_items) == []
    assert {(one.position, one.HasField("cost_cents")) for one in answer.costs} == {("pv", False)}
    (item,) = answer.open_items
    assert item.startswith("pv: 4000 Wh in 1 intervals of 2024-05 have no price - state it")


async def test_a_park_that_states_no_price_says_so(empty_books: str, tmp_path: Path) -> None:
    async with serving(empty_books, tmp_path) as running:
        answer = await costs(running.stub)

    assert not answer.costs
    assert "the park file states no price" in answer.open_items[0]
