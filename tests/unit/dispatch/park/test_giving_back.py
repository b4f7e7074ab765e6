"""What a vehicle held is given for something dearer, down to its least; what is due is told."""

import pytest

from services.dispatch.domain.park.demand import Load, Session
from services.dispatch.domain.park.network import Grid
from services.dispatch.domain.park.problem import ParkProblem
from tests.support.judged_plans import hours
from tests.support.parks_to_plan import planned


@pytest.mark.parametrize(("wanted_kwh", "lacking_kwh"), [(0.0, 20.0), (5.0, 25.0)])
def test_a_vehicle_gives_what_it_held_rather_than_that_a_load_goes_dark(
    wanted_kwh: float, lacking_kwh: float
) -> None:
    """20 kWh of a critical load in the dark cost 3000 P each, in a vehicle's battery 40 P."""
    van = Session(
        id="van",
        leaves_h=4.0,
        power_kw=10.0,
        wanted_kwh=wanted_kwh,
        stored_kwh=40.0,
        least_kwh=10.0,
        capacity_kwh=60.0,
        discharge_kw=10.0,
    )
    island = ParkProblem(
        horizon=hours(4),
        grids=(Grid(id="grid", import_price=0.1, import_limit_kw=0.0),),
        loads=(Load(id="pumps", power_kw=5.0, critical=True),),
        sessions=(van,),
    )

    plan = planned(island)

    assert plan.course("van", "discharge_kw") == [5.0] * 4
    assert plan.broken == [("vehicle", "van", 3, lacking_kwh)]
