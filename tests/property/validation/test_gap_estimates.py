"""Gaps cut into the recorded year are estimated as well as docs/validation.md says."""

from tests.bench.gap_estimates import tables
from tests.bench.vee_faults import PAGE, renewed
from tests.support import course_estimates
from tests.support.gap_estimates import LENGTHS_H, WAYS, Score, scores

LINE, DAY_BEFORE, LIKE_DAY, VALIDATION = range(len(WAYS))


def of_kind(kind: str) -> list[Score]:
    return [score for score in scores() if score.kind == kind]


def test_a_like_day_is_nearer_than_a_straight_line_and_than_the_day_before() -> None:
    steady = [score for kind in ("electricity", "gas", "pv") for score in of_kind(kind)]
    long = [score for score in steady if score.hours > 1]

    assert len(long) == 3 * (len(LENGTHS_H) - 1)
    for score in long:
        assert score.shares[LIKE_DAY] < 0.7 * score.shares[LINE]
        assert score.shares[LIKE_DAY] < 0.9 * score.shares[DAY_BEFORE]


def test_validation_takes_the_like_day_for_long_gaps_and_a_line_for_short_ones() -> None:
    for score in [score for kind in ("electricity", "gas", "pv") for score in of_kind(kind)]:
        best = LIKE_DAY if score.hours > 1 else LINE
        assert score.off_wh[VALIDATION] == score.off_wh[best]


def test_of_wind_no_day_is_like_another() -> None:
    for score in of_kind("wind"):
        assert score.off_wh[VALIDATION] == score.off_wh[LINE] <= score.off_wh[DAY_BEFORE]


def test_history_is_never_further_off_than_a_line_or_the_day_before() -> None:
    kinds = {score.kind for score in course_estimates.scores()}

    assert {"irradiance, W/m²", "temperature, °C", "electricity", "gas", "pv", "wind"} == kinds
    for score in course_estimates.scores():
        line, day_before, history = score.errors
        assert history <= min(line, day_before) * 1.0001, score


def test_the_page_shows_these_figures() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert renewed(page, tables()) == page, "run python -m tests.bench.gap_estimates --write"
