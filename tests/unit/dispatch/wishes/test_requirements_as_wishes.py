"""Requirements as they are kept, and what the planner takes of them."""

from datetime import datetime, timedelta
from typing import Any

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from parkflow.dispatch.v1 import requirement_pb2 as kinds
from services.dispatch.domain.signals import Signal
from services.dispatch.domain.snapshot import Needs
from services.dispatch.domain.wishes.wish import (
    CarbonLimit,
    ChargingNeeds,
    ImportLimit,
    ProcessRun,
    StorageTarget,
    Unavailability,
    Wish,
)
from services.dispatch.messages import stamp
from services.dispatch.requirement_messages import span_of, wish_from
from services.dispatch.standing import Standing
from services.energy.time_grid import Interval
from tests.support.builders import MORNING, after
from tests.support.requirements import a_run, a_target, at, told, window
from tests.unit.dispatch.builders import PLANT

NAME = "0c1d"


def kept(order: Any, set_at: datetime = MORNING, **more: Any) -> pb.Requirement:
    """Return a requirement as it is kept."""
    until = stamp(span_of(PLANT, order, set_at).end)
    usual = {"requirement_id": NAME, "set_at": stamp(set_at), "valid_until": until}
    return pb.Requirement(order=order, **(usual | more))


def wish_of(requirement: pb.Requirement, **values: float) -> Wish:
    readings = {point.replace("__", "."): Signal(v, MORNING) for point, v in values.items()}
    return wish_from(PLANT, requirement, readings, MORNING)


def test_a_target_is_taken_in_kwh() -> None:
    wish = wish_of(kept(a_target(6.0, 1_500_000.0)))

    assert wish == StorageTarget(wish_id=NAME, store="battery", at=after(hours=6), least_kwh=1500.0)


def test_a_share_is_of_the_capacity_in_the_park_file_not_of_its_window() -> None:
    target = kinds.StorageTarget(device_id="battery", at_time=at(6), least_pct=80.0)

    wish = wish_of(kept(told(storage_target=target)))

    assert isinstance(wish, StorageTarget)
    assert wish.least_kwh == 2400.0  # of 3 MWh


def test_a_cap_of_a_day_is_of_the_parks_own_day() -> None:
    cap = kinds.CarbonCap(local_day="2019-06-05", limit_kg=900.0)

    wish = wish_of(kept(told(carbon_cap=cap)))

    # the park is eight hours before UTC; its demo begins at six on 4 June
    day = Interval(after(hours=18), after(hours=42))
    assert wish == CarbonLimit(wish_id=NAME, window=day, limit_kg=900.0)


def test_limits_and_absences_are_taken_in_kw() -> None:
    span = Interval(after(hours=1), after(hours=2))
    limit = kinds.ImportLimit(window=window(1, 2), limit_w=500_000.0)
    gone = kinds.Unavailability(device_id="battery", window=window(1, 2))
    part = kinds.Unavailability(device_id="pv", window=window(1, 2), available_power_w=2_000.0)

    assert wish_of(kept(told(import_limit=limit))) == ImportLimit(
        wish_id=NAME, window=span, limit_kw=500.0
    )
    assert wish_of(kept(told(unavailability=gone))) == Unavailability(
        wish_id=NAME, device="battery", window=span, available_kw=0.0
    )
    assert wish_of(kept(told(unavailability=part))) == Unavailability(
        wish_id=NAME, device="pv", window=span, available_kw=2.0
    )


def test_a_batch_is_taken_with_its_profile_and_its_window() -> None:
    wish = wish_of(kept(a_run(30_000.0)))

    assert wish == ProcessRun(
        wish_id=NAME,
        process="wash",
        profile_kw=(30.0,),
        duration=timedelta(hours=1),
        earliest=MORNING,
        latest_end=after(hours=6),
    )


def needs(energy_wh: float) -> pb.SetRequirementRequest:
    return told(
        charging_needs=kinds.ChargingNeeds(
            device_id="charger_01", departure_time=at(3), energy_wh=energy_wh
        )
    )


def test_what_the_port_has_counted_since_is_taken_off_the_needs() -> None:
    wish = wish_of(
        kept(needs(20_000.0), register_wh=500_000.0),
        charger_01__consumption_energy_wh=506_000.0,
        charger_01__connected=1.0,
    )

    assert wish == ChargingNeeds(
        wish_id=NAME, port="charger_01", departs=after(hours=3), wanted_kwh=14.0, power_kw=7.0
    )


def test_a_vehicle_that_got_more_than_it_needs_wants_nothing() -> None:
    wish = wish_of(
        kept(needs(5_000.0), register_wh=500_000.0), charger_01__consumption_energy_wh=506_000.0
    )

    assert isinstance(wish, ChargingNeeds)
    assert (wish.wanted_kwh, wish.power_kw) == (0.0, None)


def test_without_a_register_the_needs_stay_as_they_were_told() -> None:
    wish = wish_of(kept(needs(5_000.0)), charger_01__connected=0.0)

    assert isinstance(wish, ChargingNeeds)
    assert (wish.wanted_kwh, wish.power_kw) == (5.0, None)


def test_what_is_over_or_taken_out_is_in_force_no_more() -> None:
    standing = Standing()
    standing.heed(kept(a_target(6.0)))
    standing.heed(kept(a_target(9.0), after(60), requirement_id="later"))

    assert [one.requirement_id for one in standing.in_force(after(hours=1))] == [NAME, "later"]
    assert [one.requirement_id for one in standing.in_force(after(hours=7))] == ["later"]
    standing.drop(["later"])
    assert standing.in_force(after(hours=7)) == []


def test_a_kind_of_a_later_version_says_nothing() -> None:
    standing = Standing()
    unknown = kept(a_target(6.0))
    unknown.order.ClearField("what")

    standing.heed(unknown)

    assert standing.wishes(PLANT, {}, MORNING) == []


def test_the_control_cycle_is_told_what_vehicles_still_need() -> None:
    standing = Standing()
    standing.heed(kept(needs(18_000.0), register_wh=500_000.0))
    standing.heed(kept(a_target(6.0), requirement_id="another kind"))
    register = {"charger_01.consumption_energy_wh": Signal(504_000.0, MORNING)}

    assert standing.needs(PLANT, register, MORNING) == {
        "charger_01": Needs(14_000.0, after(hours=3))
    }
    assert standing.needs(PLANT, register, after(hours=3)) == {}
