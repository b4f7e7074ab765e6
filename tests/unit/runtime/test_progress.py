"""Every stage is watched, also where two of them do the same kind of work."""

from services.runtime.progress import Progress


def test_stages_of_one_name_are_watched_each() -> None:
    progress = Progress()
    names = [progress.stage(name, stalled_after_s=-1.0).name for name in ("a b", "a", "a", "a")]

    assert names == ["a b", "a", "a 2", "a 3"]
    assert len(progress.stalled()) == 4
