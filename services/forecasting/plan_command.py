"""`python -m services.forecasting plan FILE …`: takes plans of devices from files.

Exit codes: 0 all of it is kept; 2 the files cannot be used, every mistake is told; nothing is kept.
"""

import argparse
import asyncio
import getpass
import os
import sys
from pathlib import Path

from services.energy.site import Park
from services.forecasting.backtest.mistakes import BadFiles, Mistake
from services.forecasting.domain.plans import PlanValue
from services.forecasting.domain.targets import targets_of
from services.forecasting.keeping import keep
from services.forecasting.plan_desk import plannable
from services.forecasting.plan_files import plans_from
from services.forecasting.plan_store import PlanStore
from services.forecasting.settings import Settings
from services.runtime.environment import SettingsError, read_settings
from services.runtime.park_file import ParkFileError, load_park


def main(arguments: list[str]) -> int:
    """Keep what the files say; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m services.forecasting plan")
    parser.add_argument("files", nargs="+", type=Path, help="CSV or Parquet")
    parser.add_argument("--user", default=getpass.getuser(), help="who plans so")
    asked = parser.parse_args(arguments)
    try:
        settings = read_settings(Settings, os.environ)
        park = load_park(settings.park)
        values = _read(asked.files, park, settings, asked.user)
    except (BadFiles, SettingsError, ParkFileError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    kept = asyncio.run(keep(settings, lambda database: PlanStore(database, park.id), values))
    sys.stdout.write(f"{len(values)} quarter hours read, {kept} of them news\n")
    return 0


def _read(files: list[Path], park: Park, settings: Settings, user: str) -> list[PlanValue]:
    """Return what all files say; BadFiles with the mistakes of all of them."""
    devices, now = plannable(targets_of(park)), settings.clock.now()
    values: list[PlanValue] = []
    mistakes: list[Mistake] = []
    for file in files:
        try:
            values += plans_from(file, devices, now, user)
        except BadFiles as bad:
            mistakes += bad.mistakes
    if not mistakes and len({_key(one) for one in values}) < len(values):
        text = "tells quarter hours of a device that another file tells, too, known at that moment"
        mistakes.append(Mistake(files[-1].name, 0, text))
    if mistakes:
        raise BadFiles(mistakes)
    return values


def _key(one: PlanValue) -> tuple[object, ...]:
    return one.device_id, one.kind, one.quarter, one.issue_time, one.known_at
