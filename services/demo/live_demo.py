"""One demo, told to the terminal."""

import argparse
import os
import signal
import sys
import threading
import time
from datetime import timedelta

from services.demo.addresses import Ports
from services.demo.loss_check import journal_of, losses_when_settled
from services.demo.park_run import ParkRun
from services.demo.stack import StackProblem
from services.demo.summary import Stage, as_table, stages_of
from services.runtime.park_file import ParkFileError, load_park

PATIENCE_S = 30.0
UNSETTLED_SAMPLES = 5
INTERRUPTED = 130


def run(options: argparse.Namespace) -> int:
    """Run a demo and return its exit code; what a user can mend is told with its cure."""
    try:
        return LiveDemo(options).live()
    except ParkFileError as problem:
        print(f"The park file {options.park} cannot be used:\n{problem}", file=sys.stderr)
    except StackProblem as problem:
        print(f"\n{problem}", file=sys.stderr)
    return 1


class LiveDemo:
    """From the first line on the terminal to the last."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.ended = threading.Event()
        self.began = time.monotonic()
        self._starting = False
        try:
            self.park = load_park(options.park)
        except OSError as error:
            raise StackProblem(
                f"The park file {options.park} cannot be read: {error.strerror}.",
                "name one that exists: make demo PARK=<file>",
            ) from error
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
        """Start, run, stop; return the exit code. KeyboardInterrupt when ended while starting."""
        print(
            f"Parkflow, {self.park.name.en}, at {self.options.speed:g} times real time", flush=True
        )
        with self.run.folder.hold():
            return self._live()

    def _live(self) -> int:
        self.run.ports.require_free()
        download = "fetching Kafka (45 MB, once), then " if self.run.kafka.must_download else ""
        print(f"  {download}starting; this takes a moment (ctrl-C stops) …", flush=True)
        self.journal.unlink(missing_ok=True)
        self._starting = True
        try:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self._asked_to_end)
            self.run.start()
            self._starting = False
            code = self._until_ended()
        except StackProblem:
            if self.ended.is_set():  # a start that is told to end may stumble over its own end
                raise KeyboardInterrupt from None
            raise
        finally:
            self._starting = False
            self.run.stop()
        print("stopped; `make demo` goes on from here, `make demo-clean` removes everything")
        return code

    def _asked_to_end(self, *_: object) -> None:
        if self.ended.is_set():
            return  # a second ctrl-C does not disturb the stopping
        self.ended.set()
        if self._starting:
            raise KeyboardInterrupt
        print("  stopping …", flush=True)

    def _until_ended(self) -> int:
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
        if self.ended.is_set():
            return INTERRUPTED
        stages = stages_of(self.run, self.park.id, began, dispatching=self.options.dispatch == "on")
        stages.append(self._losses())
        lasted = timedelta(seconds=round((self.run.clock.now() - began).total_seconds()))
        print(f"\nIn {lasted} of park time:\n{as_table(stages)}", flush=True)
        return 1 if any(stage.problem for stage in stages) else 0

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
