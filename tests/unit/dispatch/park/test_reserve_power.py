"""What stores can bring to critical loads in time counts as reserve, and no more (§8.3)."""

from typing import Any

from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.whole import built
from services.dispatch.domain.park.demand import Load
from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.park.rules import Reserve
from services.dispatch.domain.park.storage import PowerAt, Store
from tests.support.tiny_parks import Planned, a_grid, a_park, planned


def a_full_store(**changes: Any) -> Store:
    """100 kWh, of which it gives all in an hour, and which nobody sells."""
    usual: dict[str, Any] = {
        "id": "battery",
        "highest_kwh": 100.0,
        "start_kwh": 100.0,
        "charge_kw": 0.0,
        "discharge_kw": 100.0,
        "end_value_per_kwh": 9.0,
    }
    return Store(**(usual | changes))


def carried(
    *stores: Store, hours: float = 2.0, critical_kw: Any = 10.0, after_kw: float | None = 10.0
) -> ParkProblem:
    """Four hours of a critical load of 10 kW, which takes as much later on."""
    return a_park(
        hours=4,
        grids=(a_grid(),),
        loads=(Load(id="pumps", power_kw=critical_kw, critical=True),),
        stores=stores,
        reserve=Reserve(hours=hours, critical_after_kw=after_kw),
    )


def missing_kwh(problem: ParkProblem) -> list[float]:
    """What the best plan lacks at the end of each step; the judge agrees."""
    plan = planned(problem)
    assert faults(problem, plan.schedule, plan.books.breaches, plan.books.money) == []
    return _by_step(plan)


def _by_step(plan: Planned) -> list[float]:
    sizes = {breach.step: breach.size for breach in plan.books.breaches}
    return [round(sizes.get(k, 0.0), 3) for k in range(4)]


def test_a_full_store_that_gives_too_little_power_leaves_the_rest_missing() -> None:
    """For 20 kWh in two hours it gives 1 kW."""
    assert missing_kwh(carried(a_full_store(discharge_kw=1.0))) == [18.0] * 4


def test_a_store_in_maintenance_is_no_reserve() -> None:
    assert missing_kwh(carried(a_full_store(availability=0.0))) == [20.0] * 4


def test_a_store_counts_when_it_is_back() -> None:
    """It is away in the third hour: 10 of 20 kWh are missing where that lies ahead."""
    away = a_full_store(availability=(1.0, 1.0, 0.0, 1.0))

    assert missing_kwh(carried(away)) == [10.0, 10.0, 0.0, 0.0]


def test_a_store_that_leaves_for_good_brings_nothing_but_no_less_either() -> None:
    """Sums of uneven loads and powers differ in their last digits: no cap is below nothing."""
    gone = a_full_store(availability=(1.0, 0.0, 0.0, 0.0), discharge_kw=1.1)
    park = carried(gone, a_full_store(id="other"), critical_kw=(1.7, 3.3, 0.7, 2.3), after_kw=0.1)

    assert missing_kwh(park) == [0.0] * 4


def test_after_the_horizon_a_store_is_as_available_as_in_its_last_step() -> None:
    away = a_full_store(availability=(1.0, 1.0, 1.0, 0.0))

    assert missing_kwh(carried(away)) == [0.0, 10.0, 20.0, 20.0]


def test_a_part_of_a_store_gives_a_part_of_its_power() -> None:
    assert missing_kwh(carried(a_full_store(discharge_kw=20.0, availability=0.4))) == [4.0] * 4


def test_a_store_s_power_is_the_largest_at_any_level_of_its_window() -> None:
    """8 kW at 50 kWh and less below and above; 4 kW where it never holds more than 25 kWh."""
    tapering = (
        PowerAt(level_kwh=0.0, charge_kw=9.0, discharge_kw=0.0),
        PowerAt(level_kwh=50.0, charge_kw=9.0, discharge_kw=8.0),
        PowerAt(level_kwh=100.0, charge_kw=9.0, discharge_kw=1.0),
    )
    full = a_full_store(power_at=tapering)
    small = a_full_store(power_at=tapering, highest_kwh=25.0, start_kwh=25.0)

    assert missing_kwh(carried(full)) == [4.0] * 4  # 2 kW for 2 h
    assert missing_kwh(carried(small)) == [12.0] * 4  # 6 kW


def test_power_that_is_short_for_an_hour_is_missing_though_there_is_energy_for_all() -> None:
    """A peak of 60 kW meets 40 kW: 20 kWh are missing, of 100 that are there for 70."""
    peak = carried(a_full_store(discharge_kw=40.0), critical_kw=(10.0, 10.0, 60.0, 10.0))

    assert missing_kwh(peak) == [20.0, 20.0, 0.0, 0.0]


def test_what_is_short_of_power_and_of_energy_is_missing_once() -> None:
    """3 kWh for 20, at 8 kW: of 17 that are missing 4 are beyond its power as well."""
    assert missing_kwh(carried(a_full_store(start_kwh=3.0, discharge_kw=8.0))) == [17.0] * 4


def test_two_stores_carry_together_what_one_cannot() -> None:
    weak = a_full_store(discharge_kw=5.0), a_full_store(id="other", discharge_kw=5.0)

    assert missing_kwh(carried(*weak)) == [0.0] * 4


def test_energy_behind_too_little_power_does_not_make_up_for_an_empty_store() -> None:
    """The full one gives 2 of 10 kW, the strong one is empty: 16 of 20 kWh are missing."""
    full, empty = a_full_store(discharge_kw=2.0), a_full_store(id="strong", start_kwh=0.0)

    assert missing_kwh(carried(full, empty)) == [16.0] * 4


def test_a_store_that_cannot_give_in_time_is_helped_out_by_one_that_is_filled() -> None:
    """8 of 10 kW are left for the other one: 16 kWh, which it gets although they cost money."""
    full = a_full_store(discharge_kw=2.0)
    other = a_full_store(id="other", start_kwh=0.0, charge_kw=50.0, end_value_per_kwh=0.0)

    plan = planned(carried(full, other))

    assert plan.course("other", "level_kwh") == [16.0] * 4
    assert plan.broken == {}


def test_what_leaks_away_in_these_hours_is_no_reserve() -> None:
    """Of 40 kWh half is left after each hour: 20 kWh at the end of the first one, 5 of them later.

    So 15 of 20 kWh are missing.
    """
    leaky = a_full_store(start_kwh=40.0, loss_share_per_h=0.5, end_value_per_kwh=0.0)

    assert missing_kwh(carried(leaky))[0] == 15.0


def test_the_program_grows_only_where_a_store_s_power_is_short() -> None:
    strong, weak = a_full_store(), a_full_store(id="weak", discharge_kw=2.0)
    nearly_empty = a_full_store(id="small", discharge_kw=2.0, highest_kwh=3.0, start_kwh=0.0)

    def counted(*stores: Store) -> list[str]:
        names = built(carried(*stores)).program().columns
        return [name for name in names if name.endswith(".counted")]

    assert counted(weak) == []
    assert counted(strong, nearly_empty) == []
    assert counted(strong, weak) == ["weak.counted"]


def test_a_hospital_s_store_of_one_kilowatt_does_not_carry_it_through_the_night() -> None:
    park = ParkProblem(
        horizon=a_park(hours=24).horizon,
        grids=(Grid(id="grid", import_price=0.5, import_limit_kw=1000, export_limit_kw=1000),),
        loads=(Load(id="hospital", power_kw=500.0, critical=True),),
        stores=(a_full_store(highest_kwh=10_000.0, start_kwh=9_000.0, discharge_kw=1.0),),
        reserve=Reserve(hours=16.0),
    )

    assert planned(park).broken == {"reserve": 24 * 499.0 * 16}
