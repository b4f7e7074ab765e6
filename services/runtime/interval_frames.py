"""A frame of quarter-hour energies and amounts as numpy columns, to and from its Kafka message.

Registers of volume and mass count dm3 and g, which their point ids say (`register_unit`). On the
wire they lie apart from the energies, so that nobody takes litres for Wh: `interval_frame_from`
reads energies alone, `whole_frame_from` all there is.

Row i of every column is interval i. The columns of a decoded frame are read-only views of the
message's bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from parkflow.telemetry.v1 import interval_frame_pb2 as wire
from services.energy.names import same_names
from services.energy.quantities import ENERGY_UNIT, register_unit

QUARTER_US = 900_000_000
COLUMNS: dict[str, "np.dtype[Any]"] = {
    "point_index": np.dtype("<u4"),
    "start_us": np.dtype("<i8"),
    "believed_wh": np.dtype("<i8"),
    "estimated_wh": np.dtype("<i8"),
    "suspense_wh": np.dtype("<i8"),
    "written_off_wh": np.dtype("<i8"),
    "believed_us": np.dtype("<u4"),
    "known_us": np.dtype("<u4"),
    "methods": np.dtype("u1"),
}
AMOUNT_UNITS: Mapping["wire.AmountUnit", str] = {
    wire.AMOUNT_UNIT_DM3: "dm3",
    wire.AMOUNT_UNIT_G: "g",
}
Int64s = npt.NDArray[np.int64]
UInt32s = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class SuspensePosting:
    """One line of the suspense account; `reason` and `movement` are numbers of the wire's enums."""

    entry_id: str
    point_id: str
    start: datetime
    end: datetime
    account: str
    reason: int
    movement: int
    change_wh: int
    edit_id: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class IntervalFrame:
    """Quarter hours of one source that are over and changed. Natural key (park, point, start).

    Energies are int64 Wh, what registers of volume and mass count int64 dm3 and g in the same
    columns; `believed_us` and `known_us` (uint32) say for how many of the 900,000,000 µs; `methods`
    (uint8) is a set of bits of the wire's IntervalMethod. Of two frames
    with one `known_at` the one with the later `log_position`, its raw frame's offset, holds.
    """

    park_id: str
    source_id: str
    frame_id: str
    known_at: datetime
    point_ids: tuple[str, ...]
    point_index: UInt32s
    start_us: Int64s
    believed_wh: Int64s
    estimated_wh: Int64s
    suspense_wh: Int64s
    written_off_wh: Int64s
    believed_us: UInt32s
    known_us: UInt32s
    methods: npt.NDArray[np.uint8]
    postings: tuple[SuspensePosting, ...] = ()
    log_position: int = 0

    def __post_init__(self) -> None:
        for name in ("park_id", "source_id", "frame_id"):
            if not getattr(self, name):
                raise ValueError(f"{name} of a frame is empty; every frame needs one")
        if self.known_at.tzinfo is None:
            raise ValueError(f"known_at {self.known_at} needs a time zone; use UTC")
        if len(set(self.point_ids)) != len(self.point_ids) or "" in self.point_ids:
            raise ValueError("point_ids must be distinct and not empty; index them by point_index")
        for name in COLUMNS:
            if (length := len(getattr(self, name))) != len(self.start_us):
                raise ValueError(
                    f"column {name} has {length} rows but start_us has {len(self.start_us)}"
                )
        _require_rows_in_range(self)

    def __len__(self) -> int:
        return len(self.start_us)


def _require_rows_in_range(frame: IntervalFrame) -> None:
    if not len(frame):
        return
    if (highest := int(frame.point_index.max())) >= len(frame.point_ids):
        raise ValueError(
            f"column point_index holds {highest} but there are {len(frame.point_ids)} point_ids"
        )
    if np.any(frame.start_us % QUARTER_US):
        raise ValueError("column start_us holds a start that is not on a quarter hour")
    if int(frame.known_us.max()) > QUARTER_US or np.any(frame.believed_us > frame.known_us):
        raise ValueError(f"believed_us ≤ known_us ≤ {QUARTER_US} does not hold in every row")
    for name in ("believed_wh", "estimated_wh", "suspense_wh"):
        if (lowest := int(getattr(frame, name).min())) < 0:
            raise ValueError(f"column {name} holds {lowest}; only written_off_wh may be negative")


def whole_frame_from(message: wire.IntervalFrame) -> IntervalFrame:
    """Return energies and amounts of a message; ValueError names the column that is wrong.

    Amounts in a unit that only a later program knows are left out.
    """
    frame = energies = interval_frame_from(message)
    for part in message.amounts:
        if part.unit in AMOUNT_UNITS:
            frame = _joined(frame, _amounts_from(energies, part))
    return frame


def interval_frame_from(message: wire.IntervalFrame) -> IntervalFrame:
    """Return the energies of a message; ValueError names the column that is wrong."""
    if not message.HasField("known_at"):
        raise ValueError("known_at of a frame is missing")
    return IntervalFrame(
        park_id=message.park_id,
        source_id=message.source_id,
        frame_id=message.frame_id,
        known_at=message.known_at.ToDatetime(tzinfo=UTC),
        point_ids=same_names(message.point_ids),
        **{name: _column(message, name, kind) for name, kind in COLUMNS.items()},
        postings=tuple(map(_posting_from, message.postings)),
        log_position=message.log_position,
    )


def message_from_intervals(frame: IntervalFrame) -> wire.IntervalFrame:
    """Return the Kafka message of a frame; what is no energy lies apart in it."""
    told = {*frame.point_ids, *(posting.point_id for posting in frame.postings)}
    if all(register_unit(point) == ENERGY_UNIT for point in told):
        return _message_of_energies(frame)
    message = _message_of_energies(_of_unit(frame, ENERGY_UNIT))
    for number, unit in AMOUNT_UNITS.items():
        part = _of_unit(frame, unit)
        if len(part) or part.postings:
            message.amounts.append(_message_of_amounts(part, number))
    return message


def _of_unit(frame: IntervalFrame, unit: str) -> IntervalFrame:
    """Return the rows and postings of the registers that count a unit."""
    mine = np.array([register_unit(point) == unit for point in frame.point_ids], np.bool_)
    rows = np.flatnonzero(mine[frame.point_index])
    number = np.cumsum(mine) - 1
    columns: dict[str, Any] = {name: getattr(frame, name)[rows] for name in COLUMNS}
    columns["point_index"] = number[columns["point_index"]].astype(np.uint32)
    return replace(
        frame,
        point_ids=tuple(p for p, is_mine in zip(frame.point_ids, mine, strict=True) if is_mine),
        postings=tuple(p for p in frame.postings if register_unit(p.point_id) == unit),
        **columns,
    )


def _joined(one: IntervalFrame, other: IntervalFrame) -> IntervalFrame:
    """Return the rows of two frames with different registers in one."""
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in COLUMNS
    }
    columns["point_index"][len(one) :] += len(one.point_ids)
    return replace(
        one,
        point_ids=(*one.point_ids, *other.point_ids),
        postings=(*one.postings, *other.postings),
        **columns,
    )


def _message_of_energies(frame: IntervalFrame) -> wire.IntervalFrame:
    message = wire.IntervalFrame(
        park_id=frame.park_id,
        source_id=frame.source_id,
        frame_id=frame.frame_id,
        point_ids=frame.point_ids,
        postings=map(_message_of_posting, frame.postings),
        log_position=frame.log_position,
        **{
            name: getattr(frame, name).astype(kind, copy=False).tobytes()
            for name, kind in COLUMNS.items()
        },
    )
    message.known_at.FromDatetime(frame.known_at)
    return message


def _amounts_from(frame: IntervalFrame, part: wire.AmountColumns) -> IntervalFrame:
    """Return the rows of one unit under the names of `frame`; ValueError for a foreign unit."""
    unit = AMOUNT_UNITS[part.unit]
    if wrong := [one for one in part.point_ids if register_unit(one) != unit]:
        raise ValueError(f"{wrong[0]} counts {register_unit(wrong[0])}, its column is in {unit}")
    columns: dict[str, Any] = {name: _column(part, name, kind) for name, kind in COLUMNS.items()}
    return replace(
        frame,
        point_ids=same_names(part.point_ids),
        postings=tuple(map(_amount_posting_from, part.postings)),
        **columns,
    )


def _message_of_amounts(frame: IntervalFrame, unit: "wire.AmountUnit") -> wire.AmountColumns:
    return wire.AmountColumns(
        unit=unit,
        point_ids=frame.point_ids,
        postings=map(_message_of_amount_posting, frame.postings),
        **{
            name.removesuffix("_wh"): getattr(frame, name).astype(kind, copy=False).tobytes()
            for name, kind in COLUMNS.items()
        },
    )


def _amount_posting_from(message: wire.AmountPosting) -> SuspensePosting:
    return _posting(message, message.change)


def _posting_from(message: wire.SuspensePosting) -> SuspensePosting:
    return _posting(message, message.change_wh)


def _posting(message: wire.SuspensePosting | wire.AmountPosting, change: int) -> SuspensePosting:
    return SuspensePosting(
        entry_id=message.entry_id,
        point_id=message.point_id,
        start=message.start.ToDatetime(tzinfo=UTC),
        end=message.end.ToDatetime(tzinfo=UTC),
        account=message.account,
        reason=message.reason,
        movement=message.movement,
        change_wh=change,
        edit_id=message.edit_id,
    )


def _message_of_posting(posting: SuspensePosting) -> wire.SuspensePosting:
    message = wire.SuspensePosting(change_wh=posting.change_wh)
    _fill(message, posting)
    return message


def _message_of_amount_posting(posting: SuspensePosting) -> wire.AmountPosting:
    message = wire.AmountPosting(change=posting.change_wh)
    _fill(message, posting)
    return message


def _fill(message: wire.SuspensePosting | wire.AmountPosting, posting: SuspensePosting) -> None:
    message.entry_id, message.point_id = posting.entry_id, posting.point_id
    message.account, message.edit_id = posting.account, posting.edit_id
    message.reason = cast("wire.SuspenseReason", posting.reason)
    message.movement = cast("wire.SuspenseMovement", posting.movement)
    message.start.FromDatetime(posting.start)
    message.end.FromDatetime(posting.end)


def _column(
    message: wire.IntervalFrame | wire.AmountColumns, name: str, kind: "np.dtype[Any]"
) -> npt.NDArray[Any]:
    of_amounts = isinstance(message, wire.AmountColumns)
    content: bytes = getattr(message, name.removesuffix("_wh") if of_amounts else name)
    if len(content) % kind.itemsize:
        raise ValueError(
            f"column {name} has {len(content)} bytes, not a multiple of {kind.itemsize}"
        )
    return np.frombuffer(content, dtype=kind)
