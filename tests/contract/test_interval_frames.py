"""Quarter-hour energies on the wire: what goes in comes out, and what lies is refused."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from parkflow.telemetry.v1 import interval_frame_pb2 as wire
from services.runtime.interval_frames import (
    COLUMNS,
    IntervalFrame,
    SuspensePosting,
    interval_frame_from,
    message_from_intervals,
)
from services.validation.domain.energy.steps import Method
from services.validation.domain.energy.suspense import Movement, Reason

NOON = datetime(2019, 6, 3, 12, tzinfo=UTC)
NOON_US = 1_559_563_200_000_000
POSTING = SuspensePosting(
    entry_id="grid.import_energy_wh/1/suspense",
    point_id="grid.import_energy_wh",
    start=NOON,
    end=NOON,
    account="suspense",
    reason=Reason.JUMP,
    movement=Movement.RELEASED,
    change_wh=-90_000,
    edit_id="edit-1",
)


def a_frame() -> IntervalFrame:
    return IntervalFrame(
        park_id="demo-park",
        source_id="modbus-grid",
        frame_id="f1",
        known_at=NOON,
        point_ids=("grid.import_energy_wh",),
        point_index=np.array([0, 0], np.uint32),
        start_us=np.array([NOON_US, NOON_US + 900_000_000]),
        believed_wh=np.array([1000, 0]),
        estimated_wh=np.array([0, 900]),
        suspense_wh=np.array([0, 100]),
        written_off_wh=np.array([0, -5]),
        believed_us=np.array([900_000_000, 0], np.uint32),
        known_us=np.array([900_000_000, 600_000_000], np.uint32),
        methods=np.array([0, Method.LINEAR | Method.SUSPECT], np.uint8),
        postings=(POSTING,),
    )


def test_a_frame_comes_back_as_it_was_sent() -> None:
    payload = message_from_intervals(a_frame()).SerializeToString()

    frame = interval_frame_from(wire.IntervalFrame.FromString(payload))

    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(frame, name), getattr(a_frame(), name))
    assert (frame.known_at, frame.postings) == (NOON, (POSTING,))


@pytest.mark.parametrize(
    ("column", "wrong", "says"),
    [
        ("start_us", np.array([NOON_US, NOON_US + 1]), "quarter hour"),
        ("start_us", np.array([NOON_US]), "rows"),
        ("believed_wh", np.array([-1, 0]), "may be negative"),
        ("known_us", np.array([0, 0], np.uint32), "does not hold"),
        ("point_index", np.array([0, 1], np.uint32), "point_ids"),
    ],
)
def test_a_frame_that_lies_is_refused_with_the_column_named(
    column: str, wrong: np.ndarray, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        replace(a_frame(), **{column: wrong})


def test_the_words_of_the_wire_are_those_of_the_domain() -> None:
    for ours, theirs, prefix in (
        (Method, wire.IntervalMethod, "INTERVAL_METHOD_"),
        (Reason, wire.SuspenseReason, "SUSPENSE_REASON_"),
        (Movement, wire.SuspenseMovement, "SUSPENSE_MOVEMENT_"),
    ):
        known = {name.removeprefix(prefix): number for name, number in theirs.items()}
        known.pop("UNSPECIFIED")
        assert known == {word.name: int(word) for word in ours if word}
