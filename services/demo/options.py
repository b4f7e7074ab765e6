"""What `make demo` can be told, checked before anything slow is imported."""

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path

PARK_FILE = Path(__file__).parents[2] / "parks" / "demo.yaml"
UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
SLOWEST, FASTEST = 1.0, 3600.0


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options; a wrong one ends the process with a sentence and exit code 2."""
    parser = argparse.ArgumentParser(
        prog="make demo",
        usage="make demo [FOR=10m] [SPEED=60] [DISPATCH=on|off] [PARK=file] [STATE=folder]",
        description="The whole of Parkflow on this machine, on recorded data.",
    )
    parser.add_argument(
        "--for", dest="run_for", metavar="FOR", type=seconds, help="end after, e.g. 90s, 10m or 2h"
    )
    parser.add_argument(
        "--speed", metavar="SPEED", type=speed, default=60.0, help="park seconds a second, 1..3600"
    )
    parser.add_argument("--dispatch", choices=["on", "off"], default="on")
    parser.add_argument("--park", metavar="PARK", type=Path, default=PARK_FILE)
    state = Path(os.environ.get("PARKFLOW_STATE", ".parkflow"))
    parser.add_argument("--state", metavar="STATE", type=Path, default=state)
    return parser.parse_args(arguments)


def seconds(text: str) -> float:
    """Read a duration like 90s, 10m, 2h; none is refused."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|min|h|d)", text)
    if not found or float(found[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration like 90s, 10m or 2h")
    return float(found[1]) * UNITS[found[2]]


def speed(text: str) -> float:
    """Read how many times faster than life the park runs."""
    try:
        times = float(text)
    except ValueError:
        times = 0.0
    if not SLOWEST <= times <= FASTEST:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number from {SLOWEST:g} (real time) to {FASTEST:g}"
        )
    return times
