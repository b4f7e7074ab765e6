"""The summary of an interval: what was traced to those who used it, as on pages of indicators."""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from parkflow.carbon.v1 import carbon_service_pb2 as wire
from parkflow.carbon.v1 import total_pb2 as total_wire
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.inventory.choosing import chosen
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.live.amounts import Words
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.months import Months
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.stream import News
from services.energy.time_grid import QUARTER
from services.runtime.clock import ParkClock
from tests.support.carbon import the_store
from tests.support.live_books import MAY
from tests.support.live_service import CALL_S, NOW, Running, rules_in, serving
from tests.support.live_words import booked

NOON = MAY + timedelta(hours=12)
QUIET = dict.fromkeys(
    ("grid", "out", "pv", "pv_b", "bat_in", "bat_out", "load_a", "load_b", "lamps"), 0
)
FOSSIL = Fraction("0.8273") / Fraction("0.1229")
"""t CO2 per tce of fossil grid power (2023), which nothing here exceeds."""
GIVEN_BY_THE_STORE = QUIET | {"grid": 1_000, "bat_out": 500, "load_a": 1_500}

READINGS = "the ledger is incomplete: readings are unknown (open items)"
FACTORS = "the ledger is incomplete: factors are missing (open items)"
SILENT = {name: wh for name, wh in GIVEN_BY_THE_STORE.items() if name != "load_b"}
ALL = QUIET | {"grid": 1_000, "load_a": 1_000}


@pytest.fixture
async def running(empty_books: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with serving(empty_books, tmp_path) as found:
        yield found


async def summary_of(
    running: Running, start: datetime = NOON, end: datetime = NOON + timedelta(hours=1)
) -> wire.CarbonSummary:
    request = wire.GetSummaryRequest(park_id="mill")
    request.interval.start.FromDatetime(start)
    request.interval.end.FromDatetime(end)
    return (await running.stub.GetSummary(request, timeout=CALL_S)).summary


async def words_of_the_month(running: Running) -> Mapping[str, Amount]:
    rules = RulesNow(running.rules)
    months = Months(running.database, rules, ParkClock(NOW, time.time(), 1.0), News())
    await months.refresh()
    assert months.standing is not None
    return Words(running.rules.accounted, {}).of(months.standing.year_so_far())


async def test_what_a_store_gave_of_unknown_origin_is_energy_too(running: Running) -> None:
    await booked(running, {NOON: GIVEN_BY_THE_STORE})

    found = await summary_of(running)

    assert (found.consumption_wh, found.grid_import_wh) == (1_500, 1_000)
    assert found.indicator.t_co2_per_tce == pytest.approx(float(FOSSIL), rel=1e-6)


@pytest.mark.parametrize("start", [MAY, NOON])
async def test_a_summary_has_the_indicator_of_the_pages_at_the_same_books(
    running: Running, start: datetime
) -> None:
    lit = QUIET | {"grid": 900, "pv": 700, "bat_in": 400, "load_a": 800, "out": 100, "lamps": 300}
    dark = {name: wh for name, wh in GIVEN_BY_THE_STORE.items() if name != "pv_b"}
    await booked(
        running,
        {NOON: lit, NOON + QUARTER: dark, NOON + 2 * QUARTER: GIVEN_BY_THE_STORE},
    )

    found = await summary_of(running, start, start + timedelta(days=1))
    words = await words_of_the_month(running)

    core = words["ledger.park_acceptance.total"].value / words["energy.comprehensive"].value
    assert found.indicator.t_co2_per_tce == pytest.approx(float(core), rel=1e-6)
    assert found.indicator.t_co2_per_tce < float(FOSSIL)
    assert found.consumption_wh == int(words["electricity.total"].value)
    assert found.green_self_use_wh == int(words["green.self_used"].value)
    assert 0 < found.green_share < 1


async def test_a_summary_reads_days_and_parts_of_days_alike(running: Running) -> None:
    await booked(running, {NOON: GIVEN_BY_THE_STORE, NOON + QUARTER: GIVEN_BY_THE_STORE})

    whole = await summary_of(running, MAY, MAY + timedelta(days=1))
    part = await summary_of(running, NOON, NOON + QUARTER)

    assert (whole.consumption_wh, part.consumption_wh) == (3_000, 1_500)
    assert whole.green_self_use_wh == part.green_self_use_wh == 0
    assert _core(whole) == pytest.approx(_core(part), rel=1e-6)


def _core(found: Any) -> float:
    return found.indicator.t_co2_per_tce


async def test_where_nothing_of_electricity_is_known_there_is_no_indicator(
    running: Running,
) -> None:
    await booked(running, {NOON: SILENT, NOON + QUARTER: SILENT, NOON + 40 * QUARTER: ALL})

    found = await summary_of(running)

    assert not found.indicator.HasField("t_co2_per_tce")
    assert not found.HasField("green_share")
    assert "electricity: nothing of it is known in this interval" in found.indicator.missing_inputs
    assert all(READINGS in total.unverified_because for total in found.totals)


async def test_a_total_of_which_a_reading_lacks_says_that_it_is_incomplete(
    running: Running,
) -> None:
    await booked(running, {NOON: ALL, NOON + QUARTER: SILENT, NOON + 2 * QUARTER: ALL})

    found = await summary_of(running)
    totals = await totals_by_day(running)

    assert "energy is not known in every interval" in found.indicator.missing_inputs
    assert found.indicator.t_co2_per_tce == pytest.approx(float(FOSSIL), rel=1e-6)
    assert all(READINGS in total.unverified_because for total in found.totals)
    assert totals
    assert all(READINGS in total.unverified for total in totals)


async def test_a_day_of_which_all_is_known_is_not_incomplete_for_another(running: Running) -> None:
    midnight = MAY + timedelta(days=1)
    quarters = {midnight - QUARTER: ALL, midnight: SILENT, midnight + QUARTER: ALL}
    await booked(running, quarters)

    totals = await totals_by_day(running)

    told = {(total.period, READINGS in total.unverified) for total in totals}
    assert told == {("2024-05-01", False), ("2024-05-02", True)}


async def test_a_ledger_that_lacks_a_factor_says_so_in_its_totals_and_has_no_indicator(
    empty_books: str, tmp_path: Path
) -> None:
    rules = rules_in(tmp_path)
    site = replace(rules.site, choices=replace(rules.site.choices, acceptance_factor_year=1995))
    lacking = Rules(chosen(site, the_store()), site.choices.region, site.time_zone)
    changed = replace(rules, accounted=Accounted(site, lacking))
    async with serving(empty_books, tmp_path, rules=changed) as running:
        await booked(running, {NOON: ALL})

        found = await summary_of(running)

    told = {total.ledger: FACTORS in total.unverified_because for total in found.totals}
    assert told == {1: True, 2: False, 3: False}
    assert not found.indicator.HasField("t_co2_per_tce")
    assert FACTORS in found.indicator.missing_inputs
    assert found.consumption_wh == 1_000  # the other ledgers have it


async def totals_by_day(running: Running) -> list[Any]:
    asked = total_wire.ListTotalsRequest(
        park_id="mill",
        first_day="2024-05-01",
        last_day="2024-05-03",
        period=total_wire.TOTAL_PERIOD_DAY,
    )
    return list((await running.stub.ListTotals(asked, timeout=CALL_S)).totals)
