"""Water, waste and waste heat out of words: amounts, balances, and who could use whose."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from parkflow.carbon.v1 import audit_pb2
from parkflow.carbon.v1 import resource_pb2 as wire
from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.live.inventories import Accounted
from tests.support.calls import named_fields
from tests.support.live_books import MAY, QUARTER
from tests.support.live_service import CALL_S, PARK, Running, as_caller, rules_in, serving
from tests.support.live_words import told

STREAMS = """
  least_difference_k: 10
  streams:
    - {id: tap.volume_dm3, activity: resource, substance: water.intake, unit: m3, enterprise: a,
       quality_class: 3, price_per_unit: 5}
    - {id: drain.volume_dm3, activity: resource, substance: water.discharged, unit: m3,
       enterprise: b, quality_class: 2, price_per_unit: 1}
    - {id: slag.mass_g, activity: resource, substance: waste.generated, unit: t, enterprise: a}
    - {id: h_left, activity: resource, substance: heat.available, unit: kWh, enterprise: b,
       temperature_c: 90}
    - {id: h_need, activity: resource, substance: heat.needed, unit: kWh, enterprise: a,
       temperature_c: 60, price_per_unit: 0.2}
  connections:
    - {from: drain.volume_dm3, to: tap.volume_dm3, cost_per_year: 1000}
"""
NOON = MAY + timedelta(hours=12)
POWER = dict.fromkeys(
    ("grid", "out", "pv", "pv_b", "bat_in", "bat_out", "load_a", "load_b", "lamps"), 0
)
SAID = {
    "tap.volume_dm3": 1_000,
    "drain.volume_dm3": 400,
    "slag.mass_g": 7_000,
    "h_left": 2_000,
    "h_need": 2_500,
}


@pytest.fixture
async def running(empty_books: str, tmp_path: Path, secrets: Path) -> AsyncIterator[Running]:
    rules = rules_in(tmp_path)
    file = tmp_path / "wet.yaml"
    file.write_text(PARK + STREAMS.removeprefix("\n"), encoding="utf-8")
    accounted = Accounted(load_site(file), rules.accounted.rules)
    changed = replace(rules, accounted=accounted)
    async with serving(empty_books, tmp_path, secrets=secrets, rules=changed) as found:
        yield found


DAYS = {"park_id": "mill", "first_day": "2024-05-01", "last_day": "2024-05-02"}


async def resources(stub: Any, **more: Any) -> wire.GetResourcesResponse:
    return await stub.GetResources(wire.GetResourcesRequest(**(DAYS | more)), timeout=CALL_S)


async def exchanged(stub: Any, **more: Any) -> wire.ProposeExchangesResponse:
    request = wire.ProposeExchangesRequest(**(DAYS | more))
    return await stub.ProposeExchanges(request, timeout=CALL_S)


async def an_hour(running: Running) -> None:
    """Four quarters, of which the slag of the last one is unknown."""
    quarters = {NOON + n * QUARTER: POWER | SAID for n in range(3)}
    last = {name: n for name, n in (POWER | SAID).items() if name != "slag.mass_g"}
    await told(running, quarters | {NOON + 3 * QUARTER: last})


async def test_amounts_are_whole_litres_grams_and_wh(running: Running) -> None:
    await an_hour(running)

    found = {one.meter: one for one in (await resources(running.stub)).amounts}

    assert {m: (one.amount, one.unit) for m, one in found.items()} == {
        "tap.volume_dm3": (4_000, "dm3"),
        "drain.volume_dm3": (1_600, "dm3"),
        "slag.mass_g": (21_000, "g"),
        "h_left": (8_000, "Wh"),
        "h_need": (10_000, "Wh"),
    }
    assert [m for m, one in found.items() if not one.is_whole] == ["slag.mass_g"]
    assert (found["h_left"].level, found["h_left"].carrier) == (90, "heat")
    assert found["drain.volume_dm3"].role == "discharged"


async def test_water_that_came_in_and_did_not_leave_is_told(running: Running) -> None:
    await an_hour(running)

    found = {one.node: one for one in (await resources(running.stub)).balances}

    water = found["main (water)"]
    assert (water.came_in, water.went_out, water.gap) == (4_000, 1_600, 2_400)
    assert water.what == "main (water): 2400 dm3 left unmetered, 40 dm3 allowed"
    assert found["main (waste)"].finding == audit_pb2.BALANCE_FINDING_UNDECIDED


async def test_an_enterprise_sees_its_own_amounts_and_no_balance(
    running: Running, secrets: Path
) -> None:
    await an_hour(running)

    async with as_caller(running, secrets, "enterprise/b") as stub:
        found = await resources(stub)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await exchanged(stub)

    assert {one.meter for one in found.amounts} == {"drain.volume_dm3", "h_left"}
    assert not found.balances
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED


async def test_water_of_class_2_serves_what_needs_class_3(running: Running) -> None:
    await an_hour(running)

    answer = await exchanged(running.stub)

    (found,) = answer.exchanges
    assert (found.source.meter, found.demand.meter, found.carrier) == (
        "drain.volume_dm3",
        "tap.volume_dm3",
        "water",
    )
    # 1.6 m3/h all the year, each worth 4 CNY more than it costs, less 1,000 CNY for the pipe
    assert found.taken == found.delivered == 1_600 * 8_760
    assert found.saving_micros == (1_600 * 8_760 * 4 // 1_000 - 1_000) * 10**6
    assert sum(part.rate_per_hour * part.duration_hours for part in found.parts) == found.taken
    assert "the year is reckoned from" in " ".join(found.unverified)


async def test_heat_that_fits_is_named_though_nobody_says_what_its_pipe_costs(
    running: Running,
) -> None:
    await an_hour(running)

    (found,) = (await exchanged(running.stub)).uncosted

    assert (found.carrier, found.source.meter, found.demand.meter) == ("heat", "h_left", "h_need")
    assert (found.source.level, found.demand.level) == (90, 60)


async def test_days_of_which_nothing_is_booked_say_so(running: Running) -> None:
    assert list((await resources(running.stub)).missing) == ["nothing of these days is booked"]


async def test_more_than_366_days_are_refused(running: Running) -> None:
    for call in (resources, exchanged):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call(running.stub, last_day="2025-05-02")

        assert named_fields(refused.value) == {"last_day"}
