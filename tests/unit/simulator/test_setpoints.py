"""A device takes what it can do and says why it does not take the rest."""

from dataclasses import replace

import pytest

from services.simulator.domain.setpoints import Accepted, Refused, SetPoint, judged
from tests.unit.simulator.builders import a_park, a_setpoint


def answer(setpoint: SetPoint, *, local: bool = False) -> Accepted | Refused:
    device = next((d for d in a_park().devices if d.id == setpoint.device_id), None)
    return judged(setpoint, device, local=local)


def test_a_setpoint_within_the_rating_is_accepted_and_read_back() -> None:
    assert answer(a_setpoint("battery", -1_500_000.0)) == Accepted(-1_500_000.0)


@pytest.mark.parametrize(
    ("setpoint", "reason"),
    [
        (a_setpoint("battery", 1_500_001.0), "beyond the rating"),
        (a_setpoint("battery", float("nan")), "beyond the rating"),
        (a_setpoint("pv", -1.0), "beyond the rating"),
        (a_setpoint("charger_01", 7_001.0), "beyond the rating"),
        (a_setpoint("battery", 0.0, lasting_min=0), "expired"),
        (a_setpoint("steel", 0.0), "cannot be steered"),
        (a_setpoint("sauna", 0.0), "cannot be steered"),
        (replace(a_setpoint("battery", 0.0), quantity="colour"), "unknown quantity"),
    ],
)
def test_a_setpoint_that_cannot_be_followed_is_refused(setpoint: SetPoint, reason: str) -> None:
    refused = answer(setpoint)

    assert isinstance(refused, Refused)
    assert reason in refused.reason


def test_in_local_mode_every_setpoint_is_refused() -> None:
    assert answer(a_setpoint("battery", 0.0), local=True) == Refused("local mode")
