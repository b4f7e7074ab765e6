"""Words of water and waste in the live books: kept at once, waited for by nobody, shown at once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from services.carbon_accounting.book.site_file import load_site
from services.carbon_accounting.domain.indicators.definitions import PeriodKind
from services.carbon_accounting.domain.indicators.showing import Shown, Verdict
from services.carbon_accounting.domain.indicators.values import Known
from services.carbon_accounting.live.amounts import Words
from services.carbon_accounting.live.definitions import DefinitionStore
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.months import Months
from services.carbon_accounting.live.pages import Pages
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.stream import News
from services.energy.quantities import register_unit
from services.runtime.clock import ParkClock
from tests.support.live_books import MAY, QUARTER
from tests.support.live_service import PARK, Running, rules_in, serving
from tests.support.live_words import booked

STREAMS = """
  indicators_as_of: 2026-01-01
  streams:
    - {id: tap.volume_dm3, activity: resource, substance: water.intake, unit: m3}
    - {id: again.volume_dm3, activity: resource, substance: water.reused, unit: m3}
    - {id: slag.mass_g, activity: resource, substance: waste.generated, unit: t}
    - {id: odd.volume_dm3, activity: resource, substance: waste.utilised, unit: t}
    - {id: flue.thermal_energy_wh, activity: resource, substance: heat.available, unit: kWh}
    - {id: warm.thermal_energy_wh, activity: resource, substance: heat.utilised, unit: kWh}
    - {id: lime.mass_g, activity: process, substance: CaO, unit: t}
"""
NOON = MAY + timedelta(hours=12)
POWER = dict.fromkeys(
    (
        *("grid", "out", "pv", "pv_b", "bat_in", "bat_out", "load_a", "load_b", "lamps"),
        "lime.mass_g",
    ),
    0,
)
WATER = {"tap.volume_dm3": 6_000, "again.volume_dm3": 4_000}


@pytest.fixture
async def running(empty_books: str, tmp_path: Path) -> AsyncIterator[Running]:
    rules, file = rules_in(tmp_path), tmp_path / "wet.yaml"
    file.write_text(PARK + STREAMS.removeprefix("\n"), encoding="utf-8")
    accounted = Accounted(load_site(file), rules.accounted.rules)
    changed = replace(rules, accounted=accounted)
    async with serving(empty_books, tmp_path, rules=changed) as found:
        yield found


def the_months(running: Running) -> Months:
    clock = ParkClock(NOON + timedelta(hours=1), 0.0, 1.0)
    return Months(running.database, RulesNow(running.rules), clock, News())


async def words_of_may(running: Running, months: Months) -> dict[str, float]:
    await months.refresh()
    assert months.standing is not None
    found = Words(running.rules.accounted, {}).of([*months.standing.months.values()])
    return {name: float(one.value) for name, one in found.items()}


async def test_water_taken_in_and_reused_are_words_of_indicators(running: Running) -> None:
    await booked(running, {NOON: POWER | WATER, NOON + QUARTER: POWER | WATER})

    found = await words_of_may(running, the_months(running))

    assert (found["water.intake"], found["water.reused"]) == (12_000, 8_000)
    assert "waste.generated" not in found  # no word on slag: not known is not 0


async def shown_of_may(running: Running) -> dict[str, Shown]:
    """The national indicators of a park, as the page of the month shows them."""
    months = the_months(running)
    await months.refresh()
    assert months.standing is not None
    definitions = await DefinitionStore(running.database, running.rules.site).current()
    pages = Pages(months.standing, Words(running.rules.accounted, {}), definitions)
    return {one.definition.id: one for one in pages.of(PeriodKind.MONTH).shown}


async def test_the_national_reuse_of_water_is_live(running: Running) -> None:
    await booked(running, {NOON: POWER | WATER})

    found = (await shown_of_may(running))["water_reuse"]

    assert found.value == Known(Fraction(40))  # percent: 4 m3 of 10 are water used again
    assert found.verdict is Verdict.MISSED


async def test_of_waste_heat_the_meters_that_lack_are_named(running: Running) -> None:
    await booked(
        running, {NOON: POWER | {"flue.thermal_energy_wh": 9, "warm.thermal_energy_wh": 6}}
    )

    found = (await shown_of_may(running))["waste_energy_utilisation"]

    assert set(found.missing) == {
        *("cold.available", "cold.utilised", "pressure.available", "pressure.utilised")
    }


async def test_a_quarter_is_booked_though_no_word_on_water_has_come(running: Running) -> None:
    await booked(running, {NOON: POWER | {"grid": 400, "load_a": 400}})

    rows = await running.database.rows("SELECT count(*) FROM posting", ())

    assert rows[0][0] == 3  # one a ledger


async def test_a_late_word_on_water_is_shown_though_it_makes_no_posting(running: Running) -> None:
    months = the_months(running)
    await booked(running, {NOON: POWER | {"grid": 400, "load_a": 400}})
    before = await words_of_may(running, months)
    await booked(running, {NOON: WATER})

    after = await words_of_may(running, months)

    assert "water.intake" not in before
    assert after["water.intake"] == 6_000
    assert (await running.database.rows("SELECT count(*) FROM posting", ()))[0][0] == 3


async def test_litres_are_never_taken_for_tonnes(running: Running) -> None:
    await booked(running, {NOON: POWER | {"odd.volume_dm3": 5}})

    found = await words_of_may(running, the_months(running))

    assert register_unit("odd.volume_dm3") == "dm3"
    assert "waste.utilised" not in found


async def test_words_on_a_register_that_nobody_named_are_kept_for_later(running: Running) -> None:
    await booked(running, {NOON: POWER | {"new.volume_dm3": 7}})

    query = "SELECT believed_wh FROM register_quarter WHERE point_id = 'new.volume_dm3'"
    assert await running.database.rows(query, ()) == [(7,)]


async def test_a_tonne_of_lime_by_its_scales_is_booked_in_the_ledgers(running: Running) -> None:
    await booked(running, {NOON: POWER | {"lime.mass_g": 1_000_000}})

    query = "SELECT DISTINCT activity, amount, emissions_ng FROM carbon_accounting.current_entry"
    found = await running.database.rows(f"{query} WHERE meter = 'lime.mass_g'", ())

    # 0.785 t CO2 a tonne of CaO, in ng
    assert found == [("process", 1_000_000, 785 * 10**12)]


async def test_what_a_park_explains_not_to_have_does_not_apply_live(running: Running) -> None:
    await booked(running, {NOON: POWER | WATER})
    why = {"waste_energy_utilisation": "no process gives off heat"}
    accounted = running.rules.accounted
    explained = replace(accounted, site=replace(accounted.site, does_not_apply=why))

    found = await shown_of_may(replace(running, rules=replace(running.rules, accounted=explained)))

    assert found["waste_energy_utilisation"].verdict is Verdict.EXPLAINED
    assert found["waste_energy_utilisation"].explanation == "no process gives off heat"
    assert found["core_carbon_intensity"].verdict is not Verdict.EXPLAINED
