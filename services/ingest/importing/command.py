"""`python -m services.ingest import FILE…`: checked as a whole first, then published."""

import argparse
import asyncio
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.energy.site import Park
from services.energy.time_grid import to_microseconds
from services.ingest.domain.first_look import Border
from services.ingest.importing.blocks import Mistake, Report, TableFile, Unreadable
from services.ingest.importing.checking import Tally, batch_from
from services.ingest.importing.csv_blocks import CsvFile
from services.ingest.importing.mapping import FileMapping, MappingError, load_mapping
from services.ingest.importing.parquet_blocks import ParquetFile
from services.ingest.importing.parsing import Parser, Readings
from services.ingest.intake import MOST_ROWS, Intake
from services.ingest.settings import Settings
from services.runtime.environment import SettingsError, read_settings
from services.runtime.kafka_security import security_from
from services.runtime.park_file import ParkFileError, load_park
from services.runtime.publishing import Publisher

DEFAULT_RATE = 50_000
TELL_EVERY_S = 5.0
FINE, MISTAKEN, UNUSABLE, STOPPED = 0, 1, 2, 130
EPILOG = """\
examples:
  %(prog)s --dry-run meters.csv                      every mistake with its line, nothing moves
  %(prog)s --mapping meters.yaml meters.csv          columns, units, time zone as the mapping says
exit code: 0 no mistakes, 1 mistakes, 2 nothing could be read, 130 stopped"""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What the command line asks for."""

    files: tuple[Path, ...]
    mapping: FileMapping
    dry_run: bool
    keep_going: bool
    readings_per_s: int


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says and return the exit code."""
    asked = _arguments(arguments)
    try:
        settings = read_settings(Settings, os.environ)
        park = load_park(settings.park)
        mapping = load_mapping(asked.mapping, park) if asked.mapping else FileMapping()
        job = Job(tuple(asked.files), mapping, asked.dry_run, asked.keep_going, asked.rate)
        return asyncio.run(Importer(job, settings, park).run())
    except (SettingsError, ParkFileError, MappingError, Unreadable, OSError) as mistakes:
        sys.stderr.write(f"nothing was imported:\n{mistakes}\n")
        return UNUSABLE
    except KeyboardInterrupt:
        sys.stderr.write("stopped; what was imported stays, importing again changes none of it\n")
        return STOPPED


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m services.ingest import",
        description="Readings from CSV and Parquet files (docs/import.md). Settings are ingest's: "
        "PARKFLOW_PARK at least, and PARKFLOW_KAFKA unless it is a dry run.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="*.csv or *.parquet")
    parser.add_argument("--mapping", type=Path, help="YAML: how the files are to be read")
    parser.add_argument("--dry-run", action="store_true", help="check and count only")
    parser.add_argument(
        "--keep-going", action="store_true", help="import the rest although there are mistakes"
    )
    parser.add_argument(
        "--rate",
        type=int,
        default=DEFAULT_RATE,
        metavar="N",
        help=f"readings a second at most (default {DEFAULT_RATE:,})",
    )
    asked = parser.parse_args(arguments)
    if asked.rate < 1:
        parser.error(f"--rate {asked.rate}: at least 1 reading a second")
    return asked


class Importer:
    """Reads each file twice: to check all of them, then to publish what was asked for."""

    def __init__(
        self,
        job: Job,
        settings: Settings,
        park: Park,
        say: Say = lambda line: print(line),
    ) -> None:
        self._job, self._settings, self._park, self._say = job, settings, park, say
        self._points = [point.id for point in park.points]
        self._border = Border.of(park.points, park.telemetry)

    async def run(self) -> int:
        """Check, say what there is, publish unless told otherwise; return the exit code."""
        _require_files(self._job.files, self._job.mapping)
        tallies = [self._check(path) for path in self._job.files]
        for tally in tallies:
            self._say(tally.table())
        mistakes = sum(tally.mistakes for tally in tallies)
        if self._job.dry_run:
            self._say("dry run: nothing was imported")
        elif mistakes and not self._job.keep_going:
            self._say(f"{mistakes:,} mistakes: nothing was imported (--keep-going leaves them out)")
        else:
            await self._publish(sum(tally.readings for tally in tallies))
        return MISTAKEN if mistakes else FINE

    def _check(self, path: Path) -> Tally:
        tally, found = Tally(str(path)), list[Mistake]()
        now_us = to_microseconds(self._settings.clock.now())
        for end, readings in self._readings(path, found.append, "checked"):
            tally.add(readings, self._border, now_us)
            self._tell(found, tally, end)
        self._tell(found, tally)
        return tally

    def _tell(self, found: list[Mistake], tally: Tally, end: float = math.inf) -> None:
        """Tell the mistakes up to line `end` and forget them; a reader may be ahead of that."""
        told = sorted(mistake for mistake in found if mistake.number <= end)
        found[:] = [mistake for mistake in found if mistake.number > end]
        tally.mistakes += len(told)
        for mistake in told:
            self._say(str(mistake))

    async def _publish(self, expected: int) -> None:
        publisher = Publisher("ingest", self._settings.kafka, security_from(os.environ))
        await publisher.start()
        try:
            intake = Intake(self._park, self._settings.clock, publisher)
            began, sent = time.monotonic(), 0
            for path in self._job.files:
                for _, readings in self._readings(path, _pass_over, "imported"):
                    batch = batch_from(self._job.mapping.source_id, readings)
                    for start in range(0, len(batch), MOST_ROWS):
                        part = batch.rows(start, start + MOST_ROWS)
                        await intake.take(part)
                        sent += len(part)
                        await _pace(began + sent / self._job.readings_per_s)
        finally:
            await publisher.stop()
        took_s = time.monotonic() - began
        self._say(f"imported {sent:,} of {expected:,} readings in {took_s:.1f} s")

    def _readings(self, path: Path, report: Report, done: str) -> Iterator[tuple[int, Readings]]:
        """Yield the readings of a file block by block, each with the line it ends at."""
        file = _opened(path, self._job.mapping)
        parser = Parser(str(path), file.columns, self._job.mapping, self._points)
        unusable = parser.header_mistakes(file.types)
        for mistake in unusable:
            report(mistake)
        if unusable:
            return
        told_at, count = time.monotonic(), 0
        for block in file.blocks(parser.needed, report):
            readings = parser.readings(block, report)
            count += len(readings)
            yield int(block.number[-1]) if len(block) else 0, readings
            if time.monotonic() - told_at >= TELL_EVERY_S:
                told_at = time.monotonic()
                sys.stderr.write(f"{path}: {file.share:.0%} {done}, {count:,} readings\n")


def _require_files(paths: Sequence[Path], mapping: FileMapping) -> None:
    """Raise Unreadable with every file that is none, before the first is read."""
    mistakes = []
    for path in paths:
        try:
            _opened(path, mapping)
        except Unreadable as mistake:
            mistakes.append(str(mistake))
    if mistakes:
        raise Unreadable("\n".join(mistakes))


def _opened(path: Path, mapping: FileMapping) -> TableFile:
    if not path.is_file():
        raise Unreadable(f"{path}: there is no such file - check the path")
    if path.suffix.lower() in (".parquet", ".pq"):
        return ParquetFile(path)
    if path.suffix.lower() in (".csv", ".tsv", ".txt"):
        return CsvFile(path, mapping)
    raise Unreadable(f"{path}: its name ends neither in .csv nor in .parquet - rename it")


async def _pace(due_at: float) -> None:
    if (early_s := due_at - time.monotonic()) > 0:
        await asyncio.sleep(early_s)


def _pass_over(_: Mistake) -> None:
    """It was told when the file was checked."""
