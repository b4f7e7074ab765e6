"""What stands in an interval: readings, quarter hours, energy set aside; and corrections of it."""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np

from services.energy.readings import VERDICT_OF, Doubt
from services.energy.time_grid import to_microseconds
from services.runtime.frames import Frame
from services.runtime.interval_frames import COLUMNS, QUARTER_US, IntervalFrame, SuspensePosting
from services.validation.domain.energy.suspense import Movement
from services.validation.domain.replaying import Change, Picture, Word

PARTS = tuple(name for name in COLUMNS if name not in ("point_index", "start_us"))
NOTHING_KNOWN = (0,) * len(PARTS)


@dataclass
class Account:
    """What an entry of the suspense account stands at, with its newest posting."""

    source_id: str
    newest: SuspensePosting
    balance_wh: int = 0


@dataclass
class Pictures:
    """The newest word on every key of [start, end).

    `first_read_us` is the earliest event time heard of each point, of whatever time it is.
    """

    readings: Picture
    intervals: Picture
    accounts: dict[str, Account] = field(default_factory=dict)
    first_read_us: dict[str, int] = field(default_factory=dict)
    _posted: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, start: datetime, end: datetime) -> "Pictures":
        """Return empty pictures."""
        span = to_microseconds(start), to_microseconds(end)
        return cls(Picture(*span), Picture(*span))

    def hear_readings(self, frame: Frame) -> None:
        """Take in a judged frame."""
        known_us = to_microseconds(frame.arrival_time)
        columns = (frame.point_index, frame.event_time_us, frame.value, frame.doubt)
        for point, at_us, *says in zip(*(c.tolist() for c in columns), strict=True):
            point_id, word = frame.point_ids[point], Word(known_us, frame.source_id, tuple(says))
            self.first_read_us[point_id] = min(at_us, self.first_read_us.get(point_id, at_us))
            self.readings.hear((point_id, at_us), word)

    def hear_intervals(self, frame: IntervalFrame) -> None:
        """Take in changed quarter hours and postings; each posting once."""
        known_us = to_microseconds(frame.known_at)
        columns = [frame.point_index, frame.start_us, *(getattr(frame, name) for name in PARTS)]
        for point, start_us, *says in zip(*(c.tolist() for c in columns), strict=True):
            word = Word(known_us, frame.source_id, tuple(says))
            self.intervals.hear((frame.point_ids[point], start_us), word)
        for posting in frame.postings:
            self.hear_posting(frame.source_id, frame.frame_id, posting)

    def hear_posting(self, source_id: str, frame_id: str, posting: SuspensePosting) -> None:
        """Take in a posting of a frame, once."""
        key = posting.entry_id, frame_id
        if self.intervals.holds(to_microseconds(posting.start)) and key not in self._posted:
            self._posted.add(key)
            account = self.accounts.setdefault(posting.entry_id, Account(source_id, posting))
            account.newest = posting
            account.balance_wh += posting.change_wh

    def withdraw(self, published: "Pictures", but: Container[str]) -> None:
        """Take back the quarter hours that were published and that nothing heard here tells of.

        Left alone are those that end before the point was first read here (the raw log no longer
        reaches back to them) and those of the points in `but`.
        """
        for (point_id, start_us), word in published.intervals.words.items():
            if (point_id, start_us) in self.intervals.words or point_id in but:
                continue
            end_us = start_us + QUARTER_US
            if self.first_read_us.get(point_id, end_us) < end_us:
                self.intervals.hear((point_id, start_us), word._replace(says=NOTHING_KNOWN))

    def corrections(self, other: "Pictures") -> Iterator[tuple[str, SuspensePosting]]:
        """Yield, with its source, the posting that leads each entry to what `other` says."""
        for entry_id in sorted(self.accounts.keys() | other.accounts.keys()):
            before, after = self.accounts.get(entry_id), other.accounts.get(entry_id)
            known = after or before
            was_wh = before.balance_wh if before else 0
            is_wh = after.balance_wh if after else 0
            if known is None or was_wh == is_wh:
                continue
            movement = Movement.REVISED
            if not was_wh or not is_wh:
                movement = Movement.RELEASED if was_wh else Movement.OPENED
            yield (
                known.source_id,
                replace(known.newest, movement=int(movement), change_wh=is_wh - was_wh),
            )


def frame_of(names: dict[str, Any], changes: list[Change]) -> Frame:
    """Return the frame that says the new words; `names` are park, source, frame id, arrival."""
    points, index, times = _keys(changes)
    doubts = [Doubt(int(change.after.says[1])) for change in changes]
    return Frame(
        **names,
        point_ids=points,
        point_index=index,
        event_time_us=times,
        value=np.array([change.after.says[0] for change in changes], np.float64),
        verdict=np.array([VERDICT_OF[doubt] for doubt in doubts], np.uint8),
        doubt=np.array(doubts, np.uint8),
    )


def interval_frame_of(
    names: dict[str, Any], changes: list[Change], postings: list[SuspensePosting]
) -> IntervalFrame:
    """Return the frame that says the new words and postings."""
    points, index, starts = _keys(changes)
    columns: dict[str, Any] = {
        name: np.array([change.after.says[place] for change in changes], COLUMNS[name])
        for place, name in enumerate(PARTS)
    }
    return IntervalFrame(
        **names,
        point_ids=points,
        point_index=index,
        start_us=starts,
        postings=tuple(postings),
        **columns,
    )


def _keys(changes: list[Change]) -> tuple[tuple[str, ...], Any, Any]:
    points = tuple(sorted({change.key[0] for change in changes}))
    row_of = {point: row for row, point in enumerate(points)}
    return (
        points,
        np.array([row_of[change.key[0]] for change in changes], np.uint32),
        np.array([change.key[1] for change in changes], np.int64),
    )
