"""What people decide: it holds, it can be taken back, and it takes part in every replay."""

import pytest

from services.validation.domain.energy.checkpoint import from_bytes, to_bytes
from services.validation.domain.energy.edits import (
    Edit,
    EntryRuled,
    IntervalEdit,
    ReadingEdit,
    Revoked,
    SwapDeclared,
    standing_of,
)
from services.validation.domain.energy.intervals import NOTHING, Parts
from services.validation.domain.energy.readings import Counts
from services.validation.domain.energy.splitting import QUARTER_US
from services.validation.domain.energy.steps import Method, Ruling, Swap
from tests.support.energy import Meter, Row, at, believed, quarter, rejected

HOUR: list[Row] = [believed(minute, minute * 100) for minute in (0, 15, 30, 45, 60)]


def an_hour() -> Meter:
    meter = Meter()
    meter.reads(*HOUR)
    return meter


def test_a_reading_that_an_editor_rejects_leaves_its_energy_to_the_next() -> None:
    meter = an_hour()

    meter.is_edited(ReadingEdit(at(30), Counts.CLAIMED))

    assert [meter.at(k).estimated_wh for k in range(4)] == [0, 1500, 1500, 0]


def test_a_rejected_reading_that_an_editor_believes_counts() -> None:
    meter = Meter()
    meter.reads(believed(0, 0), rejected(15, 50_000), believed(30, 50_100))

    meter.is_edited(ReadingEdit(at(15), Counts.BELIEVED))

    assert (meter.at(0).suspense_wh, meter.at(1).believed_wh) == (50_000, 100)


def test_an_editor_puts_in_a_reading_that_never_came() -> None:
    meter = Meter()
    meter.reads(believed(0, 0), believed(30, 3000))

    meter.is_edited(ReadingEdit(at(15), Counts.BELIEVED, wh=2900))

    assert [meter.at(0).believed_wh, meter.at(1).believed_wh] == [2900, 100]


def test_an_edited_interval_keeps_the_sum_by_writing_the_difference_off() -> None:
    meter = an_hour()

    step = meter.is_edited(IntervalEdit(quarter(1), 1600, account="li's log"))

    assert step.intervals.by_key() == {
        (0, quarter(1)): Parts(
            estimated_wh=1600,
            written_off_wh=-100,
            known_us=QUARTER_US,
            methods=Method.EDITED,
        )
    }
    assert meter.balance_wh("li's log") == -100


def test_an_editor_writes_the_energy_of_a_quarter_in_which_the_meter_is_silent() -> None:
    meter = an_hour()

    meter.is_edited(IntervalEdit(quarter(6), 1600, account="li's log"))

    written = Parts(0, 1600, 0, -1600, 0, QUARTER_US, Method.EDITED)
    assert meter.at(6) == written
    assert {quarter(5), quarter(7)}.isdisjoint(meter.shown)
    assert meter.balance_wh("li's log") == -1600


def test_what_was_written_in_a_silence_holds_when_the_meter_speaks_again() -> None:
    meter, afterwards = an_hour(), an_hour()
    meter.is_edited(IntervalEdit(quarter(6), 1600, account="li's log"))
    meter.reads(believed(120, 10_000))
    afterwards.reads(believed(120, 10_000))
    afterwards.is_edited(IntervalEdit(quarter(6), 1600, account="li's log"))

    assert [meter.at(k).estimated_wh for k in range(4, 8)] == [1000, 1000, 1600, 1000]
    assert meter.balance_wh("li's log") == -600
    assert [meter.at(k) for k in range(8)] == [afterwards.at(k) for k in range(8)]


def test_a_revoked_edit_of_a_silence_leaves_it_unknown() -> None:
    meter = an_hour()
    meter.is_edited(IntervalEdit(quarter(6), 1600, account="log"), edit_id="wrong")

    meter.is_edited(Revoked("wrong"))

    assert meter.at(6) == NOTHING
    assert meter.balance_wh("log") == 0


def test_a_revoked_edit_brings_back_what_was_before() -> None:
    meter, untouched = an_hour(), an_hour()
    meter.is_edited(IntervalEdit(quarter(1), 1600, account="log"), edit_id="wrong")
    meter.is_edited(ReadingEdit(at(30), Counts.CLAIMED), edit_id="also wrong")

    meter.is_edited(Revoked("wrong"))
    meter.is_edited(Revoked("also wrong"))

    assert meter.standing == untouched.standing
    assert meter.balance_wh("log") == 0


def test_the_same_edit_again_changes_nothing() -> None:
    meter = an_hour()
    edit = Edit("e1", 0, IntervalEdit(quarter(1), 1600, "log"), "li", "seen", 1)
    meter.takes_edits(edit)

    step = meter.takes_edits(edit)

    assert (len(step.intervals), step.postings) == (0, ())


def test_of_two_edits_of_one_thing_the_later_one_holds_whatever_came_first() -> None:
    early = Edit("e1", 0, IntervalEdit(quarter(1), 1600, "log"), "li", "seen", 1)
    late = Edit("e2", 0, IntervalEdit(quarter(1), 1700, "log"), "wu", "seen again", 2)
    one, other = an_hour(), an_hour()

    one.takes_edits(early)
    one.takes_edits(late)
    other.takes_edits(late)
    other.takes_edits(early)

    assert one.at(1).estimated_wh == other.at(1).estimated_wh == 1700


def test_edits_before_the_readings_give_the_same_as_after_them() -> None:
    edits = (
        Edit("e1", 0, ReadingEdit(at(30), Counts.BELIEVED, wh=2900), "li", "seen", 1),
        Edit("e2", 0, SwapDeclared(Swap(at(50), 5100, 5300)), "li", "swapped", 2),
        Edit("e3", 0, IntervalEdit(quarter(0), 900, "log"), "li", "seen", 3),
        Edit("e4", 0, Revoked("e3"), "wu", "not so", 4),
    )
    first, last = Meter(), an_hour()

    first.takes_edits(*edits)
    first.reads(*HOUR)
    last.takes_edits(*reversed(edits))

    assert first.standing == last.standing
    assert first.at(3).believed_wh == (5100 - 4500) + (6000 - 5300)


def test_edits_are_put_down_with_the_state() -> None:
    meter = an_hour()
    meter.is_edited(
        ReadingEdit(at(30), Counts.BELIEVED, wh=2900),
        IntervalEdit(quarter(0), 900, "log"),
        SwapDeclared(Swap(at(50), 5100, 5300)),
        EntryRuled(at(0), at(15), 5, Ruling(accepted=True)),
        Revoked("edit-2-1"),
    )

    taken_up = from_bytes(to_bytes(meter.registers))

    assert taken_up.edits == meter.registers.edits
    assert to_bytes(taken_up) == to_bytes(meter.registers)


def test_a_state_finds_its_registers_in_another_park_file() -> None:
    meter = an_hour()

    moved = from_bytes(to_bytes(meter.registers), ("new.energy_wh", *meter.table.ids))

    assert moved.level_wh.tolist() == [0, 6000]
    assert from_bytes(to_bytes(moved), meter.table.ids).of(0)[1].tolist() == [
        0, 1500, 3000, 4500, 6000,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: IntervalEdit(quarter(0) + 1, 5, "log"),
        lambda: IntervalEdit(quarter(0), -5, "log"),
        lambda: ReadingEdit(at(0), Counts.BELIEVED, -1),
        lambda: EntryRuled(at(0), at(15), 5, Ruling(accepted=True, account="both")),
        lambda: Edit("e1", 0, Revoked("e0"), "li", "", 1),
    ],
)
def test_an_edit_that_cannot_be_meant_is_refused(wrong) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=r".+"):
        wrong()


def test_which_edits_hold_does_not_depend_on_their_order() -> None:
    edits = [
        Edit("e1", 0, ReadingEdit(at(0), Counts.NOTHING), "li", "r", 1),
        Edit("e2", 0, ReadingEdit(at(0), Counts.CLAIMED), "li", "r", 2),
        Edit("e3", 0, Revoked("e2"), "li", "r", 3),
    ]

    assert standing_of(edits) == standing_of(edits[::-1] + edits)
    assert standing_of(edits).readings[at(0)].counts is Counts.NOTHING
