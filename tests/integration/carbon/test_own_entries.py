"""Entries that the bookkeeper made, as an operator and as each enterprise is shown them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from parkflow.carbon.v1 import carbon_service_pb2 as wire
from parkflow.carbon.v1 import restatement_pb2, total_pb2
from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.live.store import open_books
from services.energy.time_grid import QUARTER
from tests.support.calls import named_fields
from tests.support.carbon import NOON, a_quarter, a_word, the_rules
from tests.support.live_books import ng_of
from tests.support.live_service import CALL_S, Running, as_caller, serving

ENTERPRISES = ("steel", "campus", "park")
NOW = NOON + timedelta(hours=3)
SAID = {"grid_in": 900, "pv_made": 600, "load_used": 1000, "car_used": 400, "bat_in": 100}


@pytest.fixture
async def running(empty_books: str, tmp_path: Path, secrets: Path) -> AsyncIterator[Running]:
    """An hour, of which the first quarter's PV is read again: 500 Wh, not 600."""
    rules = the_rules()
    async with serving(empty_books, tmp_path, secrets=secrets, now=NOW, rules=rules) as found:
        words = [word for quarter in range(4) for word in a_quarter(quarter, **SAID, boiler_gas=70)]
        words += a_quarter(4, bat_out=80, load_used=80)
        async with open_books(found.database, "park") as books:
            await take(books, words, rules, NOON + 5 * QUARTER)
        async with open_books(found.database, "park") as books:
            await take(books, [a_word("pv.made", 0, 500, known=90)], rules, NOW - QUARTER)
        yield found


async def entries(stub: Any, **more: Any) -> list[Any]:
    request = wire.ListEntriesRequest(park_id="park", **more)
    request.interval.start.FromDatetime(NOON)
    request.interval.end.FromDatetime(NOW)
    return list((await stub.ListEntries(request, timeout=CALL_S)).entries)


async def test_the_entries_that_each_sees_are_all_there_are(
    running: Running, secrets: Path
) -> None:
    whole = await entries(running.stub, include_replaced=True)
    seen: list[str] = []
    for name in ENTERPRISES:
        async with as_caller(running, secrets, f"enterprise/{name}") as stub:
            own = await entries(stub, include_replaced=True)
        assert {entry.enterprise for entry in own} == {name}
        seen += [entry.entry_id for entry in own]

    assert sorted(seen) == sorted(entry.entry_id for entry in whole)
    asked = [e.entry_id for n in ENTERPRISES for e in await entries(running.stub, enterprise=n)]
    assert sorted(asked) == sorted(entry.entry_id for entry in await entries(running.stub))


async def test_the_totals_that_each_sees_come_to_the_parks(running: Running, secrets: Path) -> None:
    days = {"park_id": "park", "first_day": "2019-06-04", "last_day": "2019-06-04"}
    request = total_pb2.ListTotalsRequest(**days)
    seen = dict.fromkeys(range(1, 4), 0)
    for name in ENTERPRISES:
        async with as_caller(running, secrets, f"enterprise/{name}") as stub:
            for total in (await stub.ListTotals(request, timeout=CALL_S)).totals:
                seen[total.ledger] += ng_of(total.emissions)

    whole = dict.fromkeys(range(1, 4), 0)
    for entry in await entries(running.stub):
        whole[entry.ledger] += entry.emissions_ng
    assert seen == whole
    assert all(whole.values())


async def test_nothing_that_an_enterprise_is_told_names_a_meter_of_another(
    running: Running, secrets: Path
) -> None:
    async with as_caller(running, secrets, "enterprise/campus") as stub:
        own = await entries(stub, include_replaced=True)
        request = restatement_pb2.ListRestatementsRequest(park_id="park")
        restated = (await stub.ListRestatements(request, timeout=CALL_S)).restatements

    told = " ".join(map(str, [*own, *restated]))
    assert "car.used" in told
    for name in ("pv.made", "load.used", "boiler.gas", "bat.", "grid.in", "steel"):
        assert name not in told
    assert {entry.origin for entry in own} == {"grid", "pv", "unaccounted"}
    assert {one.because for one in restated} == {"reading changed"}
    assert "pv.made: 600 Wh became 500 Wh" in str(await entries(running.stub))


async def test_an_enterprise_that_asks_for_anothers_entries_is_refused(
    running: Running, secrets: Path
) -> None:
    async with as_caller(running, secrets, "enterprise/campus") as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await entries(stub, enterprise="steel")
    with pytest.raises(grpc.aio.AioRpcError) as unknown:
        await entries(running.stub, enterprise="nobody")

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert named_fields(unknown.value) == {"enterprise"}
