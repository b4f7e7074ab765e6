"""`make demo`: the whole of Parkflow on this machine, on recorded data.

Brings up Kafka, PostgreSQL and an MQTT broker, every service and the simulated park, and prints
one address. Ctrl-C stops every child; state stays in one folder. With `--for` it ends by itself
with a summary and exits non-zero when any stage was silent, unhealthy or lost something.
"""

import argparse
import os
import re
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

from services.demo.addresses import Ports
from services.demo.loss_check import journal_of, losses_when_settled
from services.demo.park_run import ParkRun
from services.demo.service_process import REPOSITORY
from services.demo.stack import StackProblem
from services.demo.summary import Stage, as_table, stages_of
from services.runtime.park_file import ParkFileError, load_park

UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
PATIENCE_S = 30.0
UNSETTLED_SAMPLES = 5


class Demo:
    """One demo, told to the terminal."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.ended = threading.Event()
        self.began = time.monotonic()
        self.park = load_park(options.park)
        self.journal = options.state.absolute() / "simulator" / "journal.csv"
        environment = {"PARKFLOW_DISPATCH": options.dispatch}
        if options.run_for:
            environment["PARKFLOW_JOURNAL"] = str(self.journal)
        self.run = ParkRun(
            options.state,
            ports=Ports.chosen(os.environ),
            speed=options.speed,
            park_file=options.park.absolute(),
            environment=environment,
            report=self.say,
        )

    def say(self, what: str, seconds: float) -> None:
        """Print one finished step."""
        print(f"  {time.monotonic() - self.began:6.1f} s  {what} ({seconds:.1f} s)", flush=True)

    def live(self) -> int:
        """Start, run, stop; return the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.ended.set())
        print(f"Parkflow, {self.park.name.en}, at {self.options.speed:g} times real time")
        self.journal.unlink(missing_ok=True)
        self.run.start()
        try:
            return self._run()
        finally:
            self.run.stop()
            print("stopped; `make demo` goes on from here, `make demo-clean` removes everything")

    def _run(self) -> int:
        local = self.park.time_zone
        address = f"http://127.0.0.1:{self.run.ports.console_http}"
        print(f"\n  Console: {address}", flush=True)
        print(f"  Park time {self.run.clock.now().astimezone(local):%Y-%m-%d %H:%M} ", end="")
        print("(ctrl-C stops)\n", flush=True)
        began = max(self.run.clock.now(), self.run.clock.park_origin)
        deadline = time.monotonic() + self.options.run_for if self.options.run_for else None
        while not self.ended.wait(1.0):
            for sentence in self.run.supervise():
                print(f"  ! {sentence}", flush=True)
            if deadline is not None and time.monotonic() >= deadline:
                break
        if deadline is None:
            return 0
        stages = stages_of(self.run, self.park.id, began)
        stages.append(self._losses())
        print(f"\nIn {self.run.clock.now() - began} of park time:\n{as_table(stages)}", flush=True)
        interrupted = self.ended.is_set()
        return 1 if interrupted or any(stage.problem for stage in stages) else 0

    def _losses(self) -> Stage:
        """Stop the devices and compare what they published with what history holds."""
        stopped_at = self.run.stop_simulator()
        sample = timedelta(seconds=max(5.0, self.options.speed))
        published = journal_of(self.journal, stopped_at - UNSETTLED_SAMPLES * sample)
        found = losses_when_settled(
            self.run.ports.address_of("history"), self.park.id, published, PATIENCE_S
        )
        text = (
            f"{found.published:,} values published; {len(found.missing)} missing, "
            f"{len(found.different)} different in history"
        )
        first = ", ".join(
            f"{point} at {when}" for point, when in (*found.missing, *found.different)[:3]
        )
        silent = "" if found.published else "the devices published nothing"
        return Stage("nothing lost", text, f"e.g. {first}" if found.any else silent)


def seconds(text: str) -> float:
    """Read a duration like 90s, 10m, 2h."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|min|h|d)", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 90s, 10m or 2h")
    return float(found[1]) * UNITS[found[2]]


def main() -> int:
    """Parse, run, tell problems in plain words."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--for", dest="run_for", type=seconds, help="end after, e.g. 10m")
    parser.add_argument("--speed", type=float, default=60.0, help="park seconds a second (1..3600)")
    parser.add_argument("--dispatch", choices=["on", "off"], default="on")
    parser.add_argument("--park", type=Path, default=REPOSITORY / "parks" / "demo.yaml")
    parser.add_argument(
        "--state", type=Path, default=Path(os.environ.get("PARKFLOW_STATE", ".parkflow"))
    )
    options = parser.parse_args()
    try:
        if not 1 <= options.speed <= 3600:
            raise StackProblem(f"speed {options.speed:g} is out of range", "choose 1 to 3600")
        return Demo(options).live()
    except (StackProblem, ParkFileError) as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
