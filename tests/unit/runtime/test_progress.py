"""What the liveness of a process says of its stages."""

from services.runtime.progress import STALLED_AFTER_S, Progress, Stage


def long_ago(stage: Stage) -> None:
    stage.moved_at -= 2 * STALLED_AFTER_S


def test_a_stage_that_stands_still_is_told() -> None:
    progress = Progress()
    stage = progress.stage("issue forecasts")
    progress.begin()

    long_ago(stage)

    assert progress.stalled() == ["issue forecasts has not moved for 240 s"]


def test_a_start_that_waits_for_its_database_is_alive_however_long_it_waits() -> None:
    progress = Progress()
    stage = progress.stage("issue forecasts")

    long_ago(stage)
    while_starting = progress.stalled()
    progress.begin()

    assert while_starting == []
    assert progress.stalled() == []
