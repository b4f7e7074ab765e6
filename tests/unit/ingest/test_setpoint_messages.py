"""What a set-point message must say before it goes to any device."""

import math

import pytest

from parkflow.dispatch.v1.setpoint_pb2 import Setpoint, SetpointQuantity
from services.ingest.messages import command_from
from tests.support.builders import MORNING


def a_setpoint(**changes: object) -> Setpoint:
    fields = {
        "setpoint_id": "one",
        "device_id": "pv",
        "quantity": SetpointQuantity.SETPOINT_QUANTITY_ACTIVE_POWER_W,
        "value_w": 5.0,
    }
    setpoint = Setpoint(**(fields | changes))
    setpoint.issued_at.FromDatetime(MORNING)
    setpoint.expires_at.FromDatetime(MORNING)
    return setpoint


def test_a_set_point_becomes_a_command() -> None:
    command = command_from(a_setpoint())

    assert (command.device_id, command.value_w, command.expires_at) == ("pv", 5.0, MORNING)


@pytest.mark.parametrize("value_w", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_goes_to_no_device(value_w: float) -> None:
    with pytest.raises(ValueError, match="set-point one wants"):
        command_from(a_setpoint(value_w=value_w))
