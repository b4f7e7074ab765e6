"""What of a page's order is passed on, and what is refused before anyone is asked."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import grpc
import pytest

from parkflow.dispatch.v1.setpoint_pb2 import SETPOINT_QUANTITY_ACTIVE_POWER_W
from services.console.actions import Actions, BadOrder
from services.energy.time_grid import Interval
from services.runtime.clock import ParkClock
from tests.support.builders import MORNING, a_park, after
from tests.support.fake_services import FakeServices


@asynccontextmanager
async def acting() -> AsyncIterator[tuple[FakeServices, Actions]]:
    """Actions upon the fake services."""
    async with FakeServices.at(ParkClock(MORNING, time.time(), 1.0)) as fakes:
        channels = {
            name: grpc.aio.insecure_channel(f"127.0.0.1:{port}")
            for name, port in fakes.ports.items()
        }
        yield (
            fakes,
            Actions(
                a_park().id,
                alerting=channels["alerting"],
                dispatching=channels["dispatch"],
                history=channels["history"],
            ),
        )
        for channel in channels.values():
            await channel.close()


def an_order(**changes: Any) -> dict[str, Any]:
    order = {
        "device_id": "battery",
        "quantity": "active_power_w",
        "value_w": -5e5,
        "minutes": 30,
        "reason": " feeder work ",
        "idempotency_key": "k",
    }
    return {name: value for name, value in {**order, **changes}.items() if value is not ...}


async def test_an_override_is_passed_on_with_who_why_and_until_when() -> None:
    async with acting() as (fakes, actions):
        answer = await actions.override(an_order(), "mei", after())

    [order] = fakes.orders
    assert (order.device_id, order.value_w, order.user) == ("battery", -5e5, "mei")
    assert order.quantity == SETPOINT_QUANTITY_ACTIVE_POWER_W
    assert order.reason == "feeder work"
    assert answer["expires_at"] == "2019-06-03T22:30:00.000Z"


async def test_an_order_that_names_its_end_is_the_same_when_it_is_sent_later() -> None:
    order = an_order(expires_at="2019-06-03T22:30:00Z")
    async with acting() as (fakes, actions):
        first = await actions.override(order, "mei", after())
        second = await actions.override(order, "mei", after(minutes=2))

    assert first["override_id"] == second["override_id"]
    assert fakes.orders[0] == fakes.orders[1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"quantity": "colour"}, "quantity must be one of"),
        ({"reason": "  "}, "reason is missing"),
        ({"device_id": ...}, "device_id is missing"),
        ({"value_w": "5"}, "value_w is '5'; send a number"),
        ({"value_w": True}, "value_w is True"),
        ({"minutes": ...}, "minutes is None"),
        ({"expires_at": "soon"}, "expires_at is 'soon'"),
        ({"expires_at": "2019-06-03T22:30:00"}, "no time zone"),
    ],
)
async def test_an_order_with_a_mistake_is_refused_and_passed_to_nobody(
    change: dict[str, Any], words: str
) -> None:
    async with acting() as (fakes, actions):
        with pytest.raises(BadOrder, match=words):
            await actions.override(an_order(**change), "mei", after())

    assert fakes.orders == []


async def test_only_overrides_in_force_are_listed() -> None:
    async with acting() as (_, actions):
        await actions.override(an_order(minutes=5), "mei", after())
        kept = await actions.override(an_order(idempotency_key="k2"), "mei", after())
        ended = await actions.override(an_order(idempotency_key="k3"), "mei", after())
        await actions.cancel_override({"override_id": ended["override_id"]}, "mei")

        listed = await actions.overrides(after(minutes=10))

    assert [one["override_id"] for one in listed] == [kept["override_id"]]


async def test_a_point_that_history_never_saw_does_not_spoil_the_day() -> None:
    quarter = Interval(after(), after(minutes=15))
    async with acting() as (_, actions):
        day = await actions.day(
            ["steel.active_power_w", "steel.consumption_energy_wh"], quarter, timedelta(minutes=5)
        )

    assert list(day) == ["steel.active_power_w"]
    assert len(day["steel.active_power_w"]["values"]) == 3
