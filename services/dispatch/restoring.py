"""After a start: everything the controller needs, from the database and from the log."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from parkflow.dispatch.v1.setpoint_pb2 import Setpoint
from services.dispatch.domain.tracking import opened
from services.dispatch.house import House
from services.dispatch.messages import intensity_curve, lease_from, plan_from
from services.dispatch.store import OpenSetpoint, Store
from services.dispatch.stream import Intake
from services.dispatch.telling import Teller
from services.runtime.clock import ParkClock
from services.runtime.consuming import read_back
from services.runtime.patience import patiently
from services.runtime.telemetry import log_for
from services.runtime.topics import FORECASTS, INTENSITY, PRICES, READINGS, SETPOINTS, Topic

CURVES_RECALLED = timedelta(days=9)
FORECASTS_RECALLED = timedelta(hours=2)
SETPOINTS_RECALLED = timedelta(minutes=30)
AT_LEAST = timedelta(minutes=2)
OVERRIDES_RECALLED = 1000
log = log_for(__name__)


async def restore_from_database(house: House, store: Store, teller: Teller) -> None:
    """Restore counters, orders, the plan, leases and open set-points."""
    for counter in await patiently(store.counters, "database"):
        house.desk.counters[counter.point_id] = counter
    overrides = await patiently(lambda: store.list_overrides(OVERRIDES_RECALLED), "database")
    for override in reversed(overrides):
        house.obey(override)
    if (plan := await patiently(lambda: store.plan_at(None), "database")) is not None:
        house.desk.plan = plan_from(plan)
        house.plans.show(house.desk.plan)
    now = house.clock.now()
    for setpoint in await patiently(lambda: store.newest_setpoints(now), "database"):
        house.desk.leases[setpoint.device_id] = lease_from(setpoint)
        house.setpoints[setpoint.device_id] = setpoint
    waiting = await patiently(store.open_setpoints, "database")
    for found in waiting:
        _reopen(house, teller, found, now)
    log.info("restored", plan=bool(plan), open_setpoints=len(waiting), leases=len(house.setpoints))


def _reopen(house: House, teller: Teller, found: OpenSetpoint, now: datetime) -> None:
    lease = lease_from(found.message)
    setpoint = opened(
        house.plant,
        lease.setpoint_id,
        lease.device_id,
        lease.value_w,
        lease.issued_at,
        lease.expires_at,
    )
    teller.tell(house.tracker.issue(setpoint, now))
    if found.accepted_at is not None:
        house.tracker.accept(lease.setpoint_id, found.accepted_at)


async def restore_sent(
    house: House, store: Store, *, bootstrap: str, security: dict[str, object]
) -> None:
    """Keep the set-points that were sent shortly before a crash and never reached the database."""
    sent: list[Setpoint] = []
    span = max(SETPOINTS_RECALLED, _wall(house.clock, 2 * house.plant.lease))
    async for received in read_back(
        SETPOINTS, bootstrap=bootstrap, security=security, since=datetime.now(UTC) - span
    ):
        if received.message.park_id == house.plant.park.id:
            sent.append(received.message)
    if sent:
        await patiently(lambda: store.keep_setpoints(sent), "database")
    log.info("recalled", topic=SETPOINTS.name, messages=len(sent))


async def restore_from_log(
    house: House, intake: Intake, *, bootstrap: str, security: dict[str, object]
) -> None:
    """Restore the newest readings, prices, intensities and the forecast."""
    readings = max(AT_LEAST, _wall(house.clock, house.oldest_of_interest))

    async def recall(topic: Topic, span: timedelta, take: Callable[[Any], object]) -> None:
        count = 0
        async for received in read_back(
            topic, bootstrap=bootstrap, security=security, since=datetime.now(UTC) - span
        ):
            if received.message.park_id != house.plant.park.id:
                continue
            try:
                take(received)
                count += 1
            except ValueError as mistake:
                log.warning("not_recalled", position=received.position, error=str(mistake))
        log.info("recalled", topic=topic.name, messages=count)

    await recall(READINGS, readings, intake.recall)
    await recall(PRICES, CURVES_RECALLED, lambda r: intake.learn_prices(r.message))
    await recall(
        INTENSITY,
        CURVES_RECALLED,
        lambda r: house.desk.intensities.learn(intensity_curve(r.message)),
    )
    await recall(FORECASTS, FORECASTS_RECALLED, lambda r: intake.learn_forecast(r.message))


def _wall(clock: ParkClock, park_span: timedelta) -> timedelta:
    return timedelta(seconds=clock.wall_seconds(park_span))
