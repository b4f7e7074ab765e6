"""An edit holds against the judge, then and later; a revoked one gives the judge's word back."""

from __future__ import annotations

from services.energy.quantities import Quantity
from services.energy.readings import Doubt
from services.energy.site import Point
from services.energy.time_grid import to_microseconds
from services.validation.domain.batch import batch_of
from services.validation.domain.editing import Edited
from services.validation.domain.energy.checkpoint import to_bytes as energy_bytes
from services.validation.domain.energy.edits import Change, Edit, IntervalEdit, ReadingEdit, Revoked
from services.validation.domain.energy.readings import Counts
from services.validation.domain.energy.splitting import QUARTER_US
from services.validation.domain.energy.table import RegisterTable
from services.validation.domain.partition import (
    Came,
    ParkRules,
    beginning,
    edited,
    from_bytes,
    take_frame,
    to_bytes,
)
from services.validation.domain.rules import Rules
from tests.support.builders import MORNING

METER = Point("steel.consumption_energy_wh", "steel", Quantity.CONSUMPTION_ENERGY, 0.0, 1e12)
POWER = Point("steel.active_power_w", "steel", Quantity.ACTIVE_POWER, 0.0, 1_000_000.0)
TABLE = RegisterTable.of_points([METER, POWER])
RULES = ParkRules(Rules.of([METER, POWER]), TABLE, {METER.id: 0})
NOON = to_microseconds(MORNING)


def at(quarter: int) -> int:
    return NOON + quarter * QUARTER_US


class Desk:
    """One partition, read and edited."""

    def __init__(self) -> None:
        self.state = beginning(RULES)
        self.edits = 0

    def reads(self, quarter: int, wh: float) -> Came:
        batch = batch_of([(METER.id, at(quarter), wh)], arrival_us=at(quarter))
        self.state, came = take_frame(self.state, batch, RULES)
        return came

    def decides(self, change: Change, edit_id: str = "") -> Edited | None:
        self.edits += 1
        name = edit_id or f"edit-{self.edits}"
        edit = Edit(name, 0, change, "li", "seen on site", at(50) + self.edits)
        self.state, came = edited(self.state, edit, RULES)
        return came


def a_morning() -> Desk:
    desk = Desk()
    for quarter, wh in enumerate((0.0, 1000.0, 2000.0, 3000.0)):
        desk.reads(quarter, wh)
    return desk


def test_a_rejected_reading_is_told_anew_with_what_it_changed_before_and_after() -> None:
    desk = a_morning()

    came = desk.decides(ReadingEdit(at(1), Counts.CLAIMED))

    assert came is not None
    assert [(t.event_time_us, t.value_wh, t.doubt) for t in came.told] == [
        (at(1), 1000.0, Doubt.EDITED_OUT)
    ]
    assert {start: parts.believed_wh for start, parts in came.before.items()} == {
        at(0): 1000,
        at(1): 1000,
    }
    assert {start: parts.estimated_wh for start, parts in came.after.items()} == {
        at(0): 1000,
        at(1): 1000,
    }


def test_a_revocation_gives_back_the_judges_reason_and_the_value_as_it_came() -> None:
    desk = a_morning()
    desk.reads(4, 600_000.7)  # 0.6 MWh in a quarter hour of a meter of 1 MW

    believed = desk.decides(ReadingEdit(at(4), Counts.BELIEVED), "believed")
    came = desk.decides(Revoked("believed"))

    assert believed is not None
    assert came is not None
    assert [(t.value_wh, t.doubt) for t in (*believed.told, *came.told)] == [
        (600_000.7, Doubt.EDITED),
        (600_000.7, Doubt.REGISTER_TOO_STEEP),
    ]


def test_an_edited_reading_that_comes_again_is_told_as_the_editor_said() -> None:
    desk = a_morning()
    desk.decides(ReadingEdit(at(1), Counts.CLAIMED))

    again = desk.reads(1, 1001.0)

    assert [Doubt(int(doubt)) for doubt in again.judged.doubt] == [Doubt.EDITED_OUT]


def test_a_reading_that_never_came_is_put_in_and_told() -> None:
    desk = Desk()
    desk.reads(0, 0.0)
    desk.reads(2, 2000.0)

    came = desk.decides(ReadingEdit(at(1), Counts.BELIEVED, wh=1500))

    assert came is not None
    assert [(t.value_wh, t.doubt) for t in came.told] == [(1500.0, Doubt.EDITED)]
    assert {start: parts.believed_wh for start, parts in came.after.items()} == {
        at(0): 1500,
        at(1): 500,
    }


def test_a_revoked_edit_gives_the_reading_back() -> None:
    desk = a_morning()
    first = desk.decides(ReadingEdit(at(1), Counts.CLAIMED), "wrong")

    back = desk.decides(Revoked("wrong"))

    assert first is not None
    assert back is not None
    assert [(t.value_wh, t.doubt) for t in back.told] == [(1000.0, Doubt.NONE)]
    assert (back.before, back.after) == (first.after, first.before)


def test_an_edited_interval_tells_no_reading() -> None:
    came = a_morning().decides(IntervalEdit(at(1), 900, "li's log"))

    assert came is not None
    assert came.told == ()
    assert (came.before[at(1)].believed_wh, came.after[at(1)].estimated_wh) == (1000, 900)


def test_the_same_edit_again_comes_to_nothing() -> None:
    desk = a_morning()
    desk.decides(ReadingEdit(at(1), Counts.CLAIMED), "once")

    assert desk.decides(ReadingEdit(at(1), Counts.CLAIMED), "once") is None


def test_a_state_out_of_a_checkpoint_goes_on_with_edits_and_registers() -> None:
    straight, kept = a_morning(), a_morning()
    kept.decides(ReadingEdit(at(1), Counts.CLAIMED), "e")
    straight.decides(ReadingEdit(at(1), Counts.CLAIMED), "e")

    kept.state = from_bytes(to_bytes(kept.state), RULES)

    assert kept.reads(4, 4000.0).energy.intervals.by_key() == (
        straight.reads(4, 4000.0).energy.intervals.by_key()
    )
    assert energy_bytes(kept.state.registers) == energy_bytes(straight.state.registers)


def test_an_edit_that_shapes_the_gap_of_the_next_day_tells_it_before_and_after() -> None:
    desk, next_day = a_morning(), 96
    desk.reads(next_day, 20_000.0)
    desk.reads(next_day + 12, 26_000.0)  # three hours of silence

    came = desk.decides(ReadingEdit(at(1), Counts.BELIEVED, wh=100))

    assert came is not None
    gap = (at(next_day), at(next_day + 1))  # the other quarters look as before
    assert [came.before[start].estimated_wh for start in gap] == [500, 500]
    assert [came.after[start].estimated_wh for start in gap] == [50, 950]


def test_what_an_edit_tells_is_known_after_everything_said_before_of_its_point() -> None:
    desk = a_morning()
    desk.reads(60, 4000.0)  # arrived after the edit was decided, and came before it

    came = desk.decides(ReadingEdit(at(1), Counts.CLAIMED))

    assert came is not None
    assert came.known_us == at(60) + 1
