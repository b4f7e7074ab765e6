"""Write the demo's park clock where all services read it: clock.py FILE STATE SPEED FOLDER….

At the first start park time begins with the recordings. Later it goes on where the simulator last
wrote its STATE folder, so that park time stands still while the system is down. While the
simulator runs (it writes every few seconds) the clock stays as it is. STATE and the other folders
are given to the user of the services.
"""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from services.runtime.clock import ParkClock

STORY_START = datetime(2019, 6, 3, 22, 0, tzinfo=UTC)
SERVICE_USER = 10001  # the image's
START_LEAD_S = 20.0  # until the services are up
RUNNING_WITHIN_S = 60.0  # the simulator has written in this time: it runs


def last_written(state: Path) -> float | None:
    """Return when the simulator last wrote, in wall seconds; None if it never did."""
    written = [file.stat().st_mtime for file in state.rglob("*") if file.is_file()]
    return max(written, default=None)


def resumed(clock_file: Path, seen_at: float | None) -> datetime:
    """Return the park time at which the system was last seen running."""
    if seen_at is None or not clock_file.exists():
        return STORY_START
    clock = ParkClock.parse(clock_file.read_text("utf-8").strip())
    return max(clock.at_wall(seen_at), STORY_START)


def main() -> None:
    """Write the clock; give the folders to the user of the services."""
    clock_file, state, speed = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    for folder in (state, *map(Path, sys.argv[4:])):
        os.chown(folder, SERVICE_USER, SERVICE_USER)
    seen_at = last_written(state)
    if clock_file.exists() and seen_at and time.time() - seen_at < RUNNING_WITHIN_S:
        sys.stdout.write("the simulator runs: the clock stays\n")
        return
    clock = ParkClock(resumed(clock_file, seen_at), time.time() + START_LEAD_S, speed)
    clock_file.write_text(f"{clock}\n", "utf-8")
    sys.stdout.write(f"park clock: {clock}\n")


if __name__ == "__main__":
    main()
