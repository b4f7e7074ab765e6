"""The simulated park's meters, booked without a broker: the balance closes in every quarter."""

import asyncio
from datetime import UTC, datetime
from functools import lru_cache

from services.carbon_accounting.bookkeeping import take
from services.carbon_accounting.domain.booking import Booked
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.registers import Standing
from services.carbon_accounting.factor_file import factors_for, load_factors
from services.carbon_accounting.rules import rules_for
from services.simulator.domain.demo_park import DemoPark
from services.simulator.recordings import load_world
from tests.support.builders import MORNING, REPOSITORY, a_park, after
from tests.support.carbon import MemoryBooks, Reading

HOURS = 6


def readings_of(hours: int) -> list[Reading]:
    demo = DemoPark.at(load_world(a_park(), REPOSITORY / "parks" / "demo-data"), MORNING)
    samples = [demo.sample(), *demo.advance(after(hours=hours))[1]]
    return [
        (f"{device}.{quantity}", Standing(at, int(value), at, "simulated"))
        for sample in samples
        for at in [datetime.fromtimestamp(sample.at_s, UTC)]
        for device, values in sample.values.items()
        for quantity, value in values.items()
        if quantity.endswith("_energy_wh")
    ]


@lru_cache(maxsize=1)
def books() -> MemoryBooks:
    rules = rules_for(a_park(), factors_for(a_park(), 2022, load_factors()))
    found = MemoryBooks()
    asyncio.run(take(found, readings_of(HOURS), rules, MORNING))
    return found


def booked() -> list[Booked]:
    return [outcome for outcome, _ in books().outcomes.values() if isinstance(outcome, Booked)]


def test_every_quarter_is_booked_from_measured_registers() -> None:
    assert len(booked()) == HOURS * 4
    assert {quarter.quality.name for quarter in booked()} == {"MEASURED"}


def test_import_generation_and_discharge_are_consumption_charge_and_export() -> None:
    for quarter in booked():
        assert quarter.flows.gap_is_rounding, quarter


def test_nothing_is_unaccounted() -> None:
    unaccounted = [e for k, e in books().standing.items() if k.activity.startswith("unaccounted")]

    assert {entry.energy_wh for entry in unaccounted} == {0}


def test_each_ledger_sees_the_same_energy_and_another_emission() -> None:
    lines = books().standing.items()
    energies = {
        ledger: sum(e.energy_wh for k, e in lines if k.ledger is ledger) for ledger in Ledger
    }
    emissions = {
        ledger: sum(e.emissions_mg for k, e in lines if k.ledger is ledger) for ledger in Ledger
    }

    assert len(set(energies.values())) == 1
    assert emissions[Ledger.LOCATION_BASED] < emissions[Ledger.MARKET_BASED]
    assert emissions[Ledger.MARKET_BASED] < emissions[Ledger.PARK_ACCEPTANCE]
