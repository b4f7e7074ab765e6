"""Between the wire and the domain: edits in, what they changed out."""

from typing import Any

from parkflow.telemetry.v1.edit_pb2 import AppliedEdit, QuarterHour, ReadingBelief
from parkflow.telemetry.v1.edit_pb2 import Edit as EditMessage
from services.energy.time_grid import from_microseconds
from services.validation.domain.editing import Edited, Quarters
from services.validation.domain.energy.edits import (
    Change,
    Edit,
    EntryRuled,
    IntervalEdit,
    ReadingEdit,
    Revoked,
    SwapDeclared,
)
from services.validation.domain.energy.readings import Counts
from services.validation.domain.energy.steps import Ruling, Swap
from services.validation.domain.partition import ParkRules

BELIEFS = {
    ReadingBelief.READING_BELIEF_BELIEVED: Counts.BELIEVED,
    ReadingBelief.READING_BELIEF_REJECTED: Counts.CLAIMED,
    ReadingBelief.READING_BELIEF_WITHDRAWN: Counts.NOTHING,
}


def edit_from(message: EditMessage, rules: ParkRules) -> Edit:
    """Return the edit of a message; ValueError says what is wrong with it."""
    register = rules.row_of.get(message.point_id)
    if register is None:
        raise ValueError(f"{message.point_id!r} is no register of the park")
    return Edit(
        message.edit_id,
        register,
        _change(message),
        message.user,
        message.reason,
        message.decided_at.ToMicroseconds(),
    )


def _change(message: EditMessage) -> Change:
    match message.WhichOneof("change"):
        case "reading":
            return _reading_edit(message.reading)
        case "interval":
            edit = message.interval
            return IntervalEdit(edit.start.ToMicroseconds(), edit.energy_wh, edit.account)
        case "swap":
            swap = message.swap
            at_us = swap.swapped_at.ToMicroseconds()
            return SwapDeclared(Swap(at_us, swap.old_end_wh, swap.new_start_wh))
        case "ruling":
            ruling = message.ruling
            accepted = Ruling(not ruling.write_off_account, ruling.write_off_account)
            start_us, end_us = ruling.start.ToMicroseconds(), ruling.end.ToMicroseconds()
            return EntryRuled(start_us, end_us, ruling.suspense_wh, accepted)
        case "revoked_edit_id":
            return Revoked(message.revoked_edit_id)
    raise ValueError("an edit needs one of reading, interval, swap, ruling or revoked_edit_id")


def _reading_edit(message: Any) -> ReadingEdit:
    if message.belief not in BELIEFS:
        raise ValueError("belief must be BELIEVED, REJECTED or WITHDRAWN")
    wh = message.register_wh if message.HasField("register_wh") else None
    return ReadingEdit(message.event_time.ToMicroseconds(), BELIEFS[message.belief], wh)


def applied_message(park_id: str, source_id: str, edit: EditMessage, came: Edited) -> AppliedEdit:
    """Return what an edit changed."""
    return AppliedEdit(
        park_id=park_id,
        source_id=source_id,
        edit=edit,
        before=_quarters(came.before),
        after=_quarters(came.after),
        beyond_memory=bool(came.energy.beyond_edits),
    )


def _quarters(quarters: Quarters) -> list[QuarterHour]:
    messages = []
    for start_us in sorted(quarters):
        parts = quarters[start_us]
        message = QuarterHour(
            believed_wh=parts.believed_wh,
            estimated_wh=parts.estimated_wh,
            suspense_wh=parts.suspense_wh,
            written_off_wh=parts.written_off_wh,
        )
        message.start.FromDatetime(from_microseconds(start_us))
        messages.append(message)
    return messages
