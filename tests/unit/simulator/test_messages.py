"""Telemetry, commands and results look as docs/names-and-ports.md says."""

import json
from datetime import UTC, datetime

import pytest

from services.simulator import messages
from services.simulator.domain.setpoints import Accepted, Refused, SetPoint

NOW = datetime(2019, 6, 3, 22, 1, tzinfo=UTC)
AT_S = int(NOW.timestamp())
COMMAND = {
    "setpoint_id": "sp-7",
    "quantity": "active_power_w",
    "value_w": 250000.0,
    "expires_at": "2019-06-03T22:11:00Z",
}


def test_telemetry_carries_the_devices_stamp_and_quantities() -> None:
    payload = messages.telemetry({"active_power_w": -1.5, "generation_energy_wh": 8}, AT_S)

    assert json.loads(payload) == {
        "ts": "2019-06-03T22:01:00Z",
        "values": {"active_power_w": -1.5, "generation_energy_wh": 8},
    }


def test_a_command_becomes_a_setpoint() -> None:
    setpoint = messages.setpoint("battery", json.dumps(COMMAND).encode(), AT_S)

    assert setpoint == SetPoint("sp-7", "battery", "active_power_w", 250e3, AT_S + 600, AT_S)


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff",
        b"[]",
        b"{}",
        json.dumps(COMMAND | {"value_w": "much"}).encode(),
        json.dumps(COMMAND | {"value_w": None}).encode(),
        json.dumps(COMMAND | {"expires_at": "2019-06-03T22:11:00"}).encode(),
    ],
)
def test_an_unreadable_command_says_why(payload: bytes) -> None:
    with pytest.raises(messages.Undecodable, match="unreadable"):
        messages.setpoint("battery", payload, AT_S)


def test_the_id_is_found_even_in_a_broken_command() -> None:
    assert messages.setpoint_id(b'{"setpoint_id": "sp-7"}') == "sp-7"
    assert messages.setpoint_id(b"\xff") == ""


def test_results_say_what_the_device_holds_or_why_not() -> None:
    accepted = json.loads(messages.result("sp-7", Accepted(250e3), NOW))
    refused = json.loads(messages.result("sp-7", Refused("expired"), NOW))

    assert (accepted["result"], accepted["read_back_w"]) == ("accepted", 250e3)
    assert (refused["result"], refused["reason"]) == ("rejected", "expired")
