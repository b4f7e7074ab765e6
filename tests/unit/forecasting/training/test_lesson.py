"""A challenger serves only after it beat what serves now, on days that it has never seen."""

from dataclasses import replace

import numpy as np
import pytest

from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.forecaster import learn
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import State, now_of
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.training.lesson import judged, taught
from services.forecasting.domain.training.scores import HeldBack
from services.forecasting.domain.training.trial import Trial, held_back_rows, tried
from tests.support.outlooks import a_record, an_hourly_task, shift_work

LITTLE = Effort(cases=1_500, rounds=25)
TOO_LITTLE = Effort(cases=120, rounds=1)
TASK = an_hourly_task(horizons=tuple(range(1, 49)))
DAY = 24


def a_load(days: int) -> Record:
    return a_record(shift_work(days), TASK)


def a_champion(record: Record, task: Task = TASK) -> State:
    return learn(record, task, LITTLE, None)


def a_score(over_before: float, over_naive: float | None = 0.5) -> HeldBack:
    naive = None if over_naive is None else 10.0 / over_naive
    return HeldBack(24, 100, 10.0, 10.0 / over_before, naive)


def a_trial(*scores: HeldBack, seen_days: float = 0.0) -> Trial:
    challenger = None
    return Trial(challenger, scores, 14.0, seen_days)  # type: ignore[arg-type]


CHAMPION: State = object()  # type: ignore[assignment]


def test_a_first_model_that_beats_the_plain_ones_serves_and_knows_everything() -> None:
    record = a_load(70)

    lesson = taught(record, TASK, LITTLE, None)

    assert lesson.verdict.promoted
    assert lesson.state is not None
    assert lesson.state.learnt_at == lesson.state.reckoned_at == now_of(record, TASK)
    assert lesson.state.learnt_rows == len(record)
    assert all(score.error < score.before for score in lesson.scores)


def test_a_challenger_that_learns_more_than_the_champion_takes_its_place() -> None:
    record = a_load(100)
    champion = learn(record.until(86 * DAY, TASK.reach), TASK, TOO_LITTLE, None)

    lesson = taught(record, TASK, LITTLE, champion)

    assert lesson.verdict.promoted
    assert "less error than the champion" in lesson.verdict.reason


def test_a_challenger_that_learns_less_than_the_champion_is_rejected_with_its_scores() -> None:
    record = a_load(100)
    champion = a_champion(record.until(86 * DAY, TASK.reach))

    lesson = taught(record, TASK, TOO_LITTLE, champion)

    assert not lesson.verdict.promoted
    assert lesson.state is None
    assert lesson.verdict.reason.startswith("no better: ")
    assert len(lesson.scores) == 4


def test_a_champion_that_was_taught_without_weather_is_judged_without_and_beaten_with() -> None:
    moved = 40.0 * np.repeat(np.random.default_rng(4).normal(size=102), DAY)
    bare = a_record(200.0 + shift_work(100) + moved[: 100 * DAY], TASK)
    record = replace(bare, foreseen=moved[:, None])
    champion = a_champion(bare.until(86 * DAY, TASK.reach))

    seeing, blind = (taught(one, TASK, LITTLE, champion, bare) for one in (record, bare))

    assert seeing.verdict.promoted
    assert [one.before for one in seeing.scores] == [one.before for one in blind.scores]
    assert seeing.scores[2].error < 0.5 * seeing.scores[2].before


def test_a_champion_that_was_taught_with_weather_can_be_followed_by_one_without() -> None:
    moved = 40.0 * np.repeat(np.random.default_rng(4).normal(size=102), DAY)
    bare = a_record(200.0 + shift_work(100) + moved[: 100 * DAY], TASK)
    with_weather = replace(bare, foreseen=moved[:, None])
    champion = a_champion(with_weather.until(86 * DAY, TASK.reach))

    lesson = taught(bare, TASK, LITTLE, champion, with_weather)

    assert not lesson.verdict.promoted
    assert lesson.verdict.reason.startswith("no better")


def test_what_is_held_back_never_reaches_the_challengers_fit() -> None:
    record = a_load(70)
    begin = len(record) - held_back_rows(record, TASK, None)
    poisoned = replace(record, value=np.where(np.arange(len(record)) < begin, record.value, 1e6))

    honest, fooled = (tried(one, TASK, LITTLE, None).challenger for one in (record, poisoned))

    past = record.until(begin, TASK.reach)
    fitted = replace(honest, fitted=fooled.fitted)
    assert answer(past, fitted).quantiles.tobytes() == answer(past, honest).quantiles.tobytes()


def test_held_back_is_a_fortnight_and_a_quarter_of_a_young_series() -> None:
    assert held_back_rows(a_load(100), TASK, None) == 14 * DAY
    assert held_back_rows(a_load(8), TASK, None) == 2 * DAY


@pytest.mark.parametrize(("learnt_days_ago", "held_back"), [(2, 3), (8, 4), (40, 14)])
def test_half_of_the_days_since_the_champion_learnt_are_held_back_but_three_at_least(
    learnt_days_ago: int, held_back: int
) -> None:
    record = a_load(100)
    learnt_at = now_of(record, TASK) - learnt_days_ago * 1440
    champion = replace(a_champion(a_load(3)), learnt_at=learnt_at)

    assert held_back_rows(record, TASK, champion) == held_back * DAY


def test_hours_of_history_make_a_first_model_that_says_it_could_not_be_compared() -> None:
    lesson = taught(a_record(shift_work(1)[:9], TASK), TASK, LITTLE, None)

    assert lesson.verdict.promoted
    assert lesson.verdict.reason == "first model of a series too short to be compared"
    assert lesson.state is not None


def test_a_champion_of_another_task_is_not_asked() -> None:
    record = a_load(40)
    champion = a_champion(record.until(20 * DAY, TASK.reach))
    bounded = replace(TASK, highest=90.0)

    lesson = taught(record, bounded, LITTLE, champion)

    assert "than the plain models" in lesson.verdict.reason


def test_a_constant_series_is_learnt_once_and_then_never_better() -> None:
    record = a_record(np.full(40 * DAY, 7.0), TASK)
    first = taught(record, TASK, LITTLE, None)

    second = taught(record, TASK, LITTLE, first.state)

    assert first.verdict.promoted
    assert not second.verdict.promoted


def test_what_a_naive_method_would_have_done_in_hindsight_is_told_and_decides_nothing() -> None:
    verdict = judged(a_trial(a_score(0.9, 1.2)), CHAMPION)

    assert verdict.promoted
    assert verdict.reason == (
        "10.0% less error than the champion, "
        "20.0% more error than the best naive method, on 14.0 days held back"
    )


def test_a_gain_in_one_class_must_outweigh_the_loss_in_another() -> None:
    assert judged(a_trial(a_score(0.5), a_score(1.6)), CHAMPION).promoted
    assert not judged(a_trial(a_score(0.5), a_score(2.1)), CHAMPION).promoted


def test_no_better_is_not_enough_against_a_champion_but_is_without_one() -> None:
    assert not judged(a_trial(a_score(1.0)), CHAMPION).promoted
    assert judged(a_trial(a_score(1.0)), None).promoted


def test_where_nothing_came_on_the_held_back_days_the_champion_stays() -> None:
    verdict = judged(a_trial(), CHAMPION)

    assert not verdict.promoted
    assert "too little came" in verdict.reason


def test_days_that_the_champion_had_learnt_are_told() -> None:
    verdict = judged(a_trial(a_score(0.9), seen_days=4.0), CHAMPION)

    assert verdict.reason.endswith("on 14.0 days held back, 4.0 of which it had learnt")
