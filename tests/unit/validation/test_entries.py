"""What validation takes out of the raw log, and what it has no use for."""

import pytest

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame
from services.validation.domain.partition import ParkRules
from services.validation.folding import entry_from
from tests.support.builders import MORNING, a_park
from tests.support.raw_log import a_raw_frame


def a_message() -> RawFrame:
    rows = [("steel.active_power_w", 5, 1.0)]
    return RawFrame.FromString(a_raw_frame(a_park().id, "mqtt-site", "f1", MORNING, rows))


def test_a_frame_of_readings_is_an_entry() -> None:
    assert len(entry_from(a_message(), ParkRules.of(a_park()), 0).raw) == 1


def test_a_frame_that_was_cut_off_before_its_columns_is_refused() -> None:
    message = a_message()
    for column in ("point_index", "event_time_us", "value", "quality"):
        message.ClearField(column)

    with pytest.raises(ValueError, match="without readings"):
        entry_from(message, ParkRules.of(a_park()), 0)
