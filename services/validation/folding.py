"""One raw message folded in: the state after it, and the messages it comes to. No effects."""

from dataclasses import dataclass, field

import numpy as np

from parkflow.telemetry.v1.edit_pb2 import AppliedEdit
from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame as RawFrameMessage
from services.energy.names import UNKNOWN
from services.energy.time_grid import to_microseconds
from services.runtime.frames import Frame
from services.runtime.interval_frames import IntervalFrame
from services.runtime.raw_frames import RawFrame, raw_frame_from
from services.validation.domain.batch import Judged
from services.validation.domain.energy.edits import Edit
from services.validation.domain.energy.readings import NO_ROWS, JudgedRows
from services.validation.domain.energy.stepping import Advanced
from services.validation.domain.partition import ParkRules, PartitionState, edited, take_frame
from services.validation.domain.state import NEVER_US
from services.validation.edit_messages import applied_message, edit_from
from services.validation.interval_messages import interval_frame
from services.validation.messages import batch_from, judged_frames, told_frame


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the raw log, decoded: readings of the field, or an edit; and where it stands."""

    raw: RawFrame
    message: RawFrameMessage
    edit: Edit | None
    position: int

    @property
    def known_us(self) -> int:
        """As of when it is decided."""
        return to_microseconds(self.raw.arrival_time) if self.edit is None else self.edit.at_us


@dataclass(slots=True)
class Findings:
    """What an entry came to; `judged` of readings only, `beyond` is what is too old."""

    readings: list[Frame] = field(default_factory=list)
    intervals: list[IntervalFrame] = field(default_factory=list)
    edits: list[AppliedEdit] = field(default_factory=list)
    judged: Judged | None = None
    beyond: JudgedRows = NO_ROWS


def entry_from(message: RawFrameMessage, rules: ParkRules, position: int) -> Entry:
    """Return the entry of a message at an offset; ValueError says why it cannot be used."""
    edit = edit_from(message.edit, rules) if message.HasField("edit") else None
    raw = raw_frame_from(message)
    if edit is None and not len(raw):
        raise ValueError("a frame without readings and without an edit: it was cut short")
    return Entry(raw, message, edit, position)


def fold(state: PartitionState, entry: Entry, rules: ParkRules) -> tuple[PartitionState, Findings]:
    """Return the state after an entry and what it came to; `state` is used up."""
    findings = Findings()
    if entry.edit is None:
        state, came = take_frame(state, batch_from(entry.raw), rules)
        findings.readings += judged_frames(entry.raw, came.judged)
        findings.judged = came.judged
        _note_energy(findings, entry, came.energy, state, rules)
        return state, findings
    state, change = edited(state, entry.edit, rules)
    if change is None:
        return state, findings
    point_id, raw = entry.message.edit.point_id, entry.raw
    if change.told:
        findings.readings.append(told_frame(raw, point_id, change.told, change.known_us))
    _note_energy(findings, entry, change.energy, state, rules)
    findings.edits.append(applied_message(raw.park_id, raw.source_id, entry.message.edit, change))
    return state, findings


def _note_energy(
    findings: Findings, entry: Entry, energy: Advanced, state: PartitionState, rules: ParkRules
) -> None:
    frame = interval_frame(
        energy,
        rules.registers.ids,
        park_id=entry.raw.park_id,
        source_id=entry.raw.source_id,
        frame_id=entry.raw.frame_id,
        known_us=max(entry.known_us, _newest_arrival_us(energy, state, rules)),
        log_position=entry.position,
    )
    findings.intervals += [] if frame is None else [frame]
    findings.beyond = energy.beyond


def _newest_arrival_us(energy: Advanced, state: PartitionState, rules: ParkRules) -> int:
    """Return when the newest reading of the changed registers arrived: they follow from it too."""
    rows = rules.readings.rows_of(rules.registers.ids)[np.unique(energy.intervals.register)]
    return int(state.readings.arrival_us[rows[rows != UNKNOWN]].max(initial=NEVER_US))
