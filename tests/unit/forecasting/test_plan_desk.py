"""A pushed plan is checked as a whole."""

from datetime import timedelta
from math import nan

from parkflow.forecast.v1 import plan_pb2 as wire
from services.energy.time_grid import QUARTER
from services.forecasting.domain.plans import PlanKind
from services.forecasting.domain.series import quarter_number
from services.forecasting.domain.targets import targets_of
from services.forecasting.plan_desk import mistakes_of, plannable, values_of
from tests.support.builders import MORNING, a_park

DEVICES = plannable(targets_of(a_park()))
HOUR = timedelta(hours=1)


def an_outage(*hours: tuple[int, int, float]) -> wire.PushPlanRequest:
    """Return availabilities from one hour after the morning to another."""
    request = wire.PushPlanRequest(park_id="demo-park", device_id="steel", user="shift leader")
    request.kind = wire.PLAN_KIND_AVAILABILITY
    request.issue_time.FromDatetime(MORNING)
    for begin, end, share in hours:
        one = request.intervals.add(value=share)
        one.start.FromDatetime(MORNING + begin * HOUR)
        one.end.FromDatetime(MORNING + end * HOUR)
    return request


def a_schedule(*values: float, step: timedelta = HOUR) -> wire.PushPlanRequest:
    request = wire.PushPlanRequest(park_id="demo-park", device_id="steel", user="mes")
    request.kind = wire.PLAN_KIND_PRODUCTION
    request.issue_time.FromDatetime(MORNING)
    request.start.FromDatetime(MORNING)
    request.step.FromTimedelta(step)
    request.values.extend(values)
    return request


def fields(request: wire.PushPlanRequest) -> list[str]:
    return [mistake.field for mistake in mistakes_of(request, MORNING, DEVICES)]


def test_an_outage_is_told_by_quarter_hours() -> None:
    request = an_outage((1, 2, 0.0), (5, 6, 0.4))

    values = values_of(request, MORNING)

    assert fields(request) == []
    assert [one.quarter - quarter_number(MORNING) for one in values] == [4, 5, 6, 7, 20, 21, 22, 23]
    assert {(one.kind, one.user) for one in values} == {(PlanKind.AVAILABILITY, "shift leader")}
    assert [one.value for one in values] == [0.0] * 4 + [0.4] * 4


def test_an_equidistant_schedule_says_nothing_where_it_is_not_a_number() -> None:
    request = a_schedule(12.0, nan, 3.0, step=2 * QUARTER)

    values = values_of(request, MORNING)

    assert fields(request) == []
    assert [one.quarter - quarter_number(MORNING) for one in values] == [0, 1, 4, 5]


def test_every_mistake_of_who_what_and_how_is_named_at_once() -> None:
    request = wire.PushPlanRequest(device_id="battery", values=[1.0], intervals=[{}])
    request.issue_time.FromDatetime(MORNING + timedelta(minutes=1))

    assert fields(request) == [
        "device_id",
        "kind",
        "issue_time",
        "user",
        "intervals",
        "start",
        "step",
        "intervals[0].start",
        "intervals[0].end",
    ]


def test_every_mistake_of_the_slots_is_named_at_once() -> None:
    request = an_outage((1, 3, 1.4), (2, 4, 0.0), (9, 8, 0.0))
    request.intervals[2].end.FromDatetime(MORNING + 8 * HOUR + timedelta(minutes=7))

    assert fields(request) == ["intervals[0]", "intervals[2]", "intervals[1]"]


def test_a_plan_beyond_all_days_is_refused() -> None:
    request = a_schedule(1.0)
    request.start.FromDatetime(MORNING + timedelta(days=500))

    assert fields(request) == ["start"]


def test_what_a_plant_makes_is_not_planned() -> None:
    request = a_schedule(1.0)
    request.device_id = "pv"

    assert fields(request) == ["device_id"]
