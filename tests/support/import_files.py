"""Files for import tests, and an importer that says what it says to a list."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from services.ingest.importing.command import Importer, Job
from services.ingest.importing.mapping import FileMapping, load_mapping
from services.ingest.settings import Settings
from services.runtime.clock import ParkClock
from tests.support.builders import DEMO_PARK_FILE, a_park, after

NOON = after(hours=14)  # 2019-06-04T12:00Z


@dataclass
class Said:
    """What a dry run said, and how it ended."""

    lines: list[str] = field(default_factory=list)
    code: int = -1

    @property
    def mistakes(self) -> list[str]:
        """The lines that name a place, without the file."""
        return [line.split(", ", 1)[1] for line in self.lines if " - " in line and ", " in line]

    @property
    def table(self) -> str:
        """The counts."""
        return next(line for line in self.lines if "\n" in line)


def a_settings(kafka: str = "127.0.0.1:9", now: datetime = NOON) -> Settings:
    """Ingest's settings with a clock that stands near `now`."""
    return Settings(park=DEMO_PARK_FILE, kafka=kafka, clock=ParkClock(now, time.time(), 1.0))


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    """Write a text file."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def parquet(folder: Path, name: str, group_rows: int = 1000, **columns: object) -> Path:
    """Write a Parquet file of these columns."""
    path = folder / name
    arrow_parquet.write_table(pa.table(columns), path, row_group_size=group_rows)
    return path


def a_mapping(folder: Path, text: str) -> FileMapping:
    """Read a mapping for the demo park."""
    return load_mapping(written(folder, "mapping.yaml", text), a_park())


def dry_run(*files: Path, mapping: FileMapping | None = None) -> Said:
    """Check files at noon of the demo's day and return what is said."""
    return dry_run_at(NOON.isoformat(), *files, mapping=mapping)


def dry_run_at(now: str, *files: Path, mapping: FileMapping | None = None) -> Said:
    """Check files at a moment of park time and return what is said."""
    said = Said()
    job = Job(files, mapping or FileMapping(), True, False, 1_000_000)
    settings = a_settings(now=datetime.fromisoformat(now))
    importer = Importer(job, settings, a_park(), said.lines.append)
    said.code = asyncio.run(importer.run())
    return said
