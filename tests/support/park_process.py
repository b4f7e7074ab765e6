"""A service of a park of its own as a child process: started, killed, started again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, TypeVar
from uuid import uuid4

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.demo.stack.ports import free_port
from tests.support.builders import DEMO_PARK_FILE, MORNING, REPOSITORY, without_accounting
from tests.support.patience import PATIENCE_S

__all__ = ["NOWHERE", "PATIENCE_S", "ParkProcess", "ended", "running"]

NOWHERE = "127.0.0.1:9"


@dataclass
class ParkProcess:
    """One service of a park; `start` again after `kill` is the same service."""

    service: ClassVar[str]
    folder: Path
    kafka: str
    _: KW_ONLY
    speed: float = 1.0
    origin: datetime = MORNING
    """Park time at wall second `began`."""
    more_of_the_park: str = ""
    replaced_in_the_park: Mapping[str, str] = field(default_factory=dict)
    park_id: str = field(default_factory=lambda: f"park-{uuid4().hex[:8]}")
    grpc_port: int = field(default_factory=free_port)
    metrics_port: int = field(default_factory=free_port)
    began: float = field(default_factory=time.time)
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def park_file(self) -> Path:
        return self.folder / f"{self.park_id}.yaml"

    @property
    def log_file(self) -> Path:
        return self.folder / f"{self.park_id}-{self.service}-{self.grpc_port}.log"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def environment(self) -> dict[str, str]:
        """Return what this service is told beyond what every one is."""
        return {}

    def start(self) -> None:
        """Start it and wait until it serves."""
        self.spawn()
        self.wait_serving()

    def spawn(self) -> None:
        """Start it."""
        self.write_park()
        origin = self.origin.isoformat().replace("+00:00", "Z")
        environment = os.environ | {
            "PARKFLOW_PARK": str(self.park_file),
            "PARKFLOW_KAFKA": self.kafka,
            "PARKFLOW_CLOCK": f"{origin}@{self.began}x{self.speed:g}",
            "PARKFLOW_GRPC_PORT": str(self.grpc_port),
            "PARKFLOW_METRICS_PORT": str(self.metrics_port),
            **self.environment(),
        }
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"services.{self.service}"],
                env=environment,
                cwd=REPOSITORY,
                stderr=log,
            )

    def write_park(self) -> None:
        """Write the park file it reads."""
        park = DEMO_PARK_FILE.read_text(encoding="utf-8")
        park = park.replace("id: demo-park", f"id: {self.park_id}")
        park = park.replace("topic_prefix: demo-park", f"topic_prefix: {self.park_id}")
        for old, new in self.replaced_in_the_park.items():
            assert old in park, old
            park = park.replace(old, new)
        if "\naccounting:" in self.more_of_the_park:
            park = without_accounting(park)
        self.park_file.write_text(park + self.more_of_the_park, encoding="utf-8")

    def wait_serving(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + PATIENCE_S
        with grpc.insecure_channel(self.address) as channel:
            health = health_pb2_grpc.HealthStub(channel)
            while True:
                try:
                    answer = health.Check(health_pb2.HealthCheckRequest(), timeout=1)
                    if answer.status == health_pb2.HealthCheckResponse.SERVING:
                        return
                except grpc.RpcError:
                    pass
                assert self._process.poll() is None, self.log_file.read_text()[-3000:]
                assert time.monotonic() < deadline, self.log_file.read_text()[-3000:]
                time.sleep(0.1)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        code = self._process.wait(PATIENCE_S)
        self._process = None
        return code

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the log lines of this event."""
        lines = self.log_file.read_text(encoding="utf-8").splitlines()
        return [e for e in map(_parsed, lines) if e.get("event") == name]


def _parsed(line: str) -> dict[str, Any]:
    try:
        entry: dict[str, Any] = json.loads(line)
    except ValueError:
        return {}
    return entry


P = TypeVar("P", bound=ParkProcess)


@contextmanager
def ended(process: P) -> Iterator[P]:
    """A service that is ended whatever happens; the block starts it."""
    try:
        yield process
    finally:
        process.kill()


@contextmanager
def running(process: P) -> Iterator[P]:
    """A service from start to end."""
    with ended(process):
        process.start()
        yield process
