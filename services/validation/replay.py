"""Judge an interval again with the present rules and restate what differs.

`python -m services.validation.replay --from … --to …` (park time) folds the raw log from its
beginning with the park file as it is now, compares what stands in [from, to) with what was
published, and publishes what differs: same keys, known as of just after all that was published.
Readings that were out of memory when they came are counted among those of the interval. Running it
again changes nothing; validation may run meanwhile.
"""

import argparse
import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.energy.quantities import register_unit
from services.energy.readings import Doubt
from services.energy.site import Park
from services.energy.time_grid import from_microseconds, to_microseconds
from services.runtime.consuming import read_back
from services.runtime.frames import frame_from, message_from
from services.runtime.interval_frames import (
    SuspensePosting,
    message_from_intervals,
    whole_frame_from,
)
from services.runtime.kafka_security import security_from
from services.runtime.park_file import ParkFileError, load_park
from services.runtime.publishing import Publisher
from services.runtime.received import Received
from services.runtime.telemetry import log_for, start_telemetry
from services.runtime.topics import INTERVALS, RAW, READINGS, Topic
from services.validation.domain.partition import ParkRules, PartitionState, beginning
from services.validation.domain.replaying import Change, Word, most_frequent
from services.validation.folding import entry_from, fold
from services.validation.pictures import Pictures, frame_of, interval_frame_of
from services.validation.recounting import Beyond

MOST_ROWS = 10_000
log = log_for(__name__)


class Replay:
    """One replay of one park."""

    def __init__(self, park: Park, kafka: str, security: dict[str, object]) -> None:
        self._park_id, self._rules = park.id, ParkRules.of(park)
        self._kafka, self._security = kafka, security
        self._end_us = 0

    async def run(self, start: datetime, end: datetime) -> list[str]:
        """Restate [start, end) and return what changed, as lines for people."""
        published, judged = Pictures.of(start, end), Pictures.of(start, end)
        async for one in self._read(READINGS):
            frame = frame_from(one.message)
            self._end_us = max(self._end_us, to_microseconds(frame.arrival_time))
            published.hear_readings(frame)
        async for one in self._read(INTERVALS):
            changed = whole_frame_from(one.message)
            self._end_us = max(self._end_us, to_microseconds(changed.known_at))
            published.hear_intervals(changed)
        beyond = await self._judge(judged)  # afterwards: it knows all that published words say
        judged.withdraw(published, but=beyond.point_ids)
        readings = list(published.readings.changes_to(judged.readings))
        intervals = list(published.intervals.changes_to(judged.intervals))
        postings = list(published.corrections(judged))
        await self._restate(readings, intervals, postings)
        return _summary(judged, readings, intervals, postings)

    async def _judge(self, judged: Pictures) -> Beyond:
        """Fold every partition of the raw log with the present rules; return what was too old."""
        states: dict[int, PartitionState] = {}
        beyond = Beyond(self._rules.registers)
        async for one in self._read(RAW):
            state = states.get(one.partition) or beginning(self._rules)
            try:
                entry = entry_from(one.message, self._rules, one.offset)
            except ValueError as mistake:
                log.warning("passed_over", position=one.position, error=str(mistake))
                continue
            self._end_us = max(self._end_us, to_microseconds(entry.raw.arrival_time))
            states[one.partition], findings = fold(state, entry, self._rules)
            for frame in findings.readings:
                judged.hear_readings(frame)
            for changed in findings.intervals:
                judged.hear_intervals(changed)
            beyond.note(findings.beyond)
        beyond.recount(judged, [state.registers for state in states.values()], self._end_us)
        return beyond

    async def _read(self, topic: Topic) -> AsyncIterator[Received[Any]]:
        async for one in read_back(topic, bootstrap=self._kafka, security=self._security):
            if one.message.park_id == self._park_id:
                yield one

    async def _restate(
        self,
        readings: list[Change],
        intervals: list[Change],
        postings: list[tuple[str, SuspensePosting]],
    ) -> None:
        publisher = Publisher("validation", self._kafka, self._security)
        await publisher.start()
        try:
            for source_id, part in _by_source(readings):
                frame = frame_of(self._names(source_id, part) | self._arrival(), part)
                key = f"{self._park_id}/{source_id}"
                await publisher.publish(READINGS, key, message_from(frame))
            waiting = dict[str, list[SuspensePosting]]()
            for source_id, posting in postings:
                waiting.setdefault(source_id, []).append(posting)
            parts = [*_by_source(intervals), *((source_id, []) for source_id in waiting)]
            for source_id, part in parts:
                if not part and source_id not in waiting:
                    continue  # they went with the source's quarter hours
                changed = interval_frame_of(
                    self._names(source_id, part) | self._known(), part, waiting.pop(source_id, [])
                )
                key = f"{self._park_id}/{source_id}"
                await publisher.publish(INTERVALS, key, message_from_intervals(changed))
        finally:
            await publisher.stop()

    def _names(self, source_id: str, part: list[Change]) -> dict[str, Any]:
        first = "/".join(map(str, part[0].key)) if part else source_id
        return {
            "park_id": self._park_id,
            "source_id": source_id,
            "frame_id": f"replay/{self._end_us}/{first}",
        }

    def _arrival(self) -> dict[str, Any]:
        return {"arrival_time": from_microseconds(self._end_us + 1)}

    def _known(self) -> dict[str, Any]:
        return {"known_at": from_microseconds(self._end_us + 1)}


def _by_source(changes: list[Change]) -> Iterator[tuple[str, list[Change]]]:
    """Yield the changes of each source, at most `MOST_ROWS` at a time."""
    by_source: dict[str, list[Change]] = {}
    for change in changes:
        by_source.setdefault(change.after.source_id, []).append(change)
    for source_id, own in by_source.items():
        for start in range(0, len(own), MOST_ROWS):
            yield source_id, own[start : start + MOST_ROWS]


def _summary(
    judged: Pictures,
    readings: list[Change],
    intervals: list[Change],
    postings: list[tuple[str, SuspensePosting]],
) -> list[str]:
    kinds = Counter((_doubt(change.before), _doubt(change.after)) for change in readings)
    moved: Counter[str] = Counter()
    for _, posting in postings:
        moved[register_unit(posting.point_id)] += posting.change_wh
    amounts = ", ".join(f"{change:+,} {unit}" for unit, change in sorted(moved.items())) or "+0 Wh"
    return [
        f"{len(judged.readings.words):,} readings judged again, {len(readings):,} restated",
        *most_frequent(kinds),
        f"{len(judged.intervals.words):,} quarter hours counted again, {len(intervals):,} restated",
        f"{len(postings):,} suspense entries changed, {amounts} in all",
    ]


def _doubt(word: Word | None) -> str:
    return "absent" if word is None else Doubt(int(word.says[1])).name.lower()


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no instant with a time zone; write it like 2019-06-03T20:00:00Z"
        )
    return moment.astimezone(UTC)


def main() -> int:
    """Replay what the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m services.validation.replay")
    parser.add_argument("--from", dest="start", type=_instant, required=True)
    parser.add_argument("--to", dest="end", type=_instant, required=True)
    parser.add_argument("--park", type=Path, default=os.environ.get("PARKFLOW_PARK", ""))
    parser.add_argument("--kafka", default=os.environ.get("PARKFLOW_KAFKA", "127.0.0.1:19092"))
    arguments = parser.parse_args()
    if arguments.start >= arguments.end:
        parser.error(f"--from {arguments.start} is not before --to {arguments.end}")
    try:
        park = load_park(arguments.park)
    except (ParkFileError, OSError) as mistake:
        sys.stderr.write(f"{mistake}\n")
        return 2
    start_telemetry("validation", "warning")
    replay = Replay(park, arguments.kafka, security_from(os.environ))
    lines = asyncio.run(replay.run(arguments.start, arguments.end))
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
