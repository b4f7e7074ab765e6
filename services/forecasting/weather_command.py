"""`python -m services.forecasting weather FILE …`: takes weather forecasts from files.

Exit codes: 0 all of it is kept; 2 the files cannot be used, every mistake is told; nothing is kept.
"""

import argparse
import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from services.forecasting.backtest.mistakes import BadFiles, Mistake
from services.forecasting.domain.weather import WeatherValue
from services.forecasting.keeping import keep
from services.forecasting.settings import Settings
from services.forecasting.weather_files import WeatherFile
from services.forecasting.weather_rows import COLUMN_OF, Words
from services.forecasting.weather_store import WeatherStore
from services.runtime.database import OldSchema
from services.runtime.environment import SettingsError, read_settings
from services.runtime.park_file import ParkFileError, load_park

EXAMPLE = f"""a file:
  issue_time,target_time,known_at,temperature_c,irradiance_w_m2
  2024-05-01T06:00Z,2024-05-01T07:00Z,2024-05-01T09:30Z,21.5,480
known_at may be left out: known since its issue. An empty cell is not known. Columns of quantities:
  {", ".join(COLUMN_OF)}

settings: PARKFLOW_PARK (the park file) and PARKFLOW_DATABASE_URL.
exit codes: 0 all is kept; 2 something is wrong, every mistake is told, nothing is kept.
"""
EVER = datetime(1969, 1, 1, tzinfo=UTC)


def main(arguments: list[str]) -> int:
    """Keep what the files say; return the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        settings = read_settings(Settings, os.environ)
        park = load_park(settings.park)
        values = asyncio.run(_read(asked.files))
    except (BadFiles, SettingsError, ParkFileError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        kept = asyncio.run(keep(settings, lambda database: WeatherStore(database, park.id), values))
    except OldSchema as old:
        sys.stderr.write(f"{old}\n")
        return 2
    sys.stdout.write(f"{len(values)} values read, {kept} of them news\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.forecasting weather",
        description="Take weather forecasts from files; all of them or, with a mistake, none.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, help="CSV (may be gzipped) or Parquet")
    return parser


async def _read(files: list[Path]) -> list[WeatherValue]:
    """Return the values of all files; BadFiles with the mistakes of all of them."""
    values: list[WeatherValue] = []
    mistakes: list[Mistake] = []
    words = Words()
    for file in files:
        try:
            values += await WeatherFile(file, words).issued_after(EVER)
        except BadFiles as bad:
            mistakes += bad.mistakes
    if mistakes:
        raise BadFiles(mistakes)
    return values
