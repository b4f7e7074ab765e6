"""The raw log of a few points, played into validation; and what it must come to, said slowly.

`slowly` is the specification (conventions §11): arrival by arrival, everything known so far is
walked from the very beginning. No memory, no anchors, no short cut for the usual case.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.energy.readings import Doubt
from services.validation.domain.advancing import advance
from services.validation.domain.alone import doubts_alone, misstamped, shown_values
from services.validation.domain.batch import Batch, batch_of
from services.validation.domain.checkpoint import state_from_bytes, state_to_bytes
from services.validation.domain.retelling import put
from services.validation.domain.rules import Rules
from services.validation.domain.state import State, new_state
from services.validation.domain.telling import Line, Telling, Told, keys_of
from services.validation.domain.walk import Walk

MINUTE_US = 60_000_000
Key = tuple[str, int]


@dataclass(frozen=True)
class Stands:
    """What stands for a point and an event time; NaN reads `None`."""

    value: float | None
    doubt: Doubt
    known_us: int


class Player:
    """Plays frames into validation and keeps the newest word on each key, as history does."""

    def __init__(self, rules: Rules, depth: int | None = None, *, restart: bool = False) -> None:
        self.rules, self.state = rules, new_state(rules, depth)
        self.restart = restart
        self.rows: dict[Key, Stands] = {}
        self.dropped: dict[Doubt, int] = {}
        self.shown = 0

    def takes(self, *frames: Batch) -> "Player":
        """Play frames in this order."""
        for frame in frames:
            self._take(frame)
        return self

    def _take(self, frame: Batch) -> None:
        if self.restart:
            self.state = state_from_bytes(state_to_bytes(self.state), self.rules)
        self.state, judged = advance(self.state, frame, self.rules)
        keys = list(zip(judged.point_index.tolist(), judged.event_time_us.tolist(), strict=True))
        assert len(set(keys)) == len(keys)
        for i, (point, at_us) in enumerate(keys):
            value = float(judged.value[i])
            key = frame.point_ids[point], at_us
            row = Stands(
                value if value == value else None,
                Doubt(int(judged.doubt[i])),
                int(judged.known_at_us[i]),
            )
            assert not judged.restated[i] or key in self.rows
            self.shown += not judged.restated[i]
            self.rows[key] = row
        for doubt, count in judged.dropped.items():
            self.dropped[doubt] = self.dropped.get(doubt, 0) + count

    def doubts(self, point_id: str) -> list[Doubt]:
        """Return the doubts of a point in event-time order."""
        return [row.doubt for (name, _), row in sorted(self.rows.items()) if name == point_id]


def frames_of(
    readings: Sequence[tuple[str, int, float]], arrivals: Iterable[int], **fixed: int
) -> list[Batch]:
    """Return one frame a reading."""
    pairs = zip(readings, arrivals, strict=True)
    return [batch_of([reading], arrival_us=at, **fixed) for reading, at in pairs]  # type: ignore[arg-type]


def slowly(frames: Iterable[Batch], rules: Rules) -> dict[Key, Stands]:
    """Return what stands after these frames by the letter of §11."""
    lines: dict[str, list[Line]] = {}
    stands: dict[Key, Stands] = {}
    for frame in frames:
        rows = rules.rows_of(frame.point_ids)[frame.point_index]
        own, values = doubts_alone(frame, rows, rules), shown_values(frame)
        apart = misstamped(own)
        for i in range(len(frame)):
            point_id = frame.point_ids[int(frame.point_index[i])]
            reading = int(frame.event_time_us[i]), float(values[i]), Doubt(int(own[i]))
            assert not apart[i], "say what stands of misplaced readings by hand"
            put(lines.setdefault(point_id, []), reading, frame.arrival_us)
    for point_id, of_point in lines.items():
        row = rules.ids.index(point_id)
        _tell(stands, point_id, of_point, rules, row)
    return stands


def _tell(
    stands: dict[Key, Stands], point_id: str, lines: list[Line], rules: Rules, row: int
) -> None:
    seen: dict[int, tuple[float, Doubt]] = {}
    keys = keys_of(lines)
    for now_us in sorted({us for line in lines for us in (line.first_us, line.last_us)}):
        told: dict[int, Told] = {}
        Telling(rules.of_point[row], bool(rules.is_register[row]), told).walk(Walk(), keys, now_us)
        for at_us, one in told.items():
            if seen.get(at_us) != one.row:
                seen[at_us] = one.row
                value = one.line.value
                shown = value if value == value else None
                stands[point_id, at_us] = Stands(shown, one.doubt, now_us)


def size_of(state: State) -> int:
    """Return the bytes of a state's columns."""
    return sum(
        column.nbytes
        for name in State.__slots__
        if hasattr(column := getattr(state, name), "nbytes")
    )
