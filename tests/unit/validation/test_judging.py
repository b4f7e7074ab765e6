"""Which readings are believed, and that order and repetition do not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.energy.quantities import Quantity
from services.energy.readings import Doubt, Verdict
from services.energy.site import Point
from services.validation.domain.batch import batch_of
from services.validation.domain.judging import Judgement, StampRules, judge, remember
from services.validation.domain.memory import Memory
from services.validation.domain.rules import Rules

POWER, REGISTER = "pv.active_power_w", "pv.generation_energy_wh"
POINTS = Rules.of(
    [
        Point(POWER, "pv", Quantity.ACTIVE_POWER, -3_000_000.0, 0.0),
        Point(REGISTER, "pv", Quantity.GENERATION_ENERGY, 0.0, 1e12),
    ]
)
MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
RULES = StampRules(future_tolerance_us=5 * MINUTE, oldest_us=40 * DAY)
NOW = 100 * DAY
Reading = tuple[str, int, float]


class Judge:
    """Judges batch after batch, as a source's readings come."""

    def __init__(self, depth: int = 2048) -> None:
        self.memory = Memory(len(POINTS), depth)

    def takes(self, *readings: Reading) -> Judgement:
        judgement = judge(
            self.memory, batch_of(readings, arrival_us=NOW), POINTS, RULES, now_us=NOW
        )
        remember(self.memory, judgement)
        return judgement

    def believed(self) -> set[tuple[int, int, float]]:
        return {
            (row, int(time), float(value))
            for row in range(len(POINTS))
            for time, value in zip(*self.memory.of(row), strict=True)
        }


def doubts(judgement: Judgement) -> list[Doubt]:
    return [Doubt(int(doubt)) for doubt in judgement.doubt]


def test_a_reading_within_its_range_is_believed() -> None:
    judged = Judge().takes((POWER, NOW, -512_000.0))

    assert doubts(judged) == [Doubt.NONE]
    assert judged.verdict.tolist() == [Verdict.BELIEVED]
    assert judged.kept.all()


@pytest.mark.parametrize(
    ("reading", "doubt"),
    [
        ((POWER, NOW, 1.0), Doubt.OUT_OF_RANGE),
        ((POWER, NOW, -3_000_001.0), Doubt.OUT_OF_RANGE),
        ((POWER, NOW + 5 * MINUTE + 1, -1.0), Doubt.IN_FUTURE),
        ((POWER, NOW - 40 * DAY - 1, -1.0), Doubt.TOO_OLD),
        ((POWER, NOW, float("nan")), Doubt.NOT_A_NUMBER),
        ((POWER, NOW, float("inf")), Doubt.NOT_A_NUMBER),
        (("pv.colour", NOW, 1.0), Doubt.UNKNOWN_POINT),
    ],
)
def test_what_cannot_be_is_rejected_with_its_reason_and_kept(
    reading: Reading, doubt: Doubt
) -> None:
    judged = Judge().takes(reading)

    assert doubts(judged) == [doubt]
    assert judged.verdict.tolist() == [Verdict.REJECTED]
    assert judged.kept.all()


@pytest.mark.parametrize("at", [NOW + 5 * MINUTE, NOW - 40 * DAY])
def test_the_ends_of_the_allowed_time_are_allowed(at: int) -> None:
    assert doubts(Judge().takes((POWER, at, -1.0))) == [Doubt.NONE]


def test_the_same_reading_again_is_a_duplicate_and_not_kept() -> None:
    judge = Judge()
    judge.takes((POWER, NOW, -1.0))

    again = judge.takes((POWER, NOW, -1.0))

    assert doubts(again) == [Doubt.DUPLICATE]
    assert not again.kept.any()


def test_the_same_reading_twice_in_a_batch_is_kept_once() -> None:
    judged = Judge().takes((POWER, NOW, -1.0), (POWER, NOW, -1.0))

    assert sorted(doubts(judged)) == [Doubt.NONE, Doubt.DUPLICATE]
    assert judged.kept.sum() == 1


def test_another_value_under_the_same_time_is_a_correction_and_wins() -> None:
    judge = Judge()
    judge.takes((POWER, NOW, -1.0))

    corrected = judge.takes((POWER, NOW, -2.0))

    assert corrected.believed.tolist() == [True]
    assert judge.believed() == {(0, NOW, -2.0)}


def test_a_register_may_be_corrected_below_its_old_self() -> None:
    judge = Judge()
    judge.takes((REGISTER, NOW, 100.0), (REGISTER, NOW + 1, 120.0))

    assert judge.takes((REGISTER, NOW + 1, 110.0)).believed.tolist() == [True]


def test_a_register_that_counts_backwards_is_rejected() -> None:
    judge = Judge()
    judge.takes((REGISTER, NOW - MINUTE, 100.0))

    judged = judge.takes((REGISTER, NOW, 99.0))

    assert doubts(judged) == [Doubt.REGISTER_BACKWARDS]
    assert judged.kept.all()


def test_a_late_register_reading_that_fits_its_place_is_believed() -> None:
    judge = Judge()
    judge.takes((REGISTER, NOW - 2 * MINUTE, 100.0), (REGISTER, NOW, 120.0))

    late = judge.takes((REGISTER, NOW - MINUTE, 110.0))

    assert doubts(late) == [Doubt.LATE]
    assert late.believed.tolist() == [True]


@pytest.mark.parametrize("value", [99.0, 121.0])
def test_a_late_register_reading_beyond_its_neighbours_is_rejected(value: float) -> None:
    judge = Judge()
    judge.takes((REGISTER, NOW - 2 * MINUTE, 100.0), (REGISTER, NOW, 120.0))

    assert doubts(judge.takes((REGISTER, NOW - MINUTE, value))) == [Doubt.REGISTER_BACKWARDS]


def test_power_may_fall() -> None:
    judge = Judge()
    judge.takes((POWER, NOW - MINUTE, -5.0))

    assert doubts(judge.takes((POWER, NOW, -9.0))) == [Doubt.NONE]


def test_a_rejected_reading_never_displaces_a_believed_one() -> None:
    judge = Judge()
    judge.takes((POWER, NOW, -1.0))

    judged = judge.takes((POWER, NOW, float("nan")))

    assert doubts(judged) == [Doubt.NOT_A_NUMBER]
    assert not judged.kept.any()


def test_a_rejected_reading_in_the_same_batch_does_not_displace_either() -> None:
    judged = Judge().takes((POWER, NOW, -1.0), (POWER, NOW, 5.0))

    assert judged.kept.tolist() == [True, False]


def test_one_wrong_reading_does_not_harm_its_neighbours_in_the_batch() -> None:
    judged = Judge().takes(
        (REGISTER, NOW - 3 * MINUTE, 100.0),
        (REGISTER, NOW - 2 * MINUTE, 50.0),
        (REGISTER, NOW - MINUTE, 101.0),
        ("nowhere.active_power_w", NOW, 1.0),
    )

    assert doubts(judged) == [
        Doubt.NONE,
        Doubt.REGISTER_BACKWARDS,
        Doubt.NONE,
        Doubt.UNKNOWN_POINT,
    ]


def test_an_empty_batch_is_judged_empty() -> None:
    assert len(Judge().takes().verdict) == 0


def test_memory_keeps_the_newest_and_stays_bounded() -> None:
    judge = Judge(depth=16)

    for minute in range(100):
        judge.takes((POWER, NOW - (100 - minute) * MINUTE, -1.0 - minute))

    times, values = judge.memory.of(0)
    assert len(times) <= 32
    assert values[-16:].tolist() == [-1.0 - minute for minute in range(84, 100)]


def _day() -> list[Reading]:
    quarter = DAY // 96
    rows: list[Reading] = []
    for step in range(96):
        at = NOW - DAY + step * quarter
        rows += [(POWER, at, -float(step)), (REGISTER, at, 10.0 * (step // 3))]
    return rows


A_DAY = _day()


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(1, 40), st.integers(0, 60))
def test_any_order_and_repetition_of_a_day_leaves_the_same_believed_set(
    random: "np.random.Generator", size: int, repeats: int
) -> None:
    readings = A_DAY + [random.choice(A_DAY) for _ in range(repeats)]
    random.shuffle(readings)
    in_order, shuffled = Judge(), Judge()
    in_order.takes(*A_DAY)

    kept = [
        row
        for start in range(0, len(readings), size)
        for row in _kept_rows(shuffled.takes(*readings[start : start + size]))
    ]

    assert shuffled.believed() == in_order.believed()
    assert sorted(kept) == sorted(A_DAY)


def _kept_rows(judgement: Judgement) -> list[Reading]:
    batch = judgement.batch
    assert (judgement.believed == judgement.kept).all()
    return [
        (batch.point_ids[batch.point_index[i]], int(batch.event_time_us[i]), float(batch.value[i]))
        for i in np.flatnonzero(judgement.kept)
    ]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([POWER, REGISTER, "x.y"]), st.integers(0, 5), st.floats(-9, 9)),
        max_size=40,
    ),
    st.integers(1, 10),
)
def test_one_by_one_or_in_batches_a_key_is_kept_once_a_batch_and_registers_never_fall(
    readings: list[Reading], size: int
) -> None:
    judge = Judge()
    sent = [(point, NOW - at * MINUTE, value) for point, at, value in readings]

    for start in range(0, len(sent), size):
        judged = judge.takes(*sent[start : start + size])
        keys = [(point, at) for point, at, _ in _all_kept(judged)]
        assert len(set(keys)) == len(keys)

    times, values = judge.memory.of(1)
    assert (np.diff(times) > 0).all()
    assert (np.diff(values) >= 0).all()


def _all_kept(judgement: Judgement) -> list[Reading]:
    batch = judgement.batch
    return [
        (batch.point_ids[batch.point_index[i]], int(batch.event_time_us[i]), float(batch.value[i]))
        for i in np.flatnonzero(judgement.kept)
    ]


def at_minute(minute: int) -> int:
    return NOW - 2 * DAY + minute * MINUTE


@pytest.mark.parametrize("spike", [1e9, 1e6])
def test_a_register_that_rose_faster_than_its_device_can_does_not_silence_what_follows(
    spike: float,
) -> None:
    judge = Judge()  # 3 MW give 50 kWh a minute
    judge.takes((REGISTER, at_minute(0), 100.0))

    spiked = judge.takes((REGISTER, at_minute(1), 100.0 + spike))

    assert doubts(spiked) == [Doubt.OUT_OF_RANGE]
    assert doubts(judge.takes((REGISTER, at_minute(2), 300.0))) == [Doubt.NONE]


def test_a_spike_among_the_readings_of_one_batch_is_rejected_alone() -> None:
    judged = Judge().takes(
        (REGISTER, at_minute(0), 100.0),
        (REGISTER, at_minute(1), 1e9),
        (REGISTER, at_minute(2), 120.0),
    )

    assert doubts(judged) == [Doubt.NONE, Doubt.OUT_OF_RANGE, Doubt.NONE]


def test_after_a_long_silence_a_register_may_have_risen_by_as_much_as_its_device_gives() -> None:
    judge = Judge()
    judge.takes((REGISTER, at_minute(0), 0.0))

    assert doubts(judge.takes((REGISTER, at_minute(60), 2_999_000.0))) == [Doubt.NONE]


@pytest.mark.parametrize("size", [1, 7, 200])
def test_an_exchanged_meter_is_believed_once_it_has_kept_to_its_level_for_an_hour(
    size: int,
) -> None:
    judge = Judge()
    judge.takes((REGISTER, at_minute(0), 5_000_000.0))
    new = [(REGISTER, at_minute(minute), float(minute)) for minute in range(1, 121)]

    verdicts = [
        int(verdict)
        for start in range(0, len(new), size)
        for verdict in judge.takes(*new[start : start + size]).verdict
    ]

    assert verdicts == [Verdict.REJECTED] * 60 + [Verdict.BELIEVED] * 60


def test_a_stuck_fault_shorter_than_an_hour_never_becomes_the_truth() -> None:
    judge = Judge()
    judge.takes((REGISTER, at_minute(0), 1_000.0))
    for minute in range(1, 41):
        judge.takes((REGISTER, at_minute(minute), 7.0))

    assert doubts(judge.takes((REGISTER, at_minute(41), 1_500.0))) == [Doubt.NONE]
    assert doubts(judge.takes((REGISTER, at_minute(71), 7.0))) == [Doubt.REGISTER_BACKWARDS]


def test_a_rejected_register_reading_that_comes_twice_does_not_confirm_itself() -> None:
    judge = Judge()
    judge.takes((REGISTER, at_minute(0), 1_000.0), (REGISTER, at_minute(100), 1_000.0))

    for _ in range(20):
        judged = judge.takes((REGISTER, at_minute(101), 5.0))

    assert doubts(judged) == [Doubt.REGISTER_BACKWARDS]
