"""What a partition of the raw log came to: the judge's memory and the registers' accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from services.energy.names import PerNames, rows_among
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
from services.validation.domain.state import State, new_state

LENGTH_BYTES = 8


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
    """A step consumes it: use the one that is returned."""

    readings: State
    registers: Registers


@dataclass(frozen=True, slots=True, eq=False)
class Came:
    """What a raw frame came to."""

    judged: Judged
    energy: Advanced


def beginning(rules: ParkRules) -> PartitionState:
    """Return the state before the first frame."""
    return PartitionState(new_state(rules.readings), Registers(rules.registers.ids))


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
    return PartitionState(readings, energy.registers), Came(judged, energy)


def edited(
    state: PartitionState, edit: Edit, rules: ParkRules
) -> tuple[PartitionState, Edited | None]:
    """Return the state after an edit, and what the edit came to; None when it is known."""
    came = take_edit(state.registers, rules.registers, edit)
    if came is None:
        return state, None
    return PartitionState(state.readings, came.energy.registers), came


def to_bytes(state: PartitionState) -> bytes:
    """Return the state for a checkpoint."""
    readings = state_to_bytes(state.readings)
    length = len(readings).to_bytes(LENGTH_BYTES, "big")
    return length + readings + energy_checkpoint.to_bytes(state.registers)


def from_bytes(content: bytes, rules: ParkRules) -> PartitionState:
    """Return the state of a checkpoint; ValueError when this code or park file cannot go on."""
    split = LENGTH_BYTES + int.from_bytes(content[:LENGTH_BYTES], "big")
    return PartitionState(
        state_from_bytes(content[LENGTH_BYTES:split], rules.readings),
        energy_checkpoint.from_bytes(content[split:], rules.registers.ids, rules.registers.zone),
    )
