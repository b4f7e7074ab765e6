"""The load generator as a child process: started, awaited, its account read."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import psutil

from tests.bench.pipeline.pushing import Plan, Pushed
from tests.support.builders import REPOSITORY


@dataclass
class Generator:
    """A running load generator."""

    process: "subprocess.Popen[bytes]"

    @property
    def running(self) -> bool:
        """Whether it still pushes."""
        return self.process.poll() is None

    def cpu_seconds(self) -> float:
        """Return what it has used so far; 0 once it has ended."""
        try:
            used = psutil.Process(self.process.pid).cpu_times()
        except psutil.NoSuchProcess:
            return 0.0
        return float(used.user + used.system)

    def outcome(self) -> Pushed:
        """Wait until it has ended and return its account."""
        said, _ = self.process.communicate()
        if self.process.returncode:
            raise RuntimeError(f"the load generator ended with {self.process.returncode}")
        return Pushed(**json.loads(said))


@contextmanager
def pushing(address: str, plan: Plan) -> Iterator[Generator]:
    """Start a generator; it is ended with the block."""
    command = [sys.executable, "-m", "tests.bench.pipeline.pushing"]
    process = subprocess.Popen(
        [*command, address, json.dumps(asdict(plan))], cwd=REPOSITORY, stdout=subprocess.PIPE
    )
    try:
        yield Generator(process)
    finally:
        process.kill()
        process.wait()
