"""The figures of docs/validation.md are what validation finds today, and they are good enough."""

import pytest

from tests.bench.vee_faults import (
    PAGE,
    defaults_table,
    defects_table,
    renewed,
    sound_table,
)
from tests.support.fault_score import Score, all_scores, as_table
from tests.support.raw_defects import known_defects, sound_mask
from tests.support.recorded_streams import recorded_streams, simulated_streams
from tests.support.sound_run import SoundRun

RECALL, FALSE_SHARE = 0.99, 0.005
FIRST_OF_RUN_OR_GAP = 3
"""Of a run the first reading is the truth; a gap is one after three periods."""


@pytest.fixture(scope="module")
def scores() -> list[Score]:
    return all_scores()


@pytest.fixture(scope="module")
def year() -> SoundRun:
    return SoundRun(recorded_streams(), every=15)


@pytest.fixture(scope="module")
def days() -> SoundRun:
    return SoundRun(simulated_streams(4), every=1)


def test_of_every_class_of_faults_nearly_all_are_named(scores: list[Score]) -> None:
    assert len(scores) == 14
    missed = [score for score in scores if score.recall < RECALL]

    assert not missed
    assert all(score.injections == 300 for score in scores)


def test_around_faults_nearly_nothing_sound_is_doubted(scores: list[Score]) -> None:
    assert not [score for score in scores if score.false_share > FALSE_SHARE]


def test_the_known_defects_of_the_recordings_are_found(year: SoundRun) -> None:
    defects = known_defects(year)

    assert sum(defect.quarters for defect in defects) > 1500
    assert not [d for d in defects if d.quarters - d.found > FIRST_OF_RUN_OR_GAP]


def test_in_a_sound_year_no_doubt_is_frequent(year: SoundRun) -> None:
    sound = sound_mask(year)

    assert max(year.counts(sound).values()) / sound.sum() < FALSE_SHARE / 10


def test_simulated_days_are_believed_entirely(days: SoundRun) -> None:
    assert days.readings() > 1_600_000
    assert not days.counts()
    assert not days.silent.any()


def test_the_page_shows_these_figures(scores: list[Score], year: SoundRun, days: SoundRun) -> None:
    page = PAGE.read_text(encoding="utf-8")
    made = {
        "defaults": defaults_table(),
        "faults": as_table(scores),
        "defects": defects_table(year),
        "sound": sound_table(year, days),
    }

    assert renewed(page, made) == page, "run python -m tests.bench.vee_faults --write"
