"""Points that nobody measures: their value, their quality, their absence."""

from datetime import timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.energy.formula import VirtualPoint
from services.energy.readings import Doubt, Verdict
from services.validation.domain.virtual.checkpoint import inputs_from_bytes, inputs_to_bytes
from services.validation.domain.virtual.formulas import Formulas
from services.validation.domain.virtual.inputs import Inputs, Judgements
from services.validation.domain.virtual.stepping import advance_virtual

MINUTE = 60_000_000
NOON = 17_900 * 86_400_000_000 + 12 * 60 * MINUTE
STEP = timedelta(minutes=1)
NET = VirtualPoint.of("site.net_w", "load.w - 2 * pv.w", STEP)
DOUBLE = VirtualPoint.of("site.double_w", "2 * 'site.net_w'", STEP)
LEAST = VirtualPoint.of("site.least_w", "min('site.net_w', load.w)", timedelta(minutes=2))
Row = tuple[str, float, float, Verdict, Doubt]


def reading(
    name: str,
    minute: float,
    value: float,
    verdict: Verdict = Verdict.BELIEVED,
    doubt: Doubt = Doubt.NONE,
) -> Row:
    return (name, minute, value, verdict, doubt)


class Site:
    """Takes readings step by step and keeps what came of the virtual points."""

    def __init__(self, *points: VirtualPoint) -> None:
        self.formulas = Formulas.of(points or (NET,))
        self.inputs = Inputs(self.formulas.ids)
        self.rows: dict[tuple[str, float], tuple[float | None, Verdict, Doubt]] = {}

    def takes(self, *readings: Row) -> int:
        names, minutes, values, verdicts, doubts = zip(*readings, strict=True)
        rows = Judgements(
            self.formulas.rows_of(names),
            NOON + (np.array(minutes) * MINUTE).astype(np.int64),
            np.array(values, np.float64),
            np.array(verdicts, np.uint8),
            np.array(doubts, np.uint8),
        )
        self.inputs, changed, _ = advance_virtual(self.inputs, self.formulas, rows)
        for row, time_us, value, verdict, doubt in zip(
            changed.row.tolist(),
            changed.event_time_us.tolist(),
            changed.value.tolist(),
            changed.verdict.tolist(),
            changed.doubt.tolist(),
            strict=True,
        ):
            key = (self.formulas.ids[row], (time_us - NOON) / MINUTE)
            shown = value if value == value else None
            self.rows[key] = (shown, Verdict(verdict), Doubt(doubt))
        return len(changed)

    @property
    def standing(self) -> dict[tuple[str, float], tuple[float | None, Verdict, Doubt]]:
        return {key: row for key, row in self.rows.items() if row[1] is not Verdict.REJECTED}


def test_a_slot_has_the_formula_over_the_newest_value_of_each_input() -> None:
    site = Site()

    site.takes(reading("load.w", 0.2, 500), reading("load.w", 0.7, 600), reading("pv.w", 0.1, -50))

    assert site.rows == {("site.net_w", 0.0): (700.0, Verdict.BELIEVED, Doubt.NONE)}


def test_a_slot_without_one_of_its_inputs_has_no_value() -> None:
    site = Site()

    changed = site.takes(reading("load.w", 0.2, 500), reading("pv.w", 1.1, -50))

    assert (changed, site.rows) == (0, {})


def test_a_value_is_as_good_as_its_worst_input() -> None:
    site = Site()

    site.takes(
        reading("load.w", 0, 500, Verdict.BELIEVED, Doubt.LATE),
        reading("pv.w", 0, -50, Verdict.SUSPECT, Doubt.OUT_OF_RANGE),
    )

    assert site.rows["site.net_w", 0] == (600.0, Verdict.SUSPECT, Doubt.OUT_OF_RANGE)


def test_a_rejected_reading_does_not_hide_a_usable_one_of_its_slot() -> None:
    site = Site()

    site.takes(
        reading("load.w", 0.2, 500),
        reading("load.w", 0.7, 9e9, Verdict.REJECTED, Doubt.OUT_OF_RANGE),
        reading("pv.w", 0.1, -50),
    )

    assert site.rows["site.net_w", 0][0] == 600.0


def test_a_value_whose_input_is_no_longer_believed_is_withdrawn() -> None:
    site = Site()
    site.takes(reading("load.w", 0, 500), reading("pv.w", 0, -50))

    site.takes(reading("load.w", 0, 500, Verdict.REJECTED, Doubt.OUT_OF_RANGE))

    assert site.rows["site.net_w", 0] == (None, Verdict.REJECTED, Doubt.NOT_A_NUMBER)


def test_a_slot_has_a_row_once_each_input_said_something_whatever_was_believed_before() -> None:
    refused = reading("load.w", 0, 9e9, Verdict.REJECTED, Doubt.OUT_OF_RANGE)
    at_once, in_between = Site(), Site()

    assert at_once.takes(refused) == 0
    at_once.takes(reading("pv.w", 0, -100))
    in_between.takes(reading("pv.w", 0, -100), reading("load.w", 0, 500))
    in_between.takes(refused)

    assert at_once.rows["site.net_w", 0] == (None, Verdict.REJECTED, Doubt.NOT_A_NUMBER)
    assert in_between.rows == at_once.rows


def test_a_virtual_point_may_stand_on_another_and_carries_its_quality() -> None:
    site = Site(DOUBLE, NET)

    site.takes(reading("load.w", 0, 500, Verdict.SUSPECT, Doubt.LATE), reading("pv.w", 0, -50))

    assert site.rows["site.double_w", 0] == (1200.0, Verdict.SUSPECT, Doubt.LATE)


def test_a_point_of_a_coarser_grid_takes_the_newest_of_its_longer_slot() -> None:
    site = Site(NET, LEAST)

    site.takes(reading("load.w", 0, 500), reading("pv.w", 0, -50))
    site.takes(reading("load.w", 1, 300), reading("pv.w", 1, -10))

    assert site.rows["site.least_w", 0][0] == 300.0  # of 320 and 300, both of the second minute


def test_a_late_input_changes_its_own_slot_and_those_that_stand_on_it() -> None:
    site = Site(NET, DOUBLE)
    for minute in range(3):
        site.takes(reading("load.w", minute, 500), reading("pv.w", minute, -50))

    assert site.takes(reading("pv.w", 1.5, -100)) == 2
    assert site.rows["site.net_w", 1][0] == 700.0
    assert site.rows["site.double_w", 1][0] == 1400.0


def test_the_same_readings_again_change_nothing() -> None:
    site = Site()
    readings = [reading("load.w", 0, 500), reading("pv.w", 0, -50)]
    site.takes(*readings)

    assert site.takes(*readings, *readings) == 0


def test_what_is_older_than_memory_comes_back_and_changes_nothing() -> None:
    formulas = Formulas.of([NET])
    inputs = Inputs(formulas.ids, depth=2)
    row = formulas.row_of["load.w"]

    def step(minute: int) -> int:
        rows = Judgements(
            np.array([row]),
            np.array([NOON + minute * MINUTE]),
            np.array([1.0]),
            np.array([1], np.uint8),
            np.array([0], np.uint8),
        )
        return len(advance_virtual(inputs, formulas, rows)[2])

    assert [step(minute) for minute in (10, 11, 12, 13, 14, 5)] == [0, 0, 0, 0, 0, 1]


ROWS = st.tuples(
    st.sampled_from(["load.w", "pv.w", "other.w"]),
    st.sampled_from([0, 0.3, 0.9, 1, 1.5, 2, 7]),
    st.integers(-3, 3).map(float),
    st.sampled_from([Verdict.BELIEVED, Verdict.SUSPECT, Verdict.REJECTED]),
    st.sampled_from([Doubt.NONE, Doubt.LATE]),
)


@given(st.lists(ROWS, min_size=1, max_size=12, unique_by=lambda row: row[:2]), st.data())
def test_any_order_any_repetition_any_batches_give_the_same_rows(
    rows: list[Row], data: st.DataObject
) -> None:
    at_once, bit_by_bit = Site(LEAST, NET, DOUBLE), Site(NET, DOUBLE, LEAST)
    at_once.takes(*rows)

    again = data.draw(st.permutations(rows + data.draw(st.lists(st.sampled_from(rows)))))
    while again:
        size = data.draw(st.integers(1, len(again)))
        bit_by_bit.takes(*again[:size])
        again = again[size:]

    assert bit_by_bit.rows == at_once.rows


def test_a_state_that_was_put_down_and_taken_up_goes_on() -> None:
    site = Site(NET, DOUBLE)
    site.takes(reading("load.w", 0, 500), reading("load.w", 1, 600), reading("pv.w", 0, -50))
    put_down = inputs_to_bytes(site.inputs)

    site.inputs = inputs_from_bytes(put_down)
    assert inputs_to_bytes(site.inputs) == put_down

    site.takes(reading("pv.w", 1.5, -100))
    assert site.rows["site.double_w", 1][0] == 1600.0


def test_a_state_finds_its_points_among_others() -> None:
    site = Site(NET)
    site.takes(reading("load.w", 0, 500), reading("pv.w", 0, -50))

    moved = inputs_from_bytes(inputs_to_bytes(site.inputs), ("other.w", "pv.w"))

    assert moved.used.tolist() == [0, 1]
    assert moved.values[1, 0] == -50
