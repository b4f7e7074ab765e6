"""Who watches sees the newest first, then everything, and pays alone for being slow."""

from datetime import datetime

import numpy as np

from services.energy.readings import Doubt, Verdict
from services.ingest.live import LARGEST_BURST, MOST_WAITING, Live
from services.runtime.frames import Frame
from tests.support.builders import MORNING


def a_frame(
    *rows: tuple[str, int, float], verdict: Verdict = Verdict.BELIEVED, at: datetime = MORNING
) -> Frame:
    names = tuple(dict.fromkeys(name for name, _, _ in rows))
    return Frame(
        park_id="p",
        source_id="s",
        frame_id="f",
        arrival_time=at,
        point_ids=names,
        point_index=np.array([names.index(name) for name, _, _ in rows], np.uint32),
        event_time_us=np.array([time for _, time, _ in rows], np.int64),
        value=np.array([value for _, _, value in rows], np.float64),
        verdict=np.full(len(rows), verdict, np.uint8),
        doubt=np.full(len(rows), Doubt.NONE, np.uint8),
    )


def test_the_snapshot_is_the_newest_believed_by_event_time() -> None:
    live = Live()
    live.show(a_frame(("a", 5, 1.0), ("a", 9, 2.0), ("b", 1, 3.0)))
    live.show(a_frame(("a", 7, 4.0)))
    live.show(a_frame(("a", 99, 5.0), verdict=Verdict.REJECTED))

    with live.watch(frozenset()) as (newest, _):
        assert {(r.point_id, r.value) for r in newest} == {("a", 2.0), ("b", 3.0)}


def test_a_correction_replaces_the_newest() -> None:
    live = Live()
    live.show(a_frame(("a", 9, 2.0)))
    live.show(a_frame(("a", 9, 3.0)))

    with live.watch(frozenset(["a"])) as (newest, _):
        assert [r.value for r in newest] == [3.0]


async def test_a_watcher_gets_only_what_it_asked_for_rejected_ones_too() -> None:
    live = Live()
    with live.watch(frozenset(["a"])) as (_, watcher):
        live.show(a_frame(("b", 1, 1.0)))
        live.show(a_frame(("a", 1, 2.0), ("b", 2, 1.0), verdict=Verdict.REJECTED))

        readings, dropped = await watcher.burst()

    assert [(r.point_id, r.value, r.verdict) for r in readings] == [("a", 2.0, Verdict.REJECTED)]
    assert dropped == 0


async def test_a_slow_watcher_loses_its_oldest_and_is_told_how_many() -> None:
    live = Live()
    with live.watch(frozenset()) as (_, slow):
        for start in range(0, MOST_WAITING + 3, 1000):
            live.show(a_frame(*[("a", start + i, 0.0) for i in range(1000)]))

        readings, dropped = await slow.burst()

    assert dropped == 1000
    assert len(readings) == LARGEST_BURST
    assert readings[0].event_time_us == 1000


async def test_a_watcher_that_left_is_forgotten() -> None:
    live = Live()
    with live.watch(frozenset()) as (_, watcher):
        pass

    live.show(a_frame(("a", 1, 1.0)))

    assert not watcher._waiting
