"""One of our services as a child process, ready when it says SERVING."""

import os
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from services.demo.addresses import MODULES, VARIABLE
from services.demo.stack import Server, StateFolder
from services.demo.stack.child import Recipe
from services.demo.stack.ports import LOOPBACK

PROBE_S = 1.0
REPOSITORY = Path(__file__).parents[2]


class ServiceProcess(Server):
    """A Parkflow service. `grpc_port` is None for one that serves no gRPC."""

    start_patience_s = 90.0

    def __init__(
        self,
        folder: StateFolder,
        service: str,
        *,
        grpc_port: int | None,
        metrics_port: int,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(folder, port=grpc_port or metrics_port)
        self.name = service
        self.port_variable = VARIABLE + service.upper()
        self.metrics_port = metrics_port
        self.restarts = 0
        self.started_at = 0.0
        self._grpc_port = grpc_port
        self._environment = dict(environment)

    def ports(self) -> tuple[int, ...]:
        """Every port that it listens on."""
        return (self.port,) if self._grpc_port is None else (self.port, self.metrics_port)

    def prepare(self) -> None:
        """Nothing to make."""

    def recipe(self) -> Recipe:
        """Run the module with this interpreter."""
        inherited = os.environ.get("PYTHONPATH", "")
        path = os.pathsep.join(part for part in (str(REPOSITORY), inherited) if part)
        self.started_at = time.monotonic()
        logs = self.folder.path / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        scratch = self.folder.path / "tmp" / self.name
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        return Recipe(
            name=self.name,
            command=[sys.executable, "-m", f"services.{MODULES.get(self.name, self.name)}"],
            log=logs / f"{self.name}.log",
            folder=self.folder.path,
            environment={
                **self._environment,
                "PYTHONPATH": path,
                "PYTHONUNBUFFERED": "1",
                "TMPDIR": str(scratch),
            },
            stop_patience_s=25.0,
        )

    def answers(self) -> bool:
        """Whether it says SERVING, or (without gRPC) that it moves."""
        if self._grpc_port is not None:
            return says_serving(self.address)
        return self.moves()

    def moves(self) -> bool:
        """Whether its liveness endpoint says that nothing stands still."""
        url = f"http://{LOOPBACK}:{self.metrics_port}/healthz"
        try:
            with urllib.request.urlopen(url, timeout=PROBE_S) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def says_serving(address: str) -> bool:
    """Ask a gRPC server's health service."""
    with grpc.insecure_channel(address) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=PROBE_S
            )
        except grpc.RpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
