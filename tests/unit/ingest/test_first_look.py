"""What can be told of a reading at once, knowing no other."""

import math

import pytest

from services.energy.readings import Doubt, FieldQuality
from services.energy.site import TelemetryRules
from services.energy.time_grid import to_microseconds
from services.ingest.domain.batch import batch_of
from services.ingest.domain.first_look import Border
from services.ingest.intake import MOST_ROWS, raw_frame_of
from services.runtime.columns import LATEST_US
from tests.support.builders import MORNING, a_park

POWER = "steel.active_power_w"
NOW = to_microseconds(MORNING)
MINUTE = 60_000_000
BORDER = Border.of(a_park().points, a_park().telemetry)
RULES: TelemetryRules = a_park().telemetry
FUTURE_US = int(RULES.future_tolerance.total_seconds() * 1e6)
OLDEST_US = int(RULES.oldest.total_seconds() * 1e6)


@pytest.mark.parametrize(
    ("point", "at", "value", "doubt"),
    [
        (POWER, NOW, 1000.0, Doubt.NONE),
        (POWER, NOW, -1.0, Doubt.OUT_OF_RANGE),
        (POWER, NOW, 1e12, Doubt.OUT_OF_RANGE),
        (POWER, NOW, math.nan, Doubt.NOT_A_NUMBER),
        (POWER, NOW, math.inf, Doubt.NOT_A_NUMBER),
        (POWER, NOW + FUTURE_US, 1.0, Doubt.NONE),
        (POWER, NOW + FUTURE_US + 1, 1.0, Doubt.IN_FUTURE),
        (POWER, NOW - OLDEST_US, 1.0, Doubt.NONE),
        (POWER, NOW - OLDEST_US - 1, 1.0, Doubt.TOO_OLD),
        ("steel.colour", NOW, 1.0, Doubt.UNKNOWN_POINT),
    ],
)
def test_what_is_wrong_with_a_reading_by_itself_is_told(
    point: str, at: int, value: float, doubt: Doubt
) -> None:
    assert BORDER.look(batch_of("s", [(point, at, value)]), now_us=NOW).tolist() == [doubt]


def test_each_reading_of_a_batch_is_looked_at_by_itself() -> None:
    batch = batch_of("s", [(POWER, NOW, 1.0), ("x.y", NOW, 1.0), (POWER, NOW, 1.0)])

    assert BORDER.look(batch, now_us=NOW).tolist() == [
        Doubt.NONE,
        Doubt.UNKNOWN_POINT,
        Doubt.NONE,  # a repetition is known only to who knows the others
    ]


def test_nothing_is_left_out_of_a_raw_frame_and_what_the_field_said_goes_with_it() -> None:
    batch = batch_of(
        "s",
        [
            (POWER, NOW, 1.0),
            ("x.y", NOW, math.inf, FieldQuality.INVALID),
            (POWER, LATEST_US + 1, 2.0, FieldQuality.QUESTIONABLE),
        ],
    )

    frame = raw_frame_of("p", batch, "f", MORNING)

    assert frame.value.tolist() == [1.0, math.inf, 2.0]
    assert frame.event_time_us.tolist() == [NOW, NOW, LATEST_US]
    assert frame.quality.tolist() == [0, 2, 1]


def test_only_the_points_of_a_part_are_named_in_its_frame() -> None:
    batch = batch_of("s", [("a.b", NOW, 1.0)] * MOST_ROWS + [("c.d", NOW, 2.0)])

    frame = raw_frame_of("p", batch.rows(MOST_ROWS, MOST_ROWS + 1), "f", MORNING)

    assert frame.point_ids == ("c.d",)
    assert frame.point_index.tolist() == [0]
