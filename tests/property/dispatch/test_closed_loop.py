"""A recorded day through the whole controller and the simulator's physics.

The figures are printed with `pytest -s`.
"""

from datetime import timedelta

import pytest

from services.dispatch.domain.control import Mode
from services.dispatch.domain.desk import Desk
from services.dispatch.domain.snapshot import Order
from services.simulator.domain.demo_park import DemoPark
from services.simulator.recordings import load_world
from tests.property.dispatch.closed_loop import STORY, Day, live_through, recorded_forecast
from tests.support.builders import REPOSITORY, a_park

DAY = timedelta(hours=24)
IMPORT_W, EXPORT_W = 1_900_000.0, 800_000.0


@pytest.fixture(scope="module")
def demo() -> DemoPark:
    return DemoPark.at(load_world(a_park(), REPOSITORY / "parks" / "demo-data"), STORY)


@pytest.fixture(scope="module")
def uncontrolled(demo: DemoPark) -> Day:
    return live_through(demo, a_park(), STORY + DAY, control=False)


def value_of_stored_micros(day: Day) -> int:
    """Price the change of stored energy at what the day's energy cost on average."""
    average = day.cost.paid_milli_micros / day.cost.import_wh
    return round(day.stored_change_kwh * 0.95 * average)


def shown(name: str, day: Day) -> None:
    print(
        f"\n{name}: {day.cost.net_micros / 1e6:.2f} net, import {day.cost.import_wh / 1e6:.2f} MWh,"
        f" export {day.cost.export_wh / 1e6:.2f} MWh, stored {day.stored_change_kwh:+.0f} kWh,"
        f" vehicles {day.vehicle_kwh:.0f} kWh (unmet {day.unmet_kwh:.0f}),"
        f" grid {min(day.grid_w) / 1e3:.0f}..{max(day.grid_w) / 1e3:.0f} kW,"
        f" {day.plans} plans, {day.issued} set-points"
    )
    if day.solve_s:
        print(f"  plan {sorted(day.solve_s)[len(day.solve_s) // 2] * 1e3:.0f} ms median,", end="")
        print(f" {max(day.solve_s) * 1e3:.0f} ms longest")
    if day.cycle_s:
        print(f"  cycle {sorted(day.cycle_s)[len(day.cycle_s) // 2] * 1e3:.1f} ms median,", end="")
        print(f" {max(day.cycle_s) * 1e3:.1f} ms longest")


def test_an_uncontrolled_day_breaks_the_export_limit_for_long(uncontrolled: Day) -> None:
    shown("uncontrolled", uncontrolled)

    assert uncontrolled.longest_below(-EXPORT_W) > 30


def test_a_controlled_day_keeps_the_limits_to_one_sample_and_costs_less(
    demo: DemoPark, uncontrolled: Day
) -> None:
    day = live_through(demo, a_park(), STORY + DAY)
    shown("planned", day)

    assert day.longest_above(IMPORT_W) <= 1
    assert day.longest_below(-EXPORT_W) <= 1
    saved = uncontrolled.cost.net_micros - (day.cost.net_micros - value_of_stored_micros(day))
    assert saved > 0.1 * uncontrolled.cost.net_micros
    assert day.unmet_kwh < 0.03 * uncontrolled.vehicle_kwh


def test_the_limits_hold_without_the_optimiser(demo: DemoPark, uncontrolled: Day) -> None:
    day = live_through(demo, a_park(), STORY + DAY, optimise=False)
    shown("rules", day)

    assert set(day.modes) == {Mode.RULES}
    assert day.longest_above(IMPORT_W) <= 1
    assert day.longest_below(-EXPORT_W) <= 1
    assert day.cost.net_micros < uncontrolled.cost.net_micros


def test_the_limits_hold_with_a_poor_forecast_and_a_slow_delivery(demo: DemoPark) -> None:
    day = live_through(demo, a_park(), STORY + DAY, forecaster=recorded_forecast(0.5), latency_s=59)
    shown("forecast off by half", day)

    assert day.longest_above(IMPORT_W) <= 2
    assert day.longest_below(-EXPORT_W) <= 2


def test_the_limits_hold_against_an_operator_who_wants_the_opposite(demo: DemoPark) -> None:
    def contrary(desk: Desk, now: object) -> None:
        order = Order("o", "battery", -1_500_000.0, "li", "sell", STORY + DAY)
        desk.orders = {"o": order}

    day = live_through(demo, a_park(), STORY + DAY, disturb=contrary)

    assert day.longest_below(-EXPORT_W) <= 1
    assert day.longest_above(IMPORT_W) <= 1


def test_a_calm_quarter_issues_little_more_than_the_renewal_of_the_leases(demo: DemoPark) -> None:
    day = live_through(demo, a_park(), STORY + timedelta(hours=2))
    devices = 2 + 30  # battery, sun, and the ports that are taken in the morning

    assert day.issued < 2.0 * devices * 120 / 5  # a lease of ten minutes is renewed every five
