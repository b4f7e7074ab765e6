"""Write the demo's park clock where all services read it: python clock.py FILE STATE_FOLDER SPEED.

At the first start park time begins with the recordings. Later it goes on where the simulator last
wrote its state, so that park time stands still while the system is down.
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


def last_moment(clock_file: Path, state: Path) -> datetime:
    """Return the park time at which the system was last seen running."""
    written = [file.stat().st_mtime for file in state.rglob("*") if file.is_file()]
    if not clock_file.exists() or not written:
        return STORY_START
    clock = ParkClock.parse(clock_file.read_text("utf-8").strip())
    return max(clock.at_wall(max(written)), STORY_START)


def main() -> None:
    """Write the clock; give the state folder to the user of the services."""
    clock_file, state, speed = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    os.chown(state, SERVICE_USER, SERVICE_USER)
    clock = ParkClock(last_moment(clock_file, state), time.time() + START_LEAD_S, speed)
    clock_file.write_text(f"{clock}\n", "utf-8")
    sys.stdout.write(f"park clock: {clock}\n")


if __name__ == "__main__":
    main()
