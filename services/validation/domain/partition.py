"""What a partition of the raw log came to: the judge's memory and the registers' accounts.

And when each point was last spoken of. A log whose stamps go back, because a clock stepped or
frames overtook each other, may say now what was known before something it said earlier; whoever
keeps the later known-at would keep the wrong word. So none is known before an earlier one (§11.8).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from services.energy.names import UNKNOWN, PerNames, rows_among
from services.energy.site import DeviceKind, Park
from services.validation.domain.advancing import advance
from services.validation.domain.batch import Batch, Judged
from services.validation.domain.checkpoint import state_from_bytes, state_to_bytes
from services.validation.domain.editing import Edited, take_edit, under_edits
from services.validation.domain.energy import checkpoint as energy_checkpoint
from services.validation.domain.energy import stepping
from services.validation.domain.energy.edits import Edit
from services.validation.domain.energy.memory import Registers
from services.validation.domain.energy.readings import rows_of_columns
from services.validation.domain.energy.stepping import Advanced
from services.validation.domain.energy.table import RegisterTable
from services.validation.domain.rules import Rules, rules_of
from services.validation.domain.state import NEVER_US, State, new_state

LENGTH_BYTES = 8
LAYOUT = b"partition/2\n"


@dataclass(frozen=True, slots=True, eq=False)
class ParkRules:
    """What the park file says of its points and of its registers."""

    readings: Rules
    registers: RegisterTable
    row_of: Mapping[str, int] = field(repr=False)
    registers_of: PerNames[npt.NDArray[np.int64]] = field(init=False, repr=False)
    """Each point's row in the register table, UNKNOWN where it is no register."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "registers_of", rows_among(self.registers.ids))

    @classmethod
    def of(cls, park: Park) -> "ParkRules":
        """Return the rules of a park."""
        registers = RegisterTable.of_points(
            park.points,
            park.validation.registers,
            park.time_zone,
            restless={device.id for device in park.devices_of(DeviceKind.WIND)},
        )
        row_of = {point_id: row for row, point_id in enumerate(registers.ids)}
        return cls(rules_of(park), registers, row_of)


@dataclass(frozen=True, slots=True, eq=False)
class PartitionState:
    """A step consumes it: use the one that is returned.

    `spoken_us` is the newest known-at of all that was said of each point of the rules.
    """

    readings: State
    registers: Registers
    spoken_us: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Came:
    """What a raw frame came to."""

    judged: Judged
    energy: Advanced


def beginning(rules: ParkRules) -> PartitionState:
    """Return the state before the first frame."""
    spoken_us = np.full(len(rules.readings.ids), NEVER_US, np.int64)
    return PartitionState(new_state(rules.readings), Registers(rules.registers.ids), spoken_us)


def take_frame(
    state: PartitionState, batch: Batch, rules: ParkRules
) -> tuple[PartitionState, Came]:
    """Return the state after a raw frame, and what the frame came to."""
    readings, judged = advance(state.readings, batch, rules.readings)
    rows = rows_of_columns(
        rules.registers_of(batch.point_ids)[judged.point_index],
        judged.event_time_us,
        judged.value,
        judged.verdict,
        judged.doubt,
    )
    energy = stepping.advance(state.registers, rules.registers, rows, known_at_us=batch.arrival_us)
    judged = under_edits(judged, batch, energy.registers, rules.row_of)
    judged = _said_in_order(state.spoken_us, judged, rules.readings.rows_of(batch.point_ids))
    return PartitionState(readings, energy.registers, state.spoken_us), Came(judged, energy)


def _said_in_order(
    spoken_us: npt.NDArray[np.int64], judged: Judged, rows: npt.NDArray[np.int64]
) -> Judged:
    """Return what is known after everything said before of its point; notes it in `spoken_us`."""
    row = rows[judged.point_index]
    last_us = np.where(row == UNKNOWN, NEVER_US, spoken_us[row])
    back = judged.known_at_us < last_us
    back |= judged.restated & (judged.known_at_us == last_us)
    if back.any():
        just_after_us = last_us[back].max() + 1
        judged = replace(judged, known_at_us=np.where(back, just_after_us, judged.known_at_us))
    named = row != UNKNOWN
    np.maximum.at(spoken_us, row[named], judged.known_at_us[named])
    return judged


def edited(
    state: PartitionState, edit: Edit, rules: ParkRules
) -> tuple[PartitionState, Edited | None]:
    """Return the state after an edit, and what the edit came to; None when it is known."""
    came = take_edit(state.readings, state.registers, rules.registers, edit)
    if came is None:
        return state, None
    if came.told:
        came = _told_in_order(state.spoken_us, came, rules, rules.registers.ids[edit.register])
    return PartitionState(state.readings, came.energy.registers, state.spoken_us), came


def _told_in_order(
    spoken_us: npt.NDArray[np.int64], came: Edited, rules: ParkRules, point_id: str
) -> Edited:
    """Return what an edit tells, known after everything said before of its point; notes it."""
    row = int(rules.readings.rows_of((point_id,))[0])
    known_us = max(came.known_us, int(spoken_us[row]) + 1)
    spoken_us[row] = known_us
    return replace(came, known_us=known_us)


def to_bytes(state: PartitionState) -> bytes:
    """Return the state for a checkpoint."""
    spoken = {
        name: us
        for name, us in zip(state.readings.point_ids, state.spoken_us.tolist(), strict=True)
        if us != NEVER_US
    }
    parts = (json.dumps(spoken).encode(), state_to_bytes(state.readings))
    lengths = b"".join(len(part).to_bytes(LENGTH_BYTES, "big") for part in parts)
    return b"".join((LAYOUT, lengths, *parts, energy_checkpoint.to_bytes(state.registers)))


def from_bytes(content: bytes, rules: ParkRules) -> PartitionState:
    """Return the state of a checkpoint; ValueError when this code or park file cannot go on."""
    if not content.startswith(LAYOUT):
        raise ValueError("a checkpoint of another layout: replay from the raw log")
    at = len(LAYOUT)
    first, second = (
        int.from_bytes(content[begin : begin + LENGTH_BYTES], "big")
        for begin in (at, at + LENGTH_BYTES)
    )
    begin = at + 2 * LENGTH_BYTES
    middle, end = begin + first, begin + first + second
    state = beginning(rules)
    spoken = json.loads(content[begin:middle])
    row = rules.readings.rows_of(tuple(spoken))
    state.spoken_us[row[row != UNKNOWN]] = np.array(list(spoken.values()), np.int64)[row != UNKNOWN]
    return PartitionState(
        state_from_bytes(content[middle:end], rules.readings),
        energy_checkpoint.from_bytes(content[end:], rules.registers.ids, rules.registers.zone),
        state.spoken_us,
    )
