"""The simulated park's meters, validated and booked without a broker: each quarter closes."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame
from services.carbon_accounting.domain.ledgers import LIVE_LEDGERS, Ledger
from services.carbon_accounting.domain.live.balances import QuarterFacts
from services.carbon_accounting.domain.words import Word
from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.messages import words_of
from services.carbon_accounting.rules import rules_for
from services.energy.time_grid import to_microseconds
from services.simulator.domain.demo_park import DemoPark
from services.simulator.recordings import load_world
from services.validation.domain.partition import ParkRules, beginning
from services.validation.folding import entry_from, fold
from tests.support.builders import DEMO_PARK_FILE, MORNING, REPOSITORY, a_park, after
from tests.support.carbon_books import MemoryBooks
from tests.support.raw_log import a_raw_frame

HOURS = 6
RULES = rules_for(a_park(), DEMO_PARK_FILE, 2022)


def raw_log(hours: int) -> Iterator[RawFrame]:
    """One frame a sample: every register of the park, as it stood then."""
    demo = DemoPark.at(load_world(a_park(), REPOSITORY / "parks" / "demo-data"), MORNING)
    for sample in [demo.sample(), *demo.advance(after(hours=hours))[1]]:
        at = datetime.fromtimestamp(sample.at_s, UTC)
        rows = [
            (f"{device}.{quantity}", to_microseconds(at), float(value))
            for device, values in sample.values.items()
            for quantity, value in values.items()
            if quantity.endswith("_energy_wh")
        ]
        yield RawFrame.FromString(a_raw_frame(a_park().id, "simulated", str(at), at, rows))


def words(hours: int) -> list[Word]:
    """What validation says of these hours."""
    rules = ParkRules.of(a_park())
    state, told = beginning(rules), []
    for position, message in enumerate(raw_log(hours)):
        state, findings = fold(state, entry_from(message, rules, position), rules)
        told += [word for f in findings.intervals for word in words_of(f)]
    return told


@lru_cache(maxsize=1)
def books() -> MemoryBooks:
    found = MemoryBooks()
    asyncio.run(take(found, words(HOURS), RULES, MORNING))
    return found


def booked() -> list[QuarterFacts]:
    return [facts for facts, _ in books().facts.values()]


def test_every_quarter_is_booked_and_measured() -> None:
    assert len(booked()) == HOURS * 4
    assert all(quarter.is_measured and not quarter.waits_for for quarter in booked())


def test_import_generation_and_discharge_are_consumption_charge_and_export() -> None:
    for quarter in booked():
        assert abs(quarter.gap_wh or 0) <= len(RULES.site.meters), quarter


def test_nothing_is_unaccounted() -> None:
    origins = {line.account.origin.split(":")[0] for _, line in books().picture()}
    meters = {line.account.meter.split("@")[0] for _, line in books().picture()}

    assert "unaccounted" not in origins
    assert "unaccounted-load" not in meters


def test_each_ledger_sees_the_same_energy_and_another_emission() -> None:
    energies = {ledger: books().booked_amount(ledger) for ledger in LIVE_LEDGERS}
    emissions = {ledger: books().booked_ng(ledger) for ledger in LIVE_LEDGERS}

    assert len(set(energies.values())) == 1
    assert 0 < emissions[Ledger.LOCATION_BASED] < emissions[Ledger.MARKET_BASED]
    assert emissions[Ledger.MARKET_BASED] < emissions[Ledger.PARK_ACCEPTANCE]
