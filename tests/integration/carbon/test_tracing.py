"""Electricity by origin out of the words that stand, closed to the Wh; each sees its own use."""

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from parkflow.carbon.v1 import tracing_pb2 as wire
from services.carbon_accounting.domain.words import QUARTER_US
from tests.support.calls import named_fields
from tests.support.live_books import MAY, QUARTER
from tests.support.live_service import CALL_S, Running, as_caller, serving

METERS = ("grid", "out", "pv", "pv_b", "bat_in", "bat_out", "load_a", "load_b", "lamps")
COMES_IN = {wire.FLOW_WAY_SUPPLY, wire.FLOW_WAY_BEYOND_STORE, wire.FLOW_WAY_BECAME_UNKNOWN}
WORD = "INSERT INTO register_quarter VALUES ('mill', %s, %s, %s, 0, 0, 0, %s, %s, 0, %s, 0, 0)"


@pytest.fixture
async def running(empty_books: str, tmp_path: Path, secrets: Path) -> AsyncIterator[Running]:
    async with serving(empty_books, tmp_path, secrets=secrets) as found:
        yield found


async def told(running: Running, quarters: Mapping[datetime, Mapping[str, int]]) -> None:
    """Words on each quarter; a meter that is not named has no word there."""
    known = (QUARTER_US, QUARTER_US, MAY)
    rows = [(at, point, wh, *known) for at, said in quarters.items() for point, wh in said.items()]
    async with running.database.transaction() as connection:
        await connection.cursor().executemany(WORD, rows)


async def traced(stub: Any, **more: Any) -> wire.GetTracingResponse:
    days = {"first_day": "2024-05-01", "last_day": "2024-05-02"}
    request = wire.GetTracingRequest(**({"park_id": "mill"} | days | more))
    return await stub.GetTracing(request, timeout=CALL_S)


def flows(answer: wire.GetTracingResponse) -> dict[tuple[str, str, str], int]:
    """Wh by way, line and source."""
    return {
        (wire.FlowWay.Name(f.way).removeprefix("FLOW_WAY_"), f.line, f.origin.source): f.energy_wh
        for f in answer.flows
    }


async def a_noon(running: Running) -> None:
    """1000 Wh of the grid and 500 of a roof, 300 of b's roof; 800, 700 and 300 Wh are used."""
    said = dict(zip(METERS, (1000, 0, 500, 300, 0, 0, 800, 700, 300), strict=True))
    await told(running, {MAY + timedelta(hours=12): said})


async def test_each_use_has_its_share_of_each_origin(running: Running) -> None:
    await a_noon(running)

    found = flows(await traced(running.stub))

    assert found["SUPPLY", "", "grid"] == 1000
    assert found["SUPPLY", "", "pv"] == 500
    assert sum(wh for key, wh in found.items() if key[:2] == ("USE", "load_a")) == 800
    assert abs(found["USE", "load_a", "grid"] - 1000 * 800 / 1800) < 1


async def test_the_uses_of_a_line_are_its_flows(running: Running) -> None:
    await a_noon(running)

    answer = await traced(running.stub)

    used = {(u.line, u.origin.source): u.energy_wh for u in answer.uses}
    assert used == {key[1:]: wh for key, wh in flows(answer).items() if key[0] == "USE"}
    assert {(u.line, u.enterprise) for u in answer.uses} == {
        ("load_a", "a"),
        ("load_b", "b"),
        ("lamps", "park"),
    }
    assert list(answer.gaps) == []


@pytest.mark.parametrize("seed", [1, 2])
async def test_what_came_in_went_somewhere_to_the_wh_whatever_is_unknown(
    running: Running, seed: int
) -> None:
    chance = random.Random(seed)
    said = {
        MAY + number * QUARTER: {
            m: chance.randrange(5000) for m in METERS if chance.random() < 0.99
        }
        for number in range(192)
    }
    await told(running, said)

    answer = await traced(running.stub)

    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in answer.flows:
        sign = 1 if one.way in COMES_IN else -1
        sums[one.origin.kind, one.origin.source, one.origin.vintage] += sign * one.energy_wh
    assert len(sums) >= 3
    assert set(sums.values()) == {0}
    assert list(answer.gaps) == []
    assert {one.way for one in answer.flows} == set(wire.FlowWay.values()) - {0}
    assert answer.open_items


async def test_an_enterprise_sees_what_it_used_and_no_source_of_another(
    running: Running, secrets: Path
) -> None:
    await a_noon(running)

    whole = {(u.line, u.origin.kind): 0 for u in (await traced(running.stub)).uses}
    for use in (await traced(running.stub)).uses:
        whole[use.line, use.origin.kind] += use.energy_wh
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for name in ("a", "b", "park"):
        async with as_caller(running, secrets, f"enterprise/{name}") as stub:
            answer = await traced(stub)
        assert not answer.flows
        assert {use.enterprise for use in answer.uses} == {name}
        sources = {use.origin.source for use in answer.uses}
        assert sources == {"b": {"", "pv_b"}, "a": {""}, "park": {"", "grid", "pv"}}[name]
        for use in answer.uses:
            seen[use.line, use.origin.kind] += use.energy_wh

    assert seen == whole


async def test_an_enterprises_open_items_do_not_name_meters_of_others(
    running: Running, secrets: Path
) -> None:
    noon = MAY + timedelta(hours=12)
    here = dict.fromkeys(METERS[:-2], 100)  # load_b and lamps are unknown
    await told(running, {noon: here, noon + QUARTER: dict.fromkeys(METERS, 0)})

    async with as_caller(running, secrets, "enterprise/a") as stub:
        items = " ".join((await traced(stub)).open_items)

    assert "load_a" in items
    assert "load_b" not in items
    assert "load_b" in " ".join((await traced(running.stub)).open_items)


async def test_what_is_still_to_come_is_not_unknown(running: Running) -> None:
    noon = MAY + timedelta(hours=12)
    charged = dict.fromkeys(METERS, 0) | {"grid": 300, "bat_in": 300}
    await told(running, {noon: charged, noon + QUARTER: {"grid": 50}})

    answer = await traced(running.stub)

    assert flows(answer) == {
        ("SUPPLY", "", "grid"): 300,
        ("CHANGE_IN_STORES", "", "grid"): 270,
        ("STORAGE_LOSS", "losses@bat", "grid"): 30,
    }
    assert list(answer.open_items) == []
    assert not (await traced(running.stub, first_day="2024-05-02")).flows


async def test_more_than_31_days_are_refused(running: Running) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await traced(running.stub, last_day="2024-06-01")

    assert named_fields(refused.value) == {"last_day"}
