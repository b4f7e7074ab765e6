"""The energy audit out of the words that stand: does each node close, what is it in tce."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import pytest

from parkflow.carbon.v1 import audit_pb2 as wire
from services.carbon_accounting.domain.inventory.site import Collection, Product, Site
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.production import Made, put
from tests.support.calls import named_fields
from tests.support.live_books import MAY, QUARTER
from tests.support.live_service import CALL_S, Running, as_caller, rules_in, serving
from tests.support.live_words import booked, told

NOON = MAY + timedelta(hours=12)
QUIET = dict.fromkeys(
    ("grid", "out", "pv", "pv_b", "bat_in", "bat_out", "load_a", "load_b", "lamps"), 0
)
COIL = Product("coil", "a", "t", Decimal(30), "GB 0000-2024, an example")


def with_a_product(rules: LiveRules) -> LiveRules:
    """The mill, in which a makes coils; all meters but the lamps' are read automatically."""
    site: Site = rules.site
    meters = tuple(replace(one, collection=_collection(one.id)) for one in site.meters)
    changed = replace(site, meters=meters, products=(COIL,))
    return replace(rules, accounted=Accounted(changed, rules.accounted.rules))


def _collection(meter: str) -> Collection:
    return Collection.BY_HAND if meter == "lamps" else Collection.AUTOMATIC


@pytest.fixture
async def running(empty_books: str, tmp_path: Path, secrets: Path) -> AsyncIterator[Running]:
    rules = with_a_product(rules_in(tmp_path))
    async with serving(empty_books, tmp_path, secrets=secrets, rules=rules) as found:
        yield found


async def audited(stub: Any, **more: Any) -> wire.GetEnergyAuditResponse:
    request = wire.GetEnergyAuditRequest(**({"park_id": "mill", "first_month": "2024-05"} | more))
    return await stub.GetEnergyAudit(request, timeout=CALL_S)


async def test_a_node_closes_within_a_hundredth_or_says_by_how_much_not(running: Running) -> None:
    used = QUIET | {"grid": 100_000, "load_a": 60_000, "load_b": 30_000, "lamps": 9_500}
    await told(running, {NOON: used})
    closed = (await audited(running.stub)).balances[0]
    await told(running, {NOON + QUARTER: QUIET | {"grid": 1_000}})
    gaping = (await audited(running.stub)).balances[0]

    assert (closed.node, closed.came_in, closed.went_out, closed.gap) == (
        "main",
        100000,
        99500,
        500,
    )
    assert (closed.finding, closed.gap, closed.allowed) == (wire.BALANCE_FINDING_CLOSED, 500, 1_000)
    assert (gaping.finding, gaping.gap) == (wire.BALANCE_FINDING_UNCLOSED, 1_500)
    assert gaping.what == "main: 1500 Wh left unmetered, 1010 Wh allowed"


async def test_quarters_in_which_a_meter_is_unknown_are_in_no_balance(running: Running) -> None:
    known = QUIET | {"grid": 10_000, "load_a": 10_000}
    unknown = {name: wh for name, wh in (QUIET | {"grid": 5_000}).items() if name != "load_b"}
    await told(running, {NOON: known, NOON + QUARTER: unknown, NOON + 2 * QUARTER: known})

    found = (await audited(running.stub)).balances[0]

    assert (found.came_in, found.went_out, found.unknown_interval_count) == (20_000, 20_000, 1)


async def test_a_store_that_held_something_before_the_month_closes(running: Running) -> None:
    june = MAY + timedelta(days=31)
    quiet = {june + number * QUARTER: QUIET for number in range(-4, 4)}
    charged = {june - QUARTER: QUIET | {"grid": 10_000, "bat_in": 10_000}}  # 9,000 Wh come back
    given = {june: QUIET | {"bat_out": 9_000, "load_a": 9_000}}
    await booked(running, quiet | charged | given)

    audit = await audited(running.stub, last_month="2024-06")

    stores = {one.month: one for one in audit.balances if one.node == "bat"}
    assert (stores["2024-06"].from_stock, stores["2024-06"].went_out) == (9_000, 9_000)
    later = await audited(running.stub, first_month="2024-06")
    alone = next(one for one in later.balances if one.node == "bat")
    assert alone.from_stock == 9_000


async def test_a_thousand_kwh_are_122_9_kgce_and_a_ton_is_judged_by_them(running: Running) -> None:
    await told(running, {NOON: QUIET | {"grid": 1_000_000, "load_a": 1_000_000}})
    made = [Made("coil", "2024-05", 5_000_000, "g")]
    assert not isinstance(await put(running.database, "mill", made, "li.wei", "", MAY), list)

    audit = await audited(running.stub)

    by_stream = {one.stream: one for one in audit.energy}
    assert by_stream["grid-power"].energy_tce == pytest.approx(0.1229)
    assert not by_stream["grid-power"].HasField("equivalent_tce")
    assert [one.month for one in audit.totals] == ["2024-05", ""]
    (coil,) = audit.products
    assert coil.kgce_per_unit == pytest.approx(24.58)  # 122.9 kgce for 5 t
    assert (coil.limit_kgce_per_unit, coil.made) == (30, 5)
    assert coil.verdict == wire.UNIT_VERDICT_WITHIN_GRADE_2


async def test_a_product_of_which_nobody_told_the_output_is_not_graded(running: Running) -> None:
    await told(running, {NOON: QUIET | {"grid": 1_000, "load_a": 1_000}})

    (coil,) = (await audited(running.stub)).products

    assert coil.verdict == wire.UNIT_VERDICT_UNGRADED
    assert coil.why == "what was made of coil is not known"
    assert not coil.HasField("kgce_per_unit")


async def test_eight_of_nine_meters_are_read_automatically(running: Running) -> None:
    found = (await audited(running.stub)).collection

    assert (found.automatic_count, found.required_count) == (8, 9)
    assert found.automatic_share == pytest.approx(8 / 9)
    assert list(found.by_hand) == ["lamps"]


async def test_months_of_which_nothing_is_booked_say_so(running: Running) -> None:
    audit = await audited(running.stub)

    assert (len(audit.balances), len(audit.totals)) == (0, 0)
    assert "nothing of these months is booked" in " ".join(audit.missing)


async def test_mistakes_of_a_request_are_told_together(running: Running) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await audited(running.stub, park_id="", first_month="2024-13", last_month="May")
    assert named_fields(refused.value) == {"park_id", "first_month", "last_month"}

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await audited(running.stub, park_id="", first_month="")
    assert named_fields(refused.value) == {"park_id", "first_month"}

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await audited(running.stub, first_month="0001-01", last_month="9999-12")
    assert named_fields(refused.value) == {"first_month", "last_month"}

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await audited(running.stub, first_month="2024-05", last_month="2025-05")
    assert named_fields(refused.value) == {"last_month"}


async def test_an_audit_is_for_operators(running: Running, secrets: Path) -> None:
    async with as_caller(running, secrets, "enterprise/a") as stub:
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await audited(stub)

    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
