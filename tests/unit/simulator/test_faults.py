"""Each fault spoils what it names, in its window only."""

import math

import pytest

from services.simulator.domain.faults import Garbage, Spoiler, parsed, require_playable
from tests.unit.simulator.builders import START_S

VALUES = {"active_power_w": 5.0, "generation_energy_wh": 7}


def sent(text: str, *, minute: int = 0, values: dict[str, float] | None = None) -> object:
    spoiler = Spoiler(parsed(text))
    return spoiler.spoiled("pv", values or VALUES, START_S + minute * 60)


def test_a_spike_adds_its_value() -> None:
    fault = "spike:pv.active_power_w@2019-06-03T22:00Z/10min=1e6"

    assert sent(fault) == VALUES | {"active_power_w": 1_000_005.0}
    assert sent(fault, minute=10) == VALUES


def test_a_gap_sends_nothing_or_leaves_a_quantity_out() -> None:
    assert sent("gap:pv@2019-06-03T22:00Z/10min") is None
    assert sent("gap:pv.active_power_w@2019-06-03T22:00Z/10min") == {"generation_energy_wh": 7}


def test_nan_is_not_a_number_and_garbage_no_telemetry() -> None:
    spoiled = sent("nan:pv.active_power_w@2019-06-03T22:00Z/10min")

    assert isinstance(spoiled, dict)
    assert math.isnan(spoiled["active_power_w"])
    assert sent("garbage:pv@2019-06-03T22:00Z/10min") == Garbage()


def test_stuck_repeats_the_first_value_of_the_window() -> None:
    spoiler = Spoiler(parsed("stuck:pv.active_power_w@2019-06-03T22:00Z/10min"))

    spoiler.spoiled("pv", VALUES, START_S)
    later = spoiler.spoiled("pv", {"active_power_w": 9.0}, START_S + 60)

    assert later == {"active_power_w": 5.0}


def test_other_devices_are_untouched() -> None:
    assert sent("gap:wind@2019-06-03T22:00Z/10min;gap:battery@2019-06-03T22:00Z/1min") == VALUES


@pytest.mark.parametrize(
    "text", ["pv", "melt:pv@2019-06-03T22:00Z/1min", "gap:pv@2019-06-03T22:00/1min"]
)
def test_a_fault_that_cannot_be_read_shows_a_right_one(text: str) -> None:
    with pytest.raises(ValueError, match="is not like 'spike:battery"):
        parsed(text)


def test_a_device_with_fixed_records_can_only_show_wrong_numbers() -> None:
    require_playable(parsed("spike:grid@2019-06-03T22:00Z/1min=5"), {"grid"})

    with pytest.raises(ValueError, match="it can spike or be stuck"):
        require_playable(parsed("gap:grid@2019-06-03T22:00Z/1min"), {"grid"})
