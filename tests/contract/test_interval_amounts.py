"""Litres and grams on the wire of quarter hours: apart from the Wh, and back as they were."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkflow.telemetry.v1 import interval_frame_pb2 as wire
from services.runtime.interval_frames import (
    COLUMNS,
    IntervalFrame,
    SuspensePosting,
    interval_frame_from,
    message_from_intervals,
    whole_frame_from,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
QUARTER_US = 900_000_000
POINTS = ("steel.consumption_energy_wh", "tap.volume_dm3", "slag.mass_g", "well.volume_dm3")


REST = {*COLUMNS} - {"point_index", "start_us", "believed_wh"}


def a_posting(point: str) -> SuspensePosting:
    return SuspensePosting(f"{point}/0/suspense", point, NOON, NOON, "suspense", 2, 1, 70)


def a_frame() -> IntervalFrame:
    """One quarter of each: 10 Wh, 20 dm3, 30 g, 40 dm3; all believed but the well's."""
    amounts = np.array([10, 20, 30, 40], np.int64)
    believed, whole = np.array([1, 1, 1, 0]), np.full(4, QUARTER_US, np.uint32)
    start_us = int(NOON.timestamp()) * 10**6
    return IntervalFrame(
        *("mill", "east", "f", NOON, POINTS, np.arange(4, dtype=np.uint32)),
        np.full(4, start_us, np.int64),
        amounts * believed,
        amounts * (1 - believed),
        *(np.zeros(4, np.int64), np.zeros(4, np.int64)),
        *(whole * believed.astype(np.uint32), whole),
        np.array([0, 0, 0, 1], np.uint8),
        (a_posting(POINTS[0]), a_posting(POINTS[3])),
    )


def sent(frame: IntervalFrame) -> wire.IntervalFrame:
    return wire.IntervalFrame.FromString(message_from_intervals(frame).SerializeToString())


def rows(frame: IntervalFrame) -> set[tuple[object, ...]]:
    columns = (getattr(frame, name).tolist() for name in COLUMNS)
    return {(frame.point_ids[point], *said) for point, *said in zip(*columns, strict=True)}


def test_who_wants_energies_finds_no_litre_among_them() -> None:
    found = interval_frame_from(sent(a_frame()))

    assert found.point_ids == POINTS[:1]
    assert found.believed_wh.tolist() == [10]
    assert [posting.point_id for posting in found.postings] == [POINTS[0]]


def test_a_reader_of_before_sees_energies_alone() -> None:
    message = sent(a_frame())

    assert list(message.point_ids) == ["steel.consumption_energy_wh"]
    assert {len(message.start_us), len(message.believed_wh)} == {8}


def test_litres_and_grams_come_back_as_they_were() -> None:
    frame = a_frame()

    found = whole_frame_from(sent(frame))

    assert rows(found) == rows(frame)
    assert set(found.postings) == set(frame.postings)
    assert len(found) == len(frame) == 4


QUARTERS = st.tuples(st.sampled_from(POINTS), st.integers(0, 95), st.integers(0, 10**12))


@given(st.lists(QUARTERS, unique_by=lambda row: row[:2], max_size=20))
def test_whatever_is_told_of_registers_comes_back(
    told: list[tuple[str, int, int]],
) -> None:
    count, first_us = len(told), int(NOON.timestamp()) * 10**6
    frame = replace(
        a_frame(),
        point_index=np.array([POINTS.index(point) for point, _, _ in told], np.uint32),
        start_us=np.array([first_us + place * QUARTER_US for _, place, _ in told], np.int64),
        believed_wh=np.array([amount for _, _, amount in told], np.int64),
        **{name: np.zeros(count, kind) for name, kind in COLUMNS.items() if name in REST},
    )

    message = sent(frame)

    assert rows(whole_frame_from(message)) == rows(frame)
    energies = interval_frame_from(message)
    assert energies.believed_wh.sum() == sum(n for point, _, n in told if point == POINTS[0])


def test_a_frame_of_energies_is_what_it_was() -> None:
    only = replace(a_frame(), point_ids=tuple(f"p{n}.import_energy_wh" for n in range(4)))
    only = replace(only, postings=())

    message = sent(only)

    assert not message.amounts
    assert rows(whole_frame_from(message)) == rows(interval_frame_from(message)) == rows(only)


def test_a_frame_of_litres_alone_holds_no_energy() -> None:
    litres = replace(a_frame(), point_ids=tuple(f"p{n}.volume_dm3" for n in range(4)), postings=())

    assert len(interval_frame_from(sent(litres))) == 0
    assert rows(whole_frame_from(sent(litres))) == rows(litres)


def test_a_register_under_a_unit_that_is_not_its_own_is_refused() -> None:
    message = sent(a_frame())
    message.amounts[0].unit = wire.AMOUNT_UNIT_G

    with pytest.raises(ValueError, match=r"tap\.volume_dm3 counts dm3, its column is in g"):
        whole_frame_from(message)
